"""Acts of people and of the agent, each as the events that record it. Pure."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from datetime import datetime

from pydantic import JsonValue

from data.models.event import NewEvent
from data.models.fact import Fact
from data.models.incident import LevelChange
from data.models.level import Level
from data.models.playbook import ChecklistItem, CrisisType, Phase, Playbook, Since, StepState
from data.text import SafeText, clean


class ActRefusedError(ValueError):
    """A rule forbids the act; `str()` is one sentence that says what is needed."""


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def open_incident(
    title: str,
    kind: CrisisType,
    level: Level,
    *,
    detected_at: datetime,
    now: datetime,
    playbook: Playbook | None,
) -> list[NewEvent]:
    """Open an incident and attach the playbook of its type, with the reason.

    Raises:
        ActRefusedError: the title is empty.
    """
    if not title.strip():
        raise ActRefusedError("An incident needs a title; say in a few words what happened.")
    incident = uuid.uuid4().hex
    events = [
        NewEvent(
            kind="incident.opened",
            incident=incident,
            body={
                "title": title,
                "type": kind.value,
                "level": int(level),
                "phase": Phase.IDENTIFICATION.value,
                "detected_at": _iso(detected_at),
            },
        )
    ]
    if playbook is not None:
        moments: dict[Since, datetime] = {"detection": detected_at, "opened": now}
        events.append(attach_playbook(incident, playbook, moments, f"the incident's type is {kind.words}"))
    return events


def attach_playbook(
    incident: str, playbook: Playbook, moments: Mapping[Since, datetime], reason: str
) -> NewEvent:
    """Attach a playbook's steps; a due time is set where the moment it counts from is known.

    Where it is not, the event keeps what it counts from, and after how many seconds it is due.
    """
    steps: list[JsonValue] = []
    for step in playbook.step:
        since = moments.get(step.since)
        due = since + step.due if since is not None and step.due is not None else None
        made: dict[str, JsonValue] = {
            "id": step.id,
            "phase": step.phase.value,
            "title": step.title,
            "detail": step.detail,
            "role": step.role,
            "due_at": _iso(due) if due else None,
            "evidence_kinds": list(step.evidence),
        }
        if since is None and step.due is not None:
            made |= {"since": step.since, "due_after": int(step.due.total_seconds())}
        if step.starts is not None:
            made["starts"] = step.starts
        steps.append(made)
    return NewEvent(
        kind="playbook.attached",
        incident=incident,
        body={
            "playbook": playbook.id,
            "version": playbook.version,
            "reason": reason,
            "first_position": 0,
            "steps": steps,
        },
    )


def move_step(
    item: ChecklistItem, state: StepState, evidence: str | None = None, began: datetime | None = None
) -> NewEvent:
    """Start, close or reopen a step.

    Args:
        began: when the moment was that this step records, if it was not just now.

    Raises:
        ActRefusedError: a step is closed without saying what proves it.
    """
    words = (evidence or "").strip()
    if state in (StepState.DONE, StepState.NOT_APPLICABLE) and not words:
        raise ActRefusedError("Say what proves this step: a link, a note, or na: and why it does not apply.")
    if words.lower().startswith("na:"):
        state, words = StepState.NOT_APPLICABLE, words[3:].strip()
        if not words:
            raise ActRefusedError("Say after na: why this step does not apply.")
    body: dict[str, JsonValue] = {
        "playbook": item.playbook,
        "step": item.step,
        "state": state.value,
        "evidence": clean(words) or None,
    }
    if state is StepState.DONE and item.starts is not None and began is not None:
        body["began"] = _iso(began)
    return NewEvent(kind="step.moved", incident=item.incident, body=body)


def raise_level(before: Level, after: Level, reason: str) -> NewEvent:
    """The standing level goes up, by the agent or a person.

    Raises:
        ActRefusedError: it would not go up, or no reason is given.
    """
    if after <= before:
        raise ActRefusedError(f"The level is {before.word} already.")
    return _level("level.raised", before, after, reason)


def lower_level(
    before: Level, after: Level, reason: str, *, actor: str, held: Level, proposal: LevelChange | None
) -> NewEvent:
    """A person takes the standing level down; from Crisis up a second person must agree.

    Args:
        held: the highest level that score or floors gave in the last 60 minutes.
        proposal: the open proposal of a lower level, if there is one.

    Raises:
        ActRefusedError: it would not go down, the lower level has not held long
            enough, no reason is given, or the second person is missing.
    """
    if after >= before:
        raise ActRefusedError(f"The level is {before.word}; choose a lower one.")
    if held > after:
        raise ActRefusedError(
            f"The signs gave {held.word} within the last 60 minutes; it can go down to {held.word} at most."
        )
    if before < Level.CRISIS:
        return _level("level.lowered", before, after, reason)
    if proposal is None or proposal.after != after:
        return _level("level.proposed", before, after, reason)
    if proposal.by == actor:
        raise ActRefusedError(f"You proposed {after.word}; from {before.word} a second person must agree.")
    return _level("level.lowered", before, after, reason)


def _level(kind: str, before: Level, after: Level, reason: str) -> NewEvent:
    if not reason.strip():
        raise ActRefusedError("A level changes with a reason only; say why in a few words.")
    body: dict[str, JsonValue] = {"before": int(before), "after": int(after), "reason": reason.strip()}
    return NewEvent(kind=kind, body=body)


def state_fact(fact: Fact, holds: bool, reason: str, incident: str | None = None) -> NewEvent:
    """A person says that something holds, or that it does not (any more).

    Raises:
        ActRefusedError: no reason is given.
    """
    if not reason.strip():
        raise ActRefusedError("A fact needs what it rests on; say in a few words how you know.")
    body: dict[str, JsonValue] = {"fact": fact.value, "holds": holds, "reason": clean(reason).strip()}
    return NewEvent(kind="fact.stated", incident=incident, body=body)


def text_hash(text: str) -> str:
    """The name of a revision: the SHA-256 of its UTF-8 bytes, in hex."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def save_revision(
    statement: str, incident: str | None, text: str, parent: str | None
) -> tuple[NewEvent, SafeText]:
    """Save an immutable text of a statement; returns the event and the text as it is kept.

    Raises:
        ActRefusedError: there is no text, or it is the parent's.
    """
    safe = clean(text)
    if not safe.strip():
        raise ActRefusedError("There is nothing to save yet; write the statement first.")
    name = text_hash(safe)
    if name == parent:
        raise ActRefusedError("Nothing has changed since the last revision.")
    body: dict[str, JsonValue] = {"statement": statement, "hash": name, "parent": parent, "text": safe}
    return NewEvent(kind="revision.saved", incident=incident, body=body), safe
