"""The log of events: a chain in which no link can be altered, taken out or moved unseen."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.models.event import FIRST_LINK, MAX_BODY, Event, NewEvent
from data.store import EventRefusedError, Store
from tests.store.kit import NOON, note, rows
from tests.store.test_mentions import with_store

COUNT = 6
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


async def write_some(folder: Path) -> None:
    async with Store.open(folder) as store:
        for place in range(COUNT):
            body = {"n": place, "ratio": 0.5, "list": [1, None, "é"]}
            await store.events.append(
                [NewEvent(kind="note.written", body=body, incident="abc")],
                "anna",
                NOON + timedelta(seconds=place),
            )


def tamper(folder: Path, *statements: str) -> None:
    """What somebody with access to the file can do: the triggers are no hindrance."""
    connection = sqlite3.connect(folder / "crisis.db", isolation_level=None)
    try:
        connection.execute("DROP TRIGGER IF EXISTS events_never_change")
        connection.execute("DROP TRIGGER IF EXISTS events_never_vanish")
        for statement in statements:
            connection.execute(statement)
    finally:
        connection.close()


async def verdict(folder: Path) -> tuple[bool, str]:
    async with Store.open(folder) as store:
        result = await store.events.verify()
    return result.ok, result.fault or ""


async def test_the_links_of_a_chain(tmp_path: Path) -> None:
    await write_some(tmp_path)
    async with Store.open(tmp_path) as store:
        events = [event for _, event in await store.events.after(0)]
        assert (await store.events.verify()).events == COUNT
        assert await store.events.newest() == COUNT
    assert [each.counter for each in events] == list(range(1, COUNT + 1))
    assert [each.prev for each in events] == [FIRST_LINK, *(each.hash for each in events[:-1])]
    assert len({each.id for each in events}) == COUNT
    assert await verdict(tmp_path) == (True, "")


CHANGES = {
    "id": "'01900000-0000-7000-8000-000000000000'",
    "v": "2",
    "min_reader": "0",
    "incident": "NULL",
    "actor": "'berta'",
    "actor with a hidden character": "'an' || char(8203) || 'na'",
    "actor with a blank": "'anna '",
    "replica": "'another'",
    "counter": "counter + 100",
    "prev": f"'{FIRST_LINK[:-1]}1'",
    "hlc_ms": "hlc_ms + 1",
    "hlc_n": "hlc_n + 1",
    "at": "replace(at, '12:00', '13:00')",
    "at in another zone": "replace(replace(at, '12:00', '13:00'), 'Z', '+01:00')",
    "at as prose": "'noon'",
    "kind": "'note.altered'",
    "body": "replace(body, 'list', 'tsil')",
    "body with a blank": "replace(body, ':', ': ')",
    "body with a key twice": "replace(body, '}', ', \"ratio\": 0.5}')",
    "body that is no JSON": "'{'",
    "body of another type": "'[]'",
    "hash": f"'{'0' * 64}'",
}


@pytest.mark.parametrize("place", [1, 3, COUNT])
@pytest.mark.parametrize("change", CHANGES)
async def test_every_altered_field_is_found(tmp_path: Path, change: str, place: int) -> None:
    await write_some(tmp_path)
    tamper(tmp_path, f"UPDATE events SET {change.split()[0]} = {CHANGES[change]} WHERE seq = {place}")
    if change == "prev" and place == 1:
        assert rows(tmp_path / "crisis.db", "SELECT prev FROM events WHERE seq = 1") != [(FIRST_LINK,)]
    ok, fault = await verdict(tmp_path)
    assert not ok
    assert fault.startswith(f"Event {place} ")


@pytest.mark.parametrize("place", range(1, COUNT))
async def test_every_event_that_was_taken_out_is_found(tmp_path: Path, place: int) -> None:
    await write_some(tmp_path)
    tamper(tmp_path, f"DELETE FROM events WHERE seq = {place}")
    ok, fault = await verdict(tmp_path)
    assert not ok
    assert "counter" in fault


@pytest.mark.parametrize("place", range(1, COUNT))
async def test_events_that_changed_places_are_found(tmp_path: Path, place: int) -> None:
    await write_some(tmp_path)
    moves = [(place, -1), (place + 1, place), (-1, place + 1)]
    tamper(tmp_path, *(f"UPDATE events SET seq = {new} WHERE seq = {old}" for old, new in moves))
    assert not (await verdict(tmp_path))[0]


async def test_an_event_that_was_put_in_is_found(tmp_path: Path) -> None:
    await write_some(tmp_path)
    columns = "v, min_reader, incident, actor, replica, prev, hlc_ms, hlc_n, at, kind, body, hash"
    tamper(
        tmp_path,
        f"INSERT INTO events (seq, id, counter, {columns})"
        f" SELECT 99, 'forged', 99, {columns} FROM events WHERE seq = 3",
    )
    assert not (await verdict(tmp_path))[0]


@pytest.mark.parametrize(
    "statement", ["UPDATE events SET actor = 'x'", "DELETE FROM events", "UPDATE events SET sig = 's'"]
)
async def test_sql_alone_can_not_change_the_log(tmp_path: Path, statement: str) -> None:
    await write_some(tmp_path)
    connection = sqlite3.connect(tmp_path / "crisis.db")
    with pytest.raises(sqlite3.IntegrityError, match=r"events are never (changed|deleted)"):
        connection.execute(statement)
    connection.close()
    assert await verdict(tmp_path) == (True, "")


@settings(max_examples=40)
@given(st.dictionaries(st.text(), JSON, max_size=4))
@example({"n": 1.0, "m": -0.0, "o": 1e-7})
@example({"n": float(2**53)})
def test_any_body_that_json_can_carry_verifies(body: dict[str, Any]) -> None:
    async def act(store: Store, _folder: Path) -> None:
        try:
            written = await store.events.append([NewEvent(kind="note.written", body=body)], "anna", NOON)
        except EventRefusedError:
            assert await store.events.newest() == 0
            return
        ((_, read),) = await store.events.after(0)
        assert read == written[0] == Event.model_validate_json(read.model_dump_json())
        assert (await store.events.verify()).ok

    with_store(act)


@pytest.mark.parametrize(
    "body",
    [
        {"text": "x" * MAX_BODY},
        {"text": "é" * (MAX_BODY // 2)},
        {"n": 2**60},
        {"n": 2.0**60},
        {"n": float("nan")},
        {"n": float("-inf")},
        {"text": "\ud83d"},
        {"\udc00": 1},
    ],
)
async def test_a_body_that_can_not_be_kept_is_refused_in_one_sentence(
    tmp_path: Path, body: dict[str, Any]
) -> None:
    async with Store.open(tmp_path) as store:
        events = [note(), NewEvent.model_construct(kind="note.written", body=body, incident=None)]
        with pytest.raises(EventRefusedError) as refused:
            await store.events.append(events, "anna", NOON)
        assert "\n" not in str(refused.value)
        assert str(refused.value).endswith(".")
        assert await store.events.newest() == 0
        await store.events.append([note()], "anna", NOON)
        assert (await store.events.verify()).ok


async def test_the_largest_body(tmp_path: Path) -> None:
    frame = len('{"text":""}')
    async with Store.open(tmp_path) as store:
        fits = NewEvent(kind="note.written", body={"text": "x" * (MAX_BODY - frame)})
        await store.events.append([fits], "anna", NOON)
        over = NewEvent(kind="note.written", body={"text": "x" * (MAX_BODY - frame + 1)})
        with pytest.raises(EventRefusedError, match="at most 65,536"):
            await store.events.append([over], "anna", NOON)


async def test_hybrid_time_never_goes_back_with_the_clock(tmp_path: Path) -> None:
    moments: list[Callable[[], timedelta]] = [
        lambda: timedelta(0), lambda: timedelta(hours=-1), lambda: timedelta(0), lambda: timedelta(days=1),
        lambda: timedelta(days=-400),
    ]  # fmt: skip
    async with Store.open(tmp_path) as store:
        for moment in moments:
            await store.events.append([note(), note()], "anna", NOON + moment())
        times = [(event.hlc_ms, event.hlc_n) for _, event in await store.events.after(0)]
        assert times == sorted(set(times))
        assert (await store.events.verify()).ok
