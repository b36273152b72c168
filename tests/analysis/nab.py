"""The score of the Numenta Anomaly Benchmark, written from its definition.

Lavin and Ahmad 2015, "Evaluating real-time anomaly detection algorithms", with
the details of NAB 1.1: the first 15 % of a file (of at most 5,000 rows) do not
count; the best detection in a window counts once, the more the earlier it is;
what is detected outside costs, less so right behind a window; a missed window
costs. 0 is what a detector gets that says nothing, 100 one that is perfect.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path


@dataclass(frozen=True)
class Profile:
    """What a detection outside the windows and a missed window cost; a found one gives up to 1."""

    false_alarm: float
    miss: float


PROFILES = {
    "standard": Profile(0.11, 1.0),
    "reward_low_FP": Profile(0.22, 1.0),
    "reward_low_FN": Profile(0.11, 2.0),
}

MERGE = timedelta(hours=1)
"""Detections that follow each other within this are one episode for a person."""


@dataclass(frozen=True)
class File:
    """One series: the time of each row, its score, and the windows in which something happened."""

    times: Sequence[datetime]
    scores: Sequence[float]
    windows: Sequence[tuple[datetime, datetime]]

    @property
    def probation(self) -> int:
        """Rows at the start that do not count."""
        return math.floor(0.15 * min(len(self.times), 5000))


def windows_of(file: Path) -> dict[str, list[tuple[datetime, datetime]]]:
    """The windows by name of the series, as (first, last) time."""
    found: Mapping[str, list[list[str]]] = json.loads(file.read_text("utf-8"))
    return {
        name: [(datetime.fromisoformat(first), datetime.fromisoformat(last)) for first, last in windows]
        for name, windows in found.items()
    }


def worth(position: float) -> float:
    """Of a detection: -1 is the first row of a window, 0 its end, 1 as far behind it as it is long."""
    return -1.0 if position >= 3 else 2 / (1 + math.exp(5 * position)) - 1


def _rows(file: File) -> list[tuple[float, int | None, float]]:
    """For each row that counts: score, number of its window, worth before weights."""
    spans = [
        (bisect_left(file.times, first), bisect_right(file.times, last) - 1) for first, last in file.windows
    ]
    rows: list[tuple[float, int | None, float]] = []
    for row in range(file.probation, len(file.times)):
        begun = [(number, first, last) for number, (first, last) in enumerate(spans) if first <= row]
        if not begun:
            rows.append((file.scores[row], None, -1.0))
            continue
        number, first, last = begun[-1]
        if row <= last:
            length = last - first + 1
            rows.append((file.scores[row], number, worth(-(last - row + 1) / length) / worth(-1)))
        else:
            rows.append((file.scores[row], None, worth((row - last) / (last - first))))
    return rows


def _normal(raw: float, windows: int, profile: Profile) -> float:
    least = -profile.miss * windows
    return 100 * (raw - least) / (windows - least)


def at(files: Iterable[File], profile: Profile, threshold: float) -> float:
    """The score where rows of at least this threshold are detections."""
    raw, windows = 0.0, 0
    for file in files:
        best = dict.fromkeys(range(len(file.windows)), -profile.miss)
        windows += len(best)
        for score, number, value in _rows(file):
            if score < threshold:
                continue
            if number is None:
                raw += value * profile.false_alarm
            else:
                best[number] = max(best[number], value)
        raw += sum(best.values())
    return _normal(raw, windows, profile)


def optimised(files: Iterable[File], profile: Profile) -> tuple[float, float]:
    """The score at the threshold that is best for the profile over all files, and that threshold."""
    given = list(files)
    rows = sorted(
        (
            (score, name if number is None else (name, number), value, number is None)
            for name, file in enumerate(given)
            for score, number, value in _rows(file)
        ),
        key=lambda row: -row[0],
    )
    windows = sum(len(file.windows) for file in given)
    raw = -profile.miss * windows
    best: dict[object, float] = {}
    found = (raw, math.inf)
    for place, (score, window, value, outside) in enumerate(rows):
        if outside:
            raw += value * profile.false_alarm
        else:
            before = best.get(window, -profile.miss)
            best[window] = max(before, value)
            raw += best[window] - before
        if place + 1 == len(rows) or rows[place + 1][0] != score:
            found = max(found, (raw, score))
    return _normal(found[0], windows, profile), found[1]


def caught(files: Iterable[File], threshold: float) -> int:
    """Windows with a detection."""
    return sum(
        len({number for score, number, _ in _rows(file) if score >= threshold and number is not None})
        for file in files
    )


def false_alarms_a_week(files: Iterable[File], threshold: float) -> float:
    """Episodes outside the windows for each week of each series, probation left out."""
    episodes, weeks = 0, 0.0
    for file in files:
        times = file.times[file.probation :]
        weeks += (times[-1] - times[0]) / timedelta(weeks=1)
        before: datetime | None = None
        for time, (score, number, _) in zip(times, _rows(file), strict=True):
            if score >= threshold and number is None:
                episodes += before is None or time - before > MERGE
                before = time
    return episodes / weeks
