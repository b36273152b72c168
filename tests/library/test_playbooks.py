"""Every playbook that ships is well formed, whoever edits it next."""

from __future__ import annotations

import datetime
import re
import tomllib
from typing import Any

import pytest

from data.library import folder, read
from data.models.playbook import CrisisType, Playbook

PHASES = ["preparation", "identification", "response", "recovery"]
ROLES = {"LEAD", "COMMS", "SOCIAL", "CARE", "SME", "LEGAL", "EXEC", "SCRIBE"}
MOMENTS = {"awareness", "decision", "published"}
EVIDENCE = {"link", "text", "file", "event", "ref", "metric", "na"}
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
DURATION = re.compile(r"P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?)?")
FILES = sorted(entry.name for entry in folder("playbooks").iterdir() if entry.name.endswith(".toml"))


def playbook(file: str) -> dict[str, Any]:
    return tomllib.loads((folder("playbooks") / file).read_text(encoding="utf-8"))


def test_every_type_of_crisis_has_one() -> None:
    assert set(FILES) == {f"{kind.value}.toml" for kind in CrisisType}
    for kind in CrisisType:
        book = read.playbook(kind)
        assert book is not None
        assert book.type is kind


@pytest.mark.parametrize("file", FILES)
def test_head(file: str) -> None:
    book = playbook(file)
    assert f"{book['id']}.toml" == file
    assert book["title"]
    assert book["summary"].endswith(".")
    assert book["version"] >= 1
    assert isinstance(book["reviewed_on"], datetime.date)
    assert 16 <= len(book["step"]) <= 20
    assert set(book) == {"id", "title", "type", "version", "reviewed_on", "summary", "step"}


@pytest.mark.parametrize("file", FILES)
def test_steps(file: str) -> None:
    steps = playbook(file)["step"]
    ids = [step["id"] for step in steps]
    assert len(set(ids)) == len(ids)
    for step in steps:
        assert SLUG.fullmatch(step["id"])
        assert step["phase"] in PHASES
        assert step["role"] in ROLES
        assert 0 < len(step["title"]) <= 46
        assert step["detail"].endswith((".", "?"))
        assert step["evidence"]
        assert set(step["evidence"]) <= EVIDENCE
        assert step["source"]
        assert step["since"] in {"detection", "opened", *MOMENTS}
        assert step.get("starts") in {None, *MOMENTS}
        assert 0 <= step.get("layer", 0) <= 4
        assert DURATION.fullmatch(step.get("due", "PT1M"))
        assert set(step) <= {
            "id", "phase", "title", "detail", "role", "due", "since", "starts", "evidence", "source", "layer",
        }  # fmt: skip


@pytest.mark.parametrize("file", FILES)
def test_phases_come_in_order(file: str) -> None:
    places = [PHASES.index(step["phase"]) for step in playbook(file)["step"]]
    assert places == sorted(places)
    assert set(places) == {0, 1, 2, 3}


@pytest.mark.parametrize("file", FILES)
def test_due_times_of_a_phase_come_in_order(file: str) -> None:
    book = Playbook.model_validate(playbook(file))
    latest: dict[tuple[str, str], datetime.timedelta] = {}
    for step in book.step:
        if step.due is not None:
            before = latest.get((step.phase, step.since), step.due)
            assert step.due >= before, f"{step.id} is due before the step above it"
            latest[step.phase, step.since] = step.due


@pytest.mark.parametrize("file", FILES)
def test_a_moment_that_is_waited_for_is_recorded_by_an_earlier_step(file: str) -> None:
    recorded = {"detection", "opened"}
    for step in playbook(file)["step"]:
        assert step["since"] in recorded, f"{step['id']} would never be due"
        recorded.add(step.get("starts", "opened"))


@pytest.mark.parametrize(
    ("file", "count", "acts"),
    [
        ("customer_service.toml", 18, ["acknowledge", "investigate", "respond", "update"]),
        (
            "misinformation.toml",
            20,
            ["no-amplifying", "measure-spread", "answer-or-watch", "two-person-check", "correct"],
        ),
        (
            "operational.toml",
            20,
            ["anyone-hurt", "safety-line", "stop-sale", "open-hotline", "recall-notice"],
        ),
        ("reputation.toml", 20, ["check-real", "choose-posture", "holding-line", "apologise", "stand-down"]),
        ("security.toml", 20, ["identify-scope", "public-statement", "engage-affected", "recovery-plan"]),
    ],
)
def test_the_worked_case_can_be_recognised(file: str, count: int, acts: list[str]) -> None:
    ids = [step["id"] for step in playbook(file)["step"]]
    assert len(ids) == count
    places = [ids.index(act) for act in acts]
    assert places == sorted(places)
