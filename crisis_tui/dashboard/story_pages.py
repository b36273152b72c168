"""Brings one story from the store to its pane: pages of its members, and its figures."""

from __future__ import annotations

from crisis_tui.dashboard.desk import Desk
from widgets.feed_window import Direction
from widgets.story import StoryPane

PAGE = 100
"""Mentions read at a time."""


class StoryPages:
    """What the pane shows of a story, which may grow all the while."""

    def __init__(self, desk: Desk, pane: StoryPane, story: int) -> None:
        self._desk = desk
        self._pane = pane
        self._story = story
        self._newest = 0
        self._copies = -1

    async def newest(self) -> None:
        """To the newest members."""
        items = await self._desk.members(self._story, limit=PAGE)
        self._pane.load(items, newest_reached=True, oldest_reached=len(items) < PAGE)
        self._newest = items[0].seq if items else 0
        await self._count()

    async def oldest(self) -> None:
        """To the first ones."""
        items = await self._desk.members(self._story, after=0, limit=PAGE)
        at = items[-1].seq if items else None
        self._pane.load(items, at=at, newest_reached=len(items) < PAGE, oldest_reached=True)

    async def more(self, direction: Direction, from_seq: int) -> None:
        """One more page on a side."""
        if direction == "older":
            items = await self._desk.members(self._story, before=from_seq, limit=PAGE)
            self._pane.extend_older(items, len(items) < PAGE)
        else:
            items = await self._desk.members(self._story, after=from_seq, limit=PAGE)
            self._pane.extend_newer(items, len(items) < PAGE)
            self._newest = max([self._newest, *(item.seq for item in items)])
            await self._count()

    async def tell(self) -> bool:
        """Gather the figures if the story grew since; True if it did."""
        first = await self._desk.store.mentions.get(self._story)
        copies = first.copies if first is not None else 0
        if copies == self._copies:
            return False
        if self._copies < 0:
            self._pane.tell(None, first)
        self._copies = copies
        await self._count()
        self._pane.tell(await self._desk.story_note(self._story), first)
        return True

    async def _count(self) -> None:
        new = await self._desk.store.stories.count(self._story, after=self._newest)
        self._pane.set_counts(max(self._copies, 0) + 1, new)
