"""Long texts on a screen of their own; all keys, from the list of actions."""

from __future__ import annotations

from collections.abc import Mapping

from crisis_tui.dashboard.actions import ACTIONS, PLACES, shown
from crisis_tui.dashboard.panes import Reading
from crisis_tui.dashboard.screens.reading import ReadingScreen


class TableScreen(ReadingScreen):
    """A long text in two columns."""

    def __init__(self, table: Reading, keys: Mapping[str, str]) -> None:
        super().__init__(table, keys)

    def on_mount(self) -> None:
        """Keys scroll it."""
        self.begin()


class HelpScreen(TableScreen):
    """Lists every key by the place where it works."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        groups = [
            (
                heading,
                [(shown(keys[each.id]), each.title, each.help) for each in ACTIONS if each.place == place],
            )
            for place, heading in PLACES.items()
            if any(each.place == place for each in ACTIONS)
        ]
        super().__init__(Reading(groups, title="Keys - Esc goes back"), keys)
