"""All sources of one store: made from the settings, looked at side by side, made anew when these change."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime

from crisis_tui.agent import verdict
from crisis_tui.agent.collect import Collector
from crisis_tui.agent.lend import Lender
from crisis_tui.agent.reach import Reach
from crisis_tui.agent.schedule import Schedule
from crisis_tui.config import Fault, Settings
from data.models.feed import SETTINGS, FeedHealth, FeedState
from data.sources.base import Source
from data.sources.registry import make
from data.store import Store, StoreError
from data.text import clean_line

ASKED_S = 2.0
"""How often the agent looks whether a person asked for a look now."""

DRILL_TICK_S = 0.25

Now = Callable[[], datetime]


class FeedGroup:
    """The collectors of one agent."""

    def __init__(self, store: Store, heard: Callable[[FeedHealth], None] = lambda _: None) -> None:
        """`heard` is called with how a feed is doing whenever its state is another one."""
        self._store = store
        self._heard = heard
        self._states: dict[str, FeedState] = {}
        self._now: Now = lambda: datetime.now(UTC)
        self._lender = Lender(store.folder, lambda: self._now())
        self._reach = Reach(lambda: self._now().timestamp())
        self._collectors: list[Collector] = []
        self._schedules: dict[str, Schedule] = {}
        self._renewed = asyncio.Event()
        self._next: tuple[Settings, tuple[Fault, ...]] = (Settings(), ())

    async def configure(self, settings: Settings, faults: tuple[Fault, ...] = ()) -> None:
        """Make the sources of the settings, and tell of those that their faults cost; none may be running."""
        await self._lender.close()
        self._reach = Reach(lambda: self._now().timestamp())
        self._collectors = []
        for each in settings.source:
            tools = self._lender.tools(settings.watches_of(each.name))
            try:
                source = make(each, tools)
            except Exception as error:
                fault = str(verdict.fault_of(error))
                await self._tell_unmade(each.name, each.kind, FeedState.BROKEN, fault)
                continue
            self._collectors.append(
                Collector(
                    self._store,
                    source,
                    self._now,
                    kind=each.kind,
                    every=each.seconds,
                    cap_usd=each.monthly_cost_cap_usd,
                    reach=self._reach,
                    heard=self._hear,
                )
            )
        await self.tell(settings, faults)

    async def tell(self, settings: Settings, faults: tuple[Fault, ...]) -> None:
        """Tell what is wrong in the settings, each where its source would stand; forget what is gone."""
        for each in faults:
            if each.source:
                await self._tell_unmade(each.source, each.kind, FeedState.UNUSABLE, each.short)
        others = [each.short for each in faults if not each.source]
        if others:
            more = f" ({len(others) - 1} more; crisis-tui doctor lists them)" if others[1:] else ""
            await self._tell_unmade(SETTINGS, SETTINGS, FeedState.UNUSABLE, others[0] + more)
        if faults and not settings.source:
            return  # the file may be broken as a whole, so nothing says which feeds are gone
        names = [each.name for each in settings.source] + [each.source or SETTINGS for each in faults]
        with contextlib.suppress(StoreError):
            await self._store.feeds.keep_only([clean_line(each) for each in names])

    def renew(self, settings: Settings, faults: tuple[Fault, ...]) -> None:
        """These are the settings now: sources that run are ended and begun anew where they stood."""
        self._next = settings, faults
        self._renewed.set()

    def replay(self, source: Source, now: Now) -> None:
        """Play a drill instead."""
        self._now = now
        self._collectors = [
            Collector(self._store, source, now, kind="drill", every=DRILL_TICK_S, as_posted=True)
        ]

    async def once(self) -> None:
        """Look at every source one time, side by side."""
        async with asyncio.TaskGroup() as group:
            for each in self._collectors:
                group.create_task(each.poll())

    async def run(self) -> None:
        """Look at all of them for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_asking())
            while True:
                work = group.create_task(self._run_these())
                await self._renewed.wait()
                self._renewed.clear()
                work.cancel()
                await asyncio.wait((work,))
                await self.configure(*self._next)

    async def close(self) -> None:
        """Close what the sources opened."""
        await self._lender.close()

    async def _run_these(self) -> None:
        self._schedules = {
            each.source.name: Schedule(each, self._now, self._reach) for each in self._collectors
        }
        async with asyncio.TaskGroup() as group:
            for schedule in self._schedules.values():
                group.create_task(schedule.run())

    async def _keep_asking(self) -> None:
        while True:
            await asyncio.sleep(ASKED_S)
            with contextlib.suppress(StoreError):
                for name in await self._store.feeds.asked():
                    if name in self._schedules:
                        self._schedules[name].wake()

    async def _tell_unmade(self, name: str, kind: str, state: FeedState, message: str) -> None:
        health = FeedHealth(
            name=clean_line(name),
            kind=kind,
            state=state,
            last_success=None,
            message=clean_line(message),
        )
        self._hear(health)
        with contextlib.suppress(StoreError):
            await self._store.feeds.save(health)

    def _hear(self, health: FeedHealth) -> None:
        if self._states.get(health.name) is not health.state:
            self._states[health.name] = health.state
            self._heard(health)
