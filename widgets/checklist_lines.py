"""The checklist as lines. Pure."""

from __future__ import annotations

from datetime import datetime

from data.models.playbook import ChecklistItem, StepState
from widgets.fit import clock, cut, fold, span, wrap
from widgets.ink import Ink, Line, Span, line, spread

BOXES = {
    StepState.OPEN: "[ ]",
    StepState.STARTED: "[>]",
    StepState.DONE: "[x]",
    StepState.NOT_APPLICABLE: "[-]",
}
_MOMENTS = {"published": "our first line", "decision": "the decision"}
"""How a moment is called where its own word would not do."""
_ROLE = 6
_WIDE = 64
_WITH_ROLE = 34
_LEAST_TITLE = 6


def overdue(item: ChecklistItem, now: datetime) -> bool:
    """True for a step that should be closed by now and is not."""
    return not item.closed and item.due_at is not None and item.due_at < now


def due_words(item: ChecklistItem, now: datetime, wide: bool) -> Span:
    """What stands at the right: when it is due, how late it is, or who closed it and when."""
    if item.closed:
        word = "done" if item.state is StepState.DONE else "n/a"
        when = clock(item.at, now) if item.at else ""
        by = fold(item.by) if item.by else ""
        parts = [word, when, cut(by, 16)] if wide else [when or word]
        return Span(" ".join(part for part in parts if part), Ink.QUIET)
    if item.due_at is None and item.due_after is not None and item.state is StepState.OPEN and wide:
        return Span(f"{span(item.due_after)} {_after(item)}", Ink.QUIET)
    if item.due_at is None:
        return Span(cut(fold(item.by), 16) if item.by and item.state is StepState.STARTED else "", Ink.QUIET)
    left = item.due_at - now
    if overdue(item, now):
        return Span(f"! OVERDUE {span(-left)}", Ink.BAD)
    return Span(f"due {clock(item.due_at, now)} in {span(left)}" if wide else f"in {span(left)}")


def _after(item: ChecklistItem) -> str:
    """What a due time waits for."""
    return f"after {_MOMENTS.get(item.since or '', item.since)}"


def step_line(item: ChecklistItem, width: int, now: datetime) -> Line:
    """One step: box, role, title, due words at the right."""
    right = due_words(item, now, width >= _WIDE)
    ink = Ink.QUIET if item.closed else Ink.PLAIN
    box_ink = Ink.QUIET if item.closed else Ink.STRONG
    lead = f"{item.role:<{_ROLE}} " if width >= _WITH_ROLE else ""
    left: Line = (
        Span(" "),
        Span(f"{BOXES[item.state]} ", box_ink),
        Span(lead, Ink.QUIET),
        Span(fold(item.title), ink),
    )
    return spread(left, (right,) if right.text else (), width, keep=5 + len(lead) + _LEAST_TITLE)


def title_is_cut(item: ChecklistItem, width: int, now: datetime) -> bool:
    """Whether the line of the step does not show all of its title."""
    drawn = "".join(part.text for part in step_line(item, width, now))
    return fold(item.title) not in drawn


def phase_line(phase: str, closed: int, of: int) -> Line:
    """The heading of a phase with how far it is."""
    return (Span(f" {phase.upper()}"), Span(f"  {closed} of {of} closed", Ink.QUIET))


def grouped(items: tuple[ChecklistItem, ...]) -> list[tuple[str, list[ChecklistItem]]]:
    """The steps by phase, phases and steps in the order in which they first stand."""
    groups: dict[str, list[ChecklistItem]] = {}
    for item in items:
        groups.setdefault(item.phase.value, []).append(item)
    return list(groups.items())


def detail_lines(item: ChecklistItem, width: int, height: int, now: datetime) -> list[Line]:
    """What the step asks for (and its title, where its line cuts it), in exactly `height` lines."""
    text: str = fold(item.detail)
    if title_is_cut(item, width, now):
        text = f"{fold(item.title)}. {text}".rstrip()
    if item.closed and item.evidence:
        text = f"Closed with: {fold(item.evidence)}. {text}"
    elif item.due_at is None and item.due_after is not None and width < _WIDE:
        text = f"Due {span(item.due_after)} {_after(item)}. {text}"
    lines = [line(f" {part}", Ink.QUIET) for part in wrap(text, width - 1, height)]
    return lines + [()] * (height - len(lines))
