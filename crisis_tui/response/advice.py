"""What to do next, in one sentence. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from data.models.incident import Incident, LevelChange
from data.models.level import Level
from data.models.playbook import ChecklistItem, StepState


def next_step(items: Sequence[ChecklistItem], now: datetime) -> ChecklistItem | None:
    """The open step to look at first: the longest overdue, else the nearest due, else the first."""
    open_items = [item for item in items if not item.closed]
    timed = [item for item in open_items if item.due_at is not None]
    if timed:
        return min(timed, key=lambda item: (item.due_at or now, item.position))
    return open_items[0] if open_items else None


def advice(
    level: Level,
    incident: Incident | None,
    items: Sequence[ChecklistItem],
    said: bool,
    now: datetime,
    *,
    proposal: LevelChange | None = None,
    actor: str = "",
) -> str:
    """One sentence for the person on call.

    Args:
        said: whether a statement was saved for this incident.
        proposal: a lower level that waits for a second person; it stands before all else.
        actor: who reads the advice.
    """
    if proposal is not None:
        if proposal.by == actor:
            return f"{proposal.after.word} waits for a second person to agree."
        return f"{proposal.by} proposes {proposal.after.word}: press L to agree or not."
    if incident is None:
        if level >= Level.INCIDENT:
            return "Press o to open an incident; its checklist attaches."
        if level >= Level.EMERGENT:
            return "Read what is spreading. Press o if you decide to act."
        return "Nothing to do; watching."
    step = next_step(items, now)
    if not said and level >= Level.EMERGENT:
        return "Press 4 and write the first public line."
    if not items:
        return "This incident has no playbook; decide the next act and write it down."
    if step is None:
        return "All steps are closed. Lower the level with L when the signs allow."
    if step.state is StepState.STARTED:
        return f"Press 3 and finish: {step.title}"
    return f"Press 3, next step: {step.title}"
