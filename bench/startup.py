"""Start-up: from the start of the process to the first visible text in a pty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from bench.process import python
from bench.report import Row
from bench.terminal import Terminal, visible

RUNS = 9
FILLED = b"@example.social"
"""In the author of most made-up posts: the feed has been read and is shown."""


_FULL_SCREEN = b"\x1b[?1049h"


def _painted(output: bytes) -> bytes:
    """What can be seen since the program took the screen; a traceback is no first paint."""
    return visible(output.partition(_FULL_SCREEN)[2])


def first_paint(command: Sequence[str]) -> tuple[float, float]:
    """CPU and wall seconds until something can be seen."""
    with Terminal(command) as terminal:
        terminal.wait_for(_painted)
        return terminal.cpu, terminal.wall


def _filled(command: Sequence[str]) -> tuple[float, float]:
    with Terminal(command) as terminal:
        terminal.wait_for(lambda output: FILLED in output)
        return terminal.cpu, terminal.wall


def rows(home: Path, runs: int = RUNS) -> Iterator[Row]:
    """The dashboard on a full store beside an empty Textual app, started in turn."""
    ours = python("-m", "crisis_tui", "--home", str(home))
    empty = python("-m", "bench.empty_app")
    first_paint(ours), first_paint(empty)  # compiles what changed
    found: dict[str, list[tuple[float, float]]] = {"ours": [], "empty": [], "filled": []}
    for _ in range(runs):
        found["empty"].append(first_paint(empty))
        found["ours"].append(first_paint(ours))
        found["filled"].append(_filled(ours))
    cpu = {name: median(each[0] for each in times) * 1000 for name, times in found.items()}
    wall = {name: median(each[1] for each in times) * 1000 for name, times in found.items()}
    yield Row("first paint, CPU (beside an empty Textual app)", cpu["ours"], cpu["empty"], "ms", 1.5)
    yield Row("first paint, wall", wall["ours"], wall["empty"], "ms", 1.5)
    yield Row("mentions on screen, CPU", cpu["filled"], cpu["empty"], "ms")
    yield Row("mentions on screen, wall", wall["filled"], wall["empty"], "ms")
