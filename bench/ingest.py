"""Ingest: `crisis-tui ingest FILE` beside a plain sqlite3 script that writes the same rows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.plain import write_tuples
from bench.posts import Posts
from bench.process import cpu_of, python
from bench.report import Row

COUNT = 60_000
RUNS = 3


def rows(count: int = COUNT, runs: int = RUNS) -> Iterator[Row]:
    """Rows a CPU second, from the start of each process to its end, in turn."""
    with tempfile.TemporaryDirectory(prefix="crisis-tui-bench-") as name:
        folder = Path(name)
        posts, tuples = folder / "posts.ndjson", folder / "posts.tuples"
        Posts(count).write(posts)
        write_tuples(posts, tuples)
        spent: dict[str, list[float]] = {"ours": [], "tuples": [], "json": []}
        for run in range(runs):
            home = str(folder / f"home-{run}")
            spent["tuples"].append(_plain("tuples", folder / f"tuples-{run}.db", tuples))
            spent["ours"].append(cpu_of(python("-m", "crisis_tui", "--home", home, "ingest", str(posts))))
            spent["json"].append(_plain("json", folder / f"json-{run}.db", posts))
    speed = {name: count / median(seconds) for name, seconds in spent.items()}
    yield Row("ingest, beside sqlite3 with parsed rows", speed["ours"], speed["tuples"], "rows/s", 0.5, True)
    yield Row("ingest, beside sqlite3 and json.loads", speed["ours"], speed["json"], "rows/s", 0.5, True)


def _plain(form: str, database: Path, source: Path) -> float:
    return cpu_of(python("-m", "bench.plain", form, str(database), str(source)))
