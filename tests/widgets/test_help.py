"""The table of keys."""

from __future__ import annotations

import pytest

from tests.widgets.harness import HOSTILE, SIZES, frame, showing
from widgets.fit import cells
from widgets.help import HelpTable

GROUPS = [
    ("Everywhere", [("ctrl+q", "Quit", "leaves the dashboard; the agent goes on"), ("1 2 3 4", "Pane", "")]),
    ("Feed", [("j, down", "Next mention", "goes to the next older one and lets you read [/] on from there")]),
]


async def test_keys_and_titles_stand_in_columns() -> None:
    table = HelpTable(GROUPS)
    async with showing(table, size=(50, 10)) as (app, _):
        assert [line.rstrip() for line in frame(app)] == [
            "▌KEYS ───────────────────────────────────────────",
            " EVERYWHERE",
            "  ctrl+q   Quit: leaves the dashboard; the agent",
            "           goes on",
            "  1 2 3 4  Pane",
            "",
            " FEED",
            "  j, down  Next mention: goes to the next older",
            "           one and lets you read [/] on from",
            "           there",
        ]


@pytest.mark.parametrize("size", [*SIZES, (7, 4)])
async def test_any_size_and_any_text(size: tuple[int, int]) -> None:
    table = HelpTable([(text, [(text, text, text)]) for text in HOSTILE])
    async with showing(table, size=size) as (app, pilot):
        for action in ("page_down", "end", "cursor_up", "home"):
            getattr(table, f"action_{action}")()
            await pilot.pause()
            assert {cells(line) for line in frame(app)} == {size[0]}


async def test_no_keys_is_said() -> None:
    async with showing(HelpTable(), size=(40, 4)) as (app, _):
        assert "No keys are bound." in frame(app)[1]
