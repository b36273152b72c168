"""Live sources: what each kind of fault leads to, what survives a restart, and what a stream may do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis_tui.agent import verdict
from crisis_tui.agent.collect import Collector
from crisis_tui.agent.reach import PROBE_S, Reach
from crisis_tui.agent.schedule import Schedule
from data.models.feed import Change, FeedHealth, FeedState
from data.models.mention import Gap
from data.sources.base import (
    AuthError,
    Batch,
    CursorInvalidError,
    PermanentError,
    RateLimitedError,
    SourceError,
    TransientError,
    UnreachableError,
)
from data.store import Store
from data.text import SafeText
from tests.store.kit import NOON, mention

SECOND = timedelta(seconds=1)


class Scripted:
    """A source that does one step of a script at each poll: gives batches, or fails."""

    def __init__(
        self, *steps: list[Batch] | Exception, name: str = "live", host: str = "example.org"
    ) -> None:
        self.name = name
        self.host = host
        self.steps = list(steps)
        self.cursors: list[str | None] = []

    async def poll(self, cursor: str | None) -> AsyncIterator[Batch]:
        self.cursors.append(cursor)
        step = self.steps.pop(0) if self.steps else []
        if isinstance(step, Exception):
            raise step
        for batch in step:
            yield batch


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


async def health(store: Store, now: datetime = NOON) -> FeedHealth:
    (feed,) = await store.feeds.all(now)
    return feed


@given(st.integers(1, 60), st.floats(0, 1, exclude_max=True))
def test_backoff_grows_has_jitter_and_an_end(failures: int, chance: float) -> None:
    assert 1 <= verdict.backoff_s(failures, lambda: chance) <= verdict.BACKOFF_MAX_S
    assert verdict.backoff_s(failures, lambda: 0.0) == 1
    assert verdict.backoff_s(failures, lambda: 0.999) >= verdict.backoff_s(
        max(failures - 1, 1), lambda: 0.999
    )


async def test_one_timeout_is_no_alarm_and_the_third_is(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        source = Scripted([], *[TransientError("It did not answer.")] * 3, [])
        collector = Collector(store, source, lambda: NOON, every=60)
        states = []
        for _ in range(5):
            await collector.poll()
            states.append((await health(store)).state)
        assert states == [
            FeedState.LIVE, FeedState.WAITING, FeedState.WAITING, FeedState.BROKEN, FeedState.LIVE,
        ]  # fmt: skip


@pytest.mark.parametrize("error", [AuthError("Our token is refused."), PermanentError("It is gone.")])
async def test_what_needs_a_person_is_not_asked_again_soon(tmp_path: Path, error: SourceError) -> None:
    async with Store.open(tmp_path) as store:
        collector = Collector(store, Scripted(error), lambda: NOON, every=60)
        await collector.poll()
        feed = await health(store)
        assert (feed.state, feed.message) == (FeedState.BROKEN, str(error))
        assert collector.next_try >= NOON + timedelta(minutes=30)


async def test_a_rate_limit_holds_for_the_host_and_survives_a_restart(tmp_path: Path) -> None:
    time = Time()
    until = NOON + timedelta(minutes=5)
    async with Store.open(tmp_path) as store:
        await Collector(store, Scripted(RateLimitedError("Wait.", until)), time, every=60).poll()
        feed = await health(store)
        assert feed.state is FeedState.WAITING
        assert "12:05 UTC" in feed.message
        assert feed.next_try is not None
        assert until <= feed.next_try <= until + timedelta(seconds=verdict.JITTER_S)
    async with Store.open(tmp_path) as store:
        same_host = Scripted([], name="other")
        elsewhere = Scripted([], name="elsewhere", host="example.com")
        for source in (same_host, elsewhere):
            await Collector(store, source, time, every=60).poll()
        assert (same_host.cursors, elsewhere.cursors) == ([], [None])
        time.now = until + SECOND
        await Collector(store, same_host, time, every=60).poll()
        assert same_host.cursors == [None]


async def test_the_cost_cap_stops_between_two_pages_and_until_the_next_month(tmp_path: Path) -> None:
    time = Time()

    def page(number: int) -> Batch:
        return Batch(mentions=[mention(number)], cursor=str(number), cost_usd=Decimal("0.40"))

    async with Store.open(tmp_path) as store:
        source = Scripted([page(n) for n in range(9)], [page(10)])
        collector = Collector(store, source, time, every=60, cap_usd=Decimal(1))
        await collector.poll()
        assert await store.mentions.count() == 3
        feed = await health(store)
        assert feed.state is FeedState.STOPPED
        assert "$1.20 of $1.00 spent in March" in feed.message
        assert "monthly_cost_cap_usd" in feed.message
        await collector.poll()
        assert len(source.cursors) == 1
        time.now = collector.next_try
        assert (time.now.month, time.now.day) == (4, 1)
        await collector.poll()
        assert source.cursors == [None, "2"]


async def test_offline_is_one_fact_and_one_source_in_turn_tries(tmp_path: Path) -> None:
    time = Time()
    reach = Reach(lambda: time.now.timestamp())
    async with Store.open(tmp_path) as store:
        sources = [
            Scripted(*[UnreachableError(f"host-{n} is not found.")] * 9, name=f"s{n}", host=f"host-{n}")
            for n in range(4)
        ]
        collectors = [Collector(store, source, time, every=60, reach=reach) for source in sources]
        for collector in collectors:
            await collector.poll()
        for _ in range(8):
            for collector in collectors:
                await collector.poll()
            time.now += SECOND
        assert sum(len(source.cursors) for source in sources) <= len(sources) + 1 + 8 // PROBE_S
        feeds = {str(feed.name): feed for feed in await store.feeds.all(NOON)}
        assert feeds["s3"].state is FeedState.OFFLINE
        assert "offline" in feeds["s3"].message
        woken = []
        reach.when_back(lambda: woken.append(True))
        time.now += timedelta(seconds=PROBE_S)
        sources[2].steps = [[]]
        await collectors[2].poll()
        assert woken == [True]
        sources[0].steps = [[]]
        await collectors[0].poll()
        feeds = {str(feed.name): feed for feed in await store.feeds.all(NOON)}
        assert (feeds["s0"].state, feeds["s2"].state) == (FeedState.LIVE, FeedState.LIVE)


async def test_one_host_that_is_down_is_not_offline(tmp_path: Path) -> None:
    reach = Reach(lambda: 0.0)
    async with Store.open(tmp_path) as store:
        up = Scripted([], name="up", host="up")
        down = Scripted(*[UnreachableError("down can't be reached.")] * 3, name="down", host="down")
        for _ in range(3):
            for source in (up, down):
                await Collector(store, source, lambda: NOON, every=60, reach=reach).poll()
        feeds = {str(feed.name): feed for feed in await store.feeds.all(NOON)}
        assert feeds["up"].state is FeedState.LIVE
        assert feeds["down"].message == "down can't be reached."


async def test_a_place_that_the_server_forgot_is_a_gap_and_a_new_start(tmp_path: Path) -> None:
    time = Time()
    async with Store.open(tmp_path) as store:
        source = Scripted(
            [Batch(mentions=[mention(1)], cursor="old")], CursorInvalidError("It forgot our place."), []
        )
        collector = Collector(store, source, time, every=60)
        await collector.poll()
        time.now += timedelta(hours=40)
        await collector.poll()
        (gap,) = [each.gap for each in await store.mentions.page(gaps=True) if each.gap]
        assert gap == Gap(start=NOON, end=time.now, reason=SafeText("It forgot our place."))
        await collector.poll()
        assert source.cursors == [None, "old", None]


async def test_a_fault_of_one_reader_ends_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with Store.open(tmp_path) as store:
        await Collector(store, Scripted(ZeroDivisionError("token=hunter2")), lambda: NOON).poll()
        feed = await health(store)
        assert feed.state is FeedState.BROKEN
        assert "ZeroDivisionError" in feed.message
        assert "hunter2" not in feed.message


async def test_a_note_or_many_damaged_items_make_a_feed_degraded(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        source = Scripted([Batch(note="It answers with nothing where there was something.")], [])
        collector = Collector(store, source, lambda: NOON, every=60)
        await collector.poll()
        assert (await health(store)).state is FeedState.DEGRADED
        await collector.poll()
        assert (await health(store)).state is FeedState.LIVE
    assert verdict.well(NOON, 60, "", read=10, damaged=1).state is FeedState.LIVE
    assert verdict.well(NOON, 60, "", read=10, damaged=3).state is FeedState.DEGRADED


class Looking(Scripted):
    """A source that can say what became of its posts."""

    refresh_size = 2
    refresh_pause_s = 0.0

    def __init__(self, *steps: list[Batch] | Exception, gone: Sequence[str] = ()) -> None:
        super().__init__(*steps)
        self.gone = gone
        self.asked: list[list[str]] = []

    async def refresh(self, handles: Sequence[str]) -> Batch:
        self.asked.append(list(handles))
        return Batch(changes=[Change(network="x", id=each) for each in handles if each in self.gone])


async def test_posts_are_looked_at_again_after_a_time_offline(tmp_path: Path) -> None:
    time = Time()
    async with Store.open(tmp_path) as store:
        source = Looking([Batch(mentions=[mention(n) for n in range(5)], cursor="1")], [], [], gone=["3"])
        collector = Collector(store, source, time, every=60)
        await collector.poll()
        assert source.asked == []
        time.now += timedelta(minutes=40)
        await collector.poll()
        assert sorted(each for asked in source.asked for each in asked) == ["0", "1", "2", "3", "4"]
        await collector.poll()
        assert len(source.asked) == 3
        assert [each.mention.id for each in await store.mentions.page() if each.deleted_at] == ["3"]


class Streaming(Scripted):
    """A source with a stream that a test feeds."""

    silence_s = 0.05

    def __init__(self, stream: Callable[[int], AsyncIterator[Batch]]) -> None:
        super().__init__()
        self.stream = stream
        self.opened = 0

    def hints(self) -> AsyncIterator[Batch]:
        self.opened += 1
        return self.stream(self.opened)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.005)


async def test_a_stream_wakes_the_poller_and_a_silent_one_is_opened_anew(tmp_path: Path) -> None:
    async def stream(opened: int) -> AsyncIterator[Batch]:
        yield Batch(mentions=[mention(opened)])
        await asyncio.Event().wait()

    async with Store.open(tmp_path) as store:
        source = Streaming(stream)
        collector = Collector(store, source, lambda: NOON, every=3_600)
        task = asyncio.create_task(Schedule(collector, lambda: NOON, Reach(lambda: 0.0)).run())
        await until(lambda: source.opened >= 2 and len(source.cursors) >= 2)
        task.cancel()
        await asyncio.wait((task,))
        assert {each.mention.id for each in await store.mentions.page()} >= {"1"}
        assert await store.mentions.cursor("source:live") is None


async def test_a_fault_of_one_stream_ends_nothing(tmp_path: Path) -> None:
    async def stream(opened: int) -> AsyncIterator[Batch]:
        if opened:
            raise ZeroDivisionError
        yield Batch()

    async with Store.open(tmp_path) as store:
        source = Streaming(stream)
        collector = Collector(store, source, lambda: NOON, every=3_600)
        schedule = Schedule(collector, lambda: NOON, Reach(lambda: 0.0))
        task = asyncio.create_task(schedule.run())
        await until(lambda: "ZeroDivisionError" in collector.stream_fault)
        opened = source.opened
        schedule.wake()
        await until(lambda: source.opened > opened)
        assert not task.done()
        task.cancel()
        await asyncio.wait((task,))


async def test_a_stream_that_can_not_be_opened_is_told_while_the_poller_goes_on(tmp_path: Path) -> None:
    async def stream(opened: int) -> AsyncIterator[Batch]:
        if opened:
            raise PermanentError("The stream is forbidden.")
        yield Batch()

    async with Store.open(tmp_path) as store:
        source = Streaming(stream)
        collector = Collector(store, source, lambda: NOON, every=3_600)
        task = asyncio.create_task(Schedule(collector, lambda: NOON, Reach(lambda: 0.0)).run())
        await until(lambda: bool(collector.stream_fault) and len(source.cursors) >= 2)
        task.cancel()
        await asyncio.wait((task,))
        feed = await health(store)
        assert (feed.state, feed.message) == (FeedState.DEGRADED, "The stream is forbidden.")
        assert feed.last_success == NOON
