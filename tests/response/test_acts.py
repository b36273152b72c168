"""What people may do and what is asked of them: reasons, proof, second persons."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis_tui.response import acts
from crisis_tui.response.acts import ActRefusedError
from crisis_tui.response.advice import advice, next_step
from data.library import read
from data.models.event import canonical
from data.models.incident import Incident, LevelChange
from data.models.level import Level
from data.models.playbook import ChecklistItem, CrisisType, Phase, StepState
from data.text import clean
from tests.store.kit import NOON

LEVELS = st.sampled_from(Level)


def proposal(after: Level, by: str) -> LevelChange:
    return LevelChange.model_validate(
        {"event": "e", "at": NOON, "before": Level.CRISIS, "after": after, "by": by, "reason": "calm"}
    )


def item(**changes: Any) -> ChecklistItem:
    return ChecklistItem.model_validate(
        {
            "incident": "abc",
            "playbook": "security",
            "step": "first",
            "position": 0,
            "phase": Phase.RESPONSE,
            "title": "Say it",
            "detail": "",
            "role": "COMMS",
            "due_at": None,
            "evidence_kinds": (),
        }
        | changes
    )


@given(LEVELS, LEVELS, st.text())
def test_levels_only_go_up_by_raising_and_with_a_reason(before: Level, after: Level, reason: str) -> None:
    if after > before and reason.strip():
        event = acts.raise_level(before, after, reason)
        assert event.kind == "level.raised"
        assert event.body == {"before": before, "after": after, "reason": reason.strip()}
    else:
        with pytest.raises(ActRefusedError):
            acts.raise_level(before, after, reason)


@given(LEVELS, LEVELS, LEVELS, st.sampled_from(["", "  ", "calm"]), st.none() | LEVELS, st.booleans())
def test_who_may_lower_what_and_when(
    before: Level, after: Level, held: Level, reason: str, proposed: Level | None, by_other: bool
) -> None:
    offer = None if proposed is None else proposal(proposed, "berta" if by_other else "anna")

    def lower() -> str:
        return acts.lower_level(before, after, reason, actor="anna", held=held, proposal=offer).kind

    seconded = offer is not None and proposed == after
    if after >= before or held > after or not reason.strip():
        with pytest.raises(ActRefusedError):
            lower()
    elif before < Level.CRISIS:
        assert lower() == "level.lowered"
    elif not seconded:
        assert lower() == "level.proposed"
    elif by_other:
        assert lower() == "level.lowered"
    else:
        with pytest.raises(ActRefusedError, match="a second person must agree"):
            lower()


def test_the_refusal_says_how_far_down_it_may_go() -> None:
    with pytest.raises(
        ActRefusedError, match=r"within the last 60 minutes; it can go down to Incident at most\.$"
    ):
        acts.lower_level(
            Level.CRISIS, Level.ROUTINE, "calm", actor="anna", held=Level.INCIDENT, proposal=None
        )


@pytest.mark.parametrize("kind", CrisisType)
def test_opening_attaches_the_playbook_with_times(kind: CrisisType) -> None:
    book = read.playbook(kind)
    events = acts.open_incident(
        "A title", kind, Level.INCIDENT, detected_at=NOON - timedelta(minutes=10), now=NOON, playbook=book
    )
    opened = events[0]
    assert (opened.kind, opened.body["detected_at"]) == ("incident.opened", "2026-03-04T11:50:00.000Z")
    assert len({each.incident for each in events}) == 1
    assert book is not None
    steps: Any = events[1].body["steps"]
    assert [step["id"] for step in steps] == [step.id for step in book.step]
    for step, made in zip(book.step, steps, strict=True):
        known = {"detection": NOON - timedelta(minutes=10), "opened": NOON}.get(step.since)
        due = known + step.due if known is not None and step.due is not None else None
        waits = (step.since, step.due.total_seconds()) if step.due and known is None else (None, None)
        assert (made.get("since"), made.get("due_after")) == waits
        assert made["due_at"] == (
            due.isoformat(timespec="milliseconds").replace("+00:00", "Z") if due else None
        )
    for event in events:
        assert len(canonical(event.body)) < 65_536


@pytest.mark.parametrize("title", ["", "   ", "\n"])
def test_an_incident_needs_a_title(title: str) -> None:
    with pytest.raises(ActRefusedError, match="needs a title"):
        acts.open_incident(
            title, CrisisType.SECURITY, Level.CRISIS, detected_at=NOON, now=NOON, playbook=None
        )


@pytest.mark.parametrize(
    ("state", "evidence", "wanted"),
    [
        (StepState.STARTED, None, (StepState.STARTED, None)),
        (StepState.OPEN, "", (StepState.OPEN, None)),
        (StepState.DONE, " https://a.example ", (StepState.DONE, "https://a.example")),
        (StepState.DONE, "NA: no customers there", (StepState.NOT_APPLICABLE, "no customers there")),
        (StepState.DONE, "see \x1b[2J", (StepState.DONE, "see \u241b[2J")),
    ],
)
def test_steps_move(state: StepState, evidence: str | None, wanted: tuple[StepState, str | None]) -> None:
    body = acts.move_step(item(), state, evidence).body
    assert (body["state"], body["evidence"]) == wanted


@pytest.mark.parametrize("evidence", [None, "", "  ", "na:", "NA:  "])
def test_a_step_closes_with_proof_only(evidence: str | None) -> None:
    with pytest.raises(ActRefusedError):
        acts.move_step(item(), StepState.DONE, evidence)


@given(st.text(st.characters(exclude_categories=[])), st.none() | st.just("0" * 64))
def test_a_revision_is_named_by_what_is_kept(text: str, parent: str | None) -> None:
    try:
        event, safe = acts.save_revision("s", None, text, parent)
    except ActRefusedError:
        assert not clean(text).strip()
        return
    assert event.body["hash"] == hashlib.sha256(safe.encode()).hexdigest() == acts.text_hash(safe)
    assert event.body["text"] == safe
    with pytest.raises(ActRefusedError, match="Nothing has changed"):
        acts.save_revision("s", None, safe, acts.text_hash(safe))


INCIDENT = Incident.model_validate(
    {
        "id": "abc", "title": "A leak", "type": CrisisType.SECURITY, "phase": Phase.RESPONSE,
        "level": Level.CRISIS, "opened_at": NOON, "opened_by": "anna", "detected_at": NOON,
    }
)  # fmt: skip


def test_the_next_step_is_the_longest_overdue_then_the_nearest() -> None:
    soon, late = NOON + timedelta(minutes=1), NOON - timedelta(hours=1)
    items = [
        item(step="a", position=0),
        item(step="b", position=1, due_at=soon),
        item(step="c", position=2, due_at=late),
        item(step="d", position=3, due_at=late - timedelta(hours=9), state=StepState.DONE),
    ]
    found = next_step(items, NOON)
    assert found is not None
    assert found.step == "c"
    assert next_step([items[0], items[3]], NOON) == items[0]
    assert next_step([items[3]], NOON) is None


@pytest.mark.parametrize(
    ("level", "incident", "items", "said", "word"),
    [
        (Level.ROUTINE, None, [], False, "Nothing to do"),
        (Level.EMERGENT, None, [], False, "Read what is spreading"),
        (Level.CRISIS, None, [], False, "Press o to open an incident"),
        (Level.CRISIS, INCIDENT, [item()], False, "write the first public line"),
        (Level.CRISIS, INCIDENT, [item()], True, "next step: Say it"),
        (Level.CRISIS, INCIDENT, [item(state=StepState.STARTED)], True, "finish: Say it"),
        (Level.CRISIS, INCIDENT, [item(state=StepState.DONE)], True, "All steps are closed"),
        (Level.ROUTINE, INCIDENT, [item()], False, "next step: Say it"),
    ],
)
def test_advice(
    level: Level, incident: Incident | None, items: list[ChecklistItem], said: bool, word: str
) -> None:
    assert word in advice(level, incident, items, said, NOON)


@pytest.mark.parametrize(
    ("actor", "words"),
    [
        ("berta", "anna proposes Emergent issue: press L to agree or not."),
        ("anna", "Emergent issue waits for a second person to agree."),
    ],
)
@pytest.mark.parametrize("incident", [None, INCIDENT])
def test_a_proposed_level_is_told_before_all_else(actor: str, words: str, incident: Incident | None) -> None:
    waits = proposal(Level.EMERGENT, "anna")
    assert advice(Level.CRISIS, incident, [item()], False, NOON, proposal=waits, actor=actor) == words
