"""Measure, print, keep: `python -m bench [--mentions N]`."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import commands, detection, feeds, gauge, ingest, reads, startup, stories, wire
from bench.home import fill
from bench.report import Row, last_run, save, table
from crisis_tui import __version__

MENTIONS = 100_000


def _measured(home: Path, count: int) -> Iterator[Row]:
    yield from ingest.rows()
    yield from reads.rows(home, count)
    yield from startup.rows(home)
    yield from wire.rows(home)
    yield from commands.rows(home)
    yield from gauge.rows()
    yield from detection.rows()
    yield from stories.rows()
    yield from feeds.rows(home)


def main() -> None:
    """Run everything; a missed bar is shown, and is for a person to judge."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--mentions", type=int, default=MENTIONS, help="size of the store (100,000)")
    count = parser.parse_args().mentions
    machine = {
        "crisis-tui": __version__,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
    }
    with tempfile.TemporaryDirectory(prefix="crisis-tui-bench-") as name:
        home = Path(name) / "home"
        print(f"Filling a store with {count:,} mentions ...", flush=True)
        asyncio.run(fill(home, count))
        before = last_run()
        rows = list(_measured(home, count))
    print(table(rows, before))
    print("  ".join(f"{key} {value}" for key, value in machine.items()))
    save(rows, machine)


if __name__ == "__main__":
    main()
