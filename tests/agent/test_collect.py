"""Collecting: faults are told in the feed's state, and what was read stays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from crisis_tui.agent.collect import Collector
from data.models.feed import FeedState
from data.sources.base import Batch, SourceError
from data.sources.drop import DropSource
from data.sources.tail import TailSource
from data.store import Store
from tests.sources.kit import damaged
from tests.store.kit import NOON, line, mention


class Failing:
    """A source that gives one batch and then breaks."""

    name = "stream"
    host = ""

    def __init__(self) -> None:
        self.broken = True

    async def poll(self, cursor: str | None) -> AsyncIterator[Batch]:
        start = int(cursor or 0)
        yield Batch(mentions=[mention(start)], cursor=str(start + 1))
        if self.broken:
            raise SourceError("The server says no; wait.")


async def test_what_came_before_a_fault_is_kept_and_the_fault_is_told(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        source = Failing()
        collector = Collector(store, source, lambda: NOON)
        assert (await collector.poll()).stored == 1
        (feed,) = await store.feeds.all(NOON)
        assert (feed.state, feed.message, feed.stored) == (FeedState.BROKEN, "The server says no; wait.", 1)
        assert feed.last_success is None
        source.broken = False
        await collector.poll()
        (feed,) = await store.feeds.all(NOON)
        assert (feed.state, feed.last_success, feed.stored) == (FeedState.LIVE, NOON, 2)
        source.broken = True
        await collector.poll()
        (feed,) = await store.feeds.all(NOON)
        assert (feed.state, feed.last_success, feed.stored) == (FeedState.BROKEN, NOON, 3)
        assert [each.mention.id for each in await store.mentions.page()] == ["2", "1", "0"]


async def test_damaged_lines_are_counted_with_the_feed(tmp_path: Path) -> None:
    path = tmp_path / "stream"
    path.write_bytes(b"\n".join([line(1).strip(), *damaged(5, 1), line(2)]))
    async with Store.open(tmp_path / "home") as store:
        await Collector(store, TailSource("stream", path), lambda: NOON).poll()
        (feed,) = await store.feeds.all(NOON)
        assert (feed.stored, feed.quarantined) == (2, 5)
        assert await store.mentions.reject_count() == 5
        rejects = await store.mentions.rejects()
        assert [place for _, place, _ in rejects] == [6, 5, 4, 3, 2]
        assert all(source == "stream" and reason for source, _, reason in rejects)


async def test_what_is_in_quarantine_already_counts_once(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(b"bad\n")
    async with Store.open(tmp_path / "store") as store:
        collector = Collector(store, DropSource("inbox", tmp_path), lambda: NOON)
        await collector.poll()
        (tmp_path / "a.ndjson").write_bytes(b"bad\n")
        await collector.poll()
        (feed,) = await store.feeds.all(NOON)
        assert (feed.quarantined, await store.mentions.reject_count()) == (1, 1)


@pytest.mark.parametrize(
    "source", [TailSource("a", Path("/dev/null/x")), DropSource("a", Path("/dev/null/x"))]
)
async def test_a_place_that_can_not_be_read_does_not_end_the_agent(
    tmp_path: Path, source: TailSource | DropSource
) -> None:
    async with Store.open(tmp_path) as store:
        await Collector(store, source, lambda: NOON).poll()
        (feed,) = await store.feeds.all(NOON)
        assert feed.state is FeedState.BROKEN
        assert "/dev/null/x" in feed.message


async def test_a_quiet_feed_is_not_written_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "stream"
    path.write_bytes(line(1))
    now = NOON
    async with Store.open(tmp_path / "home") as store:
        collector = Collector(store, TailSource("stream", path), lambda: now)
        await collector.poll()
        await store.mentions_watch.changed()
        now += timedelta(minutes=1)
        for _ in range(5):
            await collector.poll()
        assert not await store.mentions_watch.changed()


async def test_a_hostile_name_is_tame_on_the_screen(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await Collector(store, TailSource("a\x1b[2J", tmp_path / "none\x9b"), lambda: NOON).poll()
        (feed,) = await store.feeds.all(NOON)
        assert "\x1b" not in feed.name
        assert "\x9b" not in feed.message
