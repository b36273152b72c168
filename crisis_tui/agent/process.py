"""The agent as a process: collects and assesses until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crisis_tui import __version__
from crisis_tui.agent import words
from crisis_tui.agent.alert import Alerter
from crisis_tui.agent.feeds import FeedGroup
from crisis_tui.agent.judge import Judge
from crisis_tui.agent.lock import AgentLock
from crisis_tui.agent.score import MentionReader
from crisis_tui.clock import Clock, SystemClock
from crisis_tui.config import Reading, Settings
from crisis_tui.config_watch import SettingsWatch
from crisis_tui.drills.clock import DrillClock, left_standing
from crisis_tui.drills.replay import ReplaySource
from crisis_tui.paths import Paths
from data.library import read
from data.models.feed import FeedHealth
from data.models.watch import Watch
from data.store import Store, StoreError, files

BEAT_S = 5.0
"""How often the agent says that it lives."""

JUDGE_S = 1.0
"""Least time between two assessments."""

SETTINGS_S = 2.0
"""How often the agent looks whether the settings were changed."""


class AgentRunsError(Exception):
    """Another agent has this store; `str()` is one sentence."""


class Agent:
    """All that runs on one store: a collector for each source, the assessment and the sign of life."""

    def __init__(
        self,
        store: Store,
        settings: Reading,
        config: Path,
        heard: Callable[[FeedHealth], None],
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.store = store
        self.clock: Clock = SystemClock()
        self._settings = SettingsWatch(config, settings)
        self._judge, self._reader = self._minds(settings.settings)
        self._feeds = FeedGroup(store, heard)
        self._alerts = Alerter(store, tell=tell)
        self._judged: tuple[int, int, int] | None = None
        self._drill: DrillClock | None = None
        self._drill_ends: datetime | None = None

    def _minds(self, settings: Settings) -> tuple[Judge, MentionReader]:
        """Who reads the mentions and who judges, by what the settings say."""
        return (
            Judge(self.store, settings.brand(), settings.severity),
            MentionReader(self.store, settings.watch),
        )

    async def prepare(self) -> None:
        """Find out whether this store is a drill, and what there is to read."""
        time = await self.store.standing.drill_time()
        if time is None:
            await self._feeds.configure(self._settings.now, self._settings.faults)
            await self._take_up_alerts()  # before anything can raise the level
            return
        script = read.drill(time.name)
        drill = DrillClock(left_standing(time, await self.store.standing.agent()))
        drill = DrillClock(drill.started(datetime.now(UTC)))
        await self.store.standing.set_drill_time(drill.time)
        self._drill, self.clock = drill, drill
        self._judge = Judge(self.store, script.drill.watch)
        source = ReplaySource(script, time.onset, drill.now)
        self._drill_ends = time.onset + timedelta(minutes=script.drill.end_minutes)
        self._feeds.replay(source, drill.now)

    async def once(self) -> None:
        """Poll every source one time, score and assess."""
        await self._feeds.once()
        await self._assess()
        if self._drill is None:
            await self._alerts.once()

    async def close(self) -> None:
        """Close what the sources opened."""
        await self._feeds.close()

    async def run(self) -> None:
        """Run until cancelled; the drill clock then stops where it stands."""
        await self.store.standing.beat(os.getpid(), __version__, datetime.now(UTC))
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._feeds.run())
                group.create_task(self._keep_settings())
                group.create_task(self._keep_assessing())
                group.create_task(self._keep_beating())
                if self._drill is None:  # nothing of a drill may reach anybody's pager
                    group.create_task(self._alerts.run())
        finally:
            await self._feeds.close()
            if self._drill is not None:
                await self.store.standing.set_drill_time(self._drill.stopped(datetime.now(UTC)))

    async def _keep_settings(self) -> None:
        """Take up what was changed in the settings while we run."""
        while self._drill is None:
            await asyncio.sleep(SETTINGS_S)
            before = self._settings.now
            changed = self._settings.changed()
            if changed is None:
                continue
            await self._take_up_alerts()
            if changed == before:
                await self._feeds.tell(changed, self._settings.faults)
                continue
            self._judge, self._reader = self._minds(changed)
            self._judged = None
            self._feeds.renew(changed, self._settings.faults)

    async def _take_up_alerts(self) -> None:
        await self._alerts.configure(self._settings.now.alert, whole=not self._settings.faults)

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
        await self._reader.catch_up()
        now = self.clock.now()
        state = (
            await self.store.mentions.newest_seq(),
            await self.store.events.newest(),
            int(now.timestamp() // 60),
        )
        if state == self._judged:
            return
        stale = tuple(feed.name for feed in await self.store.feeds.all(now) if feed.stale(now))
        await self._judge.judge(now, stale)
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


async def run(
    paths: Paths,
    settings: Reading,
    *,
    once: bool = False,
    with_parent: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> bool:
    """Be the agent of a store until stopped; with `once` look one time, and tell how each feed is doing.

    Until stopped it tells what it watches, and each change of a feed's state.
    Returns whether every source could be read; until stopped this is not asked.

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
            if not once:
                tell(words.begins(settings.settings, paths))
            agent = Agent(
                store, settings, paths.config, lambda feed: None if once else tell(words.change(feed)), tell
            )
            await agent.prepare()
            if once:
                try:
                    await agent.once()
                    feeds = await store.feeds.all(datetime.now(UTC))
                    for feed in feeds:
                        tell(words.summary(feed))
                    if not feeds:
                        tell(words.begins(settings.settings, paths))
                    return all(words.was_read(feed) for feed in feeds)
                finally:
                    await agent.close()
            work = asyncio.create_task(agent.run())
            waiting = asyncio.create_task(stop.wait())
            await asyncio.wait((work, waiting), return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work
            return True
    finally:
        lock.release()


def brand_of(settings: Settings, drill: str | None) -> Watch:
    """Who we are: the drill's brand in a drill, else that of the settings."""
    return read.drill(drill).drill.watch if drill else settings.brand()
