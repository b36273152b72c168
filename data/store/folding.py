"""Pages and counts that show each story once, at its oldest mention that matches."""

from __future__ import annotations

import json
from collections.abc import Iterable

from data.store.connection import Reader
from data.store.selection import Selection

_BEYOND = 2**62
_CHUNK = 200
"""Matches looked at before the stories among them are looked up."""

# Gaps have a reading as they come, so the newest reading does not say how far the mentions were read.
_REACHED = "coalesce((SELECT CAST(value AS INTEGER) FROM cursors WHERE name = 'readings'), 0)"
# INDEXED BY: for SQLite a walk of the table looks as good, but that would meet every copy of a raid.
# min and max leave one bound on each side, as it would begin at the wrong one of two.
_READ = (
    "FROM readings AS r INDEXED BY readings_not_copies WHERE (r.story IS NULL OR r.story = r.seq)"
    f" AND r.seq > ? AND r.seq < min(?, {_REACHED} + 1)"
)
_UNREAD = f"FROM mentions AS r WHERE r.seq > max(?, {_REACHED}) AND r.seq < ?"
_NO_GAP = " AND NOT EXISTS (SELECT 1 FROM gaps AS g WHERE g.seq = r.seq)"


async def copies(reader: Reader) -> int:
    """How many mentions repeat a story."""
    row = await reader.one("SELECT coalesce(sum(copies), 0) FROM stories")
    return int(row[0]) if row else 0


async def places(
    reader: Reader, chosen: Selection, before: int | None, after: int | None, limit: int
) -> list[int]:
    """Up to `limit` places, newest first: the newest, those before or those right after a place."""
    if chosen.narrowed:
        return await _narrowed(reader, chosen, before, after, limit)
    order = "ASC" if after is not None else "DESC"
    bounds = (after or 0, _BEYOND if before is None else before)
    where = f"{'' if chosen.gaps else _NO_GAP} ORDER BY r.seq {order} LIMIT ?"
    rows = await reader.all(
        f"SELECT seq FROM (SELECT r.seq {_READ} {where}) UNION ALL"
        f" SELECT seq FROM (SELECT r.seq {_UNREAD} {where}) ORDER BY 1 {order} LIMIT ?",
        (*bounds, limit, *bounds, limit, limit),
    )
    return sorted((row[0] for row in rows), reverse=True)


async def count(reader: Reader, chosen: Selection, after: int, before: int | None = None) -> int:
    """How many places there are after one and before another one."""
    high = _BEYOND if before is None else before
    if chosen.narrowed:
        if before is not None:
            chosen.where(f"{chosen.place} < ?", before)
        return await (_count_after(reader, chosen, after) if after else _count_all(reader, chosen))
    where = "" if chosen.gaps else _NO_GAP
    row = await reader.one(
        f"SELECT (SELECT count(*) {_READ}{where}) + (SELECT count(*) {_UNREAD}{where})",
        (after, high, after, high),
    )
    return int(row[0]) if row else 0


async def _count_all(reader: Reader, chosen: Selection) -> int:
    matches = chosen.sql(f"{chosen.place} AS place")
    row = await reader.one(
        f"SELECT count(DISTINCT coalesce(r.story, place)) FROM ({matches})"
        " LEFT JOIN readings AS r ON r.seq = place",
        chosen.values,
    )
    return int(row[0]) if row else 0


async def _count_after(reader: Reader, chosen: Selection, after: int) -> int:
    """Only what matches after the place is looked at, so that a search can be counted on as more comes."""
    matches = chosen.sql(f"{chosen.place} AS place")
    rows = await reader.all(
        f"SELECT DISTINCT coalesce(r.story, place) FROM ({matches} AND {chosen.place} > ?)"
        " LEFT JOIN readings AS r ON r.seq = place",
        (*chosen.values, after),
    )
    older = {row[0] for row in rows if row[0] <= after}
    oldest = await _oldest(reader, chosen, older)
    return len(rows) - sum(place <= after for place in oldest.values())


async def _narrowed(
    reader: Reader, chosen: Selection, before: int | None, after: int | None, limit: int
) -> list[int]:
    """The same among what a search or a span of time leaves, match by match.

    Once a story is known to stand elsewhere, its copies are passed over inside of SQLite.
    """
    found: list[int] = []
    oldest: dict[int, int] = {}
    low, high = after or 0, _BEYOND if before is None else before
    order = "ASC" if after is not None else "DESC"
    while len(found) < limit and low < high:
        rows = await reader.all(
            f"SELECT place, coalesce(r.story, place) FROM ({chosen.sql(f'{chosen.place} AS place')}"
            f" AND {chosen.place} > ? AND {chosen.place} < ?) LEFT JOIN readings AS r ON r.seq = place"
            " WHERE r.story IS NULL OR r.story = place OR r.story NOT IN (SELECT value FROM json_each(?))"
            f" OR place IN (SELECT value FROM json_each(?)) ORDER BY place {order} LIMIT ?",
            (*chosen.values, low, high, json.dumps([*oldest]), json.dumps([*oldest.values()]), _CHUNK),
        )
        if not rows:
            break
        strange = {story for place, story in rows if story != place} - oldest.keys()
        oldest |= await _oldest(reader, chosen, strange)
        found += [place for place, story in rows if oldest.get(story, place) == place]
        if after is None:
            high = rows[-1][0]
        else:
            low = rows[-1][0]
    return sorted(found[:limit], reverse=True)


async def _oldest(reader: Reader, chosen: Selection, stories: Iterable[int]) -> dict[int, int]:
    """Of stories with a match the place of the oldest one, which mostly is their first mention."""
    wanted = set(stories)
    if not wanted:
        return {}
    matches = chosen.sql(chosen.place)
    rows = await reader.all(
        f"{matches} AND {chosen.place} IN (SELECT value FROM json_each(?))",
        (*chosen.values, json.dumps([*wanted])),
    )
    firsts = {row[0]: row[0] for row in rows}
    rest = wanted - firsts.keys()
    if not rest:
        return firsts
    rows = await reader.all(
        f"SELECT r.story, min(place) FROM ({chosen.sql(f'{chosen.place} AS place')})"
        " JOIN readings AS r ON r.seq = place WHERE r.story IN (SELECT value FROM json_each(?)) GROUP BY 1",
        (*chosen.values, json.dumps([*rest])),
    )
    return firsts | {row[0]: row[1] for row in rows}
