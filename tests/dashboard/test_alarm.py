"""What the dashboard does of alerts beside ringing: DRILL in a drill, and pagers that can't be reached."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crisis_tui.response.acts import raise_level
from data.library import read
from data.models.alert import AlertPlace, Outcome, WayPlace
from data.models.level import Level
from data.store import Store
from data.text import SafeText
from tests.dashboard.harness import NOW, alive, calm, dashboard


def outcome(**changes: Any) -> AlertPlace:
    fields: dict[str, Any] = {
        "alert": "1",
        "level": "Crisis",
        "at": datetime.now(UTC),
        "ok": False,
        "says": SafeText("hooks.example has a fault of its own (500)."),
        "done": False,
        "tries": 3,
    }
    return AlertPlace(ways={"webhook": WayPlace(last=Outcome.model_validate(fields | changes))})


async def test_a_pager_that_can_not_be_reached_is_told_until_it_is(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await alive(store)
        await calm(store)
    async with dashboard(tmp_path) as run:
        await run.store.alerts.save(outcome(tries=1))
        await run.settle()
        assert "pager" not in run.bottom, "one failure may pass"
        await run.store.alerts.save(outcome())
        await run.until_text("! The pager could not be reached: hooks.example has a fault")
        await run.store.alerts.save(outcome(done=True, tries=20))
        await run.until_text("! The pager could not be reached, try crisis-tui alert --test: hooks")
        await run.store.alerts.save(outcome(ok=True, done=True))
        await run.until_text("The pager was reached.")


async def test_a_drill_says_so_in_its_notice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-kitty")
    monkeypatch.delenv("TERM_PROGRAM", raising=False)
    async with Store.open(tmp_path) as store:
        await alive(store)
    async with dashboard(tmp_path, drill=read.drill("viral-review").drill) as run:
        driver = run.app._driver
        assert driver is not None
        sent: list[str] = []
        monkeypatch.setattr(driver, "write", sent.append)
        await run.store.events.append([raise_level(Level.ROUTINE, Level.CRISIS, "a script")], "agent", NOW)
        await run.until(lambda: sent == ["\x07\x1b]9;DRILL crisis-tui: Crisis\x07"])
