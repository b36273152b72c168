"""Mentions in the store: batches in, pages and counts out."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from operator import itemgetter

from data.models.assessment import Minute, VolumeBar
from data.models.base import Model, from_ms, to_ms
from data.models.batch import Batch
from data.models.mention import Gap, Mention, Rejected, StoredMention, Tone
from data.models.playbook import CrisisType
from data.store import folding, intake
from data.store.connection import Reader, Row, Transaction, Writer
from data.store.selection import Selection
from data.store.stories import age_ms
from data.text import SafeText

LATE_MS = 15 * 60 * 1000
"""A post this much older than the newest of its network arrived late (our own choice)."""

_INSERT = (
    "INSERT INTO mentions (network, id, text, created_ms, arrived_ms, author, author_name, followers, url,"
    " lang, likes, reposts, replies, views, in_reply_to, html, raw_text, extra, late,"
    " author_created_ms)"
    f" VALUES ({', '.join('?' * 20)}) ON CONFLICT (network, id) DO NOTHING"
)
_COLUMNS = (
    "m.seq, m.network, m.id, m.text, m.created_ms, m.arrived_ms, m.author, m.author_name, m.followers, m.url,"
    " m.lang, coalesce(s.likes, m.likes), coalesce(s.reposts, m.reposts), coalesce(s.replies, m.replies),"
    " coalesce(s.views, m.views), m.in_reply_to, m.html, m.raw_text, m.extra, m.late, r.tone,"
    " s.text, s.edited_ms, s.deleted_ms, g.start_ms, g.end_ms, g.reason, m.author_created_ms, r.story,"
    " coalesce(t.copies, 0), r.type, coalesce(t.newest, 0)"
)
_FROM = (
    "FROM mentions AS m LEFT JOIN readings AS r ON r.seq = m.seq LEFT JOIN states AS s ON s.seq = m.seq"
    " LEFT JOIN gaps AS g ON g.seq = m.seq LEFT JOIN stories AS t ON t.story = r.story"
)


class Stored(Model):
    """What became of one batch."""

    stored: int = 0
    duplicates: int = 0
    quarantined: int = 0
    changed: int = 0

    def __add__(self, other: Stored) -> Stored:
        return Stored(
            stored=self.stored + other.stored,
            duplicates=self.duplicates + other.duplicates,
            quarantined=self.quarantined + other.quarantined,
            changed=self.changed + other.changed,
        )


class Author(Model):
    """One author in a span of time: how many follow them and how often they posted."""

    network: str
    name: SafeText
    followers: int | None
    mentions: int


class Audience(Model):
    """All authors in a span of time as a sum over `known`, those whose followers are known; and some of them.

    Each counts once, with the largest follower count seen.
    """

    followers: int
    known: int
    told: tuple[Author, ...]


_identity = itemgetter("network", "id", "text")
_details = itemgetter(
    "author", "author_name", "followers", "url", "lang", "likes", "reposts", "replies", "views",
    "in_reply_to", "html", "raw_text", "extra",
)  # fmt: skip


def _row(mention: Mention, arrived_ms: int | None, newest: dict[str, int]) -> tuple[object, ...]:
    created_ms = to_ms(mention.created_at)
    late = created_ms < newest.get(mention.network, 0) - LATE_MS
    arrived = created_ms if arrived_ms is None else arrived_ms
    fields = vars(mention)
    return (*_identity(fields), created_ms, arrived, *_details(fields), late, age_ms(mention))


def _stored(row: Row) -> StoredMention:
    """A row as a model; it was cleaned and checked when it entered, so not again."""
    mention = Mention.model_construct(
        network=row[1],
        id=row[2],
        text=SafeText(row[3]),
        created_at=from_ms(row[4]),
        author=row[6],
        author_name=row[7],
        author_created_at=None if row[27] is None else from_ms(row[27]),
        followers=row[8],
        url=row[9],
        lang=row[10],
        likes=row[11],
        reposts=row[12],
        replies=row[13],
        views=row[14],
        in_reply_to=row[15],
        html=row[16],
        raw_text=row[17],
        extra=row[18],
    )
    return StoredMention.model_construct(
        seq=row[0],
        arrived_at=from_ms(row[5]),
        mention=mention,
        tone=Tone(row[20]) if row[20] is not None else None,
        late=bool(row[19]),
        text_now=row[21],
        edited_at=None if row[22] is None else from_ms(row[22]),
        deleted_at=None if row[23] is None else from_ms(row[23]),
        gap=None
        if row[24] is None
        else Gap.model_construct(start=from_ms(row[24]), end=from_ms(row[25]), reason=row[26]),
        story=row[28],
        copies=row[29],
        type=None if row[30] is None else CrisisType(row[30]),
        newest_copy=row[31],
    )


class Mentions:
    """The mentions of one store. A page is newest arrival first; `seq` is the place in that order."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def add(
        self,
        mentions: Sequence[Mention],
        arrived_at: datetime | None,
        *,
        rejected: Sequence[Rejected] = (),
        cursors: dict[str, str] | None = None,
    ) -> Stored:
        """Store one batch, its rejects and the places read up to, in one transaction.

        A mention whose `(network, id)` is stored already counts as a duplicate.
        `arrived_at` None means that each arrived when it was posted (a replay).

        Raises:
            StoreError: nothing of the batch was written.
        """
        arrived_ms = to_ms(arrived_at) if arrived_at else None

        async def job(transaction: Transaction) -> Stored:
            stored = await _add(transaction, mentions, arrived_ms) if mentions else 0
            await _quarantine(transaction, rejected, arrived_ms or 0)
            await _move(transaction, cursors or {})
            return Stored(stored=stored, duplicates=len(mentions) - stored, quarantined=len(rejected))

        return await self._writer.write(job)

    async def take(
        self, batch: Batch, source: str, arrived_at: datetime | None, *, tracked: bool = False
    ) -> Stored:
        """Store all that a source brought in one batch, and the place it reached, in one transaction.

        `tracked` says that the source can look at these posts again.

        Raises:
            StoreError: nothing of the batch was written.
        """
        arrived_ms = to_ms(arrived_at) if arrived_at else None

        async def job(transaction: Transaction) -> Stored:
            known = await intake.known(transaction, batch.mentions) if batch.known else {}
            stored = await _add(transaction, batch.mentions, arrived_ms) if batch.mentions else 0
            await _quarantine(transaction, batch.rejected, arrived_ms or 0)
            changed = await intake.change(transaction, batch, known, arrived_ms or 0)
            if tracked:
                await intake.track(transaction, batch, source, arrived_ms or 0)
            if batch.gap is not None:
                await intake.tell_gap(transaction, batch.gap, source)
            if batch.cost_usd:
                await intake.charge(transaction, source, batch.cost_usd, arrived_ms or 0)
            await _move(transaction, {} if batch.cursor is None else {f"source:{source}": batch.cursor})
            return Stored(
                stored=stored,
                duplicates=len(batch.mentions) - stored,
                quarantined=len(batch.rejected),
                changed=changed,
            )

        return await self._writer.write(job)

    async def due(self, source: str, now: datetime, limit: int) -> list[str]:
        """The handles of posts that a source should look at again, the longest unseen first.

        Young posts are looked at every 5 minutes, those of some hours every 30,
        older ones every 6 hours, none after a week (our own choice).
        """
        return await intake.due(self._reader, source, now, limit)

    async def checked(self, source: str, handles: Sequence[str], now: datetime) -> None:
        """Note that these posts were looked at."""

        async def job(transaction: Transaction) -> None:
            await intake.checked(transaction, source, handles, now)

        await self._writer.write(job)

    async def changes(self, after: int) -> tuple[int, list[int]]:
        """The mark of the newest change, and the places of mentions that changed after a mark."""
        row = await self._reader.one("SELECT coalesce(max(changed), 0) FROM states")
        newest = int(row[0]) if row else 0
        if newest <= after:
            return newest, []
        rows = await self._reader.all("SELECT seq FROM states WHERE changed > ?", (after,))
        return newest, [row[0] for row in rows]

    async def cursor(self, name: str) -> str | None:
        """The place up to which a source was read, None before its first batch."""
        row = await self._reader.one("SELECT value FROM cursors WHERE name = ?", (name,))
        return str(row[0]) if row else None

    async def page(
        self,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 50,
        query: str | None = None,
        network: str | None = None,
        since: datetime | None = None,
        gaps: bool = False,
        folded: bool = False,
    ) -> list[StoredMention]:
        """Up to `limit` mentions, newest first: the newest, those before or those right after a place.

        With `gaps` also the places where something is missing. `folded` gives of each story only the
        oldest mention that matches; what was not read yet stands for itself.

        Raises:
            ValueError: the query holds nothing that can be searched.
        """
        chosen = Selection(query, network, since, gaps=gaps)
        if folded:
            return await self.some(await folding.places(self._reader, chosen, before, after, limit))
        if before is not None:
            chosen.where(f"{chosen.place} < ?", before)
        if after is not None:
            chosen.where(f"{chosen.place} > ?", after)
        order = "ASC" if after is not None else "DESC"
        rows = await self._reader.all(
            f"SELECT {_COLUMNS} {_FROM} WHERE m.seq IN ({chosen.sql(chosen.place)}"
            f" ORDER BY {chosen.place} {order} LIMIT ?) ORDER BY m.seq DESC",
            (*chosen.values, limit),
        )
        return [_stored(row) for row in rows]

    async def get(self, seq: int) -> StoredMention | None:
        """One mention by its place."""
        rows = await self._reader.all(f"SELECT {_COLUMNS} {_FROM} WHERE m.seq = ?", (seq,))
        return _stored(rows[0]) if rows else None

    async def find(self, network: str, id: str) -> StoredMention | None:
        """One mention by what its network calls it."""
        rows = await self._reader.all(
            f"SELECT {_COLUMNS} {_FROM} WHERE m.network = ? AND m.id = ?", (network, id)
        )
        return _stored(rows[0]) if rows else None

    async def some(self, seqs: Sequence[int]) -> list[StoredMention]:
        """Mentions by their places, newest first; places that are gone are left out."""
        rows = await self._reader.all(
            f"SELECT {_COLUMNS} {_FROM} WHERE m.seq IN (SELECT value FROM json_each(?)) ORDER BY m.seq DESC",
            (json.dumps([*seqs]),),
        )
        return [_stored(row) for row in rows]

    async def newest_seq(self) -> int:
        """The place of the mention that arrived last, 0 in an empty store."""
        row = await self._reader.one("SELECT max(seq) FROM mentions")
        return int(row[0] or 0) if row else 0

    async def count(
        self,
        *,
        query: str | None = None,
        network: str | None = None,
        since: datetime | None = None,
        after: int | None = None,
        before: int | None = None,
        folded: bool = False,
        gaps: bool = False,
    ) -> int:
        """How many mentions match, and with `gaps` how many places where something is missing.

        `folded` counts each story once, where its oldest match is.
        """
        if not (query or network or since or after or gaps or before is not None):
            row = await self._reader.one("SELECT coalesce(sum(mentions), 0) FROM minutes")
            total = int(row[0]) if row else 0
            return total - await folding.copies(self._reader) if folded else total
        chosen = Selection(query, network, since, gaps=gaps)
        if folded:
            return await folding.count(self._reader, chosen, after or 0, before)
        if before is not None:
            chosen.where(f"{chosen.place} < ?", before)
        if after is not None:
            chosen.where(f"{chosen.place} > ?", after)
        row = await self._reader.one(
            f"SELECT count(*) FROM ({chosen.sql('1')})",
            chosen.values,
        )
        return int(row[0]) if row else 0

    async def seq_at(self, moment: datetime) -> int | None:
        """The place of the last mention that was posted up to a moment."""
        row = await self._reader.one(
            "SELECT seq FROM mentions WHERE created_ms <= ? ORDER BY created_ms DESC, seq DESC LIMIT 1",
            (to_ms(moment),),
        )
        return int(row[0]) if row else None

    async def span(self) -> tuple[datetime, datetime] | None:
        """When the first and the last stored mention were posted; None in an empty store."""
        row = await self._reader.one("SELECT min(created_ms), max(created_ms) FROM mentions")
        return (from_ms(row[0]), from_ms(row[1])) if row and row[0] is not None else None

    async def first_posted(self, until: datetime) -> datetime | None:
        """When the first mention up to a moment was posted; None if there is none."""
        row = await self._reader.one(
            "SELECT min(created_ms) FROM mentions WHERE created_ms <= ?", (to_ms(until),)
        )
        return from_ms(row[0]) if row and row[0] is not None else None

    async def minutes(self, spans: Iterable[tuple[datetime, datetime]]) -> list[Minute]:
        """Counts a minute and network in half-open spans [from, to), oldest first."""
        found: list[Minute] = []
        for start, end in spans:
            rows = await self._reader.all(
                "SELECT minute, network, mentions, scored, negative, positive FROM minutes"
                " WHERE minute >= ? AND minute < ? ORDER BY minute",
                (to_ms(start) // 60_000, to_ms(end) // 60_000),
            )
            found += [
                Minute.model_construct(
                    minute=row[0], network=row[1], mentions=row[2], scored=row[3], negative=row[4],
                    positive=row[5],
                )
                for row in rows
            ]  # fmt: skip
        return found

    async def tone_of(self, start: datetime, end: datetime) -> tuple[int, int]:
        """How many mentions posted in the minutes [start, end) are scored, and how many of them negative."""
        row = await self._reader.one(
            "SELECT coalesce(sum(scored), 0), coalesce(sum(negative), 0) FROM minutes"
            " WHERE minute >= ? AND minute < ?",
            (to_ms(start) // 60_000, to_ms(end) // 60_000),
        )
        return (int(row[0]), int(row[1])) if row else (0, 0)

    async def counted(self, after: int) -> tuple[int, list[tuple[int, str, int]]]:
        """Mentions a minute and network of those that arrived after a place, and the place reached."""
        newest = await self.newest_seq()
        if newest <= after:
            return after, []
        if after == 0:
            rows = await self._reader.all(
                "SELECT minute, network, mentions, (SELECT max(seq) FROM mentions) FROM minutes"
                " WHERE mentions > 0"
            )
            return (rows[0][3] if rows else newest), [(row[0], row[1], row[2]) for row in rows]
        rows = await self._reader.all(
            "SELECT created_ms / 60000, network, count(*) FROM mentions WHERE seq > ? AND seq <= ?"
            " AND network <> ? GROUP BY 1, 2",
            (after, newest, intake.GAP),
        )
        return newest, [(row[0], row[1], row[2]) for row in rows]

    async def bars(self, start: datetime, width_minutes: int, count: int) -> tuple[VolumeBar, ...]:
        """`count` bars of `width_minutes` each from `start` on; empty spans are bars of zero."""
        first = to_ms(start) // 60_000
        rows = await self._reader.all(
            "SELECT (minute - ?) / ?, sum(mentions), sum(scored), sum(negative) FROM minutes"
            " WHERE minute >= ? AND minute < ? GROUP BY 1",
            (first, width_minutes, first, first + width_minutes * count),
        )
        by_place = {row[0]: row[1:] for row in rows}
        return tuple(
            VolumeBar(
                start=from_ms((first + place * width_minutes) * 60_000),
                mentions=by_place.get(place, (0, 0, 0))[0],
                scored=by_place.get(place, (0, 0, 0))[1],
                negative=by_place.get(place, (0, 0, 0))[2],
            )
            for place in range(count)
        )

    async def busiest_hours(self, limit: int) -> list[datetime]:
        """Ends of the hours with the most mentions in the whole store, most first."""
        rows = await self._reader.all(
            "SELECT minute / 60 FROM minutes GROUP BY 1 ORDER BY sum(mentions) DESC LIMIT ?", (limit,)
        )
        return [from_ms((row[0] + 1) * 3_600_000) for row in rows]

    async def voices(self, start: datetime, end: datetime, *, least: int, names: Collection[str]) -> Audience:
        """Who posted in [start, end): all in sum, and those who have `least` followers or one of the names.

        `names` are in lower case and without @. Where one is not ASCII, all
        authors whose names are not are told too.
        """
        rows = await self._reader.all(
            # An hour may have a hundred thousand authors: all but a few of them stay in SQLite.
            "WITH authors AS MATERIALIZED ("
            " SELECT network, author, max(followers) AS followers, count(*) AS posts FROM mentions"
            " WHERE created_ms >= ? AND created_ms < ? AND author IS NOT NULL GROUP BY network, author)"
            # total() is a float, as the counts that are claimed may be too large for a sum.
            " SELECT NULL, NULL, total(followers), count(followers) FROM authors"
            " UNION ALL SELECT network, author, followers, posts FROM authors WHERE followers >= ?"
            " OR lower(ltrim(author, '@')) IN (SELECT value FROM json_each(?))"
            " OR (? AND author GLOB '*[^ -~]*')",
            (
                to_ms(start),
                to_ms(end),
                least,
                json.dumps([*names]),
                any(not name.isascii() for name in names),
            ),
        )
        (_, _, followers, known), *told = rows
        return Audience(
            followers=round(followers),
            known=known,
            told=tuple(
                Author.model_construct(
                    network=row[0], name=SafeText(row[1]), followers=row[2], mentions=row[3]
                )
                for row in told
            ),
        )

    async def loudest(
        self, start: datetime, end: datetime, *, tone: Tone | None = None, limit: int = 3
    ) -> list[StoredMention]:
        """The mentions posted in [start, end) with the most likes and reposts, optionally of one tone."""
        rows = await self._reader.all(
            f"SELECT {_COLUMNS} {_FROM} WHERE m.created_ms >= ? AND m.created_ms < ?"
            " AND (? IS NULL OR r.tone = ?) AND g.seq IS NULL"
            " ORDER BY coalesce(m.likes, 0) + coalesce(m.reposts, 0) DESC, m.seq LIMIT ?",
            (to_ms(start), to_ms(end), tone, tone, limit),
        )
        return [_stored(row) for row in rows]

    async def rejects(self, limit: int = 100) -> list[tuple[SafeText, int, SafeText]]:
        """The newest quarantined items as (source, line, reason)."""
        rows = await self._reader.all(
            "SELECT source, line, reason FROM quarantine ORDER BY id DESC LIMIT ?", (limit,)
        )
        return [(SafeText(row[0]), row[1], SafeText(row[2])) for row in rows]

    async def reject_count(self) -> int:
        """How many items are in quarantine."""
        row = await self._reader.one("SELECT count(*) FROM quarantine")
        return int(row[0]) if row else 0


async def _add(transaction: Transaction, mentions: Sequence[Mention], arrived_ms: int | None) -> int:
    networks = {mention.network for mention in mentions}
    rows = await transaction.all(
        f"WITH wanted (network) AS (VALUES {', '.join(['(?)'] * len(networks))})"
        " SELECT network, (SELECT minute FROM minutes WHERE network = wanted.network"
        " ORDER BY minute DESC LIMIT 1) FROM wanted",
        tuple(networks),
    )
    # A post that claims to be from the future must not make all that follow look late.
    most = arrived_ms if arrived_ms is not None else max(to_ms(each.created_at) for each in mentions)
    newest = {network: min(minute * 60_000, most) for network, minute in rows if minute is not None}
    row = await transaction.one("SELECT coalesce(max(seq), 0) FROM mentions")
    last = row[0] if row else 0
    stored = await transaction.many(_INSERT, [_row(mention, arrived_ms, newest) for mention in mentions])
    if stored:
        await transaction.run(
            "INSERT INTO mentions_fts (rowid, text, author, author_name)"
            " SELECT seq, text, author, author_name FROM mentions WHERE seq > ?",
            (last,),
        )
        await transaction.run(
            "INSERT INTO minutes (minute, network, mentions)"
            " SELECT created_ms / 60000, network, count(*) FROM mentions WHERE seq > ? GROUP BY 1, 2"
            " ON CONFLICT DO UPDATE SET mentions = mentions + excluded.mentions",
            (last,),
        )
    return stored


async def _move(transaction: Transaction, cursors: dict[str, str]) -> None:
    if cursors:
        await transaction.many(
            "INSERT INTO cursors (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            list(cursors.items()),
        )


async def _quarantine(transaction: Transaction, rejected: Sequence[Rejected], at_ms: int) -> None:
    if rejected:
        await transaction.many(
            "INSERT INTO quarantine (at_ms, source, line, reason, size, hash, raw)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [
                (
                    at_ms,
                    each.source,
                    each.line,
                    each.reason,
                    each.size,
                    hashlib.sha256(each.raw).hexdigest(),
                    zlib.compress(each.raw, 1),
                )
                for each in rejected
            ],
        )
