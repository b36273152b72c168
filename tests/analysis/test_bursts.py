"""Bursts: what is told, what is held back, and that it is the mathematics that it says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_tui.analysis.bursts import BurstDetector, BurstReading, BurstSettings

DAY = 288
counts = st.one_of(st.integers(0, 40), st.integers(0, 1_000_000), st.floats(0, 1e9))


def usual_days(days: int, bins_a_day: int = DAY, level: float = 20.0, seed: int = 7) -> list[int]:
    """Days with a night and an afternoon, and noise as counts have it."""
    rnd = Random(seed)
    return [
        max(0, round(rnd.gauss(mean, mean**0.5)))
        for n in range(days * bins_a_day)
        for mean in [level * (1 - 0.7 * math.cos(2 * math.pi * n / bins_a_day))]
    ]


def read(series: Sequence[float], detector: BurstDetector | None = None) -> list[BurstReading]:
    detector = detector or BurstDetector()
    return [detector.step(count) for count in series]


def alarms(readings: Sequence[BurstReading]) -> list[int]:
    return [place for place, reading in enumerate(readings) if reading.alarm]


def by_the_book(series: Sequence[float]) -> list[float]:
    """z of each bin from the definition, with every day's peak kept and weighed afresh."""
    spans, z_of = (1, 12, 48), []
    accs = [series[0]] * 3
    usual, spread = math.log(series[0] + 0.5), 0.0
    peaks: list[list[float]] = [[], [], []]
    today = [-9.0] * 3
    for bin_, count in enumerate(series):
        zs = []
        for k, span in enumerate(spans):
            accs[k] += 2 / (span + 1) * (count - accs[k])
            above = math.log(accs[k] + 0.5) - usual
            age = [0.5 ** ((len(peaks[k]) - 1 - day) / 14) for day in range(len(peaks[k]))]
            prior = 3 * 0.5 ** (len(peaks[k]) / 14)
            weight = prior + sum(age)
            mean = (prior * 1.0 + sum(a * p for a, p in zip(age, peaks[k], strict=True))) / weight
            square = prior * (1.0 + 0.49) + sum(a * p * p for a, p in zip(age, peaks[k], strict=True))
            deviation = max(square / weight - mean**2, 0.04) ** 0.5 if peaks[k] else 0.7
            zs.append((above - mean) / deviation)
            today[k] = max(today[k], above)
        z_of.append(sum(zs) / 3)
        residual = math.log(count + 0.5) - usual
        rate = max(1 - 0.5 ** (1 / 2016), 1 / (bin_ + 1))
        spread += rate * (abs(residual) - spread)
        usual += rate * max(min(residual, 2 * spread), -2 * spread)
        if (bin_ + 1) % DAY == 0:
            for k in range(3):
                peaks[k].append(today[k])
            today = [-9.0] * 3
    return z_of


@pytest.mark.parametrize("seed", range(3))
def test_z_is_what_the_definition_says(seed: int) -> None:
    rnd = Random(seed)
    series = [count * (40 if rnd.random() < 0.003 else 1) for count in usual_days(6, seed=seed)]
    assert [reading.z for reading in read(series)] == pytest.approx(by_the_book(series), rel=1e-9, abs=1e-9)


def test_usual_days_are_silent_and_a_burst_is_told_once() -> None:
    series = usual_days(21)
    assert alarms(read(series)) == []
    for place in range(20 * DAY + 150, 20 * DAY + 162):
        series[place] *= 8
    told = alarms(read(series))
    assert 20 * DAY + 150 <= told[0] < 20 * DAY + 153
    assert all(20 * DAY + 150 <= place < 20 * DAY + 162 for place in told)


def test_within_a_day_only_what_is_clearly_stronger_is_told_again() -> None:
    before = BurstDetector()
    read(usual_days(20), before)
    first = before.copy().step(300)
    assert first.alarm
    before.step(300)
    strengths = [first.z]
    for reading in read([count for peak in range(300, 20_000, 50) for count in (peak,)], before):
        if reading.alarm:
            assert reading.z > 1.4 * strengths[-1]
            strengths.append(reading.z)
        else:
            assert reading.score == 0
            assert reading.z <= 1.4 * strengths[-1]
    assert len(strengths) >= 3


def test_the_next_day_it_is_told_again() -> None:
    detector = BurstDetector()
    read(usual_days(20), detector)
    assert detector.step(3_000).alarm
    read([20] * (DAY - 1), detector)
    assert not detector.copy().step(3_000).alarm
    detector.step(20)
    assert detector.step(3_000).alarm


def test_the_first_day_is_quiet_but_read() -> None:
    readings = read([*[5] * 100, *[50_000] * 188, 50_000])
    assert alarms(readings[:DAY]) == []
    assert all(reading.quiet and reading.score == 0 and not reading.ramping for reading in readings[:DAY])
    assert readings[100].z > 2
    assert not readings[DAY].quiet


