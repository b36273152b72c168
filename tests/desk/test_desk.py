"""The desk: what a person sees and does on a store, without a screen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crisis_tui.agent.judge import judge
from crisis_tui.agent.score import catch_up
from crisis_tui.dashboard.desk import Desk
from crisis_tui.drills.clock import DrillClock
from crisis_tui.drills.stage import set_up
from crisis_tui.response.acts import ActRefusedError
from data.library import read
from data.models.level import Level
from data.models.playbook import CrisisType, StepState
from data.models.severity import SeverityTable
from data.models.watch import Watch
from data.store import Store
from data.text import clean_line
from tests.dashboard.harness import assessment
from tests.store.kit import NOON, mention


class FixedClock:
    """A clock that a test sets."""

    def __init__(self, moment: datetime = NOON) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store.open(tmp_path) as store:
        yield store


def desk(store: Store, name: str = "anna", moment: datetime = NOON) -> Desk:
    found = Desk(store, Watch(), clean_line(name))
    found.clock = FixedClock(moment)
    return found


async def angry_hour(store: Store, before: datetime = NOON) -> None:
    batch = [
        mention(
            n,
            text="terrible, I hate it" if n < 150 else "a fine pan",
            created_at=(before - timedelta(minutes=n % 50 if n < 150 else 70 + 15 * (n - 150))).isoformat(),
        )
        for n in range(220)
    ]
    await store.mentions.add(batch, before)
    await catch_up(store)


async def test_an_empty_store(store: Store) -> None:
    shown = await desk(store).look()
    assert (shown.total, shown.assessment, shown.incident, shown.checklist) == (0, None, None, ())
    assert not shown.agent_alive
    assert shown.advice == "Nothing to do; watching."
    assert (len(shown.bars), shown.marks) == (360, ())


async def test_what_is_seen_of_a_burst(store: Store) -> None:
    await angry_hour(store)
    assessment = await judge(store, NOON, Watch())
    await store.standing.beat(1, "0", datetime.now(UTC))
    anna = desk(store)
    shown = await anna.look()
    assert (shown.total, shown.newest_seq, shown.assessment) == (220, 220, assessment)
    assert shown.standing == assessment.level >= Level.INCIDENT
    assert shown.agent_alive
    assert shown.advice == "Press o to open an incident; its checklist attaches."
    assert sum(bar.mentions for bar in shown.bars) == len([1 for n in range(70) if 70 + 15 * n < 360]) + 150
    assert shown.span_words == "in 6 h"
    assert await anna.matching("terrible") == 150
    assert len(await anna.page(query="terrible", limit=7)) == 7


async def test_an_incident_from_opening_to_a_closed_step(store: Store) -> None:
    await angry_hour(store)
    risen = await judge(store, NOON - timedelta(minutes=5), Watch())
    anna = desk(store)
    await anna.look()
    incident = await anna.open_incident("  Pan \x1b[2J row ", CrisisType.CUSTOMER_SERVICE)
    assert incident is not None
    assert (incident.title, incident.opened_by, incident.level) == ("Pan \u241b[2J row", "anna", risen.level)
    assert incident.detected_at == NOON - timedelta(minutes=5)
    shown = anna.snapshot
    book = read.playbook(CrisisType.CUSTOMER_SERVICE)
    assert book is not None
    assert [item.step for item in shown.checklist] == [step.id for step in book.step]
    first = shown.checklist[0]
    with pytest.raises(ActRefusedError, match="Say what proves"):
        await anna.move_step(first, StepState.DONE)
    await anna.move_step(first, StepState.STARTED)
    await desk(store, "berta").move_step(first, StepState.DONE, "https://a.example/1")
    item = (await anna.look()).checklist[0]
    assert (item.state, item.by, item.evidence) == (StepState.DONE, "berta", "https://a.example/1")
    assert item.closed
    other = await anna.open_incident("Another", CrisisType.REPUTATION)
    assert other is not None
    assert [each.id for each in anna.snapshot.incidents] != []
    anna.choose_incident(incident.id)
    shown_incident = (await anna.look()).incident
    assert shown_incident == incident
    assert (await store.events.verify()).ok
    assert (await store.events.rebuild_check()).ok


async def test_levels_go_down_by_two_people_an_hour_after_the_signs(store: Store) -> None:
    await angry_hour(store)
    await judge(store, NOON, Watch())
    anna, berta = desk(store), desk(store, "berta")
    await anna.look()
    if anna.snapshot.standing < Level.CRISIS:
        await anna.raise_level(Level.CRISIS, "the press calls")
    for each in (anna, berta):
        await each.look()
        assert each.snapshot.standing == Level.CRISIS
    with pytest.raises(ActRefusedError, match="within the last 60 minutes"):
        await anna.lower_level(Level.ROUTINE, "calm")
    later = NOON + timedelta(minutes=61)
    anna.clock, berta.clock = FixedClock(later), FixedClock(later)
    assert "is proposed" in await anna.lower_level(Level.EMERGENT, "calm for an hour")
    assert (await anna.look()).standing == Level.CRISIS
    with pytest.raises(ActRefusedError, match="a second person must agree"):
        await anna.lower_level(Level.EMERGENT, "really")
    assert "is proposed" in await berta.lower_level(Level.ROUTINE, "I would go further")
    proposal = await anna.proposal()
    assert proposal is not None
    assert (proposal.after, proposal.by) == (Level.ROUTINE, "berta")
    assert await anna.lower_level(Level.ROUTINE, "agreed") == "The level is Routine now."
    assert (await berta.look()).standing == Level.ROUTINE
    assert await anna.proposal() is None
    changes = [(each.after, each.by) for each in await store.incidents.level_changes()]
    assert changes[0] == (Level.ROUTINE, "anna")


async def test_a_proposal_is_told_to_all_until_it_is_answered(store: Store) -> None:
    anna, berta = desk(store), desk(store, "berta")
    await anna.raise_level(Level.CRISIS, "the press calls")
    await anna.look()
    await anna.lower_level(Level.EMERGENT, "it is over")
    assert (await anna.look()).advice == "Emergent issue waits for a second person to agree."
    assert (await berta.look()).advice == "anna proposes Emergent issue: press L to agree or not."
    found = await berta.proposal()
    assert found is not None
    berta.decline(found)
    assert "proposes" not in (await berta.look()).advice
    assert "proposes" in (await desk(store, "carl").look()).advice, "another person is still asked"
    await berta.lower_level(Level.EMERGENT, "agreed")
    for each in (anna, berta):
        assert "Emergent" not in (await each.look()).advice


@pytest.mark.parametrize("hold", [0, 1, 60, 1440])
@pytest.mark.parametrize("ago", [0, 1, 17, 60, 1440])
async def test_when_the_signs_let_go_is_told_to_the_minute(store: Store, ago: int, hold: int) -> None:
    signs = assessment(Level.INCIDENT, 40, at=NOON - timedelta(minutes=ago))
    await store.standing.save_assessment(signs, Level.INCIDENT)
    anna = Desk(store, Watch(), clean_line("anna"), table=SeverityTable(hold_minutes=hold))
    anna.clock = FixedClock(NOON + timedelta(seconds=40))
    found = await anna.held_until(Level.INCIDENT)
    if ago > hold:
        assert found is None
        assert await anna.held() == Level.ROUTINE
        return
    assert found is not None
    last, free = found
    assert last == signs.at
    anna.clock = FixedClock(free - timedelta(seconds=1))
    assert await anna.held() == Level.INCIDENT
    anna.clock = FixedClock(free)
    assert await anna.held() == Level.ROUTINE


async def test_the_present_says_nothing_of_an_old_history(store: Store) -> None:
    await angry_hour(store)
    anna = desk(store, moment=NOON + timedelta(days=30))
    assert await anna.is_history()
    worst = await anna.find_worst()
    assert worst is not None
    assert abs(worst - NOON) <= timedelta(hours=1)
    anna.as_of = worst
    shown = await anna.look()
    assert shown.as_of == worst
    assert shown.assessment is not None
    assert shown.assessment.score > 20
    assert shown.trend is not None
    assert shown.span_words == "in 24 h"
    assert not await desk(store, moment=NOON + timedelta(hours=23)).is_history()


async def test_change_is_noticed_once(store: Store) -> None:
    anna = desk(store)
    await anna.changed()
    assert not await anna.changed()
    await store.mentions.add([mention(1)], NOON)
    assert await anna.changed()
    assert not await anna.changed()
    await store.events.append([], "anna", NOON)
    await anna.look()


async def test_a_drill_shows_its_own_time_and_its_coach(store: Store) -> None:
    script = read.drill("viral-review")
    time = await set_up(store, script, NOON, 1.0)
    trainee = Desk(store, script.drill.watch, clean_line("anna"), script.drill)
    shown = await trainee.look()
    assert isinstance(trainee.clock, DrillClock)
    assert shown.now == NOON
    assert shown.coach == script.drill.summary
    moved = time.model_copy(update={"drill_at": time.onset + timedelta(minutes=4)})
    await store.standing.set_drill_time(moved)
    assert (await trainee.look()).coach == script.drill.coach[0].text
    assert not await trainee.is_history()
