"""Reads of what follows from events: incidents, checklists, the standing level, revisions."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from data.models.incident import Incident, LevelChange
from data.models.level import Level
from data.models.playbook import ChecklistItem, timed
from data.models.statement import Revision
from data.store.connection import Reader, Row


class Incidents:
    """The crisis file as a person sees it."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def all(self) -> tuple[Incident, ...]:
        """All incidents, the newest first."""
        rows = await self._reader.all(
            "SELECT id, title, type, phase, level, opened_at, opened_by, detected_at FROM incidents"
            " ORDER BY opened_at DESC, id DESC"
        )
        names = ("id", "title", "type", "phase", "level", "opened_at", "opened_by", "detected_at")
        return tuple(Incident.model_validate(dict(zip(names, row, strict=True))) for row in rows)

    async def checklist(self, incident: str) -> tuple[ChecklistItem, ...]:
        """The steps of an incident in order, with where each stands."""
        rows = await self._reader.all(
            "SELECT s.playbook, s.step, s.position, s.body, t.state, t.by, t.at, t.evidence, t.began"
            " FROM steps AS s LEFT JOIN step_states AS t USING (incident, playbook, step)"
            " WHERE s.incident = ? ORDER BY s.position, s.playbook, s.step",
            (incident,),
        )
        items = []
        for playbook, step, position, body, state, by, at, evidence, began in rows:
            fields = json.loads(body)
            fields.pop("id")
            moved = (
                {"state": state, "by": by, "at": at, "evidence": evidence, "began": began} if state else {}
            )
            items.append(
                ChecklistItem.model_validate(
                    {"incident": incident, "playbook": playbook, "step": step, "position": position}
                    | fields
                    | moved
                )
            )
        return timed(items)

    async def level(self, until: datetime | None = None) -> LevelChange | None:
        """The move that gave the standing level, up to a moment; None while it never left Routine.

        A raise to a level that was reached already, because another one came
        between, moves nothing: only a person takes the level down.
        """
        moves = await self._moves(until)
        return _level_change(moves[-1]) if moves else None

    async def moves(self, start: datetime, end: datetime) -> tuple[LevelChange, ...]:
        """The moves of the standing level in [start, end], the oldest first; see `level`."""
        first = _text(start)
        return tuple(_level_change(row) for row in await self._moves(end) if first <= row[1])

    async def _moves(self, until: datetime | None) -> list[Row]:
        rows = await self._reader.all(
            "SELECT event, at, before, after, by, reason FROM level_changes WHERE NOT proposed AND at <= ?"
            " ORDER BY stamp",
            (_until(until),),
        )
        moves: list[Row] = []
        for row in rows:
            before, after = row[2], row[3]
            if after < before or not moves or after > moves[-1][3]:
                moves.append(row)
        return moves

    async def level_changes(self, limit: int = 100) -> tuple[LevelChange, ...]:
        """The moves of the standing level, the newest first."""
        rows = await self._reader.all(
            "SELECT event, at, before, after, by, reason FROM level_changes WHERE NOT proposed"
            " ORDER BY stamp DESC LIMIT ?",
            (limit,),
        )
        return tuple(_level_change(row) for row in rows)

    async def proposal(self) -> LevelChange | None:
        """A lower level that somebody proposed and nobody has answered yet."""
        row = await self._reader.one(
            "SELECT event, at, before, after, by, reason, proposed FROM level_changes"
            " ORDER BY stamp DESC LIMIT 1"
        )
        return _level_change(row[:6]) if row and row[6] else None

    async def revision(self, statement: str) -> Revision | None:
        """The newest revision of a statement."""
        row = await self._reader.one(
            "SELECT statement, hash, parent, text, at, by FROM revisions WHERE statement = ?"
            " ORDER BY stamp DESC LIMIT 1",
            (statement,),
        )
        names = ("statement", "hash", "parent", "text", "at", "by")
        return Revision.model_validate(dict(zip(names, row, strict=True))) if row else None

    async def saved(self, start: datetime, end: datetime) -> tuple[Revision, ...]:
        """All revisions that were saved in [start, end], of any statement, the oldest first."""
        rows = await self._reader.all(
            "SELECT statement, hash, parent, text, at, by FROM revisions"
            " WHERE at >= ? AND at <= ? ORDER BY at, stamp",
            (_text(start), _text(end)),
        )
        names = ("statement", "hash", "parent", "text", "at", "by")
        return tuple(Revision.model_validate(dict(zip(names, row, strict=True))) for row in rows)

    async def statements(self, incident: str | None) -> tuple[Revision, ...]:
        """The revisions of an incident on which nobody wrote further, the newest first.

        A statement has several where two people wrote on from the same one.
        """
        return await self._heads("incident IS ?", incident)

    async def heads(self, statement: str) -> tuple[Revision, ...]:
        """The revisions of a statement on which nobody wrote further, the newest first."""
        return await self._heads("statement = ?", statement)

    async def _heads(self, condition: str, value: str | None) -> tuple[Revision, ...]:
        rows = await self._reader.all(
            f"SELECT statement, hash, parent, text, at, by FROM revisions AS r WHERE {condition}"
            " AND NOT EXISTS (SELECT 1 FROM revisions AS later WHERE later.statement = r.statement"
            " AND later.parent = r.hash AND later.stamp > r.stamp) ORDER BY stamp DESC",
            (value,),
        )
        names = ("statement", "hash", "parent", "text", "at", "by")
        return tuple(Revision.model_validate(dict(zip(names, row, strict=True))) for row in rows)


def _until(moment: datetime | None) -> str:
    """A moment as events write it; later than all of them for None."""
    return "9" if moment is None else _text(moment)


def _text(moment: datetime) -> str:
    """A moment as events write it, which sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _level_change(row: Row) -> LevelChange:
    event, at, before, after, by, reason = row
    return LevelChange(event=event, at=at, before=Level(before), after=Level(after), by=by, reason=reason)
