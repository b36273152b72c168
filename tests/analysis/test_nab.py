"""The NAB score by hand-made cases, and what the program reaches on it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_tui.cli import main
from tests.analysis.nab import (
    PROFILES,
    File,
    at,
    caught,
    false_alarms_a_week,
    optimised,
    windows_of,
    worth,
)

BEGIN = datetime(2015, 3, 1)
ROWS = 8000
# Rows [2000, 2100] and [5000, 5200].
WINDOWS = ((2000, 2100), (5000, 5200))


def file(detections: dict[int, float]) -> File:
    times = [BEGIN + row * timedelta(minutes=5) for row in range(ROWS)]
    windows = [(times[first], times[last]) for first, last in WINDOWS]
    return File(times, [detections.get(row, 0.0) for row in range(ROWS)], windows)


def standard(*rows: int) -> float:
    return at([file(dict.fromkeys(rows, 1.0))], PROFILES["standard"], 0.5)


def test_nothing_is_0_and_the_first_row_of_each_window_is_100() -> None:
    for profile in PROFILES.values():
        assert at([file({})], profile, 0.5) == 0
        assert at([file({2000: 1, 5000: 0.5})], profile, 0.5) == pytest.approx(100)


def test_a_window_counts_once_and_the_earlier_the_more() -> None:
    assert standard(2000, 2001, 2050) == pytest.approx(50)
    assert standard(2050, 2000) == standard(2000)
    assert standard(2000) > standard(2050) > standard(2100) > 0
    # The published values of the curve: left edge, middle, right edge, one length behind.
    assert [round(worth(place), 5) for place in (-1, -0.5, 0, 1)] == [0.98661, 0.84828, 0, -0.98661]
    assert worth(3) == worth(50) == -1


def test_a_false_alarm_costs_less_right_behind_a_window() -> None:
    assert standard(1000) == pytest.approx(-100 * 0.11 / 4)
    assert standard(2101) == pytest.approx(100 * 0.11 * worth(0.01) / 4)
    assert standard(2150) == pytest.approx(100 * 0.11 * worth(0.5) / 4)
    assert standard(4000) == standard(1000)
    assert at([file({1000: 1})], PROFILES["reward_low_FP"], 0.5) == pytest.approx(-100 * 0.22 / 4)
    assert at([file({1000: 1})], PROFILES["reward_low_FN"], 0.5) == pytest.approx(-100 * 0.11 / 6)


def test_the_probation_does_not_count() -> None:
    assert standard(0, 749) == 0
    assert standard(750) < 0


def test_alarms_near_each_other_are_one_for_a_person() -> None:
    weeks = (ROWS - 750 - 1) * 5 / (7 * 1440)
    seen = [file(dict.fromkeys((1000, 1012, 1024, 1037, 2050), 1.0))]
    assert false_alarms_a_week(seen, 0.5) == pytest.approx(2 / weeks)
    assert caught(seen, 0.5) == 1


def short(detections: dict[int, float]) -> File:
    """Of 400 rows, so that many can be tried; 60 are probation."""
    times = [BEGIN + row * timedelta(minutes=5) for row in range(400)]
    windows = [(times[first], times[last]) for first, last in ((100, 120), (250, 290))]
    return File(times, [detections.get(row, 0.0) for row in range(400)], windows)


@settings(max_examples=50)
@given(st.dictionaries(st.integers(50, 399), st.sampled_from((0.1, 0.4, 0.5, 0.9)), max_size=12))
def test_the_best_threshold_is_the_best_of_all(detections: dict[int, float]) -> None:
    seen = [short(detections), short({101: 0.4, 20: 0.9})]
    for profile in PROFILES.values():
        best, threshold = optimised(seen, profile)
        assert best == pytest.approx(max(at(seen, profile, each) for each in (0.1, 0.4, 0.5, 0.9, 1.1)))
        assert at(seen, profile, threshold) == pytest.approx(best)


def scored(
    folder: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> tuple[list[datetime], Sequence[float]]:
    rows = (folder / name).read_text("utf-8").splitlines()[1:]
    assert main(["backtest", str(folder / name), "--json"]) == 0
    scores = json.loads(capsys.readouterr().out)["scores"]
    return [datetime.fromisoformat(row.split(",")[0]) for row in rows], scores


def test_real_brands(
    shared_data: Path, capsys: pytest.CaptureFixture[str], record_property: Callable[[str, object], None]
) -> None:
    """Six large brands, by the command that a user has.

    The best published detector has 83.2, 74.6 and 88.8 on ten brands, of which these are six, each
    with the threshold that suits it best. Where misses count double we stay below: one window
    holds nothing that stands above the peaks of other days.
    """
    folder = shared_data / "bursts"
    files = [
        File(*scored(folder, name, capsys), windows)
        for name, windows in windows_of(folder / "windows.json").items()
    ]
    fixed = {name: at(files, profile, 0.5) for name, profile in PROFILES.items()}
    best = {name: optimised(files, profile)[0] for name, profile in PROFILES.items()}
    needless = false_alarms_a_week(files, 0.5)
    record_property("at 0.5", fixed)
    record_property("best threshold", best)
    record_property("false alarms a week", needless)
    print(f"at 0.5 {fixed}\nbest   {best}\ncaught {caught(files, 0.5)}, {needless:.2f} false alarms a week")

    assert fixed["standard"] >= 80
    assert best["standard"] > 83.2
    assert best["reward_low_FP"] > 74.6
    assert best["reward_low_FN"] > 86
    assert needless <= 0.75
    assert caught(files, 0.5) >= sum(len(file.windows) for file in files) - 1
