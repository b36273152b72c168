"""Reads of the facts that people stated."""

from __future__ import annotations

from datetime import datetime

from data.models.fact import Fact, StatedFact
from data.store.connection import Reader

_KNOWN = frozenset(fact.value for fact in Fact)


class Facts:
    """What holds, by the last word on each fact."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def stated(self, until: datetime | None = None) -> tuple[StatedFact, ...]:
        """The newest word on each fact, up to a moment; facts of a newer version are left out."""
        limit = "9" if until is None else until.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        rows = await self._reader.all(
            "SELECT fact, holds, at, by, reason FROM fact_changes WHERE at <= ? ORDER BY stamp", (limit,)
        )
        newest = {
            row[0]: StatedFact(fact=Fact(row[0]), holds=bool(row[1]), at=row[2], by=row[3], reason=row[4])
            for row in rows
            if row[0] in _KNOWN
        }
        return tuple(newest[fact.value] for fact in Fact if fact.value in newest)
