"""What a command costs before it does anything, beside Python itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.process import cpu_of, python
from bench.report import Row

RUNS = 7


def rows(home: Path) -> Iterator[Row]:
    """CPU milliseconds from start to end, in turn."""
    place = ("-m", "crisis_tui", "--home", str(home))
    commands = {
        "crisis-tui --version": python("-m", "crisis_tui", "--version"),
        "crisis-tui mentions --limit 1": python(*place, "mentions", "--limit", "1"),
    }
    times: dict[str, list[float]] = {name: [] for name in (*commands, "python")}
    for _ in range(RUNS):
        times["python"].append(cpu_of(python("-c", "pass")))
        for name, command in commands.items():
            times[name].append(cpu_of(command))
    plain = median(times["python"]) * 1000
    for name in commands:
        yield Row(f"{name}, beside python -c pass", median(times[name]) * 1000, plain, "ms")
