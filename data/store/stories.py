"""Stories: mentions that say the same thing, named by the place of the first one."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from data.models.base import from_ms, to_ms
from data.models.mention import Mention
from data.store.connection import Reader, Transaction
from data.text import SafeText


class Member(NamedTuple):
    """What of one member of a story counts."""

    seq: int
    created_at: datetime
    author: str | None
    """With its network before it."""
    followers: int | None
    author_created_at: datetime | None
    text: SafeText


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

    async def members(self, story: int, after: int) -> list[Member]:
        """The members that arrived after a place, the first one included, in order of arrival."""
        rows = await self._reader.all(
            "SELECT m.seq, m.created_ms, m.network, m.author, m.followers, m.author_created_ms, m.text"
            " FROM mentions AS m WHERE m.seq > ? AND (m.seq = ? OR m.seq IN"
            " (SELECT r.seq FROM readings AS r WHERE r.story = ? AND r.story <> r.seq AND r.seq > ?))"
            " ORDER BY m.seq",
            (after, story, story, after),
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

    async def sizes(self, seqs: list[int]) -> dict[int, int]:
        """How many copies each of these stories has; those without are left out."""
        marks = ", ".join("?" * len(seqs))
        rows = await self._reader.all(
            f"SELECT story, copies FROM stories WHERE story IN ({marks})", tuple(seqs)
        )
        return {row[0]: row[1] for row in rows}


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
        "INSERT INTO stories (story, copies) SELECT story, count(*) FROM readings"
        " WHERE seq > ? AND seq <= ? AND story <> seq GROUP BY 1"
        " ON CONFLICT DO UPDATE SET copies = copies + excluded.copies",
        (after, upto),
    )
