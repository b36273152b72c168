"""Triage: what a person decided about one mention."""

from __future__ import annotations

from enum import StrEnum

from data.models.base import Model, Moment, SafeLine
from data.models.mention import Tone


class Answer(StrEnum):
    """How we answer a post. Source: the US Air Force's chart for answering web posts."""

    MONITOR = "monitor"
    FIX_FACTS = "fix_facts"
    RESTORE = "restore"
    LET_STAND = "let_stand"

    @property
    def words(self) -> str:
        """As a person says it."""
        return self.value.replace("_", " ")


class Triage(Model):
    """What stands for one mention, by the last writer of each field.

    `tone` is what a person taught, which beats the model's reading;
    `influential` counts the author as such; `evidence` is the SHA-256 of the
    copy that is kept. `by` and `at` tell of the newest act.
    """

    answer: Answer | None = None
    influential: bool = False
    needs_answer: bool = False
    evidence: str | None = None
    assigned: SafeLine | None = None
    tone: Tone | None = None
    by: SafeLine
    at: Moment
