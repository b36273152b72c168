"""Readings: what each mention was read as, and their counts a minute."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import Field

from data.models.base import Model, from_ms, to_ms
from data.models.mention import Tone
from data.models.playbook import CrisisType
from data.store import stories
from data.store.connection import Reader, Transaction, Writer
from data.store.intake import GAP
from data.text import SafeText

_CURSOR = "readings"


class Unread(Model):
    """A mention that waits for its reading."""

    seq: int
    network: str
    text: SafeText
    lang: str | None
    created_at: datetime


class Reading(Model):
    """What was made of one mention, and the words that drove it.

    `score` is -1 to 1. `about` are the words that drove its `type`, `cues` those
    that may call for a floor, by its kind; `hint` is set where it disputes what
    is said. `story` is the place of the first mention that said
    the same, its own if none did. `watches` names those it speaks of. `model`
    is the version of the model of sentiment.
    """

    seq: int
    tone: Tone
    words: tuple[str, ...]
    score: float = 0.0
    type: CrisisType | None = None
    about: tuple[str, ...] = ()
    hint: bool = False
    cues: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    story: int | None = None
    watches: tuple[str, ...] = ()
    model: str = ""

    @property
    def votes(self) -> bool:
        """Does it count in the vote on the crisis type? Praise does not."""
        return self.tone is not Tone.POSITIVE


class Known(Model):
    """A mention with the story it was put into."""

    seq: int
    text: SafeText
    story: int
    created_at: datetime


class Later(Model):
    """A mention that came later in the same minute; `story` is None for the first of one."""

    network: str
    tone: Tone | None
    type: CrisisType | None
    hint: bool
    story: int | None
    cues: tuple[str, ...] = ()


class Readings:
    """Reads mentions in order of arrival; the place reached is kept with the results."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def waiting(self, limit: int = 1_000) -> list[Unread]:
        """The next mentions without a reading, oldest arrival first."""
        rows = await self._reader.all(
            "SELECT seq, network, text, lang, created_ms FROM mentions WHERE seq >"
            " coalesce((SELECT CAST(value AS INTEGER) FROM cursors WHERE name = ?), 0) ORDER BY seq LIMIT ?",
            (_CURSOR, limit),
        )
        return [
            Unread.model_construct(
                seq=row[0], network=row[1], text=SafeText(row[2]), lang=row[3], created_at=from_ms(row[4])
            )
            for row in rows
        ]

    async def known(self, limit: int) -> list[Known]:
        """The last mentions with their stories, oldest arrival first."""
        rows = await self._reader.all(
            "SELECT * FROM (SELECT r.seq, m.text, r.story, m.created_ms FROM readings AS r"
            " JOIN mentions AS m ON m.seq = r.seq WHERE r.story IS NOT NULL ORDER BY r.seq DESC LIMIT ?)"
            " ORDER BY 1",
            (limit,),
        )
        return [
            Known.model_construct(seq=row[0], text=SafeText(row[1]), story=row[2], created_at=from_ms(row[3]))
            for row in rows
        ]

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
                "INSERT INTO readings (seq, tone, words, score, type, about, hint, story, watches, model)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                [
                    (each.seq, each.tone.value, " ".join(each.words), each.score, each.type,
                     "|".join(each.about) or None, each.hint, each.story,
                     json.dumps(each.watches) if each.watches else None, each.model)
                    for each in fresh
                ],
            )  # fmt: skip
            span = reached, fresh[-1].seq
            await transaction.run(
                "INSERT INTO minutes (minute, network, mentions, scored, negative, positive)"
                " SELECT m.created_ms / 60000, m.network, 0, sum(r.tone <> 'unscored'),"
                " sum(r.tone = 'negative'), sum(r.tone = 'positive')"
                " FROM readings AS r JOIN mentions AS m ON m.seq = r.seq WHERE r.seq > ? AND r.seq <= ?"
                " GROUP BY 1, 2 ON CONFLICT DO UPDATE SET scored = scored + excluded.scored,"
                " negative = negative + excluded.negative, positive = positive + excluded.positive",
                span,
            )
            await stories.grow(transaction, *span)
            await _tally(transaction, fresh)
            await transaction.run(
                "INSERT INTO cursors (name, value) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (_CURSOR, str(fresh[-1].seq)),
            )

        await self._writer.write(job)

    async def tallies(self, start: datetime, end: datetime) -> Counter[str]:
        """How many mentions posted in the minutes [start, end) are of each kind."""
        rows = await self._reader.all(
            "SELECT kind, sum(mentions) FROM tallies WHERE minute >= ? AND minute < ? GROUP BY kind",
            (to_ms(start) // 60_000, to_ms(end) // 60_000),
        )
        return Counter(dict(rows))

    async def later(self, at: datetime) -> list[Later]:
        """The mentions posted after a moment, but in its minute."""
        ms = to_ms(at)
        rows = await self._reader.all(
            "SELECT m.network, r.tone, r.type, r.hint, r.story, r.seq, (SELECT group_concat(c.kind)"
            " FROM cues AS c WHERE c.created_ms = m.created_ms AND c.seq = m.seq) FROM mentions AS m"
            " LEFT JOIN readings AS r ON r.seq = m.seq WHERE m.created_ms > ? AND m.created_ms < ?"
            " AND m.network <> ?",
            (ms, (ms // 60_000 + 1) * 60_000, GAP),
        )
        return [
            Later(
                network=row[0],
                tone=Tone(row[1]) if row[1] else None,
                type=CrisisType(row[2]) if row[2] else None,
                hint=bool(row[3]),
                story=row[4] if row[4] != row[5] else None,
                cues=tuple(row[6].split(",")) if row[6] else (),
            )
            for row in rows
        ]

    async def model_at(self, at: datetime) -> str:
        """The model that read the newest mention posted up to a moment."""
        row = await self._reader.one(
            "SELECT r.model FROM mentions AS m JOIN readings AS r ON r.seq = m.seq WHERE m.created_ms <= ?"
            " ORDER BY m.created_ms DESC, m.seq DESC LIMIT 1",
            (to_ms(at),),
        )
        return str(row[0]) if row and row[0] else ""

    async def watched(self, after: int) -> tuple[int, list[tuple[int, tuple[str, ...], int]]]:
        """Minutes with the watches that mentions read after a place speak of, and the place reached."""
        newest = await self._reader.one("SELECT coalesce(max(seq), 0) FROM readings")
        reached = int(newest[0]) if newest else 0
        rows = await self._reader.all(
            "SELECT m.created_ms / 60000, r.watches, count(*) FROM readings AS r JOIN mentions AS m"
            " ON m.seq = r.seq WHERE r.seq > ? AND r.seq <= ? AND r.watches IS NOT NULL GROUP BY 1, 2",
            (after, reached),
        )
        return reached, [(row[0], tuple(json.loads(row[1])), row[2]) for row in rows]

    async def about(
        self, kind: CrisisType, start: datetime, end: datetime, limit: int
    ) -> list[tuple[str, ...]]:
        """The telling words of the last `limit` mentions of a type posted in [start, end)."""
        rows = await self._reader.all(
            "SELECT r.about FROM mentions AS m JOIN readings AS r ON r.seq = m.seq WHERE m.created_ms >= ?"
            " AND m.created_ms < ? AND r.type = ? AND r.tone <> 'positive'"
            " ORDER BY m.created_ms DESC, m.seq DESC LIMIT ?",
            (to_ms(start), to_ms(end), kind.value, limit),
        )
        return [tuple(row[0].split("|")) for row in rows if row[0]]

    async def cues(self, start: datetime, end: datetime, limit: int) -> list[tuple[str, tuple[str, ...]]]:
        """The newest cues of mentions posted in [start, end), as (kind, words)."""
        rows = await self._reader.all(
            "SELECT kind, words FROM cues WHERE created_ms >= ? AND created_ms < ?"
            " ORDER BY created_ms DESC, kind, seq DESC LIMIT ?",
            (to_ms(start), to_ms(end), limit),
        )
        return [(row[0], tuple(json.loads(row[1]))) for row in rows]


async def _tally(transaction: Transaction, fresh: Sequence[Reading]) -> None:
    """Count the kinds of a batch a minute, and keep its cues."""
    kinds = {each.seq: _kinds(each) for each in fresh}
    kinds = {seq: found for seq, found in kinds.items() if found}
    if not kinds:
        return
    rows = await transaction.all(
        "SELECT m.seq, m.created_ms FROM json_each(?) AS wanted JOIN mentions AS m ON m.seq = wanted.value",
        (json.dumps([*kinds]),),
    )
    created: dict[int, int] = dict(rows)
    counts: Counter[tuple[int, str]] = Counter()
    for seq, found in kinds.items():
        counts.update((created[seq] // 60_000, kind) for kind in found)
    await transaction.many(
        "INSERT INTO tallies (minute, kind, mentions) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET mentions = mentions + excluded.mentions",
        [(minute, kind, count) for (minute, kind), count in counts.items()],
    )
    cues = [
        (created[each.seq], kind, each.seq, json.dumps(words, ensure_ascii=False))
        for each in fresh
        for kind, words in each.cues.items()
    ]
    if cues:
        await transaction.many(
            "INSERT INTO cues (created_ms, kind, seq, words) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", cues
        )


def _kinds(reading: Reading) -> list[str]:
    """What a mention counts as."""
    kinds = []
    if reading.votes:
        kinds.append("votes")
        if reading.type is not None:
            kinds.append(f"type:{reading.type.value}")
        if reading.hint:
            kinds.append("hint")
    kinds += [f"cue:{kind}" for kind in reading.cues]
    return kinds
