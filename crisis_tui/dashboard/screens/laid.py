"""A screen whose panes lie as the terminal's size asks; the stylesheet knows the layouts by class."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

from crisis_tui.dashboard.layout import layout_for, too_small
from crisis_tui.terminal.display import QuietScreen


class LaidScreen(QuietScreen[None]):
    """Has a class for its layout, and a plain sentence for a terminal that is too small."""

    AUTO_FOCUS = ""

    def __init__(self) -> None:
        super().__init__()
        self.small = Static(id="small")

    def on_resize(self, event: events.Resize) -> None:
        """The layout follows the size."""
        self.lay_out_for(event.size)
        self.laid_out()

    def lay_out_for(self, size: Size) -> None:
        """Take the class for a size; done as the first act of `compose` it saves styling every pane twice."""
        layout = layout_for(*size)
        for name in ("wide", "medium", "narrow", "small"):
            self.set_class(name == layout, name)
        if layout == "small":
            self.small.update(Content(too_small(*size)))

    def laid_out(self) -> None:
        """Called when the layout may be another one."""
