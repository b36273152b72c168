"""Looks at one source, stores what it gives, and keeps its health."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from crisis_tui.agent import verdict
from crisis_tui.agent.reach import OFFLINE, PROBE_S, Reach
from crisis_tui.agent.verdict import Verdict
from data.models.batch import Batch
from data.models.feed import Budget, FeedHealth, FeedState
from data.models.mention import Gap
from data.sources.base import (
    CursorInvalidError,
    RateLimitedError,
    Refreshing,
    Source,
    SourceError,
    UnreachableError,
)
from data.store import Store, StoreError
from data.store.mentions import Stored
from data.text import clean_line

HEALTH_EVERY_S = 20.0
"""A quiet feed's sign of life is written this often, one that brings something at once."""

_REFRESHES = 5
"""How often one cycle may ask what became of older posts."""

_SHOWN_NEXT_S = 10.0


class Collector:
    """One source and its place in the store."""

    def __init__(
        self,
        store: Store,
        source: Source,
        now: Callable[[], datetime],
        *,
        kind: str = "",
        every: float = 1.0,
        cap_usd: Decimal | None = None,
        reach: Reach | None = None,
        as_posted: bool = False,
        heard: Callable[[FeedHealth], None] = lambda _: None,
    ) -> None:
        self.source = source
        self.next_try = now()
        self.stream_fault = ""
        self._store = store
        self._now = now
        self._kind = kind
        self._every = every
        self._cap_usd = cap_usd
        self._reach = reach or Reach(lambda: 0.0)
        self._as_posted = as_posted
        self._heard = heard
        self._asked = False
        self._failures = 0
        self._refreshed_at = datetime.min.replace(tzinfo=UTC)
        self._budget: Budget | None = None
        self._note = ""
        self._damaged = self._read = 0
        self._total = self._untold = Stored()
        self._told: tuple[FeedState, str] | None = None
        self._told_at = self._began = float("-inf")

    def ask(self) -> None:
        """A person waits for what the next look finds: it is told even if nothing has changed."""
        self._asked = True

    async def poll(self) -> Stored:
        """Read all that is new, batch by batch; a fault is noted in the feed's health, not raised."""
        self._note, self._damaged, self._read, self._total = "", 0, 0, Stored()
        self._began = asyncio.get_running_loop().time()
        if self._asked:
            self._asked, self._told, self._told_at = False, None, float("-inf")
        try:
            found = await self._held_back() or await self._look()
        except StoreError as error:
            found = verdict.failed(SourceError(str(error)), self._now(), self._every, 1, random.random)
        self.next_try = found.next_try
        await self._tell(found)
        return self._total

    async def _look(self) -> Verdict:
        """One look, and what it means."""
        try:
            await self._read_new()
            await self._look_again()
            spent = await self._spent()
        except StoreError:
            raise
        except Exception as error:
            return await self._failed(verdict.fault_of(error))
        self._reach.tell(self.source.host, reached=True)
        self._failures = 0
        if self._cap_usd is not None and spent >= self._cap_usd:
            return verdict.capped(spent, self._cap_usd, self._now())
        return verdict.well(self._now(), self._every, self._note, self._read, self._damaged)

    async def _read_new(self) -> None:
        place = await self._store.mentions.cursor(f"source:{self.source.name}")
        batches = self.source.poll(place or None)
        try:
            async for batch in batches:
                await self.take(batch)
                await self._tell_on_the_way()
                if batch.cost_usd and self._cap_usd is not None and await self._spent() >= self._cap_usd:
                    break
        finally:
            if isinstance(batches, AsyncGenerator):
                await batches.aclose()

    async def _tell_on_the_way(self) -> None:
        """A look that takes long, as at a stream, gives signs of life."""
        if asyncio.get_running_loop().time() - max(self._told_at, self._began) >= HEALTH_EVERY_S:
            well = verdict.well(self._now(), self._every, self._note, self._read, self._damaged)
            await self._tell(replace(well, next_try=self._now()))

    async def _look_again(self) -> None:
        """Ask what became of posts that were read before: edits, deletions, counts."""
        source = self.source
        if not isinstance(source, Refreshing):
            return
        for _ in range(_REFRESHES):
            now = self._now()
            waited = (now - self._refreshed_at).total_seconds() >= source.refresh_pause_s
            if not waited or (self._cap_usd is not None and await self._spent() >= self._cap_usd):
                return
            handles = await self._store.mentions.due(source.name, now, source.refresh_size)
            if not handles:
                return
            await self.take(await source.refresh(handles))
            await self._store.mentions.checked(source.name, handles, now)
            self._refreshed_at = now
            if len(handles) < source.refresh_size:
                return

    async def _failed(self, error: SourceError) -> Verdict:
        """What a fault means, for this source and for others on its host."""
        now = self._now()
        if not isinstance(error, RateLimitedError):
            self._failures += 1
        if isinstance(error, CursorInvalidError):
            return await self._start_anew(error)
        found = verdict.failed(error, now, self._every, self._failures, random.random)
        if isinstance(error, RateLimitedError) and self.source.host:
            with contextlib.suppress(StoreError):
                await self._store.feeds.limit(self.source.host, error.until)
        unreachable = isinstance(error, UnreachableError)
        self._reach.tell(self.source.host, reached=not unreachable)
        if unreachable and self._reach.offline:
            return Verdict(FeedState.OFFLINE, OFFLINE, now + timedelta(seconds=PROBE_S), self._failures)
        return found

    async def _start_anew(self, error: SourceError) -> Verdict:
        """The server does not know our place any more: what lies between is a gap."""
        now = self._now()
        known = {feed.name: feed for feed in await self._store.feeds.all(now)}.get(
            clean_line(self.source.name)
        )
        start = known.last_success if known and known.last_success else now
        await self.take(Batch(gap=Gap(start=start, end=now, reason=clean_line(str(error))), cursor=""))
        return Verdict(FeedState.WAITING, str(error), now + timedelta(seconds=1), self._failures)

    async def _spent(self) -> Decimal:
        if self._cap_usd is None:
            return Decimal(0)
        return await self._store.feeds.spent(self.source.name, self._now())

    async def take(self, batch: Batch) -> Stored:
        """Store one batch, also one that a stream brought."""
        self._budget = batch.budget or self._budget
        self._note = batch.note or self._note
        self._damaged += len(batch.rejected)
        self._read += batch.read
        rejects = await self._store.mentions.reject_count() if batch.rejected else 0
        stored = await self._store.mentions.take(
            batch,
            self.source.name,
            None if self._as_posted else self._now(),
            tracked=isinstance(self.source, Refreshing),
        )
        if batch.rejected:
            # What is in quarantine already is kept once, so it counts once.
            new = await self._store.mentions.reject_count() - rejects
            stored = stored.model_copy(update={"quarantined": max(0, min(new, stored.quarantined))})
        self._total += stored
        self._untold += stored
        return stored

    async def _held_back(self) -> Verdict | None:
        """Why nothing may be asked now, None if it may."""
        now = self._now()
        if self.source.host:
            if not self._reach.may_try():
                return Verdict(FeedState.OFFLINE, OFFLINE, now + timedelta(seconds=PROBE_S), self._failures)
            until = await self._store.feeds.limited(self.source.host)
            if until is not None and until > now:
                error = RateLimitedError(f"{self.source.host} asked us to wait.", until)
                return verdict.failed(error, now, self._every, self._failures, random.random)
        spent = await self._spent()
        if self._cap_usd is not None and spent >= self._cap_usd:
            return verdict.capped(spent, self._cap_usd, now)
        return None

    async def _tell(self, found: Verdict) -> None:
        if found.state is FeedState.LIVE and self.stream_fault:
            found = replace(found, state=FeedState.DEGRADED, message=self.stream_fault)
        total, loop_time = self._untold, asyncio.get_running_loop().time()
        key = (found.state, found.message)
        news = bool(total.stored or total.quarantined) or self._told != key
        if not news and loop_time - self._told_at < HEALTH_EVERY_S:
            return
        self._told, self._told_at = key, loop_time
        well = found.state in (FeedState.LIVE, FeedState.DEGRADED) and not found.failures
        slow = self._every >= _SHOWN_NEXT_S or found.state is not FeedState.LIVE
        health = FeedHealth(
            name=clean_line(self.source.name),
            kind=self._kind,
            state=found.state,
            last_success=self._now() if well else None,
            message=clean_line(found.message),
            stored=total.stored,
            quarantined=total.quarantined,
            next_try=found.next_try if slow else None,
            budget=self._budget,
            failures=found.failures,
        )
        self._heard(health)
        try:
            await self._store.feeds.save(health)
        except StoreError:
            self._told = None  # told again as soon as the store takes it
        else:
            self._untold = Stored()
