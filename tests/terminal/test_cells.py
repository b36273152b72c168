"""Strips as rows of cells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style

from crisis_tui.terminal import cells
from crisis_tui.terminal.frame import DEFAULT, Pen

PALETTE = cells.Palette(ColorSystem.EIGHT_BIT)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ab", ("a", "b")),
        ("漢a", ("漢", "", "a")),
        ("e\u0301x", ("e\u0301", "x")),
        ("👩‍👩‍👧.", ("👩‍👩‍👧", "", ".")),
        ("❤\ufe0f!", ("❤\ufe0f", "", "!")),
        ("🇩🇪🇫🇷", ("🇩🇪", "", "🇫🇷", "")),
        ("👍🏽", ("👍🏽", "")),
        ("a\x1b[31mb", ("a", "[", "3", "1", "m", "b")),
        ("\ud83dx", ("\ufffd", "x")),
    ],
)
def test_graphemes(text: str, expected: tuple[str, ...]) -> None:
    assert cells.graphemes(text)[1] == expected


@given(st.text(max_size=60))
def test_cells_are_as_many_as_textual_counts_and_hold_no_command(text: str) -> None:
    lead, glyphs = cells.graphemes(text)
    assert len(glyphs) == cell_len(text)
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in lead + "".join(glyphs))
    assert all(len(glyph) <= 16 for glyph in glyphs)


@given(
    st.lists(st.tuples(st.text(max_size=12), st.sampled_from(["red", "bold", "on blue", ""]))),
    st.integers(1, 30),
)
def test_a_row_is_as_wide_as_asked_and_whole(parts: list[tuple[str, str]], width: int) -> None:
    row = cells.row([Segment(text, Style.parse(style)) for text, style in parts], width, PALETTE)
    assert len(row.glyphs) == len(row.pens) == width
    for x, glyph in enumerate(row.glyphs):
        if not glyph:
            assert x
            assert row.glyphs[x - 1]
            assert row.pens[x] == row.pens[x - 1]


def test_a_wide_glyph_cut_by_the_edge_is_a_blank() -> None:
    assert cells.row([Segment("a漢")], 2, PALETTE).glyphs == ["a", " "]


def test_marks_at_the_start_of_a_segment_go_to_the_glyph_before() -> None:
    assert cells.row([Segment("e"), Segment("\u0301x")], 2, PALETTE).glyphs == ["e\u0301", "x"]


def test_blanks_have_no_foreground_unless_it_is_seen() -> None:
    assert PALETTE.pens(Style.parse("bold red on blue"))[1] == Pen((), "", "44")
    assert PALETTE.pens(Style.parse("reverse red"))[1] == Pen(("7",), "31", "")


def test_no_colour_system_means_no_colour() -> None:
    assert cells.Palette(None).pens(Style.parse("bold #ff0000 on #00ff00"))[0] == Pen(("1",), "", "")


def test_equal_looks_share_one_pen_and_links_are_dropped() -> None:
    with_link = Style.parse("red") + Style(link="http://evil.example/\x1b]52;c;eA==\x07")
    assert PALETTE.pens(with_link)[0] is PALETTE.pens(Style.parse("red"))[0]
    assert PALETTE.pens(None) == (DEFAULT, DEFAULT)
