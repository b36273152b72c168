"""Readings: how each mention's sentiment reads, and their counts a minute."""

from __future__ import annotations

from collections.abc import Sequence

from data.models.base import Model
from data.models.mention import Tone
from data.store.connection import Reader, Transaction, Writer
from data.text import SafeText

_CURSOR = "readings"


class Unread(Model):
    """A mention that waits for its reading."""

    seq: int
    text: SafeText
    lang: str | None


class Reading(Model):
    """What a model made of one mention, and the words that drove it."""

    seq: int
    tone: Tone
    words: tuple[str, ...]


class Readings:
    """Reads mentions in order of arrival; the place reached is kept with the results."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def waiting(self, limit: int = 1_000) -> list[Unread]:
        """The next mentions without a reading, oldest arrival first."""
        rows = await self._reader.all(
            "SELECT seq, text, lang FROM mentions WHERE seq >"
            " coalesce((SELECT CAST(value AS INTEGER) FROM cursors WHERE name = ?), 0) ORDER BY seq LIMIT ?",
            (_CURSOR, limit),
        )
        return [Unread.model_construct(seq=row[0], text=SafeText(row[1]), lang=row[2]) for row in rows]

    async def add(self, readings: Sequence[Reading]) -> None:
        """Keep readings that follow right on the place reached; others were made twice and are dropped."""

        async def job(transaction: Transaction) -> None:
            row = await transaction.one(
                "SELECT CAST(value AS INTEGER) FROM cursors WHERE name = ?", (_CURSOR,)
            )
            reached = row[0] if row else 0
            fresh = [each for each in readings if each.seq > reached]
            if not fresh:
                return
            await transaction.many(
                "INSERT INTO readings (seq, tone, words) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [(each.seq, each.tone.value, " ".join(each.words)) for each in fresh],
            )
            await transaction.run(
                "INSERT INTO minutes (minute, network, mentions, scored, negative, positive)"
                " SELECT m.created_ms / 60000, m.network, 0, sum(r.tone <> 'unscored'),"
                " sum(r.tone = 'negative'), sum(r.tone = 'positive')"
                " FROM readings AS r JOIN mentions AS m ON m.seq = r.seq WHERE r.seq > ? AND r.seq <= ?"
                " GROUP BY 1, 2 ON CONFLICT DO UPDATE SET scored = scored + excluded.scored,"
                " negative = negative + excluded.negative, positive = positive + excluded.positive",
                (reached, fresh[-1].seq),
            )
            await transaction.run(
                "INSERT INTO cursors (name, value) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (_CURSOR, str(fresh[-1].seq)),
            )

        await self._writer.write(job)
