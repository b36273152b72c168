"""Polls one source again and again, stores what it gives, and keeps its health."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from data.models.feed import FeedHealth, FeedState
from data.sources.base import Source, SourceError
from data.store import Store, StoreError
from data.store.mentions import Stored
from data.text import clean_line

HEALTH_EVERY_S = 20.0
"""A quiet feed's sign of life is written this often, one that brings something at once."""


class Collector:
    """One source and its place in the store."""

    def __init__(
        self, store: Store, source: Source, now: Callable[[], datetime], *, as_posted: bool = False
    ) -> None:
        self._store = store
        self._source = source
        self._now = now
        self._as_posted = as_posted
        self._told: tuple[FeedState, str] | None = None
        self._told_at = float("-inf")

    async def poll(self) -> Stored:
        """Read all that is new, batch by batch; a fault is noted in the feed's health, not raised."""
        total = Stored()
        try:
            async for batch in self._source.poll(await self._store.mentions.cursor(self._key)):
                total += await self._store.mentions.add(
                    batch.mentions,
                    None if self._as_posted else self._now(),
                    rejected=batch.rejected,
                    cursors={self._key: batch.cursor} if batch.cursor is not None else None,
                )
        except (SourceError, StoreError) as error:
            await self._tell(FeedState.BROKEN, str(error), total)
        else:
            await self._tell(FeedState.LIVE, "reads", total)
        return total

    async def run(self, every: float) -> None:
        """Poll for ever, `every` seconds apart."""
        while True:
            await self.poll()
            await asyncio.sleep(every)

    @property
    def _key(self) -> str:
        return f"source:{self._source.name}"

    async def _tell(self, state: FeedState, message: str, total: Stored) -> None:
        loop_time = asyncio.get_running_loop().time()
        news = bool(total.stored or total.quarantined) or self._told != (state, message)
        if not news and loop_time - self._told_at < HEALTH_EVERY_S:
            return
        self._told, self._told_at = (state, message), loop_time
        health = FeedHealth(
            name=clean_line(self._source.name),
            state=state,
            last_success=self._now() if state is FeedState.LIVE else None,
            message=clean_line(message),
            stored=total.stored,
            quarantined=total.quarantined,
        )
        try:
            await self._store.standing.save_feed(health)
        except StoreError:
            self._told = None  # told again as soon as the store takes it
