"""The drill clock: runs at any speed, stops with the drill, and is the same in every process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from data.models.feed import AgentState
from data.store.standing import DrillTime


class DrillClock:
    """Tells the drill's time from where the store says that its clock stands."""

    def __init__(self, time: DrillTime) -> None:
        self.time = time

    def now(self) -> datetime:
        """The present drill moment; a stopped clock stays where it is."""
        return self.at(datetime.now(UTC))

    def at(self, real: datetime) -> datetime:
        """The drill moment at a real one."""
        if self.time.real_at is None:
            return self.time.drill_at
        passed = max(timedelta(0), real - self.time.real_at)
        return self.time.drill_at + passed * self.time.speed

    def stopped(self, real: datetime) -> DrillTime:
        """The clock as it stands, to be kept while nothing runs."""
        return self.time.model_copy(update={"drill_at": self.at(real), "real_at": None})

    def started(self, real: datetime) -> DrillTime:
        """The clock set going again from where it stands."""
        return self.time.model_copy(update={"drill_at": self.at(real), "real_at": real})


def left_standing(time: DrillTime, agent: AgentState | None) -> DrillTime:
    """The clock of a drill on which no agent runs.

    One that was killed could not stop it: its last sign of life is where it stands.
    """
    if time.real_at is None:
        return time
    return DrillClock(time).stopped(max(time.real_at, agent.beat_at) if agent else time.real_at)
