"""The second wall."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from crisis_tui.terminal.scrub import MOST_MARKS, ScrubFilter, scrub

BLACK = Color.parse("black")
FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e0fff]"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b]52;c;aGk=\x07after", "]52;c;aGk=after"),
        ("\x9b31mred", "31mred"),
        ("abc\u202ecba", "abccba"),
        ("a\u200bb", "ab"),
        ("tag\U000e0041\U000e007f", "tag"),
        ("👩‍👩‍👧 ❤️ 5️⃣", "👩‍👩‍👧 ❤️ 5️⃣"),
        ("café漢字", "café漢字"),
        ("\ud83d!", "\ufffd!"),
        ("z" + "\u0301" * 600, "z" + "\u0301" * MOST_MARKS),
    ],
)
def test_scrub(text: str, expected: str) -> None:
    assert scrub(text) == expected


@given(st.text(st.characters(exclude_categories=[]), max_size=80))
def test_no_command_is_left_and_no_width_changes(text: str) -> None:
    cleaned = scrub(text)
    assert not FORBIDDEN.search(cleaned)
    assert cell_len(cleaned) == cell_len(text)
    run = 0
    for character in cleaned:
        run = run + 1 if unicodedata.category(character) in ("Mn", "Me") and character != "\ufe0f" else 0
        assert run <= MOST_MARKS


def test_clean_lines_pass_untouched() -> None:
    segments = [Segment("plain"), Segment(" text", Style.parse("bold"))]
    assert ScrubFilter().apply(segments, BLACK) is segments


def test_styles_stay() -> None:
    style = Style.parse("bold red")
    assert ScrubFilter().apply([Segment("a\x1bc", style)], BLACK) == [Segment("ac", style)]
