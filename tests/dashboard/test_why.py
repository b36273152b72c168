"""The why screen and the spans of the chart, key by key."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from crisis_tui.dashboard.screens.why import WhyScreen
from crisis_tui.terminal.clipboard import FILE_NAME
from data.models.level import Level
from data.store import Store
from tests.dashboard.harness import NOW, Run, assessment, dashboard, noticing
from tests.widgets.harness import noticed


async def filled(folder: Path) -> None:
    """A store with a crisis about which everything was found out."""
    async with Store.open(folder) as store:
        await noticing(store)


async def open_why(run: Run) -> WhyScreen:
    """Open the screen with its key."""
    await run.press("w")
    await run.until_text("WHY - ESC GOES BACK")
    screen = run.app.screen
    assert isinstance(screen, WhyScreen)
    return screen


async def test_w_tells_all_and_goes_back_to_the_same_place(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path, (80, 24)) as run:
        await run.press("2")
        await open_why(run)
        await run.until_text("As of 2026-11-22 03:10", "It comes from the score", "Rising +36")
        assert "y copy" in run.bottom
        assert "Esc back" in run.bottom
        await run.press("end")
        await run.until_text("sentiment: lexicon 3", "influential: @daily_kitchen - ana")
        for leave in ("w", "escape"):
            await run.press(leave)
            await run.until(lambda: run.app.screen is run.main)
            assert run.main.place == "gauge"
            await open_why(run)


async def test_it_follows_the_present_and_keeps_the_place(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path, (80, 24)) as run:
        screen = await open_why(run)
        await run.press("pagedown")
        await run.until(lambda: screen.sheet.top > 0)  # type: ignore[attr-defined]  # it scrolls
        top = screen.sheet.top  # type: ignore[attr-defined]
        run.clock.at = NOW + timedelta(minutes=1)
        news = assessment(Level.CRISIS, 71, at=run.clock.at, **noticed(NOW))
        await run.store.standing.save_assessment(news, Level.CRISIS)
        await run.until(lambda: run.desk.snapshot.assessment == news)
        await run.until(lambda: "score 71/100" in screen.sheet.as_text())  # type: ignore[attr-defined]
        assert screen.sheet.top == top  # type: ignore[attr-defined]


async def test_looking_back_it_tells_of_that_moment(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path) as run:
        await run.press("end", "t")
        await run.until_text("Severity as it was then")
        await open_why(run)
        await run.until_text("As of 2026-11-21 07:10", "HISTORY")


async def test_y_copies_all_of_it_as_plain_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path, (80, 24)) as run:
        screen = await open_why(run)
        await run.press("y")
        await run.until_text("Copied")
        (copy,) = tmp_path.rglob(FILE_NAME)
        text = copy.read_text(encoding="utf-8")
        assert text == screen.sheet.as_text()  # type: ignore[attr-defined]
        assert "sentiment: lexicon 3" in text
        assert "\x1b" not in text


async def test_z_and_shift_z_change_the_span_and_say_so(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path) as run:
        await run.until_text("419 mentions in 6 h")
        await run.press("z")
        await run.until_text("The chart shows 24 h.", "461 in 24 h")
        await run.press("Z", "Z")
        await run.until_text("The chart shows 1 h.", " in 1 h, ")
        await run.press("Z")
        await run.until_text("The chart shows 7 d.", "461 mentions in 7 d")


async def test_the_chart_marks_a_rise_and_a_saved_statement(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path, (80, 24)) as run:
        await run.press("2", "Z")
        await run.until_text("in 1 h", " marks ")
        run.clock.at = NOW - timedelta(minutes=10)
        run.desk.writing.typed("We are looking into it.")
        await run.desk.writing.save()
        run.clock.at = NOW
        await run.until(lambda: any("^" in row and "S" in row for row in run.lines if " marks " in row))


async def test_questions_name_the_key_as_it_is_mapped(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path, (160, 50), keys={"main.state_fact": "E", "main.why": "v"}) as run:
        await run.until_text("v why")
        await run.press("v")
        await run.until_text("is anybody in danger? E says so")
