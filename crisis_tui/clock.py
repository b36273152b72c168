"""What time it is: the system's clock, or a drill's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time that people act in."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        ...


class SystemClock:
    """The clock of this host."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        return datetime.now(UTC)
