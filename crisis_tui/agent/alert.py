"""Delivers alerts: finds the raises that are due one, and tries each way until it took them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile

from crisis_tui.agent.judge import AGENT
from crisis_tui.agent.pagers import Pager, PagerError, pagers
from crisis_tui.response.alerting import alert_of, alerted, newest_raise
from data.models.alert import WAYS, AlertPlace, AlertSettings, Outcome, Waiting, Way, WayPlace
from data.models.assessment import Assessment
from data.models.incident import LevelChange
from data.store import Store, StoreError
from data.text import clean_line

LOOK_S = 1.0
"""How often it is looked whether the level rose."""

PATIENCE = timedelta(hours=1)
"""For how long an alert is tried, counted from its first attempt; after a restart at least once more."""

OLD = timedelta(hours=24)
"""An alert that waited for longer is not sent: it would speak of another day."""

PAUSE_S, LONGEST_PAUSE_S = 1.0, 300.0
"""The pause after the first failed attempt, doubled each time, and the longest one."""

_SETTLE = timedelta(seconds=5)
"""How long the assessment behind a raise may take to be stored after it."""


class Alerter:
    """The alerts of one store that is no drill. The agent alone has one, so nobody else delivers."""

    def __init__(
        self,
        store: Store,
        *,
        make: Callable[[AlertSettings], Mapping[Way, Pager]] = pagers,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`tell` is called with a sentence for each attempt."""
        self._store = store
        self._make = make
        self._now = now
        self._tell = tell
        self._settings = AlertSettings()
        self._whole = True
        self._pagers: Mapping[Way, Pager] = {}
        self._place: AlertPlace | None = None
        self._looked: int | None = None
        self._news: dict[Way, asyncio.Event] = {way: asyncio.Event() for way in WAYS}
        self._unsaved = False
        self._looking = asyncio.Lock()
        self._saving = asyncio.Lock()

    async def configure(self, settings: AlertSettings, *, whole: bool = True) -> None:
        """Take up settings. A way that is new begins with the next raise; one that is gone is forgotten.

        With `whole` False something in the file is wrong, so what is missing may be there again soon.
        """
        self._settings, self._whole = settings, whole
        self._pagers = self._make(settings)
        self._looked = None
        await self.look()
        for event in self._news.values():
            event.set()

    async def look(self) -> None:
        """Note the raises that are due an alert; a store that can't be used is looked at again later."""
        with contextlib.suppress(StoreError):
            await self._look()

    async def run(self) -> None:
        """Look and deliver until cancelled, each way for itself."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_looking())
            for way in WAYS:
                group.create_task(self._keep_delivering(way))

    async def once(self) -> None:
        """Try what waits one time on every way; what was not delivered waits on."""
        await self.look()
        async with asyncio.TaskGroup() as group:
            for way in WAYS:
                group.create_task(self._deliver(way, 0))

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            await self.look()

    async def _look(self) -> None:
        async with self._looking:
            if self._place is None:
                self._place = await self._store.alerts.place()
            newest = await self._store.events.newest()
            if self._looked != newest:
                changes = await self._store.incidents.level_changes()
                self._put(self._registered(self._place, changes))
                settled = [await self._note(way, changes) for way in self._settings.ways]
                self._looked = newest if all(settled) else None
            if self._unsaved:
                await self._save()

    async def _note(self, way: Way, changes: Sequence[LevelChange]) -> bool:
        """Let what is due since the last look wait for its delivery. False while it can't be told yet."""
        found = self._at(way)
        if found is None:
            return True
        fresh = {each.event for each in _after(changes, found.seen)}
        due = [each for each in alerted(changes, self._settings, found.origin) if each.event in fresh]
        new = []
        for change in reversed(due):
            assessment = await self._store.standing.assessment(change.at)
            if not _stored(change, assessment) and abs(self._now() - change.at) < _SETTLE:
                return False
            new.append(Waiting(alert=alert_of(change, assessment, by_agent=change.by == AGENT)))
        newest = newest_raise(changes)
        found = self._at(way) or found  # an attempt may have ended meanwhile
        seen = newest.event if newest else found.seen
        self._move(way, found.model_copy(update={"waiting": (*found.waiting, *new), "seen": seen}))
        if new:
            self._news[way].set()
        return True

    def _at(self, way: Way) -> WayPlace | None:
        return self._place.ways.get(way) if self._place else None

    def _move(self, way: Way, to: WayPlace) -> None:
        self._put({**(self._place.ways if self._place else {}), way: to})

    def _put(self, ways: dict[Way, WayPlace]) -> None:
        place = AlertPlace(ways=ways)
        self._unsaved = self._unsaved or place != self._place
        self._place = place

    def _registered(self, place: AlertPlace, changes: Sequence[LevelChange]) -> dict[Way, WayPlace]:
        """The ways of the settings: the known ones where they stood, others from now on."""
        newest = newest_raise(changes)
        begin = newest.event if newest else ""
        kept = {
            way: each for way, each in place.ways.items() if way in self._settings.ways or not self._whole
        }
        for way in self._settings.ways:
            kept.setdefault(way, WayPlace(origin=begin, seen=begin))
        return kept

    async def _keep_delivering(self, way: Way) -> None:
        news, failures = self._news[way], 0
        while True:
            news.clear()
            wait = await self._deliver(way, failures)
            failures = 0 if wait is None else failures + 1
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await news.wait()

    async def _deliver(self, way: Way, failures: int) -> float | None:
        """Try what waits, the newest first, until one fails.

        Returns the seconds until the next attempt, None where nothing waits.
        """
        while (pager := self._pagers.get(way)) and (found := self._at(way)) and found.waiting:
            now = self._now()
            each = found.waiting[-1]
            begun = each.begun or now
            wait = min(PAUSE_S * 2.0 ** min(failures, 20), LONGEST_PAUSE_S)
            ok, says = False, f"it waited since {each.alert.at:%Y-%m-%d %H:%M} UTC and was not sent."
            final = now - each.alert.at > OLD
            if not final:
                try:
                    await pager.send(each.alert)
                except Exception as error:  # a fault of one way must not end the agent
                    says = str(error) if isinstance(error, PagerError) else f"{way}: {type(error).__name__}."
                    if isinstance(error, PagerError) and error.until is not None:
                        asked = (error.until - now).total_seconds()
                        wait = max(wait, min(asked, LONGEST_PAUSE_S))
                    final = now - begun >= PATIENCE
                else:
                    ok, says, final = True, "delivered", True
            await self._told(way, each, now, begun, says, ok=ok, wait=None if final else wait)
            if not final:
                return wait
        return None

    async def _told(
        self,
        way: Way,
        each: Waiting,
        now: datetime,
        begun: datetime,
        says: str,
        *,
        ok: bool,
        wait: float | None,
    ) -> None:
        """Keep what came of an attempt; without `wait` it was the last one."""
        alert = each.alert
        self._tell(f"{now:%H:%M:%S} UTC alert {alert.level} by {way}: {says}")
        found = self._at(way)
        if found is None:
            return  # the way was taken out of the settings meanwhile
        others = tuple(one for one in found.waiting if one.alert.id != alert.id)
        tried = Waiting(alert=alert, tries=each.tries + 1, begun=begun)
        last = Outcome(
            alert=alert.id,
            level=alert.level,
            at=self._now(),
            ok=ok,
            says=clean_line(says),
            done=wait is None,
            tries=tried.tries,
        )
        kept = others if wait is None else _in_order((*others, tried))
        self._move(way, found.model_copy(update={"waiting": kept, "last": last}))
        with contextlib.suppress(StoreError):  # what can't be kept now is kept at the next look
            await self._save()

    async def _save(self) -> None:
        async with self._saving:
            place = self._place
            if place is not None:
                await self._store.alerts.save(place)
                self._unsaved = self._place is not place


def _after(changes: Sequence[LevelChange], event: str) -> list[LevelChange]:
    """The changes after an event, the newest first."""
    return [*takewhile(lambda each: each.event != event, changes)]


def _in_order(waiting: tuple[Waiting, ...]) -> tuple[Waiting, ...]:
    return tuple(sorted(waiting, key=lambda each: (each.alert.at, each.alert.id)))


def _stored(change: LevelChange, assessment: Assessment | None) -> bool:
    """Whether an assessment is the one that raised the level."""
    return change.by != AGENT or (assessment is not None and assessment.level >= change.after)
