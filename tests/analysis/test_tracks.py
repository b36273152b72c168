"""Tracks: the same readings in whatever order and parts the counts come."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_tui.analysis.bursts import BurstDetector, BurstReading
from crisis_tui.analysis.tracks import BIN, KEPT_DAYS, SILENT_DAYS, BurstTrack

DAY = 1440
HOUR = 60
START = 20_000 * DAY + 7 * HOUR + 3
SILENCE = SILENT_DAYS * DAY

# Days close together, and some beyond a silence: long histories take long, so most are of hours.
minutes = st.builds(
    lambda base, more: START + base + more,
    st.sampled_from((0, 0, 0, DAY, 2 * DAY, SILENCE - 2 * HOUR, SILENCE, SILENCE + DAY)),
    st.integers(0, 4 * HOUR),
)
arrivals = st.lists(st.tuples(minutes, st.sampled_from((0, 1, 1, 2, 3, 40, 900))), min_size=1, max_size=25)


def track(counts: Iterable[tuple[int, int]]) -> BurstTrack:
    made = BurstTrack()
    for minute, count in counts:
        made.add(minute, count)
    return made


def steady(days: int, every: int = 3, start: int = START) -> dict[int, int]:
    rnd = Random(5)
    return {minute: rnd.randint(1, 3) for minute in range(start, start + days * DAY, every)}


def by_hand(counts: Mapping[int, int], at: int) -> BurstReading:
    """A reading from the rules: fold every bin from the first, begin anew behind a long silence."""
    bins: dict[int, int] = {}
    for minute, count in counts.items():
        if count and minute <= at:
            bins[minute // BIN] = bins.get(minute // BIN, 0) + count
    runs: list[int] = []
    for number in sorted(bins):
        if not runs or number - runs[-1] >= SILENCE // BIN:
            first = number
        runs.append(number)
    if not runs or at // BIN - runs[-1] >= SILENCE // BIN:
        return BurstDetector().step(0)
    detector = BurstDetector()
    for number in range(first, at // BIN):
        detector.step(bins.get(number, 0))
    return detector.step(bins.get(at // BIN, 0))


@settings(max_examples=25)
@given(arrivals, st.lists(minutes, max_size=4), st.randoms(use_true_random=False))
def test_order_and_parts_of_arrival_do_not_matter(
    counts: list[tuple[int, int]], looked: list[int], rnd: Random
) -> None:
    parts = [(minute, part) for minute, count in counts for part in (count // 3, count - count // 3)]
    rnd.shuffle(parts)
    told = BurstTrack()
    for minute, count in parts:
        told.add(minute, count)
        if looked and rnd.random() < 0.3:
            told.reading(rnd.choice(looked))
    end = max(minute for minute, _ in counts)
    for at in sorted({*looked, end, end + 7}):
        fresh = track(sorted(counts))
        assert told.reading(at) == fresh.reading(at)
        assert told.alarms(at) == fresh.alarms(at)


@settings(max_examples=25)
@given(arrivals, minutes)
def test_a_reading_is_what_the_rules_say(counts: list[tuple[int, int]], at: int) -> None:
    sums: dict[int, int] = {}
    for minute, count in counts:
        sums[minute] = sums.get(minute, 0) + count
    assert track(counts).reading(at) == by_hand(sums, at)


def test_what_comes_later_changes_nothing_that_was_read() -> None:
    counts = steady(3)
    whole = track(counts.items())
    for at in range(START, START + 3 * DAY, 611):
        before = track((minute, count) for minute, count in counts.items() if minute <= at)
        assert whole.reading(at) == before.reading(at)
        assert whole.alarms(at) == before.alarms(at)


def test_an_open_bin_alarms_before_it_closes_and_its_alarm_is_told_once() -> None:
    burst = track(steady(10).items())
    at = START + 10 * DAY
    at -= at % BIN
    assert burst.last_alarm(at - 1) is None
    burst.add(at, 200)
    early = burst.reading(at)
    assert early.alarm
    assert burst.alarms(at) == [(at, early.z)]
    burst.add(at + 3, 200)
    whole = burst.reading(at + 4)
    assert whole.z > early.z
    assert burst.alarms(at + 4) == burst.alarms(at + 20) == [(at, whole.z)]
    assert burst.last_alarm(at + 20) == (at, whole.z)
    assert burst.alarms(at - 1) == []


def test_mentions_after_the_moment_in_its_minute_can_be_left_out() -> None:
    counts = steady(3)
    at = max(counts)
    whole = track([*counts.items(), (at, 90)])
    assert whole.reading(at, 90) == track(counts.items()).reading(at)
    assert whole.alarms(at, 90) == track(counts.items()).alarms(at)
    assert whole.alarms(at) != whole.alarms(at, 90)
    empty = track([(at - HOUR, 2)])
    assert empty.reading(at, 5) == empty.reading(at)


def test_a_late_count_unmakes_an_alarm_that_it_explains() -> None:
    """The peak of a day that comes in a week late makes the same peak usual."""
    burst = track(steady(10).items())
    at = START + 10 * DAY
    burst.add(at, 60)
    assert burst.last_alarm(at) is not None
    for day in range(2, 9):
        for hour in range(3):
            burst.add(START + day * DAY + hour * HOUR, 400)
    assert all(minute < at // BIN * BIN for minute, _ in burst.alarms(at))


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What detectors have read."""
    seen: list[float] = []
    step = BurstDetector.step

    def counting(self: BurstDetector, count: float) -> BurstReading:
        seen.append(count)
        return step(self, count)

    monkeypatch.setattr(BurstDetector, "step", counting)
    return seen


