"""Stories: mentions that say the same thing, named by the place of the first one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from data.models.base import from_ms, to_ms
from data.models.mention import Mention
from data.store import folding
from data.store.connection import Reader, Transaction
from data.text import SafeText

_BEYOND = 2**62


class Member(NamedTuple):
    """What of one member of a story counts."""

    seq: int
    created_at: datetime
    author: str | None
    """With its network before it."""
    followers: int | None
    author_created_at: datetime | None
    text: SafeText


class Growth(NamedTuple):
    """A story that grew."""

    story: int
    newest: int
    """The place of its newest copy."""
    copies: int


class Stories:
    """Reads of stories."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def copies(self, start: datetime, end: datetime) -> dict[int, int]:
        """Mentions posted in the minutes [start, end) that repeat a story, by its place."""
        rows = await self._reader.all(
            "SELECT story, sum(copies) FROM story_minutes WHERE minute >= ? AND minute < ? GROUP BY story",
            (to_ms(start) // 60_000, to_ms(end) // 60_000),
        )
        return {row[0]: row[1] for row in rows}

    async def places(
        self, story: int, *, before: int | None = None, after: int | None = None, limit: int = 100
    ) -> list[int]:
        """Places of up to `limit` members, newest first: the newest, those before or right after a place."""
        low, high = after or 0, _BEYOND if before is None else before
        order = "ASC" if after is not None else "DESC"
        rows = await self._reader.all(
            "SELECT seq FROM (SELECT m.seq FROM mentions AS m WHERE m.seq = ? AND m.seq > ? AND m.seq < ?"
            " UNION ALL SELECT * FROM (SELECT r.seq FROM readings AS r WHERE r.story = ? AND r.story <> r.seq"
            f" AND r.seq > ? AND r.seq < ? ORDER BY r.seq {order} LIMIT ?)) ORDER BY seq {order} LIMIT ?",
            (story, low, high, story, low, high, limit, limit),
        )
        return sorted((row[0] for row in rows), reverse=True)

    async def members(self, story: int, after: int, limit: int) -> list[Member]:
        """Up to `limit` members that arrived after a place, the first one included, in order of arrival."""
        rows = await self._reader.all(
            "SELECT seq, created_ms, network, author, followers, author_created_ms, text FROM mentions"
            " WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq",
            (json.dumps(await self.places(story, after=after, limit=limit)),),
        )
        return [
            Member(
                row[0],
                from_ms(row[1]),
                f"{row[2]} {row[3]}" if row[3] is not None else None,
                row[4],
                None if row[5] is None else from_ms(row[5]),
                SafeText(row[6]),
            )
            for row in rows
        ]

    async def count(self, story: int, *, after: int) -> int:
        """How many members of a story arrived after a place."""
        row = await self._reader.one(
            "SELECT count(*) FROM readings AS r WHERE r.story = ? AND r.story <> r.seq AND r.seq > ?",
            (story, after),
        )
        return (int(row[0]) if row else 0) + int(story > after)

    async def total(self) -> int:
        """How many mentions repeat a story."""
        return await folding.copies(self._reader)

    async def newest_copy(self) -> int:
        """The place of the copy that came last; 0 without any."""
        row = await self._reader.one("SELECT coalesce(max(newest), 0) FROM stories")
        return int(row[0]) if row else 0

    async def grown(self, after: int, since: int) -> list[Growth]:
        """The stories with copies after a place; counted are their copies after `since`."""
        rows = await self._reader.all(
            "SELECT t.story, t.newest, (SELECT count(*) FROM readings AS r WHERE r.story = t.story"
            " AND r.story <> r.seq AND r.seq > ?) FROM stories AS t WHERE t.newest > ? ORDER BY t.story DESC",
            (since, after),
        )
        return [Growth(*row) for row in rows]

    async def first_names(self, stories: Iterable[int]) -> dict[int, tuple[str, str]]:
        """Network and id of the first mention of each of these stories."""
        rows = await self._reader.all(
            "SELECT seq, network, id FROM mentions WHERE seq IN (SELECT value FROM json_each(?))",
            (json.dumps([*stories]),),
        )
        return {row[0]: (row[1], row[2]) for row in rows}


def age_ms(mention: Mention) -> int | None:
    """When the author's account was opened, in milliseconds since 1970; None if unknown."""
    return None if mention.author_created_at is None else to_ms(mention.author_created_at)


async def grow(transaction: Transaction, after: int, upto: int) -> None:
    """Count the copies among the mentions that were read in (after, upto]."""
    await transaction.run(
        "INSERT INTO story_minutes (minute, story, copies)"
        " SELECT m.created_ms / 60000, r.story, count(*) FROM readings AS r"
        " JOIN mentions AS m ON m.seq = r.seq WHERE r.seq > ? AND r.seq <= ? AND r.story <> r.seq"
        " GROUP BY 1, 2 ON CONFLICT DO UPDATE SET copies = copies + excluded.copies",
        (after, upto),
    )
    await transaction.run(
        "INSERT INTO stories (story, copies, newest) SELECT story, count(*), max(seq) FROM readings"
        " WHERE seq > ? AND seq <= ? AND story <> seq GROUP BY 1"
        " ON CONFLICT DO UPDATE SET copies = copies + excluded.copies, newest = max(newest, excluded.newest)",
        (after, upto),
    )