@settings(max_examples=30)
@given(st.lists(counts, max_size=60), st.integers(0, 3))
def test_a_score_is_of_its_z_and_half_of_it_is_an_alarm(tail: list[float], days: int) -> None:
    told = [
        (reading.z, reading.score)
        for reading in read([*[4.0] * (DAY * days), *tail])
        if reading.score or reading.alarm
    ]
    for z, score in told:
        assert 0 < score < 1
        assert (score >= 0.5) == (z >= 0.75)
    told.sort()
    assert [score for _, score in told] == sorted(score for _, score in told)


@settings(max_examples=30)
@given(st.lists(counts, max_size=40), st.integers(0, 2), counts, counts)
def test_a_peek_is_the_bin_closed_now_and_rises_with_the_count(
    tail: list[float], days: int, one: float, other: float
) -> None:
    detector = BurstDetector()
    read([*[3.0] * (DAY * days), *tail], detector)
    low, high = sorted((one, other))
    lower, higher = detector.peek(low), detector.peek(high)
    assert lower.z <= higher.z
    assert lower.score <= higher.score or not days
    assert detector.step(low) == lower


@pytest.mark.parametrize("minutes", [1, 5, 7, 15, 60, 240, 1440])
def test_a_burst_is_found_in_bins_of_any_width(minutes: int) -> None:
    a_day = round(1440 / minutes)
    series: list[float] = list(usual_days(30, a_day, level=4.0 * minutes))
    place = 29 * a_day + a_day // 2
    width = max(120 // minutes, 1)
    for each in range(place, min(place + width, len(series))):
        series[each] *= 20
    told = alarms(read(series, BurstDetector(bin_minutes=minutes)))
    assert told
    assert place <= told[0] < place + width


def test_the_usual_peak_is_in_mentions() -> None:
    day = [10.0] * DAY
    day[100:112] = [120.0] * 12
    reading = read(day * 40)[-1]
    assert reading.usual_peak == pytest.approx(120, rel=0.1)
    # The hour is smoothed, so that an hour's peak shows with what stood before it.
    assert 12 * 60 < reading.usual_peak_hour < 12 * 120
    hourly = read([*[120.0] * 8, 1440.0, *[120.0] * 15] * 40, BurstDetector(bin_minutes=60))[-1]
    assert hourly.usual_peak == hourly.usual_peak_hour == pytest.approx(1440, rel=0.1)


def test_a_slow_ramp_is_told_apart_and_makes_no_alarm() -> None:
    series: list[float] = list(usual_days(24))
    assert not any(reading.ramping for reading in read(series))
    start = 22 * DAY
    # From midnight on it swells to the height of a usual afternoon and stays, so no peak is passed.
    for place in range(start, start + DAY):
        series[place] = max(series[place], 30 * min((place - start) / 60, 1))
    readings = read(series)
    ramping = [place for place, reading in enumerate(readings) if reading.ramping]
    assert ramping
    assert start < ramping[0] < start + DAY
    assert ramping == list(range(ramping[0], ramping[0] + 13))
    assert alarms(readings) == []


def test_a_ramp_that_was_told_builds_up_anew() -> None:
    detector = BurstDetector()
    read(usual_days(22), detector)
    while not (reading := detector.step(33)).ramping:
        pass
    assert reading.ramp == 1
    # A day of little more than usual takes nothing to speak of from a sum, so what is left is new.
    assert not any(reading.ramp for reading in read([20] * DAY, detector))
    assert detector.step(20).ramp == 0


@settings(max_examples=30)
@given(st.lists(counts, max_size=300), st.integers(0, 3))
def test_a_ramp_stays_between_nothing_and_all(tail: list[float], days: int) -> None:
    for reading in read([*[4.0] * (DAY * days), *tail]):
        assert 0 <= reading.ramp <= 1
        assert not (reading.quiet and (reading.ramp or reading.ramping))


def test_nothing_forever_is_nothing() -> None:
    readings = read([0] * (60 * DAY))
    assert alarms(readings) == []
    assert not any(reading.ramping for reading in readings)
    assert readings[-1].usual_peak == pytest.approx(0, abs=1)
    assert all(math.isfinite(value) for value in readings[-1])


def test_a_copy_goes_its_own_way() -> None:
    detector = BurstDetector()
    series = usual_days(3)
    read(series, detector)
    copy = detector.copy()
    read([9_000] * 300, copy)
    again = BurstDetector()
    read(series, again)
    assert read(series, detector) == read(series, again)


@pytest.mark.parametrize("count", [-1, math.nan, math.inf])
def test_what_is_no_count_is_refused(count: float) -> None:
    with pytest.raises(ValueError, match="0 or more mentions"):
        BurstDetector().step(count)


@pytest.mark.parametrize("minutes", [0, -5, 1441, math.nan])
def test_what_is_no_bin_is_refused(minutes: float) -> None:
    with pytest.raises(ValueError, match="a bin has"):
        BurstDetector(bin_minutes=minutes)


def test_settings_are_obeyed() -> None:
    series = [*usual_days(20), 400]
    strict = BurstDetector(BurstSettings(tell=50.0))
    assert not read(series, strict)[-1].alarm
    assert read(series)[-1].alarm
