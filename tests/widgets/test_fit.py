"""Text that fits: exact widths, visible cuts, times in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.text import clean
from widgets.fit import ago, cells, clock, cut, fit, fold, plural, short_clock, span, t_plus, wrap

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
TEXTS = st.text(max_size=200) | st.text("漢á \n👩مx[/]", max_size=200)
SPANS = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=4000))


@given(TEXTS, st.integers(0, 120), st.sampled_from(["left", "right"]))
def test_a_fitted_text_takes_exactly_the_width(text: str, width: int, align: str) -> None:
    fitted = fit(text, width, "right" if align == "right" else "left")
    assert cells(fitted) == width
    assert "\n" not in fitted
    assert clean(fitted) == fitted


@given(TEXTS, st.integers(0, 120))
def test_a_cut_is_seen_and_only_where_there_is_one(text: str, width: int) -> None:
    whole = clean(text).replace("\n", " ")
    shown = cut(text, width)
    assert cells(shown) <= width
    if cells(whole) <= width:
        assert shown == whole
    elif width:
        assert shown.endswith("…")
        assert whole.startswith(shown[:-1])


@given(TEXTS, st.integers(1, 60))
def test_wrapping_keeps_every_word_within_the_width(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cells(line) <= width for line in lines)
    if width > 1:
        assert "".join("".join(lines).split()) == "".join(clean(text).split())


@given(TEXTS, st.integers(1, 60), st.integers(1, 5))
def test_a_shortened_wrap_says_so(text: str, width: int, most: int) -> None:
    lines = wrap(text, width, most)
    assert len(lines) <= most
    assert all(cells(line) <= width for line in lines)
    if len(wrap(text, width)) > most:
        assert lines[-1].endswith("…")


@given(TEXTS)
def test_folded_text_is_one_line_without_runs_of_blanks(text: str) -> None:
    folded = fold(text)
    assert "\n" not in folded
    assert "  " not in folded
    assert folded == folded.strip()


@pytest.mark.parametrize(
    ("delta", "said"),
    [
        (timedelta(), "0s"),
        (timedelta(seconds=59.9), "59s"),
        (timedelta(minutes=2, seconds=3), "2m"),
        (timedelta(hours=1, minutes=5), "1h 05m"),
        (timedelta(hours=23, minutes=59), "23h 59m"),
        (timedelta(days=3), "3d"),
        (timedelta(days=2, hours=14), "2d 14h"),
        (timedelta(days=12, hours=14), "12d"),
        (timedelta(minutes=-5), "-5m"),
    ],
)
def test_lengths_of_time_in_words(delta: timedelta, said: str) -> None:
    assert span(delta) == said


@given(SPANS)
def test_lengths_of_time_are_short_and_signed(delta: timedelta) -> None:
    assert cells(span(delta)) <= 8
    assert not span(delta).startswith("-")
    assert t_plus(delta) == f"T+{span(delta)}"
    assert ago(NOW - delta, NOW) == span(delta)
    if delta >= timedelta(seconds=1):
        assert span(-delta) == f"-{span(delta)}"
        assert ago(NOW + delta, NOW) == f"in {span(delta)}"


def test_a_clock_shows_the_date_when_it_is_not_today() -> None:
    assert clock(NOW, NOW) == "14:30"
    assert clock(NOW - timedelta(days=1), NOW) == "21 Nov 14:30"
    assert clock(NOW.replace(year=2022), NOW) == "22 Nov 2022 14:30"


def test_times_are_told_in_the_zone_of_now() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=10)))
    assert clock(NOW, there) == "00:30"
    assert short_clock(NOW, there) == "00:30"


@given(SPANS)
def test_a_short_clock_fits_its_column(delta: timedelta) -> None:
    assert cells(short_clock(NOW - delta, NOW)) <= 6


def test_a_short_clock_across_midnight_stays_a_time() -> None:
    just_after = datetime(2026, 11, 23, 0, 10, tzinfo=UTC)
    assert short_clock(just_after - timedelta(minutes=20), just_after) == "23:50"
    assert short_clock(just_after - timedelta(hours=30), just_after) == "21 Nov"
    assert short_clock(just_after.replace(year=2022), just_after) == "2022"


def test_numbers_have_their_noun() -> None:
    assert plural(1, "reply", "replies") == "1 reply"
    assert plural(12345, "like") == "12,345 likes"
