"""Rows, the table, and the comparison with the run before."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results" / "latest.json"


@dataclass(frozen=True)
class Row:
    """One comparison; what counts is the ratio, since machines differ.

    `ours` and `baseline` are in `unit`. `bar` is the limit of the ratio: at
    least that where `more_is_better`, else at most. None is for the record only.
    """

    name: str
    ours: float
    baseline: float
    unit: str
    bar: float | None = None
    more_is_better: bool = False

    @property
    def ratio(self) -> float:
        """Ours beside the baseline; a baseline of nothing is met by nothing only."""
        if self.baseline:
            return self.ours / self.baseline
        return float("inf") if self.ours else 0.0

    @property
    def verdict(self) -> str:
        """`ok`, `MISSED`, or nothing where there is no bar."""
        if self.bar is None:
            return ""
        met = self.ratio >= self.bar if self.more_is_better else self.ratio <= self.bar
        return "ok" if met else "MISSED"


def table(rows: Iterable[Row], before: dict[str, float]) -> str:
    """The rows in aligned columns; `before` has the ratios of the last run by name."""
    cells = [("what", "ours", "baseline", "unit", "ratio", "bar", "", "last run")]
    for row in rows:
        sign = ">=" if row.more_is_better else "<="
        cells.append(
            (
                row.name,
                _number(row.ours),
                _number(row.baseline),
                row.unit,
                f"{row.ratio:.2f}",
                f"{sign} {row.bar:.2f}" if row.bar is not None else "",
                row.verdict,
                f"{before[row.name]:.2f}" if row.name in before else "",
            )
        )
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    left = (0, 3, 6)
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place in left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def last_run(path: Path = RESULTS) -> dict[str, float]:
    """The ratios of the last run by name; empty when there is none that can be read."""
    try:
        rows = json.loads(path.read_text("utf-8"))["rows"]
        return {row["name"]: float(row["ratio"]) for row in rows if row["ratio"] is not None}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def save(rows: Iterable[Row], machine: dict[str, Any], path: Path = RESULTS) -> None:
    """Keep a run for the next one to compare with."""
    path.parent.mkdir(exist_ok=True)
    document = {
        "machine": machine,
        "rows": [
            {**asdict(row), "ratio": row.ratio if row.baseline else None, "verdict": row.verdict}
            for row in rows
        ],
    }
    path.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
