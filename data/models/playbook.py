"""Playbooks: a TOML file for one crisis type, and the steps of its checklist."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from data.models.base import Model, Moment, SafeLine
from data.text import SafeText


class CrisisType(StrEnum):
    """What kind of crisis it is."""

    CUSTOMER_SERVICE = "customer_service"
    REPUTATION = "reputation"
    SECURITY = "security"
    OPERATIONAL = "operational"
    MISINFORMATION = "misinformation"

    @property
    def words(self) -> str:
        """The type as a person says it."""
        return {"security": "security breach"}.get(self.value, self.value.replace("_", " "))


class Phase(StrEnum):
    """The four phases of the method."""

    PREPARATION = "preparation"
    IDENTIFICATION = "identification"
    RESPONSE = "response"
    RECOVERY = "recovery"


Role = Literal["LEAD", "COMMS", "SOCIAL", "CARE", "SME", "LEGAL", "EXEC", "SCRIBE"]
EvidenceKind = Literal["link", "text", "file", "event", "ref", "metric", "na"]
Began = Literal["awareness", "decision", "published"]
"""Moments that people record while they work: when we were reasonably sure that the law's case has
happened, when it was decided (to recall, to answer), when our first public line was out."""

Since = Literal["detection", "opened", "awareness", "decision", "published"]
"""What a due time counts from: when we first saw it, when the incident was opened, or what people record."""

MOST_STEPS = 40
LONGEST_DUE = timedelta(days=3650)


def _written_out(value: object) -> object:
    if isinstance(value, str | timedelta):
        return value
    raise ValueError("must be a duration in quotes")


Due = Annotated[timedelta, BeforeValidator(_written_out), Field(ge=timedelta(0), le=LONGEST_DUE)]
"""An ISO 8601 duration, such as PT15M; a bare number would not say of what."""


class Step(Model):
    """One item of a playbook; `due` counts from the moment that `since` names.

    Closing a step with `starts` records that moment, and the times that count from it begin to run.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")
    phase: Phase
    title: SafeLine = Field(min_length=1, max_length=60)
    detail: SafeLine = Field(default=SafeText(""), max_length=400)
    role: Role
    due: Due | None = None
    since: Since = "detection"
    starts: Began | None = None
    evidence: tuple[EvidenceKind, ...] = ()
    source: SafeLine = SafeText("")
    layer: int = Field(default=0, ge=0, le=4)


class Playbook(Model):
    """The steps for one crisis type; so many and so long that attaching them fits into one event."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")
    title: SafeLine = Field(min_length=1)
    type: CrisisType
    version: int = Field(ge=1)
    reviewed_on: date
    summary: SafeLine
    step: tuple[Step, ...] = Field(min_length=1, max_length=MOST_STEPS)


class StepState(StrEnum):
    """Where a step stands."""

    OPEN = "open"
    STARTED = "started"
    DONE = "done"
    NOT_APPLICABLE = "not applicable"


class ChecklistItem(Model):
    """A step attached to an incident, with who did what and when.

    `position` orders the checklist; `evidence` is what closed the step. While
    `due_at` is None and `due_after` is not, the moment named by `since` is not
    known yet. Closing a step with `starts` says when that moment was: `began`.
    """

    incident: str
    playbook: str
    step: str
    position: int
    phase: Phase
    title: SafeLine
    detail: SafeLine
    role: Role
    due_at: Moment | None
    since: Since | None = None
    due_after: timedelta | None = None
    starts: Began | None = None
    began: Moment | None = None
    evidence_kinds: tuple[EvidenceKind, ...]
    state: StepState = StepState.OPEN
    by: SafeLine | None = None
    at: Moment | None = None
    evidence: SafeLine | None = None

    @property
    def closed(self) -> bool:
        """True for a step that asks nothing more of anybody."""
        return self.state in (StepState.DONE, StepState.NOT_APPLICABLE)


def timed(items: Sequence[ChecklistItem]) -> tuple[ChecklistItem, ...]:
    """The same steps, with the due times that count from a moment which closed steps have recorded.

    Of several steps that record the same moment, the earliest counts.
    """
    moments: dict[str, datetime] = {}
    for item in items:
        when = item.began or item.at
        if item.starts is not None and item.state is StepState.DONE and when is not None:
            moments[item.starts] = min(when, moments.get(item.starts, when))
    return tuple(
        item.model_copy(update={"due_at": moments[item.since] + item.due_after})
        if item.due_at is None and item.due_after is not None and item.since in moments
        else item
        for item in items
    )
