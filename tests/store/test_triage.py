"""What people decide about mentions: what stands, as of when, and what may be erased."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crisis_tui.response import triage
from crisis_tui.response.acts import ActRefusedError
from crisis_tui.response.triage import TriageAct
from data.models.mention import StoredMention, Tone
from data.models.triage import Answer, Mark
from data.store import Store, StoreError
from tests.store.kit import NOON, mention

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store.open(tmp_path) as store:
        yield store


def post(number: int, **fields: object) -> StoredMention:
    return StoredMention(seq=number, arrived_at=NOON, mention=mention(number, **fields))


async def act(store: Store, *acts: TriageAct, by: str = "anna", at: datetime = NOON) -> None:
    await store.events.append(
        [each.event for each in acts], by, at, [row for each in acts for row in each.keep]
    )


async def test_of_each_field_the_last_act_stands_and_none_is_lost(store: Store) -> None:
    one = store.triage.subject(post(1))
    await act(store, triage.answer(one, Answer.MONITOR), triage.mark(one, Mark.INFLUENTIAL, True))
    await act(
        store, triage.answer(one, Answer.FIX_FACTS), triage.assign(one, "carla"), by="bob", at=NOON + MINUTE
    )
    await act(store, triage.assign(one, None), at=NOON + 2 * MINUTE)
    found = await store.triage.of([("x", "1"), ("x", "2")])
    assert set(found) == {("x", "1")}
    stands = found["x", "1"]
    assert (stands.answer, stands.answer_by, stands.answer_at) == (Answer.FIX_FACTS, "bob", NOON + MINUTE)
    assert (stands.influential, stands.assigned, stands.by, stands.at) == (
        True,
        None,
        "anna",
        NOON + 2 * MINUTE,
    )
    assert [event.kind for _, event in await store.events.after(0)] == [
        "mention.answered", "mention.marked", "mention.answered", "mention.assigned", "mention.assigned",
    ]  # fmt: skip


async def test_what_was_taught_as_of_any_moment(store: Store) -> None:
    one, two = store.triage.subject(post(1, lang="en")), store.triage.subject(post(90))
    await act(store, triage.teach(one, Tone.NEGATIVE, Tone.NEUTRAL))
    await act(store, triage.teach(two, Tone.POSITIVE, Tone.POSITIVE), by="bob", at=NOON + MINUTE)
    await act(store, triage.teach(one, None, Tone.NEUTRAL), at=NOON + 2 * MINUTE)
    assert await store.triage.taught(NOON - MINUTE) == []
    first, second = await store.triage.taught(NOON + MINUTE)
    assert (first.text, first.lang, first.tone, first.was, first.at, first.by) == (
        "words of post 1", "en", Tone.NEGATIVE, Tone.NEUTRAL, NOON, "anna",
    )  # fmt: skip
    assert second.id == "90"
    assert await store.triage.taught() == [second]
    assert triage.track_record([first, second]) == (1, 2)
    span = (NOON, NOON + timedelta(seconds=90))
    assert [each.id for each in await store.triage.toned([span], NOON + MINUTE)] == ["1"]
    assert await store.triage.toned([span]) == []
    (label,) = await store.triage.toned([span, (span[1], span[1] + MINUTE)])
    assert (label.network, label.id, label.created_ms, label.tone) == (
        "x",
        "90",
        second_ms(90),
        Tone.POSITIVE,
    )


def second_ms(number: int) -> int:
    return round((NOON + timedelta(seconds=number)).timestamp() * 1000)


async def test_a_text_is_taught_as_it_reads_now(store: Store) -> None:
    first = post(1)
    edited = first.model_copy(update={"text_now": "It was all my fault."})
    await act(store, triage.answer(store.triage.subject(first), Answer.MONITOR))
    await act(store, triage.teach(store.triage.subject(edited, renewed=True), Tone.POSITIVE, None))
    (taught,) = await store.triage.taught()
    assert taught.text == "It was all my fault."


async def test_who_is_influential_and_what_else_a_person_overrode(store: Store) -> None:
    one = store.triage.subject(post(1, author="@daily", followers=90_000))
    await act(store, triage.mark(one, Mark.INFLUENTIAL, True))
    await act(store, triage.teach(one, Tone.NEGATIVE, Tone.POSITIVE), by="bob", at=NOON + MINUTE)
    (marked,) = await store.triage.influential()
    assert (marked.network, marked.author, marked.followers, marked.by) == ("x", "@daily", 90_000, "anna")
    assert [(each.what, each.by, each.reason) for each in await store.triage.overrides()] == [
        ("x 1 reads negative", "bob", "taught; the model said positive"),
        ("@daily on x is influential", "anna", "marked"),
    ]
    assert [each.by for each in await store.triage.overrides(NOON)] == ["anna"]


async def test_events_name_nobody_and_stand_when_a_person_is_erased(store: Store, tmp_path: Path) -> None:
    item = post(
        1, text="I am Ada and this is my address", author="@ada", author_name="Ada", url="https://x.example/1"
    )
    subject = store.triage.subject(item)
    await act(
        store,
        triage.answer(subject, Answer.RESTORE),
        triage.keep(subject, item, "a threat"),
        triage.teach(subject, Tone.NEGATIVE, None),
    )
    log = " ".join(event.model_dump_json() for _, event in await store.events.after(0))
    for word in ("Ada", "ada", "address", "x.example", store.triage._secret.hex()):
        assert word not in log
    with sqlite3.connect(tmp_path / "crisis.db") as connection:
        name, body = connection.execute("SELECT hash, body FROM evidence").fetchone()
        assert hashlib.sha256(body.encode()).hexdigest() == name
        connection.execute("DELETE FROM subjects")
        connection.execute("DELETE FROM evidence")
    connection.close()
    assert json.loads(body)["author"] == "@ada"
    assert await store.triage.of([("x", "1")]) == {}
    assert await store.triage.taught() == []
    assert (await store.events.verify()).ok
    assert (await store.events.rebuild_check()).ok


async def test_evidence_holds_all_that_is_known_and_its_name_proves_it() -> None:
    item = post(
        1, likes=2**60, reposts=3, followers=7, author="@ada", url="https://x.example/1", mood="angry"
    )
    item = item.model_copy(update={"text_now": "edited", "edited_at": NOON + MINUTE, "tone": Tone.NEGATIVE})
    copy = triage.evidence_of(item)
    assert json.loads(copy.body) == {
        "network": "x", "id": "1", "text": "words of post 1", "text_now": "edited", "author": "@ada",
        "created_at": "2026-03-04T12:00:01.000Z", "arrived_at": "2026-03-04T12:00:00.000Z",
        "edited_at": "2026-03-04T12:01:00.000Z", "likes": str(2**60), "reposts": 3, "followers": 7,
        "url": "https://x.example/1", "extra": '{"mood": "angry"}',
    }  # fmt: skip
    assert triage.evidence_of(item.model_copy(update={"seq": 99, "tone": None})).hash == copy.hash


async def test_rows_and_events_are_written_together_or_not_at_all(store: Store, tmp_path: Path) -> None:
    item = post(1)
    with sqlite3.connect(tmp_path / "crisis.db") as connection:
        connection.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON evidence BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    connection.close()
    with pytest.raises(StoreError, match="full"):
        await act(store, triage.keep(store.triage.subject(item), item, ""))
    assert await store.events.newest() == 0
    assert await store.triage.of([("x", "1")]) == {}


async def test_changes_name_the_mentions_that_anybody_acted_on(store: Store) -> None:
    await act(store, triage.answer(store.triage.subject(post(1)), Answer.MONITOR))
    place, changed = await store.triage.changes(0)
    assert changed == {("x", "1")}
    await act(store, triage.mark(store.triage.subject(post(2)), Mark.NEEDS_ANSWER, True), by="bob")
    place, changed = await store.triage.changes(place)
    assert changed == {("x", "2")}
    assert await store.triage.changes(place) == (place, set())


async def test_a_store_keeps_its_key_and_no_two_have_the_same(tmp_path: Path) -> None:
    names = []
    for folder in ("one", "one", "two"):
        async with Store.open(tmp_path / folder) as store:
            names.append(store.triage.key("x", "1"))
    assert names[0] == names[1] != names[2]


async def test_what_a_newer_program_wrote_hides_nothing_else(store: Store) -> None:
    one = store.triage.subject(post(1))
    await act(store, triage.answer(one, Answer.MONITOR), triage.mark(one, Mark.NEEDS_ANSWER, True))
    newer = triage.answer(one, Answer.RESTORE)
    newer.event.body["answer"] = "sing_a_song"
    await act(store, newer, at=NOON + MINUTE)
    stands = (await store.triage.of([("x", "1")]))["x", "1"]
    assert (stands.answer, stands.needs_answer) == (None, True)


@pytest.mark.parametrize("name", ["Ada Lovelace, 12 High Street", "a b", "x" * 65, "@a\x1b[2J"])
async def test_only_names_of_users_get_into_the_log(store: Store, name: str) -> None:
    with pytest.raises(ActRefusedError, match="in one word"):
        triage.assign(store.triage.subject(post(1)), name)
