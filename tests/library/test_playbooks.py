"""Every playbook that ships is well formed, whoever edits it next."""

from __future__ import annotations

import datetime
import re
import tomllib
from typing import Any

import pytest

from data.library import folder

PHASES = ["preparation", "identification", "response", "recovery"]
ROLES = {"LEAD", "COMMS", "SOCIAL", "CARE", "SME", "LEGAL", "EXEC", "SCRIBE"}
EVIDENCE = {"link", "text", "file", "event", "ref", "metric", "na"}
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
DURATION = re.compile(r"P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?)?")
FILES = sorted(entry.name for entry in folder("playbooks").iterdir() if entry.name.endswith(".toml"))


def playbook(file: str) -> dict[str, Any]:
    return tomllib.loads((folder("playbooks") / file).read_text(encoding="utf-8"))


def test_the_two_worked_cases_have_one() -> None:
    assert {"customer_service.toml", "security.toml"} <= set(FILES)


@pytest.mark.parametrize("file", FILES)
def test_head(file: str) -> None:
    book = playbook(file)
    assert f"{book['id']}.toml" == file
    assert book["title"]
    assert book["summary"].endswith(".")
    assert book["version"] >= 1
    assert isinstance(book["reviewed_on"], datetime.date)
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
        assert step["since"] in {"detection", "awareness", "opened"}
        assert 0 <= step.get("layer", 0) <= 4
        assert DURATION.fullmatch(step.get("due", "PT1M"))
        assert set(step) <= {
            "id", "phase", "title", "detail", "role", "due", "since", "evidence", "source", "layer",
        }  # fmt: skip


@pytest.mark.parametrize("file", FILES)
def test_phases_come_in_order(file: str) -> None:
    places = [PHASES.index(step["phase"]) for step in playbook(file)["step"]]
    assert places == sorted(places)
    assert set(places) == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("file", "count", "acts"),
    [
        ("customer_service.toml", 18, ["acknowledge", "investigate", "respond", "update"]),
        ("security.toml", 20, ["identify-scope", "public-statement", "engage-affected", "recovery-plan"]),
    ],
)
def test_the_worked_case_can_be_recognised(file: str, count: int, acts: list[str]) -> None:
    ids = [step["id"] for step in playbook(file)["step"]]
    assert len(ids) == count
    places = [ids.index(act) for act in acts]
    assert places == sorted(places)
