"""Why the severity is what it is, in full."""

from __future__ import annotations

from widgets.ink import Line
from widgets.pane import ScrollPane
from widgets.why_lines import WhyView, why_lines


class WhyPane(ScrollPane):
    """Shows all that one assessment stands on; scrolls, and keeps its place when the assessment changes."""

    def __init__(self, title: str = "Why", *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(None, title, id=id, classes=classes)
        self._view = WhyView()

    def show(self, view: WhyView) -> None:
        """Show this instead; nothing is drawn where it is the same."""
        if view != self._view:
            self._view = view
            self.redraw()

    def content(self, width: int) -> list[Line]:
        """All parts."""
        return why_lines(self._view, width)
