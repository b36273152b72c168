"""Lines of spans: they take the width they are given, whatever is in them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from data.text import clean
from widgets.fit import cells
from widgets.ink import Ink, Line, Span, cut_line, fill, line_cells, row, spread
from widgets.lines import Part, arrange
from widgets.pane import title_line

TEXTS = st.text("ab 漢é…", max_size=30).map(clean)
LINES = st.lists(st.builds(Span, TEXTS, st.sampled_from(Ink)), max_size=5).map(tuple)


@given(LINES, st.integers(0, 60))
def test_a_filled_line_takes_exactly_the_width(spans: Line, width: int) -> None:
    assert line_cells(fill(spans, width)) == width


@given(LINES, st.integers(1, 60))
def test_a_cut_line_ends_in_an_ellipsis(spans: Line, width: int) -> None:
    shown = cut_line(spans, width)
    text = "".join(part.text for part in shown)
    assert cells(text) <= width
    if line_cells(spans) > width:
        assert text.endswith("…")
    else:
        assert text == "".join(part.text for part in spans)


@given(LINES, LINES, st.integers(1, 60), st.integers(0, 20))
def test_two_ends_take_exactly_the_width(left: Line, right: Line, width: int, keep: int) -> None:
    assert line_cells(spread(left, right, width, keep)) == width


@given(st.lists(st.tuples(TEXTS, st.integers(-2, 12), st.just(Ink.PLAIN)), max_size=5))
def test_columns_are_aligned(columns: list[tuple[str, int, Ink]]) -> None:
    widths = [width for _, width, _ in columns if width > 0]
    assert line_cells(row(columns)) == sum(widths) + max(len(widths) - 1, 0)


@given(
    st.lists(
        st.builds(Part, LINES, st.integers(0, 9), st.sampled_from([0, 8, 14]), st.booleans()), max_size=7
    ),
    st.integers(1, 90),
)
def test_arranged_parts_take_exactly_the_width(parts: list[Part], width: int) -> None:
    assert line_cells(arrange(parts, width)) == width


@given(TEXTS, TEXTS, TEXTS, st.booleans(), st.integers(1, 60))
def test_a_title_takes_exactly_the_width(
    title: str, note: str, subject: str, focused: bool, width: int
) -> None:
    assert line_cells(title_line(1, title, (note, "n"), focused, width, subject)) == width


def test_focus_is_shown_by_a_mark_as_well_as_by_ink() -> None:
    assert title_line(1, "feed", "", True, 20)[0].text == "▌"
    assert title_line(1, "feed", "", False, 20)[0].text == " "
