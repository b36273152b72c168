"""Brings pages from the store to the feed pane: newest, older, newer, found; stories folded or not."""

from __future__ import annotations

from crisis_tui.dashboard.desk import Desk, Snapshot
from crisis_tui.dashboard.growth import Grown
from data.models.mention import StoredMention
from widgets.feed import FeedPane
from widgets.feed_window import Direction

PAGE = 100
"""Mentions read at a time."""

FOLDED = "stories folded"
UNFOLDED = "every copy"


class FeedPages:
    """What the feed shows of the store. The reader's place only moves when the reader asks for it."""

    def __init__(self, desk: Desk, pane: FeedPane) -> None:
        self._desk = desk
        self._pane = pane
        self._counted: tuple[object, ...] | None = None
        self._counts = (0, 0)
        self._matched: tuple[int, int] | None = None
        self._seen = 0
        self._change = 0
        self._act = 0
        self._grown = Grown()
        self._newest_copy = 0
        self.query: str | None = None
        self.folded = True

    @property
    def head(self) -> int:
        """The place up to which all that matches was held, in its story or alone; 0 for none."""
        items = self._pane.window.items
        self._seen = max(self._seen, items[0].seq) if items else 0
        return max(self._seen, self._grown.taken) if items and self.query is None else self._seen

    async def _page(self, *, before: int | None = None, after: int | None = None) -> list[StoredMention]:
        return await self._desk.page(
            before=before, after=after, query=self.query, limit=PAGE, folded=self.folded
        )

    async def newest(self) -> None:
        """To the newest mentions, cursor on the first."""
        newest = await self._desk.store.mentions.newest_seq()
        self._matched = None
        items = await self._page()
        self._pane.load(items, newest_reached=True, oldest_reached=len(items) < PAGE)
        if self.query is None:
            self._grown.take_in(newest)
            await self._grow(anew=True)
        await self.count(self._desk.snapshot)

    async def oldest(self) -> None:
        """To the oldest mentions, cursor on the last."""
        items = await self._page(after=0)
        self._pane.load(
            items,
            at=items[-1].seq if items else None,
            newest_reached=len(items) < PAGE,
            oldest_reached=True,
        )
        await self.count(self._desk.snapshot)

    async def around(self, seq: int) -> None:
        """To one mention, with pages on both sides."""
        below = await self._page(before=seq + 1)
        above = await self._page(after=seq)
        self._pane.load(
            [*above, *below], at=seq, newest_reached=len(above) < PAGE, oldest_reached=len(below) < PAGE
        )
        await self.count(self._desk.snapshot)

    async def more(self, direction: Direction, from_seq: int) -> None:
        """One more page on a side."""
        if direction == "older":
            items = await self._page(before=from_seq)
            self._pane.extend_older(items, len(items) < PAGE)
        else:
            items = await self._page(after=from_seq)
            self._pane.extend_newer(items, len(items) < PAGE)
        await self.count(self._desk.snapshot)

    async def search(self, query: str | None) -> None:
        """Show only what matches, or everything again.

        Raises:
            ValueError: the query holds nothing that can be searched; nothing changed.
        """
        place = self._place()
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

    async def fold(self, folded: bool) -> None:
        """Show each story once, or every copy, with the cursor on the same mention or its story."""
        self.folded, self._matched = folded, None
        place = self._place()
        if place is None:
            await self.newest()
        else:
            await self.around(place)

    def _place(self) -> int | None:
        """Where the cursor would be among all mentions: a copy that is folded is at its story's first."""
        item = self._pane.current
        if item is None:
            return None
        return item.story if self.folded and item.is_copy and self.query is None else item.seq

    async def next_story(self) -> str:
        """To the next story that grew, else that the last hour repeats most; says what was done."""
        if self.query is not None:
            return "That goes through all stories: end the search first."
        assessment = self._desk.snapshot.assessment
        largest = [note.story for note in assessment.stories] if assessment else []
        news = len(self._grown.stories)
        story = self._grown.after(self._pane.cursor, largest)
        if story is None:
            return "No story grew, and the last hour repeats none."
        if not self._pane.go_to(story):
            await self.around(story)
        self.look()
        return f"This story grew; {news} of them did." if news else "One of the largest stories of the hour."

    async def follow(self, snapshot: Snapshot) -> None:
        """After a change of the store: count what came, fill an empty feed, read anew what changed."""
        if not self._pane.window.items and snapshot.newest_seq:
            await self.newest()
            return
        await self._grow()
        await self.count(snapshot)
        held = self._pane.window.items
        self._change, changed = await self._desk.changed_mentions(self._change)
        anew = {item.seq for item in held if item.tone is None}
        anew |= {item.seq for item in held} & set(changed)
        self._act, acted_on = await self._desk.changed_triage(self._act)
        if acted_on:
            anew |= {item.seq for item in held if (item.mention.network, item.mention.id) in acted_on}
        newest_copies = self._grown.newest_copies()
        anew |= {item.seq for item in held if item.newest_copy < newest_copies.get(item.seq, 0)}
        if anew:
            self._pane.replace(await self._desk.some(sorted(anew)))
        self._fold_away()

    def _fold_away(self) -> None:
        """What arrived before its story was known, and is a copy, goes; the row under the cursor stays."""
        if not self.folded:
            return
        held: dict[int, int] = {}  # of a story the oldest mention that is here
        for item in self._pane.window.items:
            if item.story is not None:
                held[item.story] = item.seq
        self._pane.fold_away(
            {
                item.seq
                for item in self._pane.window.items
                # What a search found of a story may all be copies: then the oldest of them stands for it.
                if item.is_copy and (self.query is None or held[item.story or item.seq] != item.seq)
            }
        )

    async def _grow(self, anew: bool = False) -> None:
        """Which stories grew; asked only when one did."""
        newest = await self._desk.store.stories.newest_copy()
        if anew or newest != self._newest_copy:
            self._newest_copy = newest
            self._grown.came(await self._desk.store.stories.grown(self._grown.known, self._grown.taken))

    def look(self) -> None:
        """The reader came to a mention: how its story grew is news no more."""
        self._grown.saw(self._pane.current)
        self._tell_growth()

    def _tell_growth(self) -> None:
        self._pane.mark_grown(self._grown.stories if self.folded else frozenset())
        copies = self._grown.copies if self.folded and self.query is None else 0
        total, new = self._counts
        self._pane.set_counts(max(total, len(self._pane.window.items)), new, copies)

    async def count(self, snapshot: Snapshot) -> None:
        """How many match, and how many of them came after the newest one that was held."""
        head = self.head
        hidden = snapshot.copies if self.folded else 0
        known = (self.query, self.folded, snapshot.newest_seq, snapshot.copies, head)
        if known != self._counted:
            total = snapshot.total - hidden
            if self.query is not None:
                total = await self._matching(snapshot)
            self._counts = total, await self._new(snapshot, head)
            self._counted = known
        self._pane.set_folding((FOLDED if self.folded else UNFOLDED) if snapshot.copies else "")
        self._tell_growth()

    async def _matching(self, snapshot: Snapshot) -> int:
        """How many match: all are counted once, then only those that came since."""
        upto, total = self._matched or (0, 0)
        newest = max(snapshot.newest_seq, upto)
        total += await self._desk.matching(self.query, upto, before=newest + 1, folded=self.folded)
        self._matched = newest, total
        return total

    async def _new(self, snapshot: Snapshot, head: int) -> int:
        if not head or snapshot.newest_seq <= head:
            return 0
        if self.query is None and not self.folded:
            return snapshot.newest_seq - head
        return await self._desk.matching(self.query, head, folded=self.folded, gaps=self.query is None)