def test_a_late_count_costs_hours_and_not_the_history(steps: list[float]) -> None:
    late = track(steady(20).items())
    now = START + 20 * DAY
    late.reading(now)
    steps.clear()
    late.reading(now)
    assert len(steps) == 1
    late.add(now - 30)
    late.reading(now)
    assert len(steps) <= 2 + 90 // BIN
    steps.clear()
    late.add(now - 3 * DAY)
    late.reading(now)
    assert len(steps) <= 2 + 4 * DAY // BIN


def test_years_of_nothing_cost_nothing_and_begin_a_new_history(steps: list[float]) -> None:
    old = steady(2)
    silent = track(old.items())
    years = START + 30 * 365 * DAY
    silent.add(years, 5)
    assert silent.reading(years) == BurstDetector().step(5)
    assert len(steps) < (2 + SILENT_DAYS + 1) * DAY // BIN + 3


def test_a_history_goes_on_until_the_silence_is_long() -> None:
    counts = steady(2)
    last = max(counts)
    silent = track(counts.items())
    assert not silent.reading(last + SILENCE - BIN).quiet
    assert silent.reading(last + SILENCE).quiet
    assert silent.reading(last + SILENCE) == BurstTrack().reading(0)


@pytest.mark.parametrize("after", [SILENCE - BIN, SILENCE])
def test_a_silence_is_long_from_its_28th_day_on(after: int) -> None:
    counts = {START: 3, START + after: 50, START + after + HOUR: 4}
    end = START + after + 2 * HOUR
    reading = track(counts.items()).reading(end)
    assert reading == by_hand(counts, end)
    assert reading.quiet == (after == SILENCE)


def test_mentions_from_the_future_wait() -> None:
    counts = steady(3)
    now = max(counts)
    odd = track([*counts.items(), (now + 900 * 365 * DAY, 7)])
    assert odd.reading(now) == track(counts.items()).reading(now)
    odd.add(now - 5, 3)
    assert odd.reading(now) == track([*counts.items(), (now - 5, 3)]).reading(now)


def test_what_is_read_each_day_for_long_is_what_is_read_at_once() -> None:
    days = KEPT_DAYS + 20
    counts = steady(days, every=11)
    daily = BurstTrack()
    for place, (minute, count) in enumerate(counts.items()):
        daily.add(minute, count)
        if place % 130 == 0:
            daily.reading(minute)
    end = max(counts)
    assert daily.reading(end) == track(counts.items()).reading(end)
    assert len(daily._days) <= KEPT_DAYS + 2

    before = daily.reading(end)
    daily.add(START, 9_000)
    assert daily.reading(end) == before
    with pytest.raises(ValueError, match="is not kept"):
        daily.reading(START)
    late = end - (KEPT_DAYS - 1) * DAY
    daily.add(late, 50)
    assert daily.reading(end) == track([*counts.items(), (late, 50)]).reading(end)


def test_only_mentions_are_added() -> None:
    with pytest.raises(ValueError, match="only ever added"):
        BurstTrack().add(START, -1)
    with pytest.raises(ValueError, match="counted from 1970"):
        BurstTrack().add(-1)


def of_day(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) // 60


def test_a_real_raid_is_told_more_than_an_hour_before_its_peak(shared_data: Path) -> None:
    """Only the searches that are complete: the total is cut off by limits."""
    complete = {"twitterisdead", "spacekaren", "musktwitter", "elonmuskis"}
    raid = BurstTrack()
    first = None
    for row in gzip.decompress((shared_data / "takeover-2022.ndjson.gz").read_bytes()).splitlines():
        post = json.loads(row)
        if complete & set(post["queries"]):
            minute = int(datetime.fromisoformat(post["created_at"]).timestamp()) // 60
            first = minute if first is None else min(first, minute)
            raid.add(minute)
    assert first is not None
    told = [minute for minute, _ in raid.alarms(of_day("2022-11-18T04:00"))]
    assert told[0] >= first + DAY - BIN
    assert [minute for minute in told if of_day("2022-11-09") <= minute < of_day("2022-11-18")] == []
    raided = next(minute for minute in told if minute >= of_day("2022-11-18"))
    live = next(
        minute
        for minute in range(of_day("2022-11-18"), of_day("2022-11-18T04:00"))
        if raid.reading(minute).alarm
    )
    assert of_day("2022-11-18T00:30") < raided <= live < of_day("2022-11-18T01:45")
