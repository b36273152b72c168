"""What the chart of the gauge is about: which spans there are, and what was done in one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from data.models.assessment import ChartMark
from data.store import Store
from data.text import clean_line


@dataclass(frozen=True)
class ChartSpan:
    """A length of time in words, cut into `bars` of `bar_minutes` each."""

    words: str
    bar_minutes: int
    bars: int


SPANS = (
    ChartSpan("1 h", 1, 60),
    ChartSpan("6 h", 1, 360),
    ChartSpan("24 h", 10, 144),
    ChartSpan("7 d", 60, 168),
)
"""From the shortest to the longest; bars are so short that any chart finds whole ones for its cells."""

LIVE, HISTORY = 1, 2
"""Places of the spans that are shown until somebody chooses: for the present, for a moment of the past."""


async def marks(store: Store, start: datetime, end: datetime) -> tuple[ChartMark, ...]:
    """The moves of the level and the saved statements in [start, end], the oldest first."""
    found = [
        ChartMark(
            at=move.at,
            kind="up" if move.after > move.before else "down",
            words=clean_line(f"{'up' if move.after > move.before else 'down'} to {move.after.word}"),
        )
        for move in await store.incidents.moves(start, end)
    ]
    found += [
        ChartMark(at=saved.at, kind="statement", words=clean_line(f"statement saved by {saved.by}"))
        for saved in await store.incidents.saved(start, end)
    ]
    return tuple(sorted(found, key=lambda mark: mark.at))
