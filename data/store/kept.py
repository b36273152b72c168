"""Writes the rows that events name by hash, in the transaction of the events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from data.models.base import to_iso
from data.models.kept import EvidenceCopy, Kept
from data.store.connection import Transaction


async def keep_rows(transaction: Transaction, rows: Sequence[Kept], at: datetime) -> None:
    """Keep these; one that is there already stays, but for a renewed copy."""
    for row in rows:
        if isinstance(row, EvidenceCopy):
            await transaction.run(
                "INSERT INTO evidence (hash, kept_at, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (row.hash, to_iso(at), row.body),
            )
        else:
            await transaction.run(
                "INSERT INTO subjects (key, network, id, created_ms, body) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (key) DO UPDATE SET body = excluded.body WHERE ?",
                (row.key, row.network, row.id, row.created_ms, row.body, row.renewed),
            )
