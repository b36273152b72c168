"""Tables follow from events alone: replayed they are the same, in whatever order events arrived."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_tui.response import acts, triage
from data.library import read
from data.models.event import Event, NewEvent
from data.models.kept import Subject
from data.models.level import Level
from data.models.mention import StoredMention, Tone
from data.models.playbook import CrisisType, StepState
from data.models.triage import Answer, Mark
from data.store import Store
from data.store.connection import Transaction
from data.store.kept import keep_rows
from data.store.projections import TABLES, project
from tests.store.kit import NOON, mention, note
from tests.store.test_mentions import with_store

ACTS = st.lists(
    st.tuples(
        st.sampled_from(["open", "step", "level", "revise", "triage", "note", "clock"]), st.integers(0, 2**16)
    ),
    max_size=20,
)
STATEMENTS = ("first", "second")
TEXTS = ("One.", "Two.", "Three.")
POSTS = [StoredMention(seq=n, arrived_at=NOON, mention=mention(n, author=f"a{n}")) for n in range(3)]


class Person:
    """Somebody who acts on one store, as the dashboard would do it for them."""

    def __init__(self, name: str, store: Store) -> None:
        self.name = name
        self.store = store
        self.at = NOON
        self._parents: dict[str, str | None] = {}

    async def act(self, kind: str, number: int) -> None:
        random = Random(number)
        self.at += timedelta(seconds=random.choice((0, 1, 60)))
        if kind == "clock":  # somebody sets the host's clock back
            self.at -= timedelta(minutes=random.randrange(90))
            return
        if kind == "triage":
            act = triaged(self.store, random)
            await self.store.events.append([act.event], self.name, self.at, act.keep)
            return
        try:
            events = await self._events(kind, random)
        except acts.ActRefusedError:
            return
        await self.store.events.append(events, self.name, self.at)

    async def _events(self, kind: str, random: Random) -> list[NewEvent]:
        incidents = await self.store.incidents.all()
        if kind == "open":
            crisis = random.choice([CrisisType.SECURITY, CrisisType.CUSTOMER_SERVICE, CrisisType.REPUTATION])
            return acts.open_incident(
                f"No. {random.random()}", crisis, Level.INCIDENT, detected_at=NOON, now=self.at,
                playbook=read.playbook(crisis),
            )  # fmt: skip
        if kind == "step" and incidents:
            items = await self.store.incidents.checklist(random.choice(incidents).id)
            if items:
                item = items[random.randrange(min(3, len(items)))]
                return [
                    acts.move_step(
                        item, random.choice(list(StepState)), random.choice(["", "seen", "na: no"])
                    )
                ]
        if kind == "level":
            change = await self.store.incidents.level()
            before = change.after if change else Level.ROUTINE
            after = Level(random.randrange(5))
            if after > before:
                return [acts.raise_level(before, after, "it grows")]
            proposal = await self.store.incidents.proposal()
            return [
                acts.lower_level(
                    before, after, "it calms", actor=self.name, held=Level.ROUTINE, proposal=proposal
                )
            ]
        if kind == "revise":
            statement, text = random.choice(STATEMENTS), random.choice(TEXTS)
            incident = random.choice([None, *(each.id for each in incidents)])
            event, _ = acts.save_revision(statement, incident, text, self._parents.get(statement))
            self._parents[statement] = acts.text_hash(text)
            return [event]
        return [note(str(random.random()))]


def triaged(store: Store, random: Random) -> triage.TriageAct:
    """Any act on any of three mentions."""
    item = random.choice(POSTS)
    subject = store.triage.subject(item)
    return random.choice(
        [
            triage.answer(subject, random.choice([None, *Answer])),
            triage.mark(subject, random.choice(list(Mark)), random.random() < 0.6),
            triage.assign(subject, random.choice([None, "anna", "berta"])),
            triage.teach(
                subject, random.choice([None, Tone.NEGATIVE, Tone.POSITIVE]), random.choice([None, *Tone])
            ),
            triage.keep(subject, item, random.choice(["", "may be deleted"])),
            triage.let_go(subject),
        ]
    )


async def contents(store: Store) -> dict[str, list[Any]]:
    return {
        table: sorted(await store.incidents._reader.all(f"SELECT * FROM {table}"), key=repr)
        for table in TABLES
    }


async def seen(store: Store) -> list[Any]:
    """What a person sees of it."""
    incidents = await store.incidents.all()
    return [
        incidents,
        [await store.incidents.checklist(each.id) for each in incidents],
        await store.incidents.level(),
        await store.incidents.level_changes(),
        await store.incidents.proposal(),
        [await store.incidents.revision(statement) for statement in STATEMENTS],
        [await store.incidents.statements(each) for each in (None, *(each.id for each in incidents))],
        await store.triage.of([("x", str(n)) for n in range(len(POSTS))]),
        await store.triage.taught(),
        await store.triage.influential(NOON + timedelta(minutes=2)),
        await store.triage.toned([(NOON + timedelta(seconds=1), NOON + timedelta(days=1))]),
    ]


@settings(max_examples=20)
@given(ACTS)
def test_replaying_gives_the_same_tables(history: list[tuple[str, int]]) -> None:
    async def act(store: Store, _folder: Path) -> None:
        people = itertools.cycle([Person("anna", store), Person("berta", store)])
        for (kind, number), person in zip(history, people, strict=False):
            await person.act(kind, number)
        before = await contents(store)
        result = await store.events.rebuild_check()
        assert (result.ok, result.fault) == (True, None)
        assert await contents(store) == before
        assert (await store.events.verify()).ok

    with_store(act)


async def learn(store: Store, events: list[Event]) -> None:
    """Events of another replica arrive."""

    async def job(transaction: Transaction) -> None:
        for event in events:
            await project(transaction, event)

    await store.events._writer.write(job)


async def subjects(store: Store) -> list[Subject]:
    """Whom the events of this store name."""
    rows = await store.triage._reader.all("SELECT key, network, id, created_ms, body FROM subjects")
    names = ("key", "network", "id", "created_ms", "body")
    return [Subject.model_validate(dict(zip(names, row, strict=True))) for row in rows]


async def replayed(
    folder: Path, events: list[Event], named: Sequence[Subject] = ()
) -> tuple[dict[str, list[Any]], list[Any]]:
    """The tables and what is seen after events arrived in this order in a new store."""
    async with Store.open(folder) as store:
        await learn(store, events)
        await store.events._writer.write(lambda transaction: keep_rows(transaction, named, NOON))
        return await contents(store), await seen(store)


@settings(max_examples=12)
@given(ACTS, ACTS, ACTS, st.integers(0, 2**16))
def test_two_replicas_with_the_same_events_show_the_same(
    shared: list[tuple[str, int]], left: list[tuple[str, int]], right: list[tuple[str, int]], seed: int
) -> None:
    """Both know a common past, then part, and hear of each other's events in any interleaving."""

    async def live(folder: Path) -> None:
        async with Store.open(folder / "anna") as store:
            anna = Person("anna", store)
            for kind, number in shared:
                await anna.act(kind, number)
            common = await store.events.newest()
            for kind, number in left:
                await anna.act(kind, number)
            ours = [event for _, event in await store.events.after(0)]
            named = await subjects(store)
        async with Store.open(folder / "berta") as store:
            await learn(store, ours[:common])
            berta = Person("berta", store)
            for kind, number in right:
                await berta.act(kind, number)
            theirs = [event for _, event in await store.events.after(0)]
            named += await subjects(store)  # under another key: each store has its own
        random = Random(seed)
        orders = [ours + theirs, ours[:common] + theirs + ours[common:]]
        mixed = ours[:common]
        rest = [list(ours[common:]), list(theirs)]
        while any(rest):
            mixed.append(random.choice([each for each in rest if each]).pop(0))
        orders.append(mixed)
        shown = [await replayed(folder / str(place), order, named) for place, order in enumerate(orders)]
        assert shown[0] == shown[1] == shown[2]

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(live(Path(folder)))


