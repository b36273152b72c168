"""How far alerts have come: one small document that the agent keeps, and what tests found."""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError

from data.models.alert import AlertPlace, Outcome, Way
from data.store.connection import Reader, Transaction, Writer

_PLACE = "alerts"
_TESTED = "alerts:tested"

_tests: TypeAdapter[dict[Way, Outcome]] = TypeAdapter(dict[Way, Outcome])


class Alerts:
    """Places of the ways by which alerts leave."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def place(self) -> AlertPlace:
        """What the agent kept; empty where it kept nothing, or nothing that can be read."""
        found = await self._kept(_PLACE)
        try:
            return AlertPlace.model_validate_json(found) if found else AlertPlace()
        except ValidationError:
            return AlertPlace()

    async def save(self, place: AlertPlace) -> None:
        """Keep it. The agent alone does."""
        await self._keep(_PLACE, place.model_dump_json())

    async def tested(self) -> dict[Way, Outcome]:
        """What the last test of each way found."""
        found = await self._kept(_TESTED)
        try:
            return _tests.validate_json(found) if found else {}
        except ValidationError:
            return {}

    async def save_tested(self, outcomes: dict[Way, Outcome]) -> None:
        """Keep what a test found, and of the other ways what is known already."""
        merged = {**await self.tested(), **outcomes}
        await self._keep(_TESTED, _tests.dump_json(merged).decode())

    async def _kept(self, name: str) -> str | None:
        row = await self._reader.one("SELECT value FROM cursors WHERE name = ?", (name,))
        return str(row[0]) if row else None

    async def _keep(self, name: str, value: str) -> None:
        async def job(transaction: Transaction) -> None:
            await transaction.run(
                "INSERT INTO cursors (name, value) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (name, value),
            )

        await self._writer.write(job)
