"""Playbooks: a TOML file for one crisis type, and the steps of its checklist."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Literal

from pydantic import Field

from data.models.base import Model, Moment, SafeLine


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
Since = Literal["detection", "awareness", "opened"]


class Step(Model):
    """One item of a playbook; `due` counts from the moment that `since` names."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")
    phase: Phase
    title: SafeLine = Field(min_length=1, max_length=60)
    detail: SafeLine = ""  # type: ignore[assignment]  # an empty literal is safe
    role: Role
    due: timedelta | None = None
    since: Since = "detection"
    evidence: tuple[EvidenceKind, ...] = ()
    source: SafeLine = ""  # type: ignore[assignment]  # an empty literal is safe
    layer: int = Field(default=0, ge=0, le=4)


class Playbook(Model):
    """The steps for one crisis type."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")
    title: SafeLine
    type: CrisisType
    version: int = Field(ge=1)
    reviewed_on: date
    summary: SafeLine
    step: tuple[Step, ...] = Field(min_length=1)


class StepState(StrEnum):
    """Where a step stands."""

    OPEN = "open"
    STARTED = "started"
    DONE = "done"
    NOT_APPLICABLE = "not applicable"


class ChecklistItem(Model):
    """A step attached to an incident, with who did what and when.

    `position` orders the checklist; `evidence` is what closed the step.
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
    evidence_kinds: tuple[EvidenceKind, ...]
    state: StepState = StepState.OPEN
    by: SafeLine | None = None
    at: Moment | None = None
    evidence: SafeLine | None = None

    @property
    def closed(self) -> bool:
        """True for a step that asks nothing more of anybody."""
        return self.state in (StepState.DONE, StepState.NOT_APPLICABLE)
