"""Drills: the real screens on a scripted crisis, on a drill clock, with sending impossible."""

from __future__ import annotations

from pydantic import Field, model_validator

from data.models.base import Model, SafeLine
from data.models.fact import Fact
from data.models.level import Level
from data.models.playbook import CrisisType
from data.models.watch import Watch


class Expectation(Model):
    """What a good detector or crew reaches: a level, at most so many minutes after onset."""

    level: Level
    by_minutes: float
    why: SafeLine


class StandIn(Model):
    """What somebody of the crew would state by then; said for them where a drill runs with nobody there."""

    at_minutes: float
    fact: Fact
    reason: SafeLine


class CoachLine(Model):
    """A prompt to the trainee, so many minutes after onset."""

    at_minutes: float
    text: SafeLine


class Drill(Model):
    """A script and its recording.

    Times are minutes relative to onset. `normal_speed` is how many drill
    seconds pass in one real second at speed 1.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")
    title: SafeLine
    brand: SafeLine
    type: CrisisType
    summary: SafeLine
    recording: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    start_minutes: float
    end_minutes: float
    normal_speed: float = Field(gt=0, le=3600)
    language: str
    watch: Watch
    expect: tuple[Expectation, ...] = ()
    coach: tuple[CoachLine, ...] = ()
    stand_in: tuple[StandIn, ...] = ()

    @model_validator(mode="after")
    def _ends_after_start(self) -> Drill:
        if self.end_minutes <= self.start_minutes:
            raise ValueError("end_minutes must be later than start_minutes")
        return self
