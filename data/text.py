"""The only door for foreign text: it strips or shows what a terminal could obey.

Everything that somebody else wrote (posts, names, file names, error texts of
servers) passes `clean` or `clean_line` once, where it enters, and is a
`SafeText` from then on. Two more aims stand behind the rules: what is shown
must have a width on which terminals agree, and cleaning must cost a clean
ASCII text next to nothing.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NewType

SafeText = NewType("SafeText", str)
"""A text no byte of which can move a cursor, set a title or reorder a line."""

MAX_MARKS = 3
"""Combining marks kept on one base character; Vietnamese needs 2, Zalgo uses hundreds."""

REPLACEMENT = "\ufffd"
# Letters, punctuation and pictures that stay as they are whatever stands beside them: assigned, no marks,
# nothing that NFC would change. What most posts consist of, told by one quick search.
_UNPLAIN = re.compile(
    "[^\n -~\u00a1-\u00ac\u00ae-\u017f\u0391-\u03a1\u03a3-\u03ce\u0400-\u0482\u048a-\u052f"
    "\u05d0-\u05ea\u0620-\u063a\u0641-\u064a\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u3001-\u3029"
    "\u3041-\u3096\u30a1-\u30fe\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff5e"
    "\U0001f300-\U0001f3fa\U0001f400-\U0001f64f\U0001f680-\U0001f6c5]"
)
_TIDY_LINE = re.compile("[!-~]+(?: [!-~]+)*")
_BLANKS = re.compile(r"\s+")
_BIDI_OVERRIDES = frozenset((0x202D, 0x202E))
_HANGUL_FILLERS = frozenset((0x115F, 0x1160, 0x3164, 0xFFA0))
_LINE_BREAKS = frozenset((0x0A, 0x0B, 0x0C, 0x85, 0x2028, 0x2029))
_marks_met: set[str] = set()


def _regional_letter(point: int) -> str:
    return chr(ord("A") + point - 0x1F1E6)


def _control_shown(point: int) -> str:
    """C0 and DEL as the pictures Unicode has for them, C1 as the replacement character."""
    if point in _LINE_BREAKS:
        return "\n"
    if point == 0x09:
        return " "
    if point < 0x20:
        return chr(0x2400 + point)
    return "\u2421" if point == 0x7F else REPLACEMENT


def _format_shown(point: int) -> str | None:
    """Invisible format characters vanish, except overrides, whose use is worth seeing."""
    return REPLACEMENT if point in _BIDI_OVERRIDES else None


def _shown(point: int) -> str | int | None:
    """What stands for one code point: itself, something harmless, or nothing."""
    if 0x1F1E6 <= point <= 0x1F1FF:
        return _regional_letter(point)  # terminals disagree on the width of flags
    if 0x1F3FB <= point <= 0x1F3FF or 0xFE00 <= point <= 0xFE0F or point == 0x20E3:
        return None  # skin tones, variation selectors and keycaps: widths in dispute
    if point in _HANGUL_FILLERS:
        return REPLACEMENT
    category = unicodedata.category(chr(point))
    if category == "Cc":
        return _control_shown(point)
    if category == "Cf":
        return _format_shown(point)
    if category in ("Zl", "Zp"):
        return "\n"
    if category == "Zs":
        return " "
    if category in ("Cs", "Co", "Cn"):
        return REPLACEMENT
    if category in ("Mn", "Me", "Mc"):
        _marks_met.add(chr(point))
    return point


class _Table(dict[int, "str | int | None"]):
    """A translation table that learns each code point when it first meets it."""

    def __missing__(self, point: int) -> str | int | None:
        shown = self[point] = _shown(point)
        return shown


_TABLE = _Table()


def _with_few_marks(text: str) -> str:
    """At most `MAX_MARKS` marks on a base, and none where there is no base."""
    kept: list[str] = []
    marks = MAX_MARKS
    for character in text:
        if character in _marks_met:
            if marks < MAX_MARKS:
                kept.append(character)
            marks += 1
        else:
            marks = MAX_MARKS if character in " \n" else 0
            kept.append(character)
    return "".join(kept)


def clean(text: str) -> SafeText:
    """The text as it may be stored, searched and shown; line breaks stay as LF.

    Never raises and is idempotent. Control characters become visible pictures,
    invisible ones vanish, lone surrogates and private use become U+FFFD, runs
    of combining marks are cut, and the rest is in NFC.
    """
    if _UNPLAIN.search(text) is None:
        return SafeText(text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.translate(_TABLE)
    if text.isascii():
        return SafeText(text)
    if not _marks_met.isdisjoint(text):
        text = _with_few_marks(text)
    if not unicodedata.is_normalized("NFC", text):
        # Composition takes some characters apart into more marks than they were.
        text = _with_few_marks(unicodedata.normalize("NFC", text).translate(_TABLE))
    return SafeText(text)


def clean_line(text: str) -> SafeText:
    """`clean`, then folded into one line without blanks at its ends."""
    if _TIDY_LINE.fullmatch(text):
        return SafeText(text)
    safe = clean(text)
    if "\n" in safe or "  " in safe or safe[:1] == " " or safe[-1:] == " ":
        safe = SafeText(_BLANKS.sub(" ", safe).strip())
    return safe
