"""Asks an agent that runs already to look at every source now, and waits for what it finds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from crisis_tui.agent import words
from data.models.feed import FeedHealth, FeedState
from data.store import Store

PATIENCE_S = 60.0
"""How long we wait for the looks; one at a stream may take longer."""

_LOOK_S = 0.2


async def look_now(folder: Path, tell: Callable[[str], None], patience_s: float = PATIENCE_S) -> bool:
    """Tell how each feed is doing after the agent looked at it; returns whether all could be read.

    Raises:
        StoreError: nothing can be asked.
    """
    async with Store.open(folder) as store:
        before = {feed.name: feed for feed in await _feeds(store)}
        wanted = {name for name, feed in before.items() if _can_be_asked(feed)}
        for name in wanted:
            await store.feeds.ask(name)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + patience_s
        while True:
            feeds = await _feeds(store)
            waiting = {
                feed.name for feed in feeds if feed.name in wanted and not _looked(before[feed.name], feed)
            }
            if not waiting or loop.time() > deadline:
                break
            await asyncio.sleep(_LOOK_S)
        for feed in feeds:
            tell(words.summary(feed) + (" (still looking)" if feed.name in waiting else ""))
        return all(words.was_read(feed) for feed in feeds) and not waiting


async def _feeds(store: Store) -> tuple[FeedHealth, ...]:
    return await store.feeds.all(datetime.now(UTC))


def _can_be_asked(feed: FeedHealth) -> bool:
    """False where no look can follow: its settings are wrong, it can't be made, or its money is spent."""
    made = feed.next_try is not None or feed.state is not FeedState.BROKEN
    return made and feed.state not in (FeedState.UNUSABLE, FeedState.STOPPED)


def _looked(old: FeedHealth, feed: FeedHealth) -> bool:
    return (old.last_success, old.next_try) != (feed.last_success, feed.next_try)
