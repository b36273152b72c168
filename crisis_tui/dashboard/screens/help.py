"""Long texts on a screen of their own; all keys, from the list of actions."""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import ComposeResult

from crisis_tui.dashboard.actions import ACTIONS, PLACES, shown
from crisis_tui.dashboard.panes import Reading
from crisis_tui.terminal.display import QuietScreen


class Table(Reading):
    """The table of keys on a screen of its own."""

    def action_leave(self) -> None:
        """Close the screen."""
        self.screen.dismiss(None)


class TableScreen(QuietScreen[None]):
    """A long text in two columns, to be read and left."""

    def __init__(self, table: Table) -> None:
        super().__init__()
        self._table = table

    def compose(self) -> ComposeResult:
        """The table alone."""
        yield self._table

    def on_mount(self) -> None:
        """Keys scroll it."""
        self._table.focus()


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
        super().__init__(Table(groups, title="Keys - Esc goes back"))
