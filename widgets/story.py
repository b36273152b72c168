"""A story: its figures, and under them its members, newest first."""

from __future__ import annotations

from data.models.assessment import StoryNote
from data.models.mention import StoredMention
from widgets.feed import FeedPane
from widgets.ink import Line
from widgets.story_lines import member_heads, member_rows, story_head

_LEAST_MEMBERS = 4
"""Lines that are left for members, however much there is to tell above them."""


class StoryPane(FeedPane):
    """Pages through the members as the feed does; `tell` gives what stands above them."""

    def __init__(self, title: str = "Story", *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(None, title, empty_text="", id=id, classes=classes)
        self._note: StoryNote | None = None
        self._first: StoredMention | None = None

    def tell(self, note: StoryNote | None, first: StoredMention | None) -> None:
        """The figures, None while they are gathered, and the first member."""
        if (note, first) != (self._note, self._first):
            self._note, self._first = note, first
            self._rows.clear()
            self.redraw()

    def above(self, width: int, height: int) -> list[Line]:
        """The figures and the words of the first one."""
        head = story_head(self._note, self._first, self._total, self.now, width)
        return head[: max(height - _LEAST_MEMBERS, 0)]

    def heads(self, width: int) -> Line:
        """Names for the columns."""
        return member_heads(width)

    def lines_of(self, item: StoredMention, width: int) -> tuple[Line, ...]:
        """One member."""
        return member_rows(item, self._first, width, self.now)

    action_home = FeedPane.action_newest
    action_end = FeedPane.action_oldest
