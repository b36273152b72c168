"""Brings pages from the store to the feed pane: newest, older, newer, found."""

from __future__ import annotations

from crisis_tui.dashboard.desk import Desk, Snapshot
from widgets.feed import FeedPane
from widgets.feed_window import Direction

PAGE = 100
"""Mentions read at a time."""


class FeedPages:
    """What the feed shows of the store. The reader's place only moves when the reader asks for it."""

    def __init__(self, desk: Desk, pane: FeedPane) -> None:
        self._desk = desk
        self._pane = pane
        self._matches: tuple[str, int, int] | None = None
        self._seen = 0
        self._change = 0
        self._act = 0
        self.query: str | None = None

    @property
    def head(self) -> int:
        """The place of the newest mention that was ever held for this search, 0 for none."""
        items = self._pane.window.items
        self._seen = max(self._seen, items[0].seq) if items else 0
        return self._seen

    async def newest(self) -> None:
        """To the newest mentions, cursor on the first."""
        items = await self._desk.page(query=self.query, limit=PAGE)
        self._pane.load(items, newest_reached=True, oldest_reached=len(items) < PAGE)
        await self.count(self._desk.snapshot)

    async def oldest(self) -> None:
        """To the oldest mentions, cursor on the last."""
        items = await self._desk.page(after=0, query=self.query, limit=PAGE)
        self._pane.load(
            items,
            at=items[-1].seq if items else None,
            newest_reached=len(items) < PAGE,
            oldest_reached=True,
        )
        await self.count(self._desk.snapshot)

    async def around(self, seq: int) -> None:
        """To one mention, with pages on both sides."""
        below = await self._desk.page(before=seq + 1, query=self.query, limit=PAGE)
        above = await self._desk.page(after=seq, query=self.query, limit=PAGE)
        self._pane.load(
            [*above, *below], at=seq, newest_reached=len(above) < PAGE, oldest_reached=len(below) < PAGE
        )
        await self.count(self._desk.snapshot)

    async def more(self, direction: Direction, from_seq: int) -> None:
        """One more page on a side."""
        if direction == "older":
            items = await self._desk.page(before=from_seq, query=self.query, limit=PAGE)
            self._pane.extend_older(items, len(items) < PAGE)
        else:
            items = await self._desk.page(after=from_seq, query=self.query, limit=PAGE)
            self._pane.extend_newer(items, len(items) < PAGE)
        await self.count(self._desk.snapshot)

    async def search(self, query: str | None) -> None:
        """Show only what matches, or everything again.

        Raises:
            ValueError: the query holds nothing that can be searched; nothing changed.
        """
        place = self._pane.cursor
        before, self.query = self.query, query
        seen, self._seen = self._seen, 0
        try:
            if query is None and place is not None:
                await self.around(place)
            else:
                await self.newest()
        except ValueError:
            self.query, self._seen = before, seen
            raise
        self._pane.set_query(query)

    async def follow(self, snapshot: Snapshot) -> None:
        """After a change of the store: count what came, fill an empty feed, read anew what changed."""
        if not self._pane.window.items and snapshot.newest_seq:
            await self.newest()
            return
        await self.count(snapshot)
        held = self._pane.window.items
        self._change, changed = await self._desk.changed_mentions(self._change)
        anew = {item.seq for item in held if item.tone is None}
        anew |= {item.seq for item in held} & set(changed)
        self._act, acted_on = await self._desk.changed_triage(self._act)
        if acted_on:
            anew |= {item.seq for item in held if (item.mention.network, item.mention.id) in acted_on}
        if anew:
            self._pane.replace(await self._desk.some(sorted(anew)))

    async def count(self, snapshot: Snapshot) -> None:
        """How many match, and how many of them came after the newest one that was held."""
        head = self.head
        if self.query is None:
            total = max(snapshot.total, len(self._pane.window.items))
            self._pane.set_counts(total, max(0, snapshot.newest_seq - head) if head else 0)
            return
        known = (self.query, snapshot.newest_seq, head)
        if known != self._matches:
            total = await self._desk.matching(self.query)
            new = await self._desk.matching(self.query, after=head) if head else 0
            self._pane.set_counts(total, new)
            self._matches = known
