"""Newest-first pages, walked so that nothing is missed and no walk goes on for ever."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from data.models.base import to_ms
from data.sources.base import PermanentError, SourceError

T = TypeVar("T")

OVERLAP = timedelta(minutes=60)
"""How far behind its place a source looks again: servers file posts that come late under the time
at which they were written (Mastodon and GoToSocial do; a post 30 minutes behind was seen)."""

HELD = 1_000
"""Posts that one walk holds before it gives them away; up to here they come out oldest first."""

_SURE = 3


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page, newest first. `next` leads to the one below and is None at the end.

    `stable` says that `next` still leads there tomorrow (an id or a time, not a
    token of the server's own).
    """

    items: list[T]
    next: str | None
    stable: bool = False


@dataclass(frozen=True)
class Place:
    """Where reading stands, in milliseconds since 1970.

    Everything up to `low` is read. A walk that was cut short has read down from
    `high` to the page that `below` leads to; what lies between there and `low`
    is still open.
    """

    low: int
    high: int | None = None
    below: str | None = None

    @classmethod
    def parse(cls, cursor: str | None, first: datetime) -> Place:
        """The place that a cursor names; `first` is how far back the first walk goes."""
        if cursor is None:
            return cls(to_ms(first))
        fields = json.loads(cursor)
        return cls(fields["low"], fields.get("high"), fields.get("below"))

    def cursor(self) -> str:
        """The place as text."""
        return json.dumps({"low": self.low, "high": self.high, "below": self.below})


async def descend(
    fetch: Callable[[str | None], Awaitable[Page[T]]],
    place: Place,
    *,
    id_of: Callable[[T], str],
    ms_of: Callable[[T], int],
    now: datetime,
    overlap: timedelta = OVERLAP,
    held: int = HELD,
) -> AsyncIterator[tuple[list[T], Place]]:
    """Walk down from the newest to the place, giving what was found oldest first, and the place after it.

    `fetch(None)` brings the newest page, `fetch(page.next)` the one below it. A
    walk that was cut short is finished first. What is older than the place less
    the overlap is left out; `low` only moves when the walk got there.

    Raises:
        PermanentError: the pages go round in circles.
        SourceError: of `fetch`, after what was found before it was given.
    """
    latest = to_ms(now)
    if place.below is not None:
        rest = _leg(fetch, place, place.below, id_of, ms_of, latest, overlap, held)
        async for items, reached in rest:
            yield items, reached
            place = reached
    newest = _leg(fetch, Place(place.low), None, id_of, ms_of, latest, overlap, held)
    async for items, reached in newest:
        yield items, reached


async def _leg(
    fetch: Callable[[str | None], Awaitable[Page[T]]],
    place: Place,
    start: str | None,
    id_of: Callable[[T], str],
    ms_of: Callable[[T], int],
    latest: int,
    overlap: timedelta,
    held: int,
) -> AsyncIterator[tuple[list[T], Place]]:
    floor = place.low - round(overlap.total_seconds() * 1000)
    seen: set[str] = set()
    asked: set[str | None] = {start}
    found: list[T] = []
    at, high, below = start, place.high, place.below
    while True:
        try:
            page = await fetch(at)
            fresh = [item for item in page.items if id_of(item) not in seen]
            if (page.items and not fresh) or (page.next is not None and page.next in asked):
                raise PermanentError("The server's pages go round in circles; nothing more is read of it.")
        except SourceError:
            if found:
                yield found[::-1], Place(place.low, high if below else None, below)
            raise
        seen.update(id_of(item) for item in fresh)
        # A post may claim to be from the future; the place must not follow it there.
        times = [min(ms_of(item), latest) for item in fresh]
        if high is None and times:
            high = max(times)
        found += [item for item, ms in zip(fresh, times, strict=True) if ms >= floor]
        # A single old post may stand anywhere: pinned, or dated back by its writer.
        oldest = times[-max(_SURE, len(times) // 4) :]
        if page.next is None or not fresh or max(oldest) < floor:
            yield found[::-1], Place(max(place.low, high or 0))
            return
        asked.add(page.next)
        at = page.next
        below = page.next if page.stable else None
        if len(found) >= held:
            yield found[::-1], Place(place.low, high if below else None, below)
            found = []
