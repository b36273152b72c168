"""Triage: what a person decided about one mention."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from data.models.base import Model, Moment, Safe, SafeLine
from data.models.tone import Tone


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


class Mark(StrEnum):
    """What is on or off for a mention."""

    INFLUENTIAL = "influential"
    NEEDS_ANSWER = "needs_answer"

    @property
    def words(self) -> str:
        """As a person says it."""
        return "influential author" if self is Mark.INFLUENTIAL else "needs answer"


class Triage(Model):
    """What stands for one mention, by the last writer of each field.

    `tone` is what a person taught, which beats the model's reading, and
    `tone_was` what the model had said then; `influential` counts the author as
    such; `evidence` is the SHA-256 of the copy that is kept, `reason` why.
    `by` and `at` tell of the newest act, `answer_by`, `answer_at` and `tone_by`
    of those that they are named after.
    """

    answer: Answer | None = None
    influential: bool = False
    needs_answer: bool = False
    evidence: str | None = None
    assigned: SafeLine | None = None
    tone: Tone | None = None
    by: SafeLine
    at: Moment
    answer_by: SafeLine | None = None
    answer_at: Moment | None = None
    tone_by: SafeLine | None = None
    tone_was: Tone | None = None
    reason: SafeLine | None = None

    def marked(self, mark: Mark) -> bool:
        """Whether a mark is on."""
        return self.influential if mark is Mark.INFLUENTIAL else self.needs_answer

    def words(self, clock: Callable[[datetime], str]) -> str:
        """All that stands, in sentences; empty where everything was taken back. `clock` writes a time."""
        said = []
        if self.answer is not None:
            at = f" {clock(self.answer_at)}" if self.answer_at else ""
            signed = f" ({self.answer_by}{at})" if self.answer_by else ""
            said.append(f"Answer: {self.answer.words}{signed}.")
        if self.needs_answer:
            said.append("Needs answer.")
        if self.assigned:
            said.append(f"Assigned to {self.assigned}.")
        if self.influential:
            said.append("Influential author.")
        if self.evidence is not None:
            said.append(f"Kept as evidence {self.evidence[:8]}{f': {self.reason}' if self.reason else ''}.")
        if self.tone is not None:
            by = f" by {self.tone_by}" if self.tone_by else ""
            was = f"; the model said {self.tone_was.value}" if self.tone_was is not None else ""
            said.append(f"Tone: taught {self.tone.value}{by}{was}.")
        return " ".join(said)


class TaughtText(Model):
    """A text with the tone that a person taught, and what the model had said (None: not read by then)."""

    network: str
    id: str
    text: Safe
    lang: SafeLine | None
    tone: Tone
    was: Tone | None
    at: Moment
    by: SafeLine


class ToneLabel(Model):
    """A taught tone by the mention it belongs to; `created_ms` is when that was posted."""

    network: str
    id: str
    created_ms: int
    tone: Tone
    was: Tone | None


class MarkedAuthor(Model):
    """A mention that a person marked as by an influential author; `created_ms` is when it was posted."""

    network: str
    id: str
    created_ms: int
    author: SafeLine | None
    followers: int | None
    at: Moment
    by: SafeLine
