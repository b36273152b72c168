"""The user's own playbooks: what they override, and what is said of one that is wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis_tui.checks.library import library
from crisis_tui.dashboard.moments import NotAMomentError, past_moment
from crisis_tui.playbooks import Shelf, shelf
from data.library import read
from data.models.playbook import CrisisType
from tests.store.kit import NOON

SHIPPED = read.playbook_text(CrisisType.SECURITY)
TODAY = date(2026, 12, 1)
OWN = """\
id = "security"
title = "Ours"
type = "security"
version = 3
reviewed_on = 2026-11-01
summary = "Short."

[[step]]
id = "first"
phase = "response"
title = "Say it"
role = "COMMS"
due = "PT15M"
since = "awareness"
evidence = ["link", "na"]

[[step]]
id = "second"
phase = "recovery"
title = "Learn"
role = "LEAD"
"""


def on_shelf(folder: Path, text: str, name: str = "security.toml") -> Shelf:
    (folder / name).write_text(text, "utf-8")
    return shelf(folder)


def test_without_a_folder_what_ships_is_there(tmp_path: Path) -> None:
    found = shelf(tmp_path / "none")
    assert list(found.books) == [kind.value for kind in CrisisType]
    assert (found.own, found.faults, found.told()) == (frozenset(), (), "")


def test_a_file_of_the_same_name_overrides_and_another_adds(tmp_path: Path) -> None:
    found = on_shelf(tmp_path, OWN)
    assert found.books["security"].title == "Ours"
    assert found.books["reputation"] == read.playbook(CrisisType.REPUTATION)
    found = on_shelf(tmp_path, OWN.replace('"security"', '"leak"', 1), "leak.toml")
    assert [book.id for book in found.of(CrisisType.SECURITY)] == ["security", "leak"]
    assert found.own == {"security", "leak"}
    assert not found.faults


@pytest.mark.parametrize("kind", CrisisType)
def test_a_copy_of_what_ships_is_taken_as_it_is(tmp_path: Path, kind: CrisisType) -> None:
    found = on_shelf(tmp_path, read.playbook_text(kind), f"{kind.value}.toml")
    assert not found.faults
    assert found.books[kind.value] == read.playbook(kind)


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('"COMMS"', '"COMS"', 12, 'step 1 "first": "role" can\'t be \'COMS\'; did you mean "COMMS"?'),
        ('"COMMS"', '"comms"', 12, '"role" can\'t be \'comms\'; did you mean "COMMS"?'),
        ('"LEAD"', '"xyz"', 21, "\"role\" can't be 'xyz'; known are LEAD, COMMS, SOCIAL, CARE, SME, LEGAL,"),
        ('"COMMS"', "7", 12, '"role" must be one of LEAD, COMMS,'),
        ('"response"', '"respond"', 10, '"phase" can\'t be \'respond\'; did you mean "response"?'),
        ('"awareness"', '"awarness"', 14, '"since" can\'t be \'awarness\'; did you mean "awareness"?'),
        (
            'since = "awareness"',
            'starts = "aware"',
            14,
            '"starts" can\'t be \'aware\'; did you mean "awareness"?',
        ),
        ('"PT15M"', '"15 min"', 13, '"due" must be a duration of 10 years at most, such as "PT15M"'),
        ('"PT15M"', '"15 min"', 13, 'did you mean "PT15M"?'),
        ('"PT15M"', "15", 13, "(it is 15)"),
        ('"PT15M"', '"-PT15M"', 13, '"due" must be a duration'),
        ('"PT15M"', '"P99999999D"', 13, '"due" must be a duration'),
        ('"link", "na"', '"link", "url"', 15, "\"evidence\" can't be 'url'; known are link, text, file,"),
        (
            '["link", "na"]',
            '"link"',
            15,
            '"evidence" must be a list, such as ["link", "na"] (it is \'link\')',
        ),
        ("role = ", "rol = ", 12, 'step 1 "first": "rol" is no key here; did you mean "role"?'),
        ('role = "COMMS"\n', "", 8, 'step 1 "first" lacks "role", which must be one of LEAD,'),
        (
            '"Say it"',
            f'"{"x" * 61}"',
            11,
            '"title" must be a line of text in quotes, of 60 characters at most',
        ),
        ('"second"', '"first"', 18, "step 1 has this id too; give each an id of its own."),
        ("2026-11-01", '"soon"', 5, '"reviewed_on" must be a date without quotes, such as 2026-11-22'),
        ("version = 3", "version = 0", 4, '"version" must be a whole number from 1 up (it is 0)'),
        (
            'type = "security"',
            'type = "securty"',
            3,
            '"type" can\'t be \'securty\'; did you mean "security"?',
        ),
        (
            'type = "security"',
            'type = "reputation"',
            3,
            '"type" must be "security", since this file replaces',
        ),
        ('id = "security"', 'id = "safety"', 1, '"id" must be the name of the file, "security".'),
        ("summary = ", "sumary = ", 6, '"sumary" is no key here; did you mean "summary"?'),
        ("[[step]]", "[step]", None, "[[step]] with two brackets"),
        ('title = "Ours"', "title = Ours", 2, "the file is not valid TOML"),
    ],
)
def test_a_fault_is_one_sentence_with_its_line(
    tmp_path: Path, old: str, new: str, line: int | None, says: str
) -> None:
    found = on_shelf(tmp_path, OWN.replace(old, new, 1))
    assert len(found.faults) == 1
    (fault,) = found.faults
    assert says in fault.says
    assert "\n" not in fault.sentence
    assert line is None or fault.line == line
    assert found.books["security"] == read.playbook(CrisisType.SECURITY), "the shipped one is used"
    assert "security" not in found.own
    assert found.told().startswith("security.toml")
    assert found.told().endswith("the shipped one is used.")


def test_many_faults_are_all_told(tmp_path: Path) -> None:
    found = on_shelf(tmp_path, OWN.replace("COMMS", "COMS").replace("recovery", "recover"))
    assert [fault.line for fault in found.faults] == [12, 19]
    assert found.told().endswith("the shipped one is used; doctor tells 1 more.")


@given(st.binary(max_size=200), st.integers(0, len(SHIPPED)))
def test_whatever_stands_in_a_file_it_costs_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes, at: int
) -> None:
    folder = tmp_path_factory.getbasetemp() / "own-playbooks"
    folder.mkdir(exist_ok=True)
    text = SHIPPED.encode()
    (folder / "security.toml").write_bytes(text[:at] + junk + text[at:])
    found = shelf(folder)
    assert len(found.books) == len(CrisisType)
    assert bool(found.faults) != ("security" in found.own)
    assert all("\n" not in fault.sentence for fault in found.faults)


def test_steps_of_the_largest_playbook_fit_into_one_event(tmp_path: Path) -> None:
    step = '[[step]]\nid = "s{n}"\nphase = "response"\ntitle = "{t}"\ndetail = "{d}"\nrole = "LEAD"\n'
    head = OWN[: OWN.index("[[step]]")]
    many = "".join(step.format(n=n, t="漢" * 60, d="字" * 400) for n in range(40))
    found = on_shelf(tmp_path, head + many)
    assert not found.faults
    from crisis_tui.response.acts import attach_playbook
    from data.models.event import MAX_BODY, canonical

    event = attach_playbook("i" * 32, found.books["security"], {"detection": NOON}, "the type")
    assert len(canonical(event.body)) <= MAX_BODY


def checks(folder: Path, today: date = TODAY) -> dict[str, tuple[str, str, str]]:
    return {each.name: (each.state, each.says, each.mend) for each in library(folder, today)}


def test_doctor_lists_all_with_their_day_and_tells_old_ones(tmp_path: Path) -> None:
    found = checks(tmp_path)
    assert {f"playbook {kind.value}" for kind in CrisisType} <= set(found)
    assert {state for state, _, _ in found.values()} == {"ok"}
    on_shelf(tmp_path, OWN)
    state, says, _ = checks(tmp_path)["playbook security"]
    assert (state, says) == ("ok", "Ours; 2 steps, reviewed on 2026-11-01, own")
    assert checks(tmp_path, date(2027, 11, 1))["playbook security"][0] == "ok"
    state, says, mend = checks(tmp_path, date(2027, 11, 2))["playbook security"]
    assert (state, says) == (
        "note",
        "Ours; 2 steps, reviewed on 2026-11-01, own: more than 12 months ago",
    )
    assert "set reviewed_on" in mend
    assert checks(tmp_path, date(2026, 10, 1))["playbook security"][0] == "note"
    on_shelf(tmp_path, OWN.replace("COMMS", "COMS"))
    assert any(each.state == "fault" and "line 12" in each.says for each in library(tmp_path, TODAY))


@pytest.mark.parametrize(
    ("typed", "minutes"), [("11:30", 30), ("12:00", 0), ("12:01", 24 * 60 - 1), ("2026-03-04 10:00", 120)]
)
def test_a_time_is_the_last_such_time(typed: str, minutes: int) -> None:
    found = past_moment(typed, NOON)
    assert found is not None
    assert (NOON - found).total_seconds() == minutes * 60


@pytest.mark.parametrize(
    "typed", ["soon", "25:00", "2026-03-05 12:00", "1999-01-01", "9999-12-31T23:59-23:00", "1:2"]
)
def test_what_is_no_past_moment_is_refused_with_the_right_form(typed: str) -> None:
    with pytest.raises(NotAMomentError, match="Write now, a time such as 02:40"):
        past_moment(typed, NOON)
