"""What is painted first, while models and store are still being opened: the panes with their names.

Imports nothing that is slow to import.
"""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Container

from crisis_tui.dashboard.screens.laid import LaidScreen
from widgets.canvas import Canvas
from widgets.ink import Ink, Line, line
from widgets.pane import Pane


class _Opening(Canvas):
    def lay(self, width: int, height: int) -> list[Line]:
        return [line(" Opening the store ...", Ink.QUIET)]


class _Blank(Pane):
    def body(self, width: int, height: int) -> list[Line]:
        return []


class StartScreen(LaidScreen):
    """The panes without anything in them. What is typed meanwhile is kept for the screen that follows."""

    def __init__(self) -> None:
        super().__init__()
        self.typed: list[events.Key] = []

    def compose(self) -> ComposeResult:
        """The names of the panes where they will be."""
        self.lay_out_for(self.app.size)
        yield _Opening(id="top")
        with Container(id="panes"):
            for number, name in ((1, "feed"), (2, "severity"), (4, "statement"), (3, "checklist")):
                cell = {"severity": "gauge"}.get(name, name)
                shown = "cell -shown" if number == 1 else "cell"
                yield Container(_Blank(number, name.capitalize()), id=f"{cell}-cell", classes=shown)
        yield self.small

    def on_key(self, event: events.Key) -> None:
        """Nothing can act on it yet."""
        event.stop()
        self.typed.append(event)
