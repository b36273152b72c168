"""Detection: bins a CPU second beside the least that a detector can do, a mean and deviation that fade."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from random import Random
from statistics import median

from bench.report import Row
from crisis_tui.analysis.bursts import BurstDetector

BINS = 60_000
RUNS = 3


def _series(count: int) -> list[int]:
    """Days with a night, and a burst now and then."""
    rnd = Random(1)
    return [
        round(
            rnd.expovariate(1)
            * 20
            * (1.5 - math.cos(math.tau * n / 288))
            * (30 if rnd.random() < 1e-3 else 1)
        )
        for n in range(count)
    ]


def _ours(series: Sequence[int]) -> int:
    step = BurstDetector().step
    return sum(step(count).alarm for count in series)


def _plain(series: Sequence[int]) -> int:
    mean, square, alarms = 0.0, 1.0, 0
    for count in series:
        level = math.log(count + 0.5)
        alarms += level > mean + 4 * math.sqrt(max(square - mean * mean, 0.04))
        mean += 0.001 * (level - mean)
        square += 0.001 * (level * level - square)
    return alarms


def rows(count: int = BINS, runs: int = RUNS) -> Iterator[Row]:
    """Bins of 5 minutes a CPU second, the median of some runs in turn."""
    series = _series(count)
    spent: dict[Callable[[Sequence[int]], int], list[float]] = {_ours: [], _plain: []}
    for _ in range(runs):
        for each, times in spent.items():
            begun = time.process_time()
            each(series)
            times.append(time.process_time() - begun)
    ours, plain = (count / median(times) for times in spent.values())
    yield Row("bursts, beside a mean and deviation that fade", ours, plain, "bins/s", 0.03, True)
