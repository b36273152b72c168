"""Bytes on the wire at 120x40 with 256 colours, over a full store, beside their budgets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import mean, median

from bench.process import python
from bench.report import Row
from bench.startup import FILLED
from bench.terminal import Terminal

MOVES = 50
IDLE_S = 10.0
MID_MINUTE = range(12, 48)
"""Seconds of a minute in which nothing is due; at its turn times advance, and soon after the assessment."""
TEXT = "We have seen the reports and are looking into them."


def rows(home: Path) -> Iterator[Row]:
    """What each action makes the dashboard send; the baseline is the budget, so that 1 is the limit."""
    with Terminal(python("-m", "crisis_tui", "--home", str(home))) as terminal:
        terminal.wait_for(lambda output: FILLED in output)
        terminal.settle(2.0)
        yield Row("first frame", len(terminal.output), 30_000, "bytes", 1.0)
        moves = [terminal.send("j") for _ in range(MOVES)]
        yield Row("list move, median", median(moves), 600, "bytes", 1.0)
        yield Row("list move, mean", mean(moves), 600, "bytes", 1.0)
        panes = [terminal.send(key) for key in "234"]
        yield Row("pane switch, most", max(panes), 3_000, "bytes", 1.0)
        typed = [terminal.send(character) for character in TEXT]
        yield Row("typed character, median", median(typed), 400, "bytes", 1.0)
        yield Row("typed character, most", max(typed), 400, "bytes", 1.0)
        terminal.settle(3.0)
        _wait_for_mid_minute(terminal)
        before = len(terminal.output)
        until = time.monotonic() + IDLE_S
        while (left := until - time.monotonic()) > 0:
            terminal.pump(left)
        yield Row(f"idle for {IDLE_S:.0f} s within a minute", len(terminal.output) - before, 0, "bytes", 1.0)


def _wait_for_mid_minute(terminal: Terminal) -> None:
    while int(time.time()) % 60 not in MID_MINUTE:
        terminal.pump(0.5)
