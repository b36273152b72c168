"""Alerts are delivered at least once, tried again for an hour, and never for what was before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crisis_tui.agent import alert as module
from crisis_tui.agent.alert import Alerter
from crisis_tui.agent.pagers import Pager, PagerError
from crisis_tui.response.acts import lower_level, raise_level
from data.models.alert import Alert, AlertSettings, Outcome, Way
from data.models.level import Level
from data.store import Store

BOTH = AlertSettings(command=("page",), webhook="env:URL")
ONE = AlertSettings(command=("page",))


class Fake:
    """A pager that fails as often as it is told to."""

    def __init__(self) -> None:
        self.tried: list[Alert] = []
        self.taken: list[str] = []
        self.fails = 0
        self.hold: asyncio.Event | None = None

    async def send(self, alert: Alert) -> None:
        self.tried.append(alert)
        if self.hold is not None:
            await self.hold.wait()
        if self.fails:
            self.fails -= 1
            raise PagerError("it is off.")
        self.taken.append(alert.level)


class World:
    """A store, a clock and two pagers."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.at = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
        self.ways: dict[Way, Fake] = {"command": Fake(), "webhook": Fake()}

    def agent(self) -> Alerter:
        """An agent that begins now."""

        def make(settings: AlertSettings) -> dict[Way, Pager]:
            return {way: self.ways[way] for way in settings.ways}

        return Alerter(self.store, make=make, now=lambda: self.at)

    async def move(self, before: Level, after: Level) -> None:
        """A person moves the level."""
        event = (
            raise_level(before, after, "as it is")
            if after > before
            else lower_level(before, after, "calm", actor="ana", held=after, proposal=None)
        )
        await self.store.events.append([event], "ana", self.at)

    async def last(self, way: Way = "command") -> Outcome:
        """What came of the last attempt, as it is kept."""
        found = (await self.store.alerts.place()).ways[way].last
        assert found is not None
        return found


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with Store.open(tmp_path) as store:
        yield World(store)


