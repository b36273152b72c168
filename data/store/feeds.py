"""How the ways in are doing: health, limits of hosts, and what was paid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from data.models.base import from_ms, to_ms
from data.models.feed import Budget, FeedHealth, FeedState
from data.store.connection import Reader, Transaction, Writer
from data.store.intake import month_of

_SAVE = """
INSERT INTO feeds (name, state, last_success_ms, message, stored, quarantined, kind, next_ms, remaining,
    budget, resets_ms, failures)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET state = excluded.state, message = excluded.message, kind = excluded.kind,
    last_success_ms = coalesce(excluded.last_success_ms, last_success_ms),
    stored = stored + excluded.stored, quarantined = quarantined + excluded.quarantined,
    next_ms = excluded.next_ms, remaining = coalesce(excluded.remaining, remaining),
    budget = coalesce(excluded.budget, budget), resets_ms = coalesce(excluded.resets_ms, resets_ms),
    failures = excluded.failures
"""


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else to_ms(moment)


def _moment(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)


class Feeds:
    """Small tables that the agent keeps about its sources."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def save(self, health: FeedHealth) -> None:
        """Note how a feed is doing; its counters add up, what is not known now stays as it was."""
        budget = health.budget

        async def job(transaction: Transaction) -> None:
            await transaction.run(
                _SAVE,
                (
                    health.name,
                    health.state.value,
                    _ms(health.last_success),
                    health.message,
                    health.stored,
                    health.quarantined,
                    health.kind,
                    _ms(health.next_try),
                    budget.remaining if budget else None,
                    budget.limit if budget else None,
                    _ms(budget.resets_at) if budget else None,
                    health.failures,
                ),
            )

        await self._writer.write(job)

    async def all(self, now: datetime) -> tuple[FeedHealth, ...]:
        """All feeds by name, with what each cost in the month of `now`."""
        rows = await self._reader.all(
            "SELECT f.name, state, last_success_ms, message, stored, quarantined, kind, next_ms, remaining,"
            " budget, resets_ms, failures, coalesce(c.micro_usd, 0) FROM feeds AS f"
            " LEFT JOIN costs AS c ON c.source = f.name AND c.month = ? ORDER BY f.name",
            (month_of(now),),
        )
        return tuple(
            FeedHealth(
                name=row[0],
                state=FeedState(row[1]),
                last_success=_moment(row[2]),
                message=row[3],
                stored=row[4],
                quarantined=row[5],
                kind=row[6],
                next_try=_moment(row[7]),
                budget=None
                if row[8] is None
                else Budget(remaining=row[8], limit=row[9], resets_at=_moment(row[10])),
                failures=row[11],
                cost_usd=row[12] / 1_000_000,
            )
            for row in rows
        )

    async def ask(self, name: str) -> None:
        """A person asks the agent to look at a feed now."""

        async def job(transaction: Transaction) -> None:
            await transaction.run("UPDATE feeds SET asked = 1 WHERE name = ?", (name,))

        await self._writer.write(job)

    async def asked(self) -> list[str]:
        """The feeds that a person asks to be looked at; each is told once."""
        if not await self._reader.all("SELECT 1 FROM feeds WHERE asked LIMIT 1"):
            return []

        async def job(transaction: Transaction) -> list[str]:
            rows = await transaction.all("SELECT name FROM feeds WHERE asked")
            await transaction.run("UPDATE feeds SET asked = 0")
            return [row[0] for row in rows]

        return await self._writer.write(job)

    async def keep_only(self, names: Sequence[str]) -> None:
        """Forget the health of feeds that are not configured any more; their mentions and costs stay."""

        async def job(transaction: Transaction) -> None:
            marks = ", ".join("?" * len(names))
            await transaction.run(f"DELETE FROM feeds WHERE name NOT IN ({marks})", tuple(names))

        await self._writer.write(job)

    async def spent(self, source: str, now: datetime) -> Decimal:
        """What a source cost in the calendar month of a moment, in US dollars."""
        row = await self._reader.one(
            "SELECT micro_usd FROM costs WHERE source = ? AND month = ?", (source, month_of(now))
        )
        return Decimal(row[0]) / 1_000_000 if row else Decimal(0)

    async def limit(self, host: str, until: datetime) -> None:
        """Note that nothing may be asked of a host until a moment."""

        async def job(transaction: Transaction) -> None:
            await transaction.run(
                "INSERT INTO limits (host, until_ms) VALUES (?, ?)"
                " ON CONFLICT (host) DO UPDATE SET until_ms = max(until_ms, excluded.until_ms)",
                (host, to_ms(until)),
            )

        await self._writer.write(job)

    async def limited(self, host: str) -> datetime | None:
        """Until when nothing may be asked of a host; None if it never limited us."""
        row = await self._reader.one("SELECT until_ms FROM limits WHERE host = ?", (host,))
        return from_ms(row[0]) if row else None
