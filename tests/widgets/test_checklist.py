"""The checklist pane."""

from __future__ import annotations

from datetime import timedelta

import pytest

from data.models.playbook import StepState
from tests.widgets.harness import HOSTILE, NOW, SIZES, checklist, frame, showing, step
from widgets.checklist import ChecklistPane
from widgets.fit import cells, fold

ACTIONS = ("cursor_up", "cursor_down", "page_up", "page_down", "home", "end", "next_open", "start", "close")


async def test_steps_stand_by_phase_with_their_clocks() -> None:
    pane = ChecklistPane()
    async with showing(pane, size=(80, 18)) as (app, pilot):
        pane.show(checklist(), "Leak", NOW)
        await pilot.pause()
        assert [line.rstrip() for line in frame(app)] == [
            "▌3 CHECKLIST Leak ──────────────────────────────────── 2 of 9 closed, 1 OVERDUE",
            " PREPARATION  0 of 1 closed",
            "▌[ ] LEGAL  List regulators, portals, insurers, contacts",
            " IDENTIFICATION  2 of 5 closed",
            " [x] LEAD   Open it as confidential, under a code name          done 14:02 anna",
            " [ ] LEGAL  Record when we became aware, and who judged            ! OVERDUE 5m",
            " [>] LEAD   Bring legal, security and comms together           due 14:42 in 12m",
            " [ ] SME    Identify: which data, whose, how many, where    due 15:30 in 1h 00m",
            " [-] EXEC   Insurer                                              n/a 14:30 anna",
            " RESPONSE  0 of 2 closed",
            " [ ] SOCIAL Post the holding statement                         due 14:42 in 12m",
            " [ ] LEGAL  Tell the regulator                       due 25 Nov 04:30 in 2d 14h",
            " RECOVERY  0 of 1 closed",
            " [ ] CARE   Offer help to everyone affected",
            "",
            " The moment at which we were reasonably sure starts several clocks. Note time",
            " and zone.",
            "",
        ]


async def test_a_narrow_checklist_keeps_the_clocks() -> None:
    pane = ChecklistPane()
    async with showing(pane, size=(36, 18)) as (app, pilot):
        pane.show(checklist(), "Leak", NOW)
        await pilot.pause()
        shown = [line.rstrip() for line in frame(app)]
        assert shown[0] == "▌3 CHECKLIST Leak ── 2/9, 1 OVERDUE"
        assert shown[5] == " [ ] LEGAL  Record wh… ! OVERDUE 5m"
        assert shown[7] == " [ ] SME    Identify: wh… in 1h 00m"
        assert shown[-3] == " List regulators, portals,"


@pytest.mark.parametrize("size", [*SIZES, (12, 4), (1, 1)])
async def test_hostile_steps_fit_any_size(size: tuple[int, int]) -> None:
    pane = ChecklistPane()
    async with showing(pane, size=size) as (app, pilot):
        steps = [
            step(place, (text or "x")[:40], detail=text, state=state, by=text, at=NOW, evidence=text)
            for place, text in enumerate(HOSTILE)
            for state in [list(StepState)[place % 4]]
        ]
        pane.show(tuple(steps), HOSTILE[0], NOW)
        for action in ACTIONS:
            getattr(pane, f"action_{action}")()
            await pilot.pause()
            assert {cells(line) for line in frame(app)} == {size[0]}


def at(pane: ChecklistPane) -> str | None:
    """The id of the step under the cursor."""
    return None if pane.current is None else pane.current.step


async def test_the_cursor_stays_on_its_step() -> None:
    pane = ChecklistPane()
    async with showing(pane, size=(60, 20)) as (_, pilot):
        steps = checklist()
        pane.show(steps[1:], "Leak", NOW)
        assert at(pane) == "step-3"
        pane.action_cursor_down()
        pane.show(steps, "Leak", NOW + timedelta(minutes=1))
        await pilot.pause()
        assert at(pane) == "step-4"
        pane.show(tuple(item for item in steps if item.step != "step-4"), "Leak", NOW)
        assert at(pane) == "step-5"
        pane.show((), None, NOW)
        assert at(pane) is None
        pane.show((step(7, incident="i2"),), "Other", NOW)
        assert at(pane) == "step-7"


async def test_another_incident_begins_at_its_first_open_step() -> None:
    pane = ChecklistPane()
    async with showing(pane, size=(60, 20)) as (_, _pilot):
        pane.show(checklist(), "Leak", NOW)
        pane.action_end()
        other = tuple(item.model_copy(update={"incident": "i2"}) for item in checklist()[1:])
        pane.show(other, "Other", NOW)
        assert at(pane) == "step-3"


async def test_actions_name_the_step() -> None:
    pane = ChecklistPane()
    async with showing(pane, size=(60, 20)) as (app, pilot):
        pane.show(checklist(), "Leak", NOW)
        pane.action_start()
        pane.action_close()
        pane.action_reopen()
        pane.action_open()
        await pilot.pause()
        for kind in (pane.StepStart, pane.StepClose, pane.StepReopen, pane.StepOpened):
            assert [message.item.step for message in app.said(kind)] == ["step-1"]


async def test_the_view_follows_the_cursor() -> None:
    pane = ChecklistPane()
    async with showing(pane, size=(60, 8)) as (app, pilot):
        pane.show(checklist(), "Leak", NOW)
        for _ in checklist():
            await pilot.pause()
            assert any(line.startswith("▌[") for line in frame(app))
            pane.action_cursor_down()
        for _ in checklist():
            await pilot.pause()
            assert any(line.startswith("▌[") for line in frame(app))
            pane.action_cursor_up()
        await pilot.pause()
        assert "PREPARATION" in frame(app)[1]


@pytest.mark.parametrize("size", SIZES)
async def test_an_empty_checklist_says_what_to_do(size: tuple[int, int]) -> None:
    pane = ChecklistPane(empty_text="No incident is open. Press i to open one [/].")
    async with showing(pane, size=size) as (app, pilot):
        for action in ACTIONS:
            getattr(pane, f"action_{action}")()
        await pilot.pause()
        assert "Press i to open one [/]." in fold(" ".join(frame(app)))
