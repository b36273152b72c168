"""Where things stand: assessments, the agent's sign of life and the drill clock."""

from __future__ import annotations

from datetime import datetime

from data.models.assessment import Assessment
from data.models.base import Model, Moment, from_ms, to_ms
from data.models.feed import AgentState
from data.models.level import Level
from data.store.connection import Reader, Transaction, Writer


class DrillTime(Model):
    """Where a drill's clock stands: `drill_at` was shown at `real_at`; None there means it is stopped.

    `name` is what finds the drill's script: the name of one that ships, or a path.
    """

    name: str
    onset: Moment
    drill_at: Moment
    real_at: Moment | None
    speed: float


class Standing:
    """Small tables that the agent keeps and every reader may look at."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader

    async def save_assessment(self, assessment: Assessment, signs: Level) -> None:
        """Keep an assessment as that of its minute; `signs` is the level without what stood before."""

        async def job(transaction: Transaction) -> None:
            await transaction.run(
                "INSERT INTO assessments (minute, level, score, body) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (minute) DO UPDATE SET level = max(level, excluded.level),"
                " score = excluded.score, body = excluded.body",
                (
                    to_ms(assessment.at) // 60_000,
                    signs,
                    assessment.score,
                    assessment.model_dump_json(),
                ),
            )

        await self._writer.write(job)

    async def assessment(self, at: datetime) -> Assessment | None:
        """The newest kept assessment that is not later than a moment."""
        row = await self._reader.one(
            "SELECT body FROM assessments WHERE minute <= ? ORDER BY minute DESC LIMIT 1",
            (to_ms(at) // 60_000,),
        )
        return Assessment.model_validate_json(row[0]) if row else None

    async def highest_signs(self, start: datetime, end: datetime) -> Level:
        """The highest level that the signs alone gave in [start, end]; Routine where none was kept."""
        row = await self._reader.one(
            "SELECT max(level) FROM assessments WHERE minute >= ? AND minute <= ?",
            (to_ms(start) // 60_000, to_ms(end) // 60_000),
        )
        return Level(row[0]) if row and row[0] is not None else Level.ROUTINE

    async def score(self, at: datetime) -> float | None:
        """The score that stood at a moment, None if none was kept in the ten minutes before it."""
        minute = to_ms(at) // 60_000
        row = await self._reader.one(
            "SELECT score FROM assessments WHERE minute <= ? AND minute > ? ORDER BY minute DESC LIMIT 1",
            (minute, minute - 10),
        )
        return float(row[0]) if row else None

    async def beat(self, pid: int, version: str, at: datetime) -> None:
        """Note that the agent is alive."""

        async def job(transaction: Transaction) -> None:
            await transaction.run(
                "INSERT INTO agent (one, pid, version, beat_ms) VALUES (1, ?, ?, ?)"
                " ON CONFLICT (one) DO UPDATE SET pid = excluded.pid, version = excluded.version,"
                " beat_ms = excluded.beat_ms",
                (pid, version, to_ms(at)),
            )

        await self._writer.write(job)

    async def agent(self) -> AgentState | None:
        """The agent's last sign of life."""
        row = await self._reader.one("SELECT pid, version, beat_ms FROM agent")
        return AgentState(pid=row[0], version=row[1], beat_at=from_ms(row[2])) if row else None

    async def set_drill_time(self, time: DrillTime) -> None:
        """Note where the drill clock stands."""

        async def job(transaction: Transaction) -> None:
            await transaction.run(
                "INSERT INTO drill_clock (one, name, onset_ms, drill_ms, real_ms, speed)"
                " VALUES (1, ?, ?, ?, ?, ?) ON CONFLICT (one) DO UPDATE SET name = excluded.name,"
                " onset_ms = excluded.onset_ms, drill_ms = excluded.drill_ms, real_ms = excluded.real_ms,"
                " speed = excluded.speed",
                (
                    time.name,
                    to_ms(time.onset),
                    to_ms(time.drill_at),
                    to_ms(time.real_at) if time.real_at else None,
                    time.speed,
                ),
            )

        await self._writer.write(job)

    async def drill_time(self) -> DrillTime | None:
        """Where the drill clock stands; None in a store that is no drill."""
        row = await self._reader.one("SELECT name, onset_ms, drill_ms, real_ms, speed FROM drill_clock")
        if row is None:
            return None
        return DrillTime(
            name=row[0],
            onset=from_ms(row[1]),
            drill_at=from_ms(row[2]),
            real_at=from_ms(row[3]) if row[3] is not None else None,
            speed=row[4],
        )
