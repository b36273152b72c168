"""Who says the same: the mentions of one story with its figures."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Any

from textual import on

from crisis_tui.dashboard.desk import Desk
from crisis_tui.dashboard.panes import Story
from crisis_tui.dashboard.screens.sheet import SheetScreen
from crisis_tui.dashboard.story_pages import StoryPages
from data.models.mention import StoredMention
from data.store.errors import StoreError

FOLLOW_S = 0.5
"""How often the screen looks whether the desk has read something newer."""


class StoryScreen(SheetScreen[StoredMention]):
    """Follows the story as it grows; ends with the mention that is wanted in full, None for none."""

    def __init__(self, desk: Desk, story: int, keys: Mapping[str, str]) -> None:
        self._pane = Story("Story - Esc goes back")
        super().__init__(self._pane, "story", keys)
        self._desk = desk
        self._pages = StoryPages(desk, self._pane, story)
        self._telling = False

    def on_mount(self) -> None:
        """Show it, and follow."""
        self._pane.now = self._desk.snapshot.now.astimezone()
        self.begin()
        self._read(self._pages.newest())
        self._follow()
        self.set_interval(FOLLOW_S, self._follow)

    def _follow(self) -> None:
        self._pane.now = self._desk.snapshot.now.astimezone()
        if not self._telling:
            self._telling = True
            self._read(self._tell())

    async def _tell(self) -> None:
        try:
            await self._pages.tell()
        finally:
            self._telling = False

    def _read(self, work: Coroutine[Any, Any, object]) -> None:
        async def read() -> None:
            try:
                await work
            except StoreError as error:
                self.say(str(error), "error")

        self.run_worker(read(), exit_on_error=False)

    @on(Story.PageWanted)
    def _page_wanted(self, event: Story.PageWanted) -> None:
        self._read(self._pages.more(event.direction, event.from_seq))

    @on(Story.NewestWanted)
    def _newest_wanted(self) -> None:
        self._read(self._pages.newest())

    @on(Story.OldestWanted)
    def _oldest_wanted(self) -> None:
        self._read(self._pages.oldest())

    @on(Story.Opened)
    def _opened(self) -> None:
        self.dismiss(self._pane.current)
