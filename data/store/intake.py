"""What a batch brings besides new mentions: changes, gaps, costs, and what to look at again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from data.models.base import from_ms, to_ms
from data.models.batch import Batch
from data.models.feed import Change
from data.models.mention import Gap, Mention
from data.store.connection import Reader, Row, Transaction

GAP = "(gap)"
"""The network of a place where something is missing; no mention can have it, for it has brackets."""

_AT_ONCE = 300
_MINUTE = 60_000
_STEPS = ((60, 5), (6 * 60, 30), (7 * 24 * 60, 6 * 60))
"""Up to which age in minutes a post is looked at again, and how many minutes apart."""

_COUNTS = ("likes", "reposts", "replies", "views")


async def known(transaction: Transaction, mentions: Sequence[Mention]) -> dict[tuple[str, str], int]:
    """Which of these mentions are stored already, with their places."""
    return await _places(transaction, [(each.network, each.id) for each in mentions])


async def _places(transaction: Transaction, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    wanted = list(keys)
    found: dict[tuple[str, str], int] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        rows = await transaction.all(
            f"WITH wanted (network, id) AS (VALUES {', '.join(['(?, ?)'] * len(part))})"
            " SELECT m.network, m.id, m.seq FROM wanted JOIN mentions AS m USING (network, id)",
            tuple(value for key in part for value in key),
        )
        found.update({(row[0], row[1]): row[2] for row in rows})
    return found


async def change(
    transaction: Transaction, batch: Batch, stored_before: dict[tuple[str, str], int], now_ms: int
) -> int:
    """Keep what became of mentions that were stored before this batch; returns how many changed."""
    seen = set(stored_before)
    changes = []
    for mention in batch.mentions if batch.known else ():
        key = (mention.network, mention.id)
        if key in seen:
            changes.append(Change(network=mention.network, id=mention.id, mention=mention))
        seen.add(key)
    changes += batch.changes
    if not changes:
        return 0
    places = await _places(transaction, {(each.network, each.id) for each in changes})
    forms = await _forms(transaction, [*places.values()])
    changed = 0
    for each in changes:
        seq = places.get((each.network, each.id))
        if seq is None:
            continue
        if seq not in forms:  # an earlier change of this batch was to the same one
            forms |= await _forms(transaction, [seq])
        if await _change_one(transaction, seq, each, forms[seq], now_ms):
            del forms[seq]
            changed += 1
    return changed


async def _forms(transaction: Transaction, seqs: Sequence[int]) -> dict[int, Row]:
    """The newest form of each of these mentions; most of what is read twice did not change."""
    found: dict[int, Row] = {}
    for start in range(0, len(seqs), _AT_ONCE):
        part = seqs[start : start + _AT_ONCE]
        rows = await transaction.all(
            "SELECT m.seq, coalesce(s.text, m.text), s.deleted_ms, s.edited_ms, coalesce(s.likes, m.likes),"
            " coalesce(s.reposts, m.reposts), coalesce(s.replies, m.replies), coalesce(s.views, m.views),"
            " m.created_ms FROM mentions AS m LEFT JOIN states AS s ON s.seq = m.seq"
            f" WHERE m.seq IN ({', '.join('?' * len(part))})",
            part,
        )
        found.update({row[0]: row[1:] for row in rows})
    return found


async def _change_one(transaction: Transaction, seq: int, change: Change, form: Row, now_ms: int) -> bool:
    text, deleted_ms, edited_ms, *counts, created_ms = form
    at_ms = now_ms if change.at is None else to_ms(change.at)
    if change.mention is None:
        if deleted_ms is not None:
            return False
        await _state(transaction, seq, deleted_ms=at_ms)
        return True
    newest = change.mention
    new_counts = [
        now if now is not None else before
        for now, before in zip((getattr(newest, name) for name in _COUNTS), counts, strict=True)
    ]
    edited = newest.text != text
    if not edited and new_counts == counts and deleted_ms is None:
        return False
    if edited:
        edited_ms = max(at_ms, created_ms)
        await transaction.run(
            "INSERT INTO edits (seq, noticed_ms, text) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (seq, now_ms, newest.text),
        )
    await _state(
        transaction,
        seq,
        text=newest.text if edited_ms is not None else None,
        edited_ms=edited_ms,
        deleted_ms=None,
        **dict(zip(_COUNTS, new_counts, strict=True)),
    )
    return True


async def _state(transaction: Transaction, seq: int, **values: object) -> None:
    names = list(values)
    await transaction.run(
        f"INSERT INTO states (seq, changed, {', '.join(names)})"
        f" VALUES (?, (SELECT coalesce(max(changed), 0) + 1 FROM states), {', '.join('?' * len(names))})"
        " ON CONFLICT (seq) DO UPDATE SET changed = excluded.changed, "
        + ", ".join(f"{name} = excluded.{name}" for name in names),
        (seq, *values.values()),
    )


async def track(transaction: Transaction, batch: Batch, source: str, now_ms: int) -> None:
    """Note which source can look at these mentions again, under which handle, and that it just did."""
    places = await known(transaction, batch.mentions)
    await transaction.many(
        "INSERT INTO tracked (seq, source, handle, created_ms, checked_ms) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (seq) DO UPDATE SET checked_ms = excluded.checked_ms, handle = excluded.handle"
        " WHERE source = excluded.source",
        [
            (
                places[each.network, each.id],
                source,
                batch.handles.get(each.id, each.id),
                to_ms(each.created_at),
                now_ms,
            )
            for each in batch.mentions
            if (each.network, each.id) in places
        ],
    )


async def due(reader: Reader, source: str, now: datetime, limit: int) -> list[str]:
    """The handles of posts that are due to be looked at again, the longest unseen first."""
    now_ms = to_ms(now)
    found: list[tuple[int, str]] = []
    newer = 0
    for age, every in _STEPS:
        rows = await reader.all(
            "SELECT t.checked_ms, t.handle FROM tracked AS t LEFT JOIN states AS s ON s.seq = t.seq"
            " WHERE t.source = ? AND t.created_ms > ? AND t.created_ms <= ? AND t.checked_ms <= ?"
            " AND s.deleted_ms IS NULL ORDER BY t.checked_ms LIMIT ?",
            (source, now_ms - age * _MINUTE, now_ms - newer * _MINUTE, now_ms - every * _MINUTE, limit),
        )
        found += [(row[0], row[1]) for row in rows]
        newer = age
    return [handle for _, handle in sorted(found, key=lambda each: each[0])[:limit]]


async def checked(transaction: Transaction, source: str, handles: Sequence[str], now: datetime) -> None:
    """Note that these posts were looked at."""
    await transaction.many(
        "UPDATE tracked SET checked_ms = ? WHERE source = ? AND handle = ?",
        [(to_ms(now), source, handle) for handle in handles],
    )


async def tell_gap(transaction: Transaction, gap: Gap, source: str) -> None:
    """Keep that a span is missing, in its place among what arrived; the same gap told twice is one."""
    start_ms, end_ms = to_ms(gap.start), to_ms(gap.end)
    await transaction.run(
        "INSERT INTO mentions (network, id, text, created_ms, arrived_ms, author_name)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (network, id) DO NOTHING",
        (GAP, f"{source}:{start_ms}:{end_ms}", gap.reason, end_ms, end_ms, source),
    )
    await transaction.run(
        "INSERT INTO gaps (seq, source, start_ms, end_ms, reason)"
        " SELECT seq, ?, ?, ?, ? FROM mentions WHERE network = ? AND id = ? ON CONFLICT DO NOTHING",
        (source, start_ms, end_ms, gap.reason, GAP, f"{source}:{start_ms}:{end_ms}"),
    )
    await transaction.run(
        "INSERT INTO readings (seq, tone, words) SELECT seq, 'unscored', '' FROM gaps WHERE true"
        " ON CONFLICT DO NOTHING"
    )


async def charge(transaction: Transaction, source: str, usd: Decimal, now_ms: int) -> None:
    """Add to what a source cost in the running calendar month (UTC)."""
    await transaction.run(
        "INSERT INTO costs (source, month, micro_usd) VALUES (?, ?, ?)"
        " ON CONFLICT (source, month) DO UPDATE SET micro_usd = micro_usd + excluded.micro_usd",
        (source, month_of(from_ms(now_ms)), round(usd * 1_000_000)),
    )


def month_of(moment: datetime) -> str:
    """The calendar month in UTC by which costs are kept, such as `2026-11`."""
    return f"{moment:%Y-%m}"
