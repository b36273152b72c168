"""Signals: from counts a minute to what was measured, and what is left out for want of data."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis_tui.analysis.severity import DEFAULTS, Signal
from crisis_tui.analysis.signals import (
    BELOW_PEAK,
    CALM,
    HOUR,
    WEEK,
    Baseline,
    Novelty,
    Samples,
    Series,
    Usual,
    Voices,
    baseline,
    growth_lower,
    signals,
    wilson_lower,
)
from data.models.assessment import Minute

END = 1_000 * HOUR
NOBODY = Voices(followers=None, influential=(), own_followers=None)


def steady(
    hours: Iterable[int], an_hour: int, network: str = "x", *, scored: int = 0, negative: int = 0
) -> list[Minute]:
    """So many an hour, in the minute before each full hour; hours are counted back from END."""
    return [
        Minute(
            minute=END - back * HOUR - 1, network=network, mentions=an_hour, scored=scored, negative=negative
        )
        for back in hours
    ]


def found(minutes: list[Minute], start: int = END - 30 * HOUR, voices: Voices = NOBODY) -> dict[str, Signal]:
    return signals(minutes, END, start, voices, Samples(all=("a",), negative=("n",)))


@given(
    st.dictionaries(st.integers(-300, 300), st.integers(0, 50)),
    st.integers(-400, 400),
    st.integers(-400, 400),
)
def test_sums_over_any_span(counts: dict[int, int], start: int, end: int) -> None:
    wanted = sum(count for minute, count in counts.items() if start <= minute < end)
    assert Series(counts).between(start, max(start, end)) == wanted


def test_normal_is_the_same_hour_of_weeks_where_there_are_two() -> None:
    counts = {END - 1 - weeks * WEEK: weeks * 10 for weeks in range(1, 5)}
    assert baseline(Series(counts), END, END - 5 * WEEK) == Baseline(
        25, 1.4826 * 10, 4, "same hour of 4 weeks"
    )
    two = baseline(Series(counts), END, END - 2 * WEEK - HOUR)
    assert two is not None
    assert (two.median, two.hours, two.words) == (15, 2, "same hour of 2 weeks")


def test_with_less_history_normal_is_the_hours_before() -> None:
    counts = {END - 1 - back * HOUR: 10 for back in range(1, 40)}
    normal = baseline(Series(counts), END, END - 30 * HOUR)
    assert normal is not None
    assert (normal.median, normal.hours, normal.words) == (10, 12, "12 h before")
    assert normal.spread == pytest.approx(10**0.5)
    young = baseline(Series(counts), END, END - 4 * HOUR)
    assert young is not None
    assert young.words == "3 h before"
    assert baseline(Series(counts), END, END - 4 * HOUR + 1) is None


def test_a_spread_is_never_zero() -> None:
    normal = baseline(Series({}), END, END - 30 * HOUR)
    assert normal is not None
    assert (normal.spread, normal.z(3)) == (1, 3)


@pytest.mark.parametrize(
    ("part", "whole", "lower"), [(0, 0, 0), (0, 20, 0), (20, 20, 0.8389), (10, 20, 0.2993), (55, 100, 0.4524)]
)
def test_wilson(part: int, whole: int, lower: float) -> None:
    assert wilson_lower(part, whole) == pytest.approx(lower, abs=0.0005)


@given(st.integers(1, 10**6).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_wilson_stays_below_the_share_and_comes_near_with_numbers(pair: tuple[int, int]) -> None:
    part, whole = pair
    lower = wilson_lower(part, whole)
    assert -1e-9 <= lower <= part / whole + 1e-9
    assert lower <= wilson_lower(10 * part, 10 * whole) + 1e-9


def test_no_history_no_signals() -> None:
    assert signals([], END, None, NOBODY) == {}


def test_too_little_history_names_what_is_missing() -> None:
    minutes = steady(range(2), 40, scored=40, negative=20)
    names = set(found(minutes, start=END - 2 * HOUR))
    assert names == {"negative share", "velocity", "media"}


def test_a_burst_on_a_quiet_day() -> None:
    minutes = steady(range(1, 25), 4) + steady([0], 60, scored=50, negative=40)
    result = found(minutes)
    assert result["volume"].raw == 28
    assert result["volume"].eligible
    assert (result["volume"].window, result["volume"].baseline) == (
        "60 in the last 1 h",
        "median 4 (12 h before)",
    )
    assert (result["volume"].samples, result["negative share"].samples) == (("a",), ("n",))
    assert result["networks"].raw == 1
    assert result["velocity"].raw == pytest.approx(18, abs=1)  # from nothing to 40 in an hour
    assert result["negative share"].raw == pytest.approx(67.0, abs=0.2)


@pytest.mark.parametrize(
    ("before", "now", "eligible"),
    [
        (0, DEFAULTS.least_volume - 1, False),
        (0, DEFAULTS.least_volume, True),
        (100, 149, False),
        (100, 150, True),
    ],
)
def test_volume_counts_only_above_a_few_and_well_above_normal(before: int, now: int, eligible: bool) -> None:
    assert found(steady(range(1, 20), before) + steady([0], now))["volume"].eligible is eligible


@pytest.mark.parametrize(
    ("scored", "there"), [(DEFAULTS.least_scored - 1, False), (DEFAULTS.least_scored, True)]
)
def test_a_share_of_few_is_left_out(scored: int, there: bool) -> None:
    assert ("negative share" in found(steady([0], 99, scored=scored, negative=scored))) is there


@pytest.mark.parametrize(
    ("before", "now", "minutes"),
    [(10, 20, None), (10, 40, 59), (10, 10, None), (20, 10, None), (0, 4, None), (0, 5, 158), (5, 50, 29)],
)
def test_how_long_negatives_take_to_double(before: int, now: int, minutes: float | None) -> None:
    rows = steady([1], 50, scored=50, negative=before) + steady([0], 50, scored=50, negative=now)
    assert found(rows)["velocity"].raw == minutes


@given(st.integers(0, 400), st.integers(0, 400), st.integers(1, 200))
def test_growth_is_never_claimed_beyond_what_was_counted(before: int, now: int, more: int) -> None:
    lower = growth_lower(now, before)
    assert lower <= now / before + 1e-9 if before else lower >= 0
    assert growth_lower(now + more, before) >= lower
    assert growth_lower(now, before + more) <= lower + 1e-9


def test_a_volume_that_usual_days_reach_too_is_little_news() -> None:
    minutes = steady(range(1, 25), 4) + steady([0], 60, scored=10, negative=10)
    below = {"": Novelty(above=False), "x": Novelty(above=False)}
    result = signals(minutes, END, END - 30 * HOUR, NOBODY, novelty=below)
    assert (result["volume"].most, result["velocity"].most) == (BELOW_PEAK, BELOW_PEAK)
    assert result["volume"].baseline.endswith("usual days peak higher")
    assert (result["networks"].raw, result["duration"].raw) == (0, 0)


@pytest.mark.parametrize(("count", "eligible"), [(49, False), (50, True)])
def test_the_first_day_needs_more_to_be_loud(count: int, eligible: bool) -> None:
    young = {"": Novelty(young=True), "x": Novelty(young=True)}
    minutes = steady(range(1, 20), 1) + steady([0], count)
    result = signals(minutes, END, END - 20 * HOUR, NOBODY, novelty=young)
    assert result["volume"].eligible is eligible
    assert bool(result["networks"].raw) is eligible


def test_calm_talk_is_no_crisis_by_its_volume() -> None:
    praise = steady(range(1, 25), 40, scored=40, negative=30) + steady([0], 900, scored=800, negative=20)
    result = found(praise)
    assert {result[name].most for name in ("volume", "networks", "duration")} == {CALM}
    angry = steady(range(1, 25), 4) + steady([0], 900, scored=800, negative=500)
    assert {found(angry)[name].most for name in ("volume", "networks", "duration")} == {4}


def test_an_unhappy_brand_is_measured_by_its_own_usual_share() -> None:
    minutes = steady(range(1, 25), 50, scored=40, negative=28) + steady([0], 50, scored=40, negative=28)
    usual = Usual(scored=5_000, negative=3_500)
    share = signals(minutes, END, END - 30 * HOUR, NOBODY, usual=usual)["negative share"]
    assert (share.most, share.baseline.endswith("usually 70 %")) == (BELOW_PEAK, True)
    worse = steady(range(1, 25), 50, scored=40, negative=28) + steady([0], 90, scored=80, negative=78)
    assert signals(worse, END, END - 30 * HOUR, NOBODY, usual=usual)["negative share"].most == 4


def test_the_few_that_can_be_read_do_not_stand_for_all() -> None:
    assert "negative share" not in found(steady([0], 300, scored=40, negative=2))
    assert "negative share" in found(steady([0], 300, scored=60, negative=2))


def test_nothing_scored_means_no_velocity() -> None:
    assert "velocity" not in found(steady(range(20), 50))


def test_networks_above_normal_are_named() -> None:
    rows = (
        steady(range(1, 20), 3)
        + steady(range(1, 20), 3, "reddit")
        + steady([0], 40)
        + steady([0], 3, "reddit")
    )
    signal = found(rows)["networks"]
    assert (signal.raw, signal.samples, signal.baseline) == (1, ("x",), "of 2 networks")


def test_how_long_it_has_been_above_normal() -> None:
    every_minute = [Minute(minute=END - back, network="x", mentions=1) for back in range(1, 121)]
    assert found(every_minute)["duration"].raw == 120
    assert found(steady(range(25), 4))["duration"].raw == 0


def test_only_editorial_networks_are_media() -> None:
    rows = steady([0], 3, "news") + steady([0], 2, "rss") + steady([0], 90) + steady([1], 50, "news")
    assert found(rows)["media"].raw == 5


def test_reach_and_influence() -> None:
    result = found([], voices=Voices(50_000, ("x @a", "x @b", "x @c", "x @d"), 20_000))
    assert result["reach"].raw == 2.5
    assert (result["influencers"].raw, result["influencers"].samples) == (4, ("x @a", "x @b", "x @c"))
    assert "reach" not in found([], voices=Voices(50_000, (), None))
    assert {"reach", "influencers"}.isdisjoint(found([], voices=NOBODY))


@given(
    st.lists(
        st.builds(
            Minute,
            minute=st.integers(END - 26 * HOUR, END),
            network=st.sampled_from(["x", "news"]),
            mentions=st.integers(0, 99),
            scored=st.integers(50, 99),
            negative=st.integers(0, 50),
        ),
        unique_by=lambda each: (each.minute, each.network),
    ),
    st.integers(0, 40 * HOUR),
)
def test_any_history_gives_finite_numbers(minutes: list[Minute], age: int) -> None:
    for name, signal in found(minutes, END - age).items():
        assert signal.raw is None or abs(signal.raw) < 10**9, name
