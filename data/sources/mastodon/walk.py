"""One timeline of a server, walked so that nothing is missed and what is read twice stays small.

Servers file a remote post that comes late under an id of the time at which it
was written, behind what was read already. So each walk looks again at a span
behind its place: a short one each time, one of an hour as often as it is cheap
and at least each ten minutes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from data.models.base import to_ms
from data.sources.base import PermanentError, TransientError
from data.sources.mastodon.api import LIMIT, Api, Params
from data.sources.mastodon.ids import Scheme, Spot, arrival_ms, scheme_of
from data.sources.mastodon.posts import Entry, entry, native_id
from data.sources.paging import OVERLAP, Page, Place, descend

NEAR = timedelta(minutes=2)
"""The span that every walk looks at again."""

SWEEP_EVERY = timedelta(minutes=10)
"""How often the whole overlap is looked at again where that costs more than `CHEAP` pages."""

CHEAP = 2
MOST_PAGES = 1_000
HELD = 900

LATE = timedelta(hours=24)
"""How old a post may be that comes late where the order tells when it came (snac; our own choice)."""

_NEAR_MS = round(NEAR.total_seconds() * 1000)
_DEEP_MS = round(OVERLAP.total_seconds() * 1000)
_LATE_MS = round(LATE.total_seconds() * 1000)
_ABSENT = (404, 405, 410, 501)
_ALL = 1_000
"""What is asked for in one page where a server knows no pages; snac then gives all that it has."""

Step = tuple[list[Entry], Spot]


class _NotHonouredError(Exception):
    """The server does not page upwards from an id."""


class Timeline:
    """One timeline. `key` names it in the cursor, `label` to a person; `ours` needs no listener.

    After a walk, `bad` holds what had no place in it, and `empty` tells that the
    server had nothing at all. With `offset` pages are counted, not named by id,
    as long as the server does count. `simpler` are parameters for servers that
    refuse `params`. A `bonus` may be missing on a server, which is like being
    empty. `lost` is the span, in milliseconds since 1970, that the server no
    longer showed when it was asked, until `missed` is called.
    """

    def __init__(
        self,
        key: str,
        label: str,
        path: str,
        params: Params = (),
        *,
        simpler: Params | None = None,
        ours: bool = False,
        offset: bool = False,
        bonus: bool = False,
    ) -> None:
        self.key = key
        self.label = label
        self.path = path
        self.params = params
        self._simpler = simpler
        self.ours = ours
        self.offset = offset
        self.bonus = bonus
        self.counted = offset
        self.more = False
        self.bad: list[Any] = []
        self.empty = False
        self.lost: tuple[int, int] | None = None
        self._swept_at: datetime | None = None
        self._cost = 0
        self.pages = 0
        self._downwards = offset

    async def page(
        self, api: Api, *more: tuple[str, str], limit: int = LIMIT
    ) -> tuple[list[Any], list[Entry]]:
        """One page as it came, and what of it has a place."""
        self.pages += 1
        if self.pages > MOST_PAGES:
            raise TransientError(f"{self.label} has more than can be read at once; the rest follows.")
        rest, ok = (*more, ("limit", str(limit))), (200, *(_ABSENT if self.bonus else ()))
        try:
            answer = await api.get(self.path, (*self.params, *rest), ok)
        except PermanentError:
            if self._simpler is None:
                raise
            self.params, self._simpler = self._simpler, None
            answer = await api.get(self.path, (*self.params, *rest), ok)
        self.more = 'rel="next"' in answer.headers.get("link", "")
        found = answer.json() if answer.status == 200 else []
        if self.offset and isinstance(found, dict):
            found = found.get("statuses")
        if not isinstance(found, list):
            raise TransientError(f"{answer.where} answered with what is no list of posts.")
        placed = [entry(item) for item in found]
        self.bad += [item for item, each in zip(found, placed, strict=True) if each is None]
        good = [each for each in placed if each is not None]
        if found and not good:
            raise TransientError(f"{answer.where} answered with posts none of which has an id and a time.")
        return found, good

    def taken(self) -> list[Any]:
        """What had no place since this was asked last."""
        bad, self.bad = self.bad, []
        return bad

    def missed(self) -> tuple[int, int] | None:
        """The span that was lost since this was asked last."""
        lost, self.lost = self.lost, None
        return lost

    def _due(self, now: datetime) -> bool:
        return self._swept_at is None or self._cost <= CHEAP or now - self._swept_at >= SWEEP_EVERY

    async def walk(self, api: Api, spot: Spot, now: datetime) -> AsyncIterator[Step]:
        """What is new since `spot`, and what came late; oldest first within each step.

        Raises:
            PermanentError: the pages go round in circles.
            SourceError: of a request.
        """
        self.pages, self.empty = 0, False
        raw, newest = await self.page(api)
        if not raw and spot.below is None:
            self.empty = True
            yield [], spot
            return
        scheme = None if self._downwards else scheme_of((each.id, each.ms) for each in newest)
        if scheme is not None:
            try:
                async for step in self._up(api, scheme, newest, spot, now):
                    spot = step[1]
                    yield step
            except _NotHonouredError:
                self._downwards = True
            else:
                return
        async for step in self._down(api, raw, newest, spot, now):
            yield step

    async def _up(
        self, api: Api, scheme: Scheme, newest: list[Entry], spot: Spot, now: datetime
    ) -> AsyncIterator[Step]:
        """The newest page is at hand; what lies between it and the place is read upwards."""
        latest, at_start = to_ms(now), spot.low

        def ms(each: Entry) -> int:
            told = scheme.ms(each.id)
            return each.ms if told is None else told

        def reached(items: list[Entry], spot: Spot) -> Spot:
            # A post may claim to be from the future; the place must not follow it there.
            top = max((told for each in items if (told := ms(each)) <= latest), default=0)
            spot = _with_newest(spot, items, ms, latest)
            return replace(spot, low=max(spot.low, top), high=None, below=None)

        newest = self._sorted(newest, scheme)
        mark = max(reached(newest, spot).newest, at_start)
        spot = replace(spot, swept=mark if spot.swept is None else spot.swept)
        near, deep = at_start - _NEAR_MS, (spot.swept or 0) - _DEEP_MS
        oldest = ms(newest[0])
        if oldest < min(near, deep):
            self._swept_at, self._cost = now, 1
            items = [each for each in newest if ms(each) >= min(near, deep)]
            yield items, replace(reached(newest, spot), swept=mark, sweep=None, until=0, mark=0)
            return
        if oldest > near:
            async for items, _ in self._climb(api, scheme, scheme.floor(near), newest[0].id):
                spot = reached(items, spot)
                yield items, spot
        spot = reached(newest, spot)
        yield [each for each in newest if ms(each) >= near], spot
        if spot.sweep is None or scheme.ms(spot.sweep) is None:
            if not self._due(now):
                return
            spot = replace(spot, sweep=scheme.floor(deep), until=at_start, mark=mark)
        before = self.pages
        start, end = spot.sweep or "", scheme.floor(spot.until)
        if scheme.key(start) < scheme.key(end):
            async for items, top in self._climb(api, scheme, start, end):
                spot = replace(spot, sweep=top)
                yield items, spot
        self._swept_at, self._cost = now, self.pages - before
        yield [], replace(spot, swept=max(spot.swept or 0, spot.mark), sweep=None, until=0, mark=0)

    def _sorted(self, items: list[Entry], scheme: Scheme) -> list[Entry]:
        """Those whose ids the scheme made, lowest first; the others have no place in this walk."""
        self.bad += [each.item for each in items if scheme.ms(each.id) is None]
        made = (each for each in items if scheme.ms(each.id) is not None)
        return sorted(made, key=lambda each: scheme.key(each.id))

    async def _climb(
        self, api: Api, scheme: Scheme, start: str, end: str
    ) -> AsyncIterator[tuple[list[Entry], str]]:
        """Pages upwards from the id `start` to just below `end`, lowest id first, and the highest id of each.

        Raises:
            _NotHonouredError: the server gives something else than what lies next above an id.
        """
        at = start
        while scheme.key(at) < scheme.key(end):
            _, page = await self.page(api, ("min_id", at))
            items = [e for e in self._sorted(page, scheme) if scheme.key(e.id) > scheme.key(at)]
            if not items:
                raise _NotHonouredError
            if at == start and scheme.key(items[0].id) >= scheme.key(end):
                # Either nothing lies between, or this is just the newest page again.
                _, below = await self.page(api, ("max_id", end))
                if any(scheme.key(at) < scheme.key(e.id) for e in self._sorted(below, scheme)):
                    raise _NotHonouredError
            at = items[-1].id
            yield [e for e in items if scheme.key(e.id) < scheme.key(end)], at

    async def _down(
        self, api: Api, raw: list[Any], newest: list[Entry], spot: Spot, now: datetime
    ) -> AsyncIterator[Step]:
        """From the newest page down to the place, where ids tell no time or can't be walked upwards."""
        walk = _Downwards(self, api, raw, newest)
        deep = spot.swept is not None and self._due(now)
        # Late ones may have come just after the last sweep, so one more interval is looked at.
        overlap = OVERLAP + SWEEP_EVERY if deep else NEAR
        start, known = Place(spot.low, spot.high, spot.below), spot.newest
        steps = descend(
            walk.fetch, start, id_of=lambda e: e.id, ms_of=_came, now=now, overlap=overlap, held=HELD
        )
        before, latest = self.pages, to_ms(now)
        oldest = spot.low - (_LATE_MS if known else _DEEP_MS)
        async for items, at in steps:
            if self.ours and start.below is None:
                self.lost = walk.lost(known)
            elif walk.stuck and at.below is None:
                self.lost = walk.lost_below(start.low)
            items = [each for each in items if each.ms >= oldest or arrival_ms(each.id) is None]
            spot = _with_newest(spot, items, lambda each: each.ms, latest)
            spot = replace(spot, low=at.low, high=at.high, below=at.below, sweep=None)
            yield items, spot
        if deep:
            self._swept_at, self._cost = now, self.pages - before
        yield [], replace(spot, swept=max(spot.swept or 0, spot.low))


