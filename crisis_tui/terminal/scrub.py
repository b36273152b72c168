"""The second wall: no text of a segment can be read as a command by a terminal.

The first wall is the cleaning of foreign text where it enters the program.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

MOST_MARKS = 3
"""Combining marks shown on one base character."""

_COMMANDS = (
    r"\x00-\x1f\x7f-\x9f\u2028\u2029"  # C0, DEL, C1, line and paragraph separators
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # bidi controls
    r"\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u2060-\u2065"  # what cannot be seen
    r"\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"  # fillers, selectors, tags
)
_COMMAND = re.compile(f"[{_COMMANDS}]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_JOINER = "\u200d"
_EMOJI_STYLE = "\ufe0f"


class ScrubFilter(LineFilter):
    """For `App.get_line_filters`; the width of every segment stays what it was."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments with clean text; the very same list when nothing was wrong."""
        if all(text.isascii() and text.isprintable() for text, _, _ in segments):
            return segments
        return [
            segment if segment.control else Segment(scrub(segment.text), segment.style, segment.control)
            for segment in segments
        ]


@lru_cache(maxsize=4096)
def scrub(text: str) -> str:
    """Text of the same width in cells, with nothing in it that a terminal could obey.

    Controls, direction marks, tags and invisible characters go; joiners and
    emoji selectors stay within emoji; a base keeps MOST_MARKS combining marks.
    """
    if text.isascii() and text.isprintable():
        return text
    cleaned = _SURROGATE.sub("\ufffd", _COMMAND.sub("", text))
    if _JOINER in cleaned or _EMOJI_STYLE in cleaned:
        cleaned = _without_stray_joiners(cleaned)
    cleaned = _without_piled_marks(cleaned)
    width = cell_len(text)
    return cleaned if cell_len(cleaned) == width else set_cell_size(cleaned, width)


def _without_stray_joiners(text: str) -> str:
    kept: list[str] = []
    for at, character in enumerate(text):
        before = kept[-1] if kept else ""
        after = text[at + 1 : at + 2]
        if character == _JOINER and not (_emoji(before) and _emoji(after)):
            continue
        if character == _EMOJI_STYLE and not _takes_style(before):
            continue
        kept.append(character)
    return "".join(kept)


def _emoji(character: str) -> bool:
    """Whether the character can be a part of a joined emoji."""
    if not character:
        return False
    return character == _EMOJI_STYLE or character >= "\U0001f000" or "\u2190" <= character <= "\u2bff"


def _takes_style(character: str) -> bool:
    """Whether an emoji selector may follow: an emoji, or what keycaps are made of."""
    return character != _EMOJI_STYLE and (_emoji(character) or character in tuple("#*0123456789©®‼⁉〰〽㊗㊙"))


def _without_piled_marks(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in text:
        is_mark = unicodedata.category(character) in ("Mn", "Me") and character != _EMOJI_STYLE
        marks = marks + 1 if is_mark else 0
        if marks <= MOST_MARKS:
            kept.append(character)
    return "".join(kept)
