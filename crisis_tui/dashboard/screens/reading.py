"""A screen on which something long is read, copied and left."""

from __future__ import annotations

from collections.abc import Mapping

from crisis_tui.dashboard.screens.sheet import SheetScreen
from widgets.pane import ScrollPane


class ReadingScreen(SheetScreen[None]):
    """One pane that scrolls, over all of the terminal."""

    def __init__(self, pane: ScrollPane, keys: Mapping[str, str]) -> None:
        super().__init__(pane, "reading", keys)
        self._pane = pane

    def action_reading_copy(self) -> None:
        """Copy all of it, also what is out of view."""
        self.app.copy_to_clipboard(self._pane.as_text())

    def action_reading_leave(self) -> None:
        """Back to where one came from."""
        self.dismiss(None)
