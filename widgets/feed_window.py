"""The part of the feed that is held in memory, and what of it is on the screen. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal

from data.models.mention import StoredMention

CAP = 400
"""Mentions held; all others are in the store, a page away."""

Direction = Literal["newer", "older"]


def _newest_first(items: Iterable[StoredMention]) -> list[StoredMention]:
    unique = {item.seq: item for item in items}
    return [unique[seq] for seq in sorted(unique, reverse=True)]


class FeedWindow:
    """A run of mentions, newest first, with a cursor and a view.

    The cursor is the seq of a mention, `top` the index of the first one in
    view, `rows` how many are in view. Whatever arrives or is let go, the
    cursor stays on its mention and that mention on its row of the screen.
    """

    def __init__(self, cap: int = CAP) -> None:
        self._cap = cap
        self.items: list[StoredMention] = []
        self.cursor: int | None = None
        self.top = 0
        self.rows = 1
        self.newest_reached = True
        self.oldest_reached = True
        self._before_first: int | None = 0
        self._places: dict[int, int] = {}

    @property
    def index(self) -> int:
        """Where the cursor is among the items (0 when there are none)."""
        return 0 if self.cursor is None else self._places[self.cursor]

    @property
    def row(self) -> int:
        """On which row of the view the cursor is."""
        return self.index - self.top

    @property
    def current(self) -> StoredMention | None:
        """The mention under the cursor."""
        return None if self.cursor is None else self.items[self.index]

    def get(self, seq: int) -> StoredMention | None:
        """The mention of that place, None if it is not held."""
        place = self._places.get(seq)
        return None if place is None else self.items[place]

    @property
    def view(self) -> list[StoredMention]:
        """The mentions in view."""
        return self.items[self.top : self.top + self.rows]

    def position(self, total: int, new: int) -> int | None:
        """Which of `total` mentions the cursor is on, counted from the newest; None if unknown."""
        if self.cursor is None:
            return None
        if self._before_first is not None:
            return min(self._before_first + new + self.index + 1, max(total, 1))
        if self.oldest_reached:
            return max(total - (len(self.items) - 1 - self.index), 1)
        return None

    def load(
        self, items: Iterable[StoredMention], *, at: int | None, newest_reached: bool, oldest_reached: bool
    ) -> None:
        """Hold these instead; the cursor goes to `at` or to the nearest older one, None means the newest."""
        row = 0 if self.cursor is None or at is None else self.row
        self.items = _newest_first(items)
        self.newest_reached, self.oldest_reached = newest_reached, oldest_reached
        self._before_first = 0 if newest_reached else None
        self._index()
        if not self.items:
            self.cursor, self.top = None, 0
            return
        place = 0
        if at is not None:
            place = next((n for n, item in enumerate(self.items) if item.seq <= at), len(self.items) - 1)
        self.cursor = self.items[place].seq
        self.top = self._within(place - row)
        self._trim()

    def extend(self, items: Iterable[StoredMention], direction: Direction, reached: bool) -> None:
        """Add mentions at one end; those that are held already are replaced in place."""
        if direction == "newer":
            self.newest_reached = reached
        else:
            self.oldest_reached = reached
        fresh = self._replace(items)
        if not self.items:
            self.load(
                fresh,
                at=None,
                newest_reached=self.newest_reached,
                oldest_reached=self.oldest_reached,
            )
            return
        if direction == "newer":
            first = self.items[0].seq
            added = [item for item in fresh if item.seq > first]
            self.items[:0] = added
            self.top += len(added)
            if reached:
                self._before_first = 0
            elif self._before_first is not None:
                self._before_first = max(self._before_first - len(added), 0)
        else:
            last = self.items[-1].seq
            self.items += [item for item in fresh if item.seq < last]
        self._index()
        self._trim()

    def replace(self, items: Iterable[StoredMention]) -> bool:
        """Put newer readings (a tone, say) of held mentions in place; False if none is held."""
        items = list(items)
        held = any(item.seq in self._places for item in items)
        self._replace(items)
        return held

    def set_rows(self, rows: int) -> None:
        """Say how many mentions fit on the screen; the cursor stays in view."""
        rows = max(rows, 1)
        if rows == self.rows:
            # The view may reach beyond the last mention so that the cursor keeps its row: leave it.
            return
        self.rows = rows
        self.top = self._within(self.top)
        if self.items and not 0 <= self.row < self.rows:
            self.top = self._within(self.index - self.rows + 1 if self.row >= self.rows else self.index)

    def move(self, by: int) -> bool:
        """Move the cursor; when it leaves the view, the view follows by half a page. False if it can't."""
        if not self.items:
            return False
        target = max(0, min(self.index + by, len(self.items) - 1))
        moved = target != self.index
        self.cursor = self.items[target].seq
        half = max(self.rows // 2, 1)
        if target < self.top:
            self.top = self._within(min(target, self.top - half))
        elif target >= self.top + self.rows:
            self.top = self._within(max(target - self.rows + 1, self.top + half))
        return moved

    def wants(self, direction: Direction) -> bool:
        """Whether the view is within a page of an end behind which there is more."""
        if not self.items:
            return False
        if direction == "newer":
            return not self.newest_reached and self.top < self.rows
        return not self.oldest_reached and self.top + 2 * self.rows > len(self.items)

    def drop(self, seqs: Collection[int]) -> bool:
        """Let go of held mentions; False if none went.

        That under the cursor stays, and so do those above it whose going would move its row.
        """
        here = self.index
        above = [place for place, item in enumerate(self.items[:here]) if item.seq in seqs][: self.top]
        below = [place for place in range(here + 1, len(self.items)) if self.items[place].seq in seqs]
        gone = {*above, *below}
        if not gone:
            return False
        self.items = [item for place, item in enumerate(self.items) if place not in gone]
        self.top -= len(above)
        self._index()
        return True

    def _replace(self, items: Iterable[StoredMention]) -> list[StoredMention]:
        """Replace what is held; return what is not, newest first."""
        fresh = []
        for item in _newest_first(items):
            place = self._places.get(item.seq)
            if place is None:
                fresh.append(item)
            else:
                self.items[place] = item
        return fresh

    def _within(self, top: int) -> int:
        return max(0, min(top, len(self.items) - self.rows))

    def _index(self) -> None:
        self._places = {item.seq: place for place, item in enumerate(self.items)}

    def _trim(self) -> None:
        """Let go of what is farthest from the view."""
        cap = max(self._cap, self.rows)
        surplus = len(self.items) - cap
        if surplus <= 0:
            return
        first = max(0, min(self.top - (cap - self.rows) // 2, surplus))
        if first:
            self.newest_reached = False
            if self._before_first is not None:
                self._before_first += first
        if first < surplus:
            self.oldest_reached = False
        self.items = self.items[first : first + cap]
        self.top -= first
        self._index()
