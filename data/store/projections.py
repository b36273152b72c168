"""Events in, tables out: what each kind of event changes.

One function for each kind, used when an event is written and when the log is
replayed, so that both give the same tables. All are free of order: each row
is either insert-only or belongs to the last writer by hybrid time.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from data.models.base import to_iso
from data.models.event import Event
from data.store.connection import Transaction

Projection = Callable[[Transaction, Event, dict[str, Any]], Awaitable[None]]

TABLES = ("incidents", "steps", "step_states", "level_changes", "fact_changes", "revisions", "triage_acts")
"""The tables that follow from events alone; `audit rebuild` empties and refills them."""


def stamp(event: Event) -> str:
    """Hybrid time and replica as one text that sorts like them."""
    return f"{event.hlc_ms:015d}.{event.hlc_n:06d}.{event.replica}"


def _at(event: Event) -> str:
    return to_iso(event.at)


async def _incident_opened(transaction: Transaction, event: Event, body: dict[str, Any]) -> None:
    await transaction.run(
        "INSERT INTO incidents (id, title, type, phase, level, opened_at, opened_by, detected_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        (
            event.incident,
            body["title"],
            body["type"],
            body["phase"],
            body["level"],
            _at(event),
            event.actor,
            body["detected_at"],
        ),
    )


async def _playbook_attached(transaction: Transaction, event: Event, body: dict[str, Any]) -> None:
    rows = [
        (event.incident, body["playbook"], step["id"], body["first_position"] + place,
         json.dumps(step, ensure_ascii=False, sort_keys=True), stamp(event))
        for place, step in enumerate(body["steps"])
    ]  # fmt: skip
    await transaction.many(
        "INSERT INTO steps (incident, playbook, step, position, body, stamp) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET position = excluded.position, body = excluded.body,"
        " stamp = excluded.stamp WHERE excluded.stamp > steps.stamp",
        rows,
    )


async def _step_moved(transaction: Transaction, event: Event, body: dict[str, Any]) -> None:
    await transaction.run(
        "INSERT INTO step_states (incident, playbook, step, state, by, at, evidence, stamp, began)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET state = excluded.state, by = excluded.by, at = excluded.at,"
        " evidence = excluded.evidence, stamp = excluded.stamp, began = excluded.began"
        " WHERE excluded.stamp > step_states.stamp",
        (
            event.incident,
            body["playbook"],
            body["step"],
            body["state"],
            event.actor,
            _at(event),
            body.get("evidence"),
            stamp(event),
            body.get("began"),
        ),
    )


async def _level_changed(transaction: Transaction, event: Event, body: dict[str, Any]) -> None:
    await transaction.run(
        "INSERT INTO level_changes (event, proposed, at, before, after, by, reason, stamp)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (
            event.id,
            event.kind == "level.proposed",
            _at(event),
            body["before"],
            body["after"],
            event.actor,
            body["reason"],
            stamp(event),
        ),
    )


async def _fact_stated(transaction: Transaction, event: Event, body: dict[str, Any]) -> None:
    await transaction.run(
        "INSERT INTO fact_changes (event, fact, holds, at, by, reason, stamp) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (
            event.id,
            body["fact"],
            bool(body["holds"]),
            _at(event),
            event.actor,
            body["reason"],
            stamp(event),
        ),
    )


async def _revision_saved(transaction: Transaction, event: Event, body: dict[str, Any]) -> None:
    await transaction.run(
        "INSERT INTO revisions (statement, hash, parent, incident, text, at, by, stamp)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET parent = excluded.parent, incident = excluded.incident,"
        " text = excluded.text, at = excluded.at, by = excluded.by, stamp = excluded.stamp"
        " WHERE excluded.stamp > revisions.stamp",
        (
            body["statement"],
            body["hash"],
            body["parent"],
            event.incident,
            body["text"],
            _at(event),
            event.actor,
            stamp(event),
        ),
    )


def _triaged(field: str | None, value: str, note: str | None = None) -> Projection:
    """Keep one act on a mention; the names are those of what the event's body holds, None: its `mark`."""

    async def projection(transaction: Transaction, event: Event, body: dict[str, Any]) -> None:
        now = body[value]
        await transaction.run(
            "INSERT INTO triage_acts (event, subject, field, value, note, by, at, stamp)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                event.id,
                body["subject"],
                field or body["mark"],
                ("on" if now else None) if isinstance(now, bool) else now,
                body.get(note) if note else None,
                event.actor,
                _at(event),
                stamp(event),
            ),
        )

    return projection


PROJECTIONS: dict[str, Projection] = {
    "incident.opened": _incident_opened,
    "playbook.attached": _playbook_attached,
    "step.moved": _step_moved,
    "level.raised": _level_changed,
    "level.lowered": _level_changed,
    "level.proposed": _level_changed,
    "fact.stated": _fact_stated,
    "revision.saved": _revision_saved,
    "mention.answered": _triaged("answer", "answer"),
    "mention.marked": _triaged(None, "on"),
    "mention.kept": _triaged("evidence", "evidence", "reason"),
    "mention.assigned": _triaged("assigned", "to"),
    "mention.taught": _triaged("tone", "tone", "was"),
}


async def project(transaction: Transaction, event: Event) -> None:
    """Change the tables as an event says; kinds that this version does not know change nothing."""
    projection = PROJECTIONS.get(event.kind)
    if projection is not None:
        await projection(transaction, event, dict(event.body))
