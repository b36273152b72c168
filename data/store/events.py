"""The log of events: append, read, verify, rebuild."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import uuid6
from pydantic import JsonValue

from data.models.base import Model, from_ms, to_ms
from data.models.event import FIRST_LINK, MAX_BODY, Event, NewEvent, canonical
from data.models.kept import Kept
from data.store.connection import Reader, Row, Transaction, Writer
from data.store.errors import EventRefusedError
from data.store.kept import keep_rows
from data.store.projections import TABLES, project

_COLUMNS = (
    "id, v, min_reader, incident, actor, replica, counter, prev, hlc_ms, hlc_n, at, kind, body, sig, hash"
)

_AFTER = f"SELECT seq, {_COLUMNS} FROM events WHERE seq > ? ORDER BY seq LIMIT ?"


_HEAD = "head:"
"""Before a replica's id: the key of how many events it has written, so that a cut-off end is noticed."""


class AuditResult(Model):
    """What a walk along the chains found; `fault` is one sentence, None where all is well."""

    ok: bool
    events: int
    fault: str | None = None


def _event(row: Row) -> Event:
    names = _COLUMNS.split(", ")
    fields: dict[str, Any] = dict(zip(names, row, strict=True))
    fields["body"] = json.loads(fields["body"])
    return Event.model_validate(fields)


class Events:
    """The log, in the order in which this store learnt of each event."""

    def __init__(self, writer: Writer, reader: Reader, replica: str) -> None:
        self._writer = writer
        self._reader = reader
        self.replica = replica

    async def append(
        self, new: Sequence[NewEvent], actor: str, at: datetime, keep: Sequence[Kept] = ()
    ) -> list[Event]:
        """Record acts of one actor at one time in one transaction, with all that follows from them.

        `keep` are rows that the events name by hash and that may be erased without them.

        Raises:
            EventRefusedError: a body is too large or can't be written as JSON.
            StoreError: nothing was written.
        """
        bodies = [_checked(each) for each in new]

        async def job(transaction: Transaction) -> list[Event]:
            last = await transaction.one(
                "SELECT counter, hash FROM events WHERE replica = ? ORDER BY counter DESC LIMIT 1",
                (self.replica,),
            )
            counter, prev = last if last else (0, FIRST_LINK)
            clock = await transaction.one(
                "SELECT hlc_ms * 1000000 + hlc_n FROM events ORDER BY hlc_ms DESC, hlc_n DESC LIMIT 1"
            )
            seen = clock[0] if clock else 0
            done: list[Event] = []
            for each, body in zip(new, bodies, strict=True):
                counter += 1
                time = max(to_ms(at) * 1_000_000, seen + 1)
                seen = time
                event = Event(
                    id=str(uuid6.uuid7()),
                    incident=each.incident,
                    actor=actor,
                    replica=self.replica,
                    counter=counter,
                    prev=prev,
                    hlc_ms=time // 1_000_000,
                    hlc_n=time % 1_000_000,
                    at=from_ms(to_ms(at)),
                    kind=each.kind,
                    body=each.body,
                )
                event = event.model_copy(update={"hash": event.digest()})
                prev = event.hash
                await _insert(transaction, event, body)
                await project(transaction, event)
                done.append(event)
            await keep_rows(transaction, keep, at)
            await transaction.run(
                "INSERT INTO meta (key, value) VALUES (?, ?)"
                " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (f"{_HEAD}{self.replica}", str(counter)),
            )
            return done

        return await self._writer.write(job)

    async def after(self, seq: int, limit: int = 1_000) -> list[tuple[int, Event]]:
        """Events with a place after `seq`, in order, as (place, event)."""
        rows = await self._reader.all(_AFTER, (seq, limit))
        return [(row[0], _event(row[1:])) for row in rows]

    async def newest(self) -> int:
        """The place of the newest event, 0 in an empty log."""
        row = await self._reader.one("SELECT max(seq) FROM events")
        return int(row[0] or 0) if row else 0

    async def verify(self) -> AuditResult:
        """Walk the hash chain of every replica and say where it breaks first."""
        heads: dict[str, tuple[int, str]] = {}
        written = await self._reader.all("SELECT key, value FROM meta WHERE key LIKE ?", (f"{_HEAD}%",))
        count = place = 0
        while rows := await self._reader.all(_AFTER, (place, 1_000)):
            for seq, *row in rows:
                place = seq
                count += 1
                try:
                    event = _event(tuple(row))
                    fault = _fault(event, row, *heads.get(event.replica, (0, FIRST_LINK)))
                except ValueError:
                    return AuditResult(ok=False, events=count, fault=f"Event {count} can't be read.")
                if fault:
                    return AuditResult(ok=False, events=count, fault=f"Event {count} ({event.id}) {fault}.")
                heads[event.replica] = event.counter, event.hash
        for key, counter in written:
            found, _ = heads.get(key.removeprefix(_HEAD), (0, FIRST_LINK))
            if found < int(counter):
                fault = (
                    f"The newest events are gone: {found:,} are there of {int(counter):,} that were written."
                )
                return AuditResult(ok=False, events=count, fault=fault)
        return AuditResult(ok=True, events=count)

    async def rebuild_check(self) -> AuditResult:
        """Replay all events into empty tables and compare with what stands; changes nothing."""

        async def job(transaction: Transaction) -> AuditResult:
            before = {table: await _contents(transaction, table) for table in TABLES}
            await transaction.run("SAVEPOINT rebuild")
            for table in TABLES:
                await transaction.run(f"DELETE FROM {table}")
            count = place = 0
            fault = None
            try:
                while rows := await transaction.all(_AFTER, (place, 1_000)):
                    for seq, *row in rows:
                        place = seq
                        count += 1
                        await project(transaction, _event(tuple(row)))
            except (ValueError, KeyError, TypeError):
                fault = f"Event {count} can't be read."
            after = {table: await _contents(transaction, table) for table in TABLES}
            await transaction.run("ROLLBACK TO rebuild")
            await transaction.run("RELEASE rebuild")
            differing = [table for table in TABLES if before[table] != after[table]]
            if differing and fault is None:
                fault = f"What stands differs from its events in: {', '.join(differing)}."
            return AuditResult(ok=fault is None, events=count, fault=fault)

        return await self._writer.write(job)


