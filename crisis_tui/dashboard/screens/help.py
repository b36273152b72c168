"""All keys, from the list of actions."""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import ComposeResult

from crisis_tui.dashboard.actions import ACTIONS, PLACES, shown
from crisis_tui.dashboard.panes import Reading
from crisis_tui.terminal.display import QuietScreen


class HelpScreen(QuietScreen[None]):
    """Lists every key by the place where it works."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        super().__init__()
        self._table = Table(
            [
                (
                    heading,
                    [
                        (shown(keys[each.id]), each.title, each.help)
                        for each in ACTIONS
                        if each.place == place
                    ],
                )
                for place, heading in PLACES.items()
                if any(each.place == place for each in ACTIONS)
            ],
            title="Keys - Esc goes back",
        )

    def compose(self) -> ComposeResult:
        """The table alone."""
        yield self._table

    def on_mount(self) -> None:
        """Keys scroll it."""
        self._table.focus()


class Table(Reading):
    """The table of keys on a screen of its own."""

    def action_leave(self) -> None:
        """Close the screen."""
        self.screen.dismiss(None)
