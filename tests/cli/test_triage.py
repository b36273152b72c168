"""`crisis-tui triage` and what `mentions --json` says of it, as scripts see it."""

from __future__ import annotations

from pathlib import Path

import pytest

from crisis_tui.who import actor
from tests.cli.test_cli import document, sentence
from tests.store.kit import cli, line, number


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    assert cli(home, "ingest", "-", stdin=line(1, author="@ada") + line(2)).returncode == 0
    return home


def test_everything_is_decided_in_one_call_and_seen_by_others(home: Path) -> None:
    decided = document(
        cli(
            home, "triage", "x", "1", "--answer", "fix-facts", "--mark", "needs_answer",
            "--mark", "influential", "--assign", "bob", "--teach", "negative",
            "--evidence", "may be deleted", "--json",
        )
    )  # fmt: skip
    stands = decided["triage"]
    assert (decided["network"], decided["id"]) == ("x", "1")
    wanted = {
        "answer": "fix_facts", "needs_answer": True, "influential": True, "assigned": "bob",
        "tone": "negative", "reason": "may be deleted", "by": actor(), "answer_by": actor(),
    }  # fmt: skip
    assert {name: stands[name] for name in wanted} == wanted
    assert (
        number(home / "crisis.db", f"SELECT count(*) FROM evidence WHERE hash = '{stands['evidence']}'") == 1
    )
    rows = {each["id"]: each.get("triage") for each in document(cli(home, "mentions", "--json"))["mentions"]}
    assert rows == {"1": stands, "2": None}
    assert document(cli(home, "audit", "rebuild", "--check", "--json"))["ok"]


def test_what_was_decided_is_told_and_taken_back(home: Path) -> None:
    assert cli(home, "triage", "x", "1").stdout == b"Nothing was decided about this mention.\n"
    assert number(home / "crisis.db", "SELECT count(*) FROM events") == 0
    done = cli(home, "triage", "x", "1", "--answer", "restore", "--assign", "bob", "--evidence", "")
    said = done.stdout.decode()
    assert said.startswith(f"Answer: restore ({actor()} ")
    assert "Assigned to bob. Kept as evidence " in said
    done = cli(
        home,
        "triage",
        "x",
        "1",
        "--answer",
        "none",
        "--assign",
        "",
        "--no-evidence",
        "--unmark",
        "influential",
    )
    assert done.stdout == b"Nothing is decided any more about this mention.\n"
    assert number(home / "crisis.db", "SELECT count(*) FROM events") == 7


@pytest.mark.parametrize(
    ("arguments", "part", "code"),
    [
        (["x", "3"], "No mention 3 of x is stored", 1),
        (["x", "1", "--answer", "sing"], "choose from 'monitor', 'fix_facts'", 2),
        (["x", "1", "--teach", "unscored"], "choose from 'negative'", 2),
        (["x", "1", "--mark", "loud"], "choose from 'influential'", 2),
        (["x", "1", "--assign", "Ada Lovelace, High Street"], "in one word such as anna", 2),
        (["x", "1", "--evidence", "a", "--no-evidence"], "exclude each other", 2),
        (["x"], "ID", 2),
    ],
)
def test_what_can_not_be_is_one_sentence_and_records_nothing(
    home: Path, arguments: list[str], part: str, code: int
) -> None:
    assert part in sentence(cli(home, "triage", *arguments), code)
    assert number(home / "crisis.db", "SELECT count(*) FROM events") == 0