async def _contents(transaction: Transaction, table: str) -> list[Row]:
    return sorted(await transaction.all(f"SELECT * FROM {table}"), key=repr)


def _checked(new: NewEvent) -> str:
    """The canonical body of an event that may be recorded."""
    try:
        body = canonical(new.body)
        canonical(json.loads(body))  # a whole number past 2**53 would be written, but never verify again
    except ValueError as error:
        raise EventRefusedError(f"A {new.kind} event can't be recorded: {error}.") from None
    if len(body) > MAX_BODY:
        raise EventRefusedError(
            f"This is too long to be recorded: {len(body):,} bytes of at most {MAX_BODY:,}; shorten it or "
            "keep it in a file and name that."
        )
    return body.decode("utf-8")


async def _insert(transaction: Transaction, event: Event, body: str) -> None:
    names = _COLUMNS.split(", ")
    await transaction.run(
        f"INSERT INTO events ({_COLUMNS}) VALUES ({', '.join('?' * len(names))})", _row(event, body)
    )


def _row(event: Event, body: str) -> list[JsonValue]:
    """An event as it stands in the table, to the letter."""
    fields: dict[str, JsonValue] = event.model_dump(mode="json")
    fields["body"] = body
    return [fields[name] for name in _COLUMNS.split(", ")]


def _fault(event: Event, row: Sequence[Any], counter: int, prev: str) -> str | None:
    if event.counter != counter + 1:
        return f"has counter {event.counter} where {counter + 1} was due"
    if event.prev != prev:
        return "does not follow from the one before it"
    # What is read may have been cleaned on its way, so the row itself is compared as well.
    if event.digest() != event.hash or _row(event, canonical(event.body).decode("utf-8")) != list(row):
        return "was altered after it was written"
    return None
