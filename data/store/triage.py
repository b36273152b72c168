"""Reads of triage: what people decided about mentions, and what they taught the model."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from data.models.assessment import Override
from data.models.base import to_iso, to_ms
from data.models.kept import Subject
from data.models.mention import StoredMention, Tone
from data.models.triage import Answer, Mark, MarkedAuthor, TaughtText, ToneLabel, Triage
from data.store.connection import Reader, Row

_AT_ONCE = 300

# Two replicas have two keys for one mention, so that what stands is found by the mention itself.
_STANDING = (
    "SELECT network, id, created_ms, body, value, note, by, at FROM ("
    "SELECT s.network, s.id, s.created_ms, s.body, t.value, t.note, t.by, t.at, max(t.stamp) AS stamp"
    " FROM triage_acts AS t JOIN subjects AS s ON s.key = t.subject"
    " WHERE t.field = ? AND t.at <= ? AND s.created_ms >= ? AND s.created_ms < ?"
    " GROUP BY s.network, s.id) WHERE value IS NOT NULL ORDER BY stamp"
)
_EVER = "9999"
"""Later than any time as text."""
_LAST_MS = 2**62


class Triages:
    """What stands for single mentions, at present or (`until`) by the acts up to a moment."""

    def __init__(self, reader: Reader, secret: str) -> None:
        self._reader = reader
        self._secret = bytes.fromhex(secret)

    def subject(self, item: StoredMention, *, renewed: bool = False) -> Subject:
        """The row by which events name this mention, with a copy of it as it reads now."""
        mention = item.mention
        copy = mention.model_dump(mode="json", exclude_none=True, exclude={"html", "raw_text", "extra"})
        copy["text"] = item.text
        return Subject(
            key=self.key(mention.network, mention.id),
            network=mention.network,
            id=mention.id,
            created_ms=to_ms(mention.created_at),
            body=json.dumps(copy, ensure_ascii=True, sort_keys=True),
            renewed=renewed,
        )

    def key(self, network: str, id: str) -> str:
        """The keyed hash of a mention: HMAC-SHA256 in hex, with a key that never leaves this store."""
        return hmac.new(self._secret, f"{network}\n{id}".encode(), hashlib.sha256).hexdigest()

    async def of(self, mentions: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Triage]:
        """What stands for those of these mentions, given as (network, id), that anybody acted on."""
        wanted = list(mentions)
        fields: dict[tuple[str, str], list[Row]] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            rows = await self._reader.all(
                f"WITH wanted (network, id) AS (VALUES {', '.join(['(?, ?)'] * len(part))})"
                " SELECT s.network, s.id, t.field, t.value, t.note, t.by, t.at, max(t.stamp)"
                " FROM wanted JOIN subjects AS s USING (network, id)"
                " JOIN triage_acts AS t ON t.subject = s.key GROUP BY s.network, s.id, t.field",
                [value for key in part for value in key],
            )
            for network, id, *field in rows:
                fields.setdefault((network, id), []).append(tuple(field))
        return {key: _triage(rows) for key, rows in fields.items()}

    async def attach(self, items: Sequence[StoredMention]) -> list[StoredMention]:
        """The same mentions, each with what stands for it."""
        known = await self.of((each.mention.network, each.mention.id) for each in items)
        if not known:
            return list(items)
        return [
            item.model_copy(update={"triage": known.get((item.mention.network, item.mention.id))})
            for item in items
        ]

    async def changes(self, after: int) -> tuple[int, set[tuple[str, str]]]:
        """The place of the newest event, and the mentions acted on by events after a place."""
        row = await self._reader.one("SELECT coalesce(max(seq), 0) FROM events")
        newest = int(row[0]) if row else 0
        if newest <= after:
            return newest, set()
        rows = await self._reader.all(
            "SELECT DISTINCT s.network, s.id FROM events AS e JOIN triage_acts AS t ON t.event = e.id"
            " JOIN subjects AS s ON s.key = t.subject WHERE e.seq > ?",
            (after,),
        )
        return newest, {(row[0], row[1]) for row in rows}

    async def taught(self, until: datetime | None = None) -> list[TaughtText]:
        """The tones that people taught and nobody took back, in the order in which they were taught."""
        found = []
        for network, id, _, body, value, note, by, at in await self._standing("tone", until):
            copy = json.loads(body)
            tone = _tone(value)
            if tone is not None:
                found.append(
                    TaughtText(
                        network=network,
                        id=id,
                        text=copy["text"],
                        lang=copy.get("lang"),
                        tone=tone,
                        was=_tone(note),
                        at=at,
                        by=by,
                    )
                )
        return found

    async def toned(
        self, spans: Iterable[tuple[datetime, datetime]], until: datetime | None = None
    ) -> list[ToneLabel]:
        """The taught tones of mentions posted in half-open spans [from, to), span by span."""
        found = []
        for span in spans:
            for network, id, created_ms, _, value, note, *_ in await self._standing("tone", until, span):
                tone = _tone(value)
                if tone is not None:
                    found.append(
                        ToneLabel(network=network, id=id, created_ms=created_ms, tone=tone, was=_tone(note))
                    )
        return found

    async def influential(self, until: datetime | None = None) -> list[MarkedAuthor]:
        """The mentions whose authors people marked as influential, in order of the acts."""
        found = []
        for network, id, created_ms, body, _, _, by, at in await self._standing(Mark.INFLUENTIAL, until):
            copy = json.loads(body)
            found.append(
                MarkedAuthor(
                    network=network,
                    id=id,
                    created_ms=created_ms,
                    author=copy.get("author"),
                    followers=copy.get("followers"),
                    at=at,
                    by=by,
                )
            )
        return found

    async def overrides(self, until: datetime | None = None, limit: int = 100) -> list[Override]:
        """What people decided about mentions that counts beside the model, the newest first."""
        found = [
            Override(
                what=f"{each.network} {each.id} reads {each.tone.value}",
                by=each.by,
                at=each.at,
                reason="taught" + (f"; the model said {each.was.value}" if each.was else ""),
            )
            for each in await self.taught(until)
        ]
        found += [
            Override(
                what=f"{each.author or 'the author of ' + each.id} on {each.network} is influential",
                by=each.by,
                at=each.at,
                reason="marked",
            )
            for each in await self.influential(until)
        ]
        return sorted(found, key=lambda each: each.at, reverse=True)[:limit]

    async def _standing(
        self, field: str, until: datetime | None, span: tuple[datetime, datetime] | None = None
    ) -> list[Row]:
        start, end = (to_ms(span[0]), to_ms(span[1])) if span else (-_LAST_MS, _LAST_MS)
        return await self._reader.all(_STANDING, (field, to_iso(until) if until else _EVER, start, end))


def _tone(value: str | None) -> Tone | None:
    return Tone(value) if value in list(Tone) else None


def _triage(rows: list[Row]) -> Triage:
    """From rows of (field, value, note, by, at, stamp); what only a newer program knows is left out."""
    newest = max(rows, key=lambda row: row[5])
    known: dict[str, Any] = {"by": newest[3], "at": newest[4]}
    for field, value, note, by, at, _ in rows:
        if value is None:
            continue
        if field == "answer" and value in list(Answer):
            known |= {"answer": Answer(value), "answer_by": by, "answer_at": at}
        elif field == "tone" and _tone(value) is not None:
            known |= {"tone": _tone(value), "tone_by": by, "tone_was": _tone(note)}
        elif field == "evidence":
            known |= {"evidence": value, "reason": note or None}
        elif field == "assigned":
            known["assigned"] = value
        elif field in list(Mark):
            known[field] = True
    return Triage.model_validate(known)
