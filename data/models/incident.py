"""Incidents: the record opened when people decide to act."""

from __future__ import annotations

from data.models.base import Model, Moment, SafeLine
from data.models.level import Level
from data.models.playbook import CrisisType, Phase


class Incident(Model):
    """One crisis that people act on. `detected_at` is when it was first seen by us."""

    id: str
    title: SafeLine
    type: CrisisType
    phase: Phase
    level: Level
    opened_at: Moment
    opened_by: SafeLine
    detected_at: Moment


class LevelChange(Model):
    """One move of the standing level, with who or what moved it and why."""

    event: str
    at: Moment
    before: Level
    after: Level
    by: SafeLine
    reason: SafeLine
