"""Four panes and two lines: which there are, how they lie, which has the focus. Knows no store."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import events, messages
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget

from crisis_tui.dashboard.actions import Place
from crisis_tui.dashboard.bindings import bindings
from crisis_tui.dashboard.panes import Checklist, Feed, Gauge, Mention, Statement
from crisis_tui.dashboard.screens.laid import LaidScreen
from widgets.lines import BottomLine, TopLine


class PanesScreen(LaidScreen):
    """The panes in the layout that the terminal's size asks for.

    In the feed's cell a mention can lie in full; in a narrow terminal only the
    cell with the focus is shown.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("main")

    def __init__(self) -> None:
        super().__init__()
        self.place: Place = "feed"
        self.top = TopLine(id="top")
        self.bottom = BottomLine(id="bottom")
        self.feed = Feed(
            empty_text="No mentions yet. They appear here as they arrive.",
            no_match_text="No mention matches. Esc shows all again, / searches for other words.",
            clear_hint="Esc ends",
        )
        self.mention = Mention(title="Mention - Esc goes back", part_hint="[ and ] turn its parts")
        self.gauge = Gauge(empty_text="Not assessed yet; the agent is starting.")
        self.checklist = Checklist()
        self.statement = Statement(
            placeholder="Write what you say in public. Every key is kept; ^R saves a revision.",
            hint="^R save  Esc leave",
        )

    def compose(self) -> ComposeResult:
        """Lines above and below, panes between."""
        self.lay_out_for(self.app.size)
        yield self.top
        with Container(id="panes"):
            yield Container(self.feed, self.mention, id="feed-cell", classes="cell -shown")
            yield Container(self.gauge, id="gauge-cell", classes="cell")
            yield Container(self.statement, id="statement-cell", classes="cell")
            yield Container(self.checklist, id="checklist-cell", classes="cell")
        yield self.bottom
        yield self.small

    def on_mount(self) -> None:
        """The feed first."""
        self.mention.display = False
        self.feed.focus()

    def laid_out(self) -> None:
        """Other panes may be in view; a terminal that was too small for any had taken the focus away."""
        if self.focused is None and not self.has_class("small"):
            self.call_after_refresh(self._return_focus)
        self.place_changed()

    def _return_focus(self) -> None:
        if self.focused is None:
            pane: dict[Place, Widget] = {
                "gauge": self.gauge,
                "checklist": self.checklist,
                "statement": self.statement.area,
            }
            self._reveal(pane.get(self.place, self.mention if self.mention.display else self.feed))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing acts while no pane has the focus: what is typed then was meant for one."""
        return self.focused is not None and not self.has_class("small")

    async def _on_update(self, message: messages.Update) -> None:
        """A pane that is not placed yet is painted when it is; until then it must not count as changed.

        Textual would place it in the middle of an update, find nothing new at
        the next layout, and tell it neither its size nor to paint itself.
        """
        if message.widget is not self and message.widget not in self._compositor.widgets:
            message.stop()
            message.prevent_default()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Note where keys go now."""
        self._came_to(event.widget)

    def _came_to(self, pane: Widget) -> None:
        self._show_cell_of(pane)
        places: tuple[tuple[Widget, Place], ...] = (
            (self.feed, "feed"),
            (self.mention, "mention"),
            (self.gauge, "gauge"),
            (self.checklist, "checklist"),
        )
        self.place = next((place for widget, place in places if widget is pane), "statement")
        self.place_changed()

    def place_changed(self) -> None:
        """Called when keys go to another pane, and when other panes are in view."""

    def show_mention(self, shown: bool) -> None:
        """Lay the mention over the feed, or take it away."""
        self.mention.display = shown
        self.feed.display = not shown
        self._reveal(self.mention if shown else self.feed)

    def _show_cell_of(self, pane: Widget) -> None:
        for cell in self.query(".cell"):
            cell.set_class(pane in cell.walk_children(), "-shown")

    def _reveal(self, pane: Widget) -> None:
        """Focus a pane at once: keys that were typed ahead on a slow line are meant for it."""
        self.set_focus(pane, scroll_visible=False)
        self._came_to(pane)

    def action_show_feed(self) -> None:
        """To the mentions, or to the one that lies open."""
        self._reveal(self.mention if self.mention.display else self.feed)

    def action_show_gauge(self) -> None:
        """To the gauge."""
        self._reveal(self.gauge)

    def action_show_checklist(self) -> None:
        """To the steps."""
        self._reveal(self.checklist)

    def action_show_statement(self) -> None:
        """To the editor."""
        self._reveal(self.statement.area)

    def action_next_pane(self) -> None:
        """Around the panes."""
        self._turn(1)

    def action_previous_pane(self) -> None:
        """Around the panes, the other way."""
        self._turn(-1)

    def _turn(self, by: int) -> None:
        ways: list[tuple[tuple[Place, ...], Callable[[], None]]] = [
            (("feed", "mention"), self.action_show_feed),
            (("gauge",), self.action_show_gauge),
            (("checklist",), self.action_show_checklist),
            (("statement",), self.action_show_statement),
        ]
        here = next((place for place, (names, _) in enumerate(ways) if self.place in names), 0)
        ways[(here + by) % len(ways)][1]()
