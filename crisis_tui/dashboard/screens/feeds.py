"""The health of all feeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.binding import BindingType

from crisis_tui.dashboard.bindings import bindings
from crisis_tui.dashboard.desk import Desk
from crisis_tui.dashboard.screens.sheet import SheetScreen
from data.models.feed import FeedState
from data.store.errors import StoreError
from widgets.feeds import FeedsPane

FOLLOW_S = 0.5
"""How often the screen looks whether the desk has read something newer."""

NO_FEEDS = (
    "No feed is configured. Add a [[source]] to the settings file (crisis-tui init writes one with examples),"
    " or bring mentions with: crisis-tui ingest FILE"
)


class Feeds(FeedsPane):
    """The list; `look_now` and `leave` are done here."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("feeds")

    def action_look_now(self) -> None:
        """Ask the agent to look at the feed under the cursor."""
        screen = self.screen
        if self.cursor is not None and isinstance(screen, FeedsScreen):
            screen.run_worker(screen.look_now(self.cursor), exit_on_error=False)

    def action_leave(self) -> None:
        """Back to the panes."""
        self.screen.dismiss(None)


class FeedsScreen(SheetScreen[None]):
    """Follows the desk, which the main screen keeps reading."""

    def __init__(self, desk: Desk, keys: Mapping[str, str]) -> None:
        self._pane = Feeds()
        self._pane.empty_text = NO_FEEDS
        super().__init__(self._pane, "feeds", keys)
        self._desk = desk
        self._shown: object = None

    def on_mount(self) -> None:
        """Show them, and follow."""
        self.begin()
        self._follow()
        self.set_interval(FOLLOW_S, self._follow)

    def _follow(self) -> None:
        snapshot = self._desk.snapshot
        shown = (snapshot.feeds, snapshot.now.replace(second=0, microsecond=0))
        if shown != self._shown:
            self._shown = shown
            self._pane.show(snapshot.feeds, snapshot.now.astimezone())

    async def look_now(self, feed: str) -> None:
        """Ask for a look, and say so."""
        health = next((each for each in self._desk.snapshot.feeds if each.name == feed), None)
        if health is not None and health.state is FeedState.UNUSABLE:
            self.say(f"Mend {feed} in the settings file first; that is taken up within seconds.", "warn")
            return
        try:
            self.say(await self._desk.look_now(feed))
        except StoreError as error:
            self.say(str(error), "error")
