"""Acts on one mention, each as the event that records it and the rows that it names by hash. Pure.

An event names its mention by keyed hash alone: who wrote what stands in rows
that can be erased.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import JsonValue

from crisis_tui.response.acts import ActRefusedError
from data.models.base import to_iso
from data.models.event import NewEvent, canonical
from data.models.kept import EvidenceCopy, Kept, Subject
from data.models.mention import StoredMention, Tone
from data.models.triage import Answer, Mark, TaughtText
from data.text import clean_line

_NAME = re.compile(r"[\w.@+-]{1,64}")
_LARGEST = 2**53 - 1
"""The largest whole number that canonical JSON carries."""


@dataclass(frozen=True)
class TriageAct:
    """One act: its event, and what is to be kept beside it in the same transaction."""

    event: NewEvent
    keep: tuple[Kept, ...]


def _act(kind: str, subject: Subject, *more: Kept, **body: JsonValue) -> TriageAct:
    return TriageAct(
        NewEvent(kind=f"mention.{kind}", body={"subject": subject.key, **body}), (subject, *more)
    )


def answer(subject: Subject, how: Answer | None) -> TriageAct:
    """Decide how a mention is answered; None takes the decision back."""
    return _act("answered", subject, answer=None if how is None else how.value)


def mark(subject: Subject, which: Mark, on: bool) -> TriageAct:
    """Set a mark or take it away."""
    return _act("marked", subject, mark=which.value, on=on)


def assign(subject: Subject, to: str | None) -> TriageAct:
    """Give a mention to a person of the team; None or nothing typed: to nobody.

    Raises:
        ActRefusedError: this is no name of a user, and others have no place in the log.
    """
    name = clean_line(to or "")
    if name and _NAME.fullmatch(name) is None:
        raise ActRefusedError("Name a person of the team as this system does, in one word such as anna.")
    return _act("assigned", subject, to=name or None)


def teach(subject: Subject, tone: Tone | None, was: Tone | None) -> TriageAct:
    """Say how a mention reads, where the model said `was`; None lets the model's reading count again.

    Raises:
        ActRefusedError: a person can't teach that nothing can be read.
    """
    if tone is Tone.UNSCORED:
        raise ActRefusedError("Teach negative, neutral or positive.")
    return _act(
        "taught",
        subject,
        tone=None if tone is None else tone.value,
        was=None if was is None else was.value,
    )


def keep(subject: Subject, item: StoredMention, reason: str) -> TriageAct:
    """Keep a mention as evidence: copied whole, under the SHA-256 of its canonical JSON."""
    copy = evidence_of(item)
    return _act("kept", subject, copy, evidence=copy.hash, reason=clean_line(reason) or None)


def let_go(subject: Subject) -> TriageAct:
    """A mention is evidence no more; the copy stays where it is."""
    return _act("kept", subject, evidence=None, reason=None)


def evidence_of(item: StoredMention) -> EvidenceCopy:
    """All that is known of a post, but for what is local to this store."""
    whole: dict[str, JsonValue] = item.mention.model_dump(mode="json", exclude_none=True)
    whole["created_at"] = to_iso(item.mention.created_at)
    whole["arrived_at"] = to_iso(item.arrived_at)
    if item.text_now is not None:
        whole["text_now"] = item.text_now
    for name, moment in (("edited_at", item.edited_at), ("deleted_at", item.deleted_at)):
        if moment is not None:
            whole[name] = to_iso(moment)
    for name, value in whole.items():
        if isinstance(value, int) and value > _LARGEST:
            whole[name] = str(value)
    body = canonical(whole)
    return EvidenceCopy(hash=hashlib.sha256(body).hexdigest(), body=body.decode("utf-8"))


def track_record(taught: Iterable[TaughtText]) -> tuple[int, int]:
    """How often the model had been right, and of how many taught mentions it had read."""
    read = [each for each in taught if each.was not in (None, Tone.UNSCORED)]
    return sum(each.tone is each.was for each in read), len(read)