async def test_a_text_that_comes_back_belongs_where_it_was_said_last(tmp_path: Path) -> None:
    """The same words saved before and after an incident was opened are one revision, in either order."""

    def revision(incident: str | None, parent: str | None, second: int, replica: str) -> Event:
        event, _ = acts.save_revision("first", incident, "One.", parent)
        return Event(
            id=f"{replica}-{second}", incident=incident, actor="anna", replica=replica, counter=1, prev="",
            hlc_ms=second, hlc_n=0, at=NOON, kind=event.kind, body=event.body,
        )  # fmt: skip

    events = [revision(None, None, 1, "a"), revision("abc", "0" * 64, 2, "b")]
    forwards = await replayed(tmp_path / "forwards", events)
    assert forwards == await replayed(tmp_path / "backwards", events[::-1])
    assert forwards[0]["revisions"][0][3] == "abc"


@pytest.mark.parametrize(
    ("table", "statement"),
    [
        ("incidents", "UPDATE incidents SET title = 'x'"),
        ("steps", "DELETE FROM steps WHERE position = 0"),
        ("step_states", "UPDATE step_states SET state = 'open'"),
        ("level_changes", "INSERT INTO level_changes VALUES (0, 'e', 'a', 0, 4, 'b', 'r', 's')"),
        ("revisions", "UPDATE revisions SET text = 'We lied.'"),
        ("triage_acts", "UPDATE triage_acts SET value = 'restore'"),
    ],
)
async def test_a_table_that_was_altered_is_named(tmp_path: Path, table: str, statement: str) -> None:
    async with Store.open(tmp_path) as store:
        events = acts.open_incident(
            "A leak", CrisisType.SECURITY, Level.CRISIS, detected_at=NOON, now=NOON,
            playbook=read.playbook(CrisisType.SECURITY),
        )  # fmt: skip
        events += [
            acts.raise_level(Level.ROUTINE, Level.CRISIS, "leak"),
            acts.save_revision("s", None, "Hi", None)[0],
        ]
        await store.events.append(events, "anna", NOON)
        decided = triage.answer(store.triage.subject(POSTS[0]), Answer.MONITOR)
        await store.events.append([decided.event], "anna", NOON, decided.keep)
        item = (await store.incidents.checklist(events[0].incident or ""))[0]
        await store.events.append([acts.move_step(item, StepState.DONE, "seen")], "anna", NOON)
        assert (await store.events.rebuild_check()).ok
        connection = sqlite3.connect(tmp_path / "crisis.db", isolation_level=None)
        assert connection.execute(statement).rowcount > 0
        connection.close()
        result = await store.events.rebuild_check()
        assert not result.ok
        assert table in (result.fault or "")


async def test_a_later_raise_of_less_never_lowers(tmp_path: Path) -> None:
    """The agent may have looked just before a person raised the level further."""
    async with Store.open(tmp_path) as store:
        await store.events.append([acts.raise_level(Level.ROUTINE, Level.CRISIS, "I saw it")], "anna", NOON)
        await store.events.append([acts.raise_level(Level.ROUTINE, Level.EMERGENT, "score")], "agent", NOON)
        change = await store.incidents.level()
        assert change is not None
        assert (change.after, change.by) == (Level.CRISIS, "anna")
