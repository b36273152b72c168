"""What all models share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from data.text import SafeText, clean, clean_line


class Model(BaseModel):
    """A frozen value; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("has no time zone; write it as 2026-11-22T03:00:00Z")
    return moment.astimezone(UTC)


def _cleaned(value: object) -> object:
    return clean(value) if isinstance(value, str) else value


def _cleaned_line(value: object) -> object:
    return clean_line(value) if isinstance(value, str) else value


Moment = Annotated[datetime, AfterValidator(_utc)]
"""An instant, always held in UTC."""

Safe = Annotated[SafeText, BeforeValidator(_cleaned)]
"""Foreign text that is cleaned as it enters a model; may hold line breaks."""

SafeLine = Annotated[SafeText, BeforeValidator(_cleaned_line)]
"""Foreign text that is cleaned and folded into one line as it enters a model."""


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 UTC, the unit in which the store keeps time."""
    return round(moment.timestamp() * 1000)


def from_ms(ms: int) -> datetime:
    """The UTC instant of a number of milliseconds since 1970."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def to_iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and a Z: as text it sorts like time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
