"""Which stories grew since the reader last looked, so that a raid on an old post is not missed. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from data.models.mention import StoredMention
from data.store.stories import Growth


class Grown:
    """What of the growth is news to the reader.

    `taken` is the place up to which the reader took in what arrived; copies after it are counted. Rows keep
    their mark for one turn longer, from `known` on, so that who took in what arrived still sees where it
    went. A story that the cursor came to is news no more until it grows again.
    """

    def __init__(self) -> None:
        self.taken = 0
        self.known = 0
        self._growth: dict[int, Growth] = {}
        self._seen: dict[int, Growth] = {}

    def take_in(self, newest_seq: int) -> None:
        """The reader went to the newest mentions; what arrives from now on is counted."""
        self.known, self.taken = self.taken or newest_seq, newest_seq
        self._seen = {story: seen._replace(copies=0) for story, seen in self._seen.items()}

    def came(self, growth: Iterable[Growth]) -> None:
        """What grew after `known`, with copies counted after `taken`."""
        self._growth = {each.story: each for each in growth}

    def saw(self, item: StoredMention | None) -> None:
        """The cursor is on this mention."""
        if item is not None and item.seq in self._growth:
            self._seen[item.seq] = self._growth[item.seq]

    @property
    def copies(self) -> int:
        """How many copies the reader neither took in nor saw."""
        seen = self._seen
        return sum(
            max(each.copies - (seen[story].copies if story in seen else 0), 0)
            for story, each in self._growth.items()
        )

    @property
    def stories(self) -> frozenset[int]:
        """The stories with copies that are news."""
        return frozenset(
            story
            for story, each in self._growth.items()
            if story not in self._seen or self._seen[story].newest < each.newest
        )

    def newest_copies(self) -> dict[int, int]:
        """By story the place of the newest copy, of all that grew."""
        return {story: each.newest for story, each in self._growth.items()}

    def after(self, cursor: int | None, others: Iterable[int]) -> int | None:
        """The next older story that is news, from the newest one on after the last; None without any.

        Where none is news, it is one of the others.
        """
        stories = sorted(self.stories or others, reverse=True)
        older = (story for story in stories if cursor is None or story < cursor)
        return next(older, stories[0] if stories else None)