def _came(item: Entry) -> int:
    """What the order of pages goes by: when a post came where its id tells that, else when it was written."""
    came = arrival_ms(item.id)
    return item.ms if came is None else max(came, item.ms)


def _with_newest(spot: Spot, items: list[Entry], ms_of: Callable[[Entry], int], latest: int) -> Spot:
    """The same place, which knows the newest of these posts if none before was newer."""
    top = max((each for each in items if ms_of(each) <= latest), key=ms_of, default=None)
    if top is None or ms_of(top) < spot.newest:
        return spot
    return replace(spot, newest=ms_of(top), last=top.id)


class _Downwards:
    """Pages below one another, by the lowest id of each or by how many were read."""

    def __init__(self, timeline: Timeline, api: Api, raw: list[Any], newest: list[Entry]) -> None:
        self._timeline = timeline
        self._api = api
        self._first: tuple[list[Any], list[Entry]] | None = (raw, newest)
        self._seen: set[str] = set()
        self._oldest: int | None = None
        self._lowest: int | None = None
        self._last = ""
        self._ended = False
        self.stuck = False

    async def fetch(self, at: str | None) -> Page[Entry]:
        """The newest page, or the one that `at` leads to."""
        if at is None:
            self._seen.clear()
        if at is None and self._first is not None:
            raw, items = self._first
            self._first = None
        else:
            name = "offset" if self._timeline.counted else "max_id"
            raw, items = await self._page(*(((name, at),) if at is not None else ()))
        fresh = [each for each in items if each.id not in self._seen]
        if at is not None and not fresh and self._seen and self._timeline.counted:
            # GoToSocial counts nothing: behind the first page it gives an empty one, and pages by id.
            self._timeline.counted = False
            return await self.fetch(self._last)
        if at is not None and items and not fresh and self._seen:
            return await self._whole(len(raw))
        self._seen.update(each.id for each in items)
        times = [each.ms for each in items] + ([] if self._lowest is None else [self._lowest])
        self._lowest = min(times, default=None)
        if not raw:
            self._ended = True
            return Page(items, None)
        ids = [native for item in raw if (native := native_id(item)) is not None]
        self._last = ids[-1]
        if self._timeline.counted:
            return Page(items, str(int(at or 0) + len(raw)))
        # Numbers can be paged from even when their post is gone; what else an id is, only the server knows.
        stable = ids[-1].isdecimal() or scheme_of((each.id, each.ms) for each in items) is not None
        return Page(items, ids[-1], stable and not self._timeline.offset)

    def lost(self, known: int) -> tuple[int, int] | None:
        """What lies between the newest post read before and where the list ended above it.

        Some servers show only so many notifications (snac: 64). Less than a page
        rather means that a person cleared them.
        """
        if not self._ended or not known or len(self._seen) <= LIMIT or (self._lowest or 0) <= known:
            return None
        return known, self._lowest or known

    def lost_below(self, low: int) -> tuple[int, int] | None:
        """What lies between the place and the posts that a search without pages gave."""
        return None if self._lowest is None or self._lowest <= low else (low, self._lowest)

    async def _page(self, *more: tuple[str, str]) -> tuple[list[Any], list[Entry]]:
        raw, items = await self._timeline.page(self._api, *more)
        oldest = min((each.ms for each in items), default=None)
        self._oldest = oldest if self._oldest is None else self._oldest
        if self._timeline.pages >= MOST_PAGES and oldest is not None and oldest >= (self._oldest or 0):
            raise PermanentError(f"{self._timeline.label} has pages without end; nothing more is read of it.")
        return raw, items

    async def _whole(self, length: int) -> Page[Entry]:
        """A server without pages repeats itself: what it gives when asked for all at once.

        Raises:
            PermanentError: no more than before, though its page was full.
        """
        if self._timeline.offset:
            # It is no place that must be read to its end; what it does not show is told as a gap.
            self.stuck = length == LIMIT or self._timeline.more
            return Page([], None)
        if length == LIMIT:
            raw, items = await self._timeline.page(self._api, limit=_ALL)
            fresh = [each for each in items if each.id not in self._seen]
            if fresh and len(raw) < _ALL:
                return Page(fresh, None)
        self._ended = True
        if length == LIMIT or self._timeline.more:
            raise PermanentError(
                f"{self._timeline.label} gives the same page again and again; its pages can't be walked."
            )
        return Page([], None)
