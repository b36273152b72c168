"""The chart: whole bars in whole cells, a unit for each number, what was done where it was done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.models.assessment import ChartMark, VolumeBar
from data.text import SafeText
from tests.widgets.harness import NOW
from widgets.chart import caption, chart, length_words
from widgets.ink import Line, line_cells

LABEL = 7


def text(lines: list[Line]) -> list[str]:
    """Lines without their inks."""
    return ["".join(part.text for part in line) for line in lines]


def bars(number: int, minutes: int, mentions: int = 8, negative: int = 4) -> tuple[VolumeBar, ...]:
    """Bars that end with the minute of NOW, all alike."""
    end = NOW + timedelta(minutes=1)
    return tuple(
        VolumeBar(
            start=end - timedelta(minutes=minutes * (number - place)),
            mentions=mentions,
            scored=mentions,
            negative=negative,
        )
        for place in range(number)
    )


def mark(minutes: int, kind: str, words: str = "words") -> ChartMark:
    """Something that was done so many minutes before NOW."""
    return ChartMark.model_validate({"at": NOW - timedelta(minutes=minutes), "kind": kind, "words": words})


def test_every_bar_above_nothing_is_seen() -> None:
    few = [
        VolumeBar(start=NOW + timedelta(hours=hour), mentions=mentions, scored=scored, negative=negative)
        for hour, mentions, scored, negative in [(0, 1, 0, 0), (1, 0, 0, 0), (2, 1000, 10, 10), (3, 3, 3, 1)]
    ]
    assert text(chart(few, 21, 3, None)) == [
        " 1,000 ▁▁▁   ███▁▁▁",
        "neg/10 ???   999333",
        "       14:30  18:29",
    ]


@given(
    st.integers(8, 190),
    st.sampled_from([(60, 1), (360, 1), (144, 10), (168, 60)]),
    st.integers(3, 14),
    st.booleans(),
)
def test_alike_bars_are_drawn_alike(width: int, shape: tuple[int, int], rows: int, marked: bool) -> None:
    """A cell with a part of a bar, or one of more bars than its neighbour, would stand out here."""
    lines = text(chart(bars(*shape), width, rows, UTC, [mark(1, "up")] if marked else []))
    if width < LABEL + 8:
        assert lines == []
        return
    assert len(lines) == rows
    assert all(len(line) <= width for line in lines)
    drawn = {line[LABEL:] for line in lines if "█" in line}
    assert len(drawn) == 1
    cells = len(next(iter(drawn)))
    assert cells > (width - LABEL) // 2
    assert not cells % shape[0] or not shape[0] % cells


def test_little_room_has_digits_and_more_room_has_bars_of_the_share() -> None:
    assert text(chart(bars(60, 1), 67, 3, UTC))[1] == "neg/10 " + "5" * 60
    tall = text(chart(bars(60, 1), 67, 8, UTC))
    assert tall[0].startswith("     8 █")
    assert tall[1].startswith("/1 min █")
    assert tall[-3:-1] == [" 100 % ", "   neg " + "█" * 60]
    assert "neg/10" not in "".join(tall)


@pytest.mark.parametrize("rows", [3, 8])
def test_what_no_model_could_read_is_not_called_harmless(rows: int) -> None:
    unread = [bar.model_copy(update={"scored": 0, "negative": 0}) for bar in bars(60, 1)]
    assert text(chart(unread, 67, rows, UTC))[-2].endswith("?" * 60)


def test_marks_stand_under_their_time_and_the_gravest_is_seen() -> None:
    marks = [
        mark(59, "statement"),
        mark(31, "down"),
        mark(30, "statement"),
        mark(30, "up"),
        mark(30, "down"),
        mark(0, "statement"),
        mark(60, "up"),
        mark(-1, "up"),
    ]
    lines = text(chart(bars(60, 1), 67, 4, UTC, marks))
    assert lines[2] == " marks S" + " " * 27 + "v^" + " " * 29 + "S"
    assert text(chart(bars(60, 1), 67, 3, UTC, marks)) == [*lines[:2], lines[3]]


def test_with_room_the_newest_marks_are_told_in_words() -> None:
    marks = [mark(50, "up", "up to Crisis"), mark(9, "statement", "statement saved by ana")]
    for width, told in (
        (67, "       S 14:21 statement saved by ana  ^ 13:40 up to Crisis"),
        (50, "       S 14:21 statement saved by ana"),
        (30, "       S 14:21 statement save…"),
    ):
        assert text(chart(bars(60, 1), width, 9, UTC, marks))[-1] == told


def test_what_was_done_by_somebody_hostile_stays_words() -> None:
    marks = [mark(9, "statement", "[@click=app.quit]x[/] \x1b[2J\nnew")]
    (told,) = chart(bars(60, 1), 80, 9, UTC, marks)[-1:]
    assert "[@click=app.quit]x[/] ␛[2J new" in "".join(part.text for part in told)
    assert line_cells(told) <= 80


@pytest.mark.parametrize(
    ("shape", "width", "axis"),
    [
        ((60, 1), 67, "13:31         13:45          14:00          14:15      14:30"),
        ((360, 1), 80, "08:31            10:00       11:00       12:00       13:00         14:30"),
        ((144, 10), 80, "21 Nov 14:31                00:00             06:00                14:30"),
        ((168, 60), 64, "15 Nov 14:31               19 Nov          21 Nov  14:30"),
    ],
)
def test_times_between_are_round(shape: tuple[int, int], width: int, axis: str) -> None:
    assert text(chart(bars(*shape), width, 3, UTC))[-1] == " " * LABEL + axis


def test_times_are_local() -> None:
    zone = timezone(timedelta(hours=5, minutes=30))
    assert text(chart(bars(60, 1), 67, 3, zone))[-1].split() == ["19:01", "19:15", "19:30", "19:45", "20:00"]


def test_lengths_in_words() -> None:
    assert length_words(timedelta(minutes=1)) == "1 min"
    assert length_words(timedelta(minutes=90)) == "90 min"
    assert length_words(timedelta(hours=3)) == "3 h"


def test_a_caption_holds_without_the_chart() -> None:
    def said(number: int, width: int = 60) -> str:
        return "".join(part.text for part in caption(bars(number, 1, 1, 1), "in 6 h", width))

    assert said(1) == " 1 mention in 6 h, 100 % negative"
    assert said(60) == " 60 mentions in 6 h, 100 % negative"
    assert said(60, 28) == " 60 in 6 h, 100 % negative"
    nothing = [VolumeBar(start=datetime(2026, 1, 1, tzinfo=UTC), mentions=0, scored=0, negative=0)]
    assert caption(nothing, "in 1 h", 60)[0].text == SafeText(" 0 mentions in 1 h")