async def until(holds: Callable[[], bool | Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not (found if isinstance(found := holds(), bool) else await found):  # noqa: ASYNC110 - two parties
            await asyncio.sleep(0.005)


async def test_what_was_before_a_way_was_configured_is_not_sent_on_it(world: World) -> None:
    await world.move(Level.ROUTINE, Level.INCIDENT)
    agent = world.agent()
    await agent.configure(ONE)
    await agent.once()
    await world.move(Level.INCIDENT, Level.CRISIS)
    await agent.once()
    assert world.ways["command"].taken == ["Crisis"]
    await agent.configure(BOTH)
    await agent.once()
    assert world.ways["webhook"].tried == []
    await world.move(Level.CRISIS, Level.EMERGENCY)
    await agent.once()
    assert [each.taken for each in world.ways.values()] == [["Crisis", "Emergency"], ["Emergency"]]


async def test_one_that_begins_on_an_empty_store_misses_nothing(world: World) -> None:
    await world.agent().configure(ONE)
    await world.move(Level.ROUTINE, Level.CRISIS)
    again = world.agent()
    await again.configure(ONE)
    await again.once()
    assert world.ways["command"].taken == ["Crisis"]


async def test_a_restart_tries_again_what_was_not_delivered_and_nothing_else(world: World) -> None:
    world.ways["command"].fails = 1
    agent = world.agent()
    await agent.configure(BOTH)
    await world.move(Level.ROUTINE, Level.CRISIS)
    await agent.once()
    assert [each.taken for each in world.ways.values()] == [[], ["Crisis"]]
    again = world.agent()
    await again.configure(BOTH)
    await again.once()
    await again.once()
    assert [each.taken for each in world.ways.values()] == [["Crisis"], ["Crisis"]]
    first, second = world.ways["command"].tried
    assert first == second, "the same id and the same words"


async def test_an_hour_of_failures_is_given_up_and_told(world: World) -> None:
    command = world.ways["command"]
    command.fails = 1_000
    agent = world.agent()
    await agent.configure(ONE)
    await world.move(Level.ROUTINE, Level.CRISIS)
    for _ in range(3):
        await agent.once()
        world.at += timedelta(minutes=10)
    place = await world.store.alerts.place()
    assert place.fault(world.at) == "The pager could not be reached: it is off. It is tried again."
    world.at += timedelta(minutes=31)
    await agent.once()
    await agent.once()
    assert len(command.tried) == 4
    last = await world.last()
    assert (last.ok, last.done, last.tries) == (False, True, 4)
    place = await world.store.alerts.place()
    assert place.fault(world.at) == "The pager could not be reached, try crisis-tui alert --test: it is off."
    assert place.fault(world.at + timedelta(days=2)) == ""
    worked = last.model_copy(update={"ok": True, "at": world.at + timedelta(seconds=1)})
    assert place.fault(world.at, {"command": worked}) == "", "a test showed that it works again"


async def test_what_waited_for_a_day_is_not_sent(world: World) -> None:
    agent = world.agent()
    await agent.configure(ONE)
    await world.move(Level.ROUTINE, Level.CRISIS)
    world.at += timedelta(hours=25)
    await agent.once()
    assert world.ways["command"].tried == []
    assert "was not sent" in (await world.last()).says


async def test_a_typo_in_the_settings_loses_no_alert_but_taking_a_way_out_does(world: World) -> None:
    world.ways["command"].fails = 1
    agent = world.agent()
    await agent.configure(ONE)
    await world.move(Level.ROUTINE, Level.CRISIS)
    await agent.once()
    await agent.configure(AlertSettings(), whole=False)
    await agent.once()
    await agent.configure(ONE)
    await agent.once()
    assert world.ways["command"].taken == ["Crisis"]
    world.ways["command"].fails = 1
    await world.move(Level.CRISIS, Level.EMERGENCY)
    await agent.once()
    await agent.configure(AlertSettings())
    await agent.configure(ONE)
    await agent.once()
    assert world.ways["command"].taken == ["Crisis"]


async def test_a_way_that_hangs_holds_up_no_other_and_a_raise_meanwhile_is_not_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_S", 0.01)
    monkeypatch.setattr(module, "PAUSE_S", 0.01)
    command, webhook = world.ways["command"], world.ways["webhook"]
    command.hold = asyncio.Event()
    webhook.fails = 2
    agent = world.agent()
    await agent.configure(BOTH)
    work = asyncio.create_task(agent.run())
    try:
        await world.move(Level.ROUTINE, Level.INCIDENT)
        await until(lambda: webhook.taken == ["Incident"])
        await world.move(Level.INCIDENT, Level.CRISIS)
        await until(lambda: webhook.taken == ["Incident", "Crisis"])
        assert [each.level for each in command.tried] == ["Incident"]
        command.hold.set()
        await until(lambda: command.taken == ["Incident", "Crisis"])

        async def kept() -> bool:
            ways = (await world.store.alerts.place()).ways.values()
            return all(
                not each.waiting and each.last is not None and each.last.level == "Crisis" for each in ways
            )

        await until(kept)
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def test_the_newest_goes_first_when_the_pager_is_back(world: World) -> None:
    command = world.ways["command"]
    command.fails = 2
    agent = world.agent()
    await agent.configure(ONE)
    for before in (Level.ROUTINE, Level.EMERGENT):
        await world.move(before, Level(before + 1))
        await agent.once()
        world.at += timedelta(minutes=1)
    await agent.once()
    assert command.taken == ["Incident", "Emergent issue"]


async def test_a_place_that_can_not_be_read_begins_anew(world: World) -> None:
    await world.store.alerts._keep("alerts", '{"ways": {"pigeon": 3}}')
    await world.store.alerts._keep("alerts:tested", "nonsense")
    agent = world.agent()
    await agent.configure(ONE)
    await world.move(Level.ROUTINE, Level.CRISIS)
    await agent.once()
    assert world.ways["command"].taken == ["Crisis"]
    assert await world.store.alerts.tested() == {}
