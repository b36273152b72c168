"""The agent as a process: collects and assesses until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crisis_tui import __version__
from crisis_tui.agent.collect import Collector
from crisis_tui.agent.judge import judge
from crisis_tui.agent.lock import AgentLock
from crisis_tui.agent.score import catch_up
from crisis_tui.clock import Clock, SystemClock
from crisis_tui.config import Settings
from crisis_tui.drills.clock import DrillClock, left_standing
from crisis_tui.drills.replay import ReplaySource
from crisis_tui.paths import Paths
from data.library import read
from data.models.watch import Watch
from data.sources.base import Source
from data.sources.ndjson import DropSource, TailSource
from data.store import Store, StoreError, files

BEAT_S = 5.0
"""How often the agent says that it lives."""

JUDGE_S = 1.0
"""Least time between two assessments."""

DRILL_TICK_S = 0.25


class AgentRunsError(Exception):
    """Another agent has this store; `str()` is one sentence."""


def configured(settings: Settings) -> list[tuple[Source, float]]:
    """The sources of the settings with the seconds between two looks."""
    found: list[tuple[Source, float]] = []
    for each in settings.source:
        path = Path(os.path.expanduser(each.path))  # noqa: PTH111 - leaves unknown users as they are
        kind = TailSource if each.kind == "tail" else DropSource
        found.append((kind(f"{each.name}", path), each.every))
    return found


class Agent:
    """All that runs on one store: a collector for each source, the assessment and the sign of life."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self._settings = settings
        self.clock: Clock = SystemClock()
        self._brand = settings.brand()
        self._collectors: list[tuple[Collector, float]] = []
        self._judged: tuple[int, int, int] | None = None
        self._drill: DrillClock | None = None
        self._drill_ends: datetime | None = None

    async def prepare(self) -> None:
        """Find out whether this store is a drill, and what there is to read."""
        time = await self.store.standing.drill_time()
        if time is None:
            self._collectors = [
                (Collector(self.store, source, self.clock.now), every)
                for source, every in configured(self._settings)
            ]
            return
        script = read.drill(time.name)
        drill = DrillClock(left_standing(time, await self.store.standing.agent()))
        drill = DrillClock(drill.started(datetime.now(UTC)))
        await self.store.standing.set_drill_time(drill.time)
        self._drill, self.clock, self._brand = drill, drill, script.drill.watch
        source = ReplaySource(script, time.onset, drill.now)
        self._drill_ends = time.onset + timedelta(minutes=script.drill.end_minutes)
        self._collectors = [(Collector(self.store, source, drill.now, as_posted=True), DRILL_TICK_S)]

    async def once(self) -> None:
        """Poll every source one time, score and assess."""
        for collector, _ in self._collectors:
            await collector.poll()
        await self._assess()

    async def run(self) -> None:
        """Run until cancelled; the drill clock then stops where it stands."""
        await self.store.standing.beat(os.getpid(), __version__, datetime.now(UTC))
        try:
            async with asyncio.TaskGroup() as group:
                for collector, every in self._collectors:
                    group.create_task(collector.run(every))
                group.create_task(self._keep_assessing())
                group.create_task(self._keep_beating())
        finally:
            if self._drill is not None:
                await self.store.standing.set_drill_time(self._drill.stopped(datetime.now(UTC)))

    async def _keep_beating(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            with contextlib.suppress(StoreError):
                await self.store.standing.beat(os.getpid(), __version__, datetime.now(UTC))

    async def _keep_assessing(self) -> None:
        while True:
            with contextlib.suppress(StoreError):
                await self._assess()
                await self._end_drill()
            await asyncio.sleep(JUDGE_S)

    async def _assess(self) -> None:
        """Assess if anything is new: a mention, an act or a minute."""
        await catch_up(self.store)
        now = self.clock.now()
        state = (
            await self.store.mentions.newest_seq(),
            await self.store.events.newest(),
            int(now.timestamp() // 60),
        )
        if state == self._judged:
            return
        feeds = await self.store.standing.feeds()
        stale = tuple(feed.name for feed in feeds if feed.state.value == "broken")
        await judge(self.store, now, self._brand, stale)
        self._judged = state

    async def _end_drill(self) -> None:
        if self._drill is None or self._drill_ends is None or self._drill.time.real_at is None:
            return
        if self._drill.now() >= self._drill_ends:
            self._drill.time = self._drill.stopped(datetime.now(UTC))
            await self.store.standing.set_drill_time(self._drill.time)


@contextlib.asynccontextmanager
async def _stopping(*, with_parent: bool) -> AsyncIterator[asyncio.Event]:
    """An event that is set by SIGTERM, SIGINT, SIGHUP or, for a child, by the end of its parent."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    signals = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    if with_parent:
        loop.add_reader(sys.stdin.fileno(), stop.set)  # the parent never writes: readable means that it ended
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
        if with_parent:
            loop.remove_reader(sys.stdin.fileno())


async def run(paths: Paths, settings: Settings, *, once: bool = False, with_parent: bool = False) -> None:
    """Be the agent of a store until stopped.

    Raises:
        AgentRunsError: another agent has this store.
        StoreUnusableError, LibraryError: it can't work.
    """
    files.prepare(paths.store)
    lock = AgentLock(paths.store)
    try:
        if not lock.acquire():
            raise AgentRunsError("An agent runs on this store already; nothing to do.")
        async with Store.open(paths.store) as store, _stopping(with_parent=with_parent) as stop:
            agent = Agent(store, settings)
            await agent.prepare()
            if once:
                await agent.once()
                return
            work = asyncio.create_task(agent.run())
            waiting = asyncio.create_task(stop.wait())
            await asyncio.wait((work, waiting), return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work
    finally:
        lock.release()


def brand_of(settings: Settings, drill: str | None) -> Watch:
    """Who we are: the drill's brand in a drill, else that of the settings."""
    return read.drill(drill).drill.watch if drill else settings.brand()
