"""The feed: a window on the mentions, newest first, that holds the reader's place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime

from textual.message import Message

from data.models.mention import StoredMention
from data.text import SafeText
from widgets.feed_rows import column_heads, mention_rows, rows_per_mention, with_cursor
from widgets.feed_window import CAP, Direction, FeedWindow
from widgets.fit import cells, count, fold, plural, wrap
from widgets.ink import BLANK, Ink, Line, Span, line
from widgets.pane import Pane

_HEIGHT_WITH_STATUS = 6
_ROWS_KEPT = 2 * CAP


class FeedPane(Pane):
    """Shows what it was given around the cursor and asks for more when the view nears an end."""

    class PageWanted(Message):
        """More mentions are wanted on one side of `from_seq`."""

        def __init__(self, direction: Direction, from_seq: int) -> None:
            super().__init__()
            self.direction = direction
            self.from_seq = from_seq

    class NewestWanted(Message):
        """The newest mentions are wanted, by `load(..., at=None)`."""

    class OldestWanted(Message):
        """The oldest mentions are wanted, by `load(..., at=<their last seq>)`."""

    class Highlighted(Message):
        """The cursor came to a mention."""

        def __init__(self, seq: int) -> None:
            super().__init__()
            self.seq = seq

        def can_replace(self, message: Message) -> bool:
            """Only where the cursor ended up matters."""
            return isinstance(message, FeedPane.Highlighted)

    class Opened(Message):
        """The mention under the cursor is wanted in full."""

        def __init__(self, seq: int) -> None:
            super().__init__()
            self.seq = seq

    def __init__(
        self,
        number: int | None = 1,
        title: str = "Feed",
        *,
        empty_text: str = "No mentions yet.",
        no_match_text: str = "No mention matches.",
        new_hint: str = "press n",
        clear_hint: str = "",
        grown_hint: str = "",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(number, title, id=id, classes=classes)
        self.window = FeedWindow()
        self.empty_text = empty_text
        self.no_match_text = no_match_text
        self.new_hint = new_hint
        self.clear_hint = clear_hint
        self.grown_hint = grown_hint
        self._now = datetime(1970, 1, 1, tzinfo=UTC)
        self._total = 0
        self._new = 0
        self._copies = 0
        self._folding = ""
        self._grown: frozenset[int] = frozenset()
        self._query: SafeText | None = None
        self._asked: set[Direction] = set()
        self._rows: dict[tuple[object, ...], tuple[Line, ...]] = {}
        self._day: object = None

    @property
    def now(self) -> datetime:
        """The moment that times are told from; its zone is the zone of all times."""
        return self._now

    @now.setter
    def now(self, moment: datetime) -> None:
        # Times on rows are absolute: they change by the day, and twice a day near 20 hours.
        day = (moment.date(), moment.hour, moment.tzinfo)
        if day != self._day:
            self._rows.clear()
            self._day = day
            self._now = moment
            self.redraw()
        self._now = moment

    @property
    def cursor(self) -> int | None:
        """The seq of the mention under the cursor."""
        return self.window.cursor

    @property
    def current(self) -> StoredMention | None:
        """The mention under the cursor."""
        return self.window.current

    def load(
        self,
        items: Iterable[StoredMention],
        *,
        at: int | None = None,
        newest_reached: bool,
        oldest_reached: bool,
    ) -> None:
        """Show these mentions instead, with the cursor on `at` (or the nearest older one)."""
        before = self.cursor
        self.window.load(items, at=at, newest_reached=newest_reached, oldest_reached=oldest_reached)
        self._asked.clear()
        self._rows.clear()
        self.redraw()
        self._moved(before)

    def extend_older(self, items: Iterable[StoredMention], reached: bool) -> None:
        """Add mentions at the bottom; `reached` says that there are no more."""
        self._extend(items, "older", reached)

    def extend_newer(self, items: Iterable[StoredMention], reached: bool) -> None:
        """Add mentions above; nothing in view moves."""
        self._extend(items, "newer", reached)

    def replace(self, items: Sequence[StoredMention]) -> None:
        """Show newer readings of mentions that are held already (tones come after arrival)."""
        if self.window.replace(items):
            self.redraw()

    def go_to(self, seq: int) -> bool:
        """Move the cursor to a mention; False if it is not held here."""
        item = self.window.get(seq)
        if item is not None:
            self._move(self.window.items.index(item) - self.window.index)
        return item is not None

    def fold_away(self, seqs: Collection[int]) -> None:
        """Let go of mentions that are copies, as it turned out; the row under the cursor does not move."""
        if self.window.drop(seqs):
            self.redraw()
            self._ask(at_top=False)

    def set_counts(self, total: int, new: int, copies: int = 0) -> None:
        """How many mentions match, how many came after the newest one held here, and how many copies did."""
        if (total, new, copies) != (self._total, self._new, self._copies):
            self._total, self._new, self._copies = total, new, copies
            self.redraw()

    def set_folding(self, words: str) -> None:
        """Say in the title whether stories are shown once."""
        if words != self._folding:
            self._folding = words
            self.redraw()

    def mark_grown(self, seqs: frozenset[int]) -> None:
        """Mark the stories, by their first mention, that have copies which the reader does not know of."""
        if seqs != self._grown:
            self._grown = seqs
            self.redraw()

    def set_query(self, text: str | None) -> None:
        """Name the search that the shown mentions match."""
        query = None if text is None else fold(text)
        if query != self._query:
            self._query = query
            self.redraw()

    def action_cursor_up(self) -> None:
        """To the next newer mention."""
        self._move(-1)

    def action_cursor_down(self) -> None:
        """To the next older mention."""
        self._move(1)

    def action_page_up(self) -> None:
        """A page towards newer mentions."""
        self._move(-max(self.window.rows - 1, 1))

    def action_page_down(self) -> None:
        """A page towards older mentions."""
        self._move(max(self.window.rows - 1, 1))

    def action_newest(self) -> None:
        """To the newest mention there is."""
        if self._new or not self.window.newest_reached:
            self.post_message(self.NewestWanted())
        else:
            self._move(-len(self.window.items))

    def action_oldest(self) -> None:
        """To the oldest mention there is."""
        if self.window.oldest_reached:
            self._move(len(self.window.items))
        else:
            self.post_message(self.OldestWanted())

    def action_open(self) -> None:
        """Ask for the mention under the cursor in full."""
        if self.cursor is not None:
            self.post_message(self.Opened(self.cursor))

    @property
    def note(self) -> str | tuple[str, ...]:
        """`37 of 65,935`."""
        if not self._total:
            return ""
        position = self.window.position(self._total, self._new)
        total = count(self._total)
        return total if position is None else (f"{count(position)} of {total}", total)

    @property
    def subject(self) -> str:
        """`stories folded`."""
        return self._folding

    def body(self, width: int, height: int) -> list[Line]:
        """The status line (where there is room for it) and the mentions in view."""
        above = self.above(width, height)
        told = self._new or self._copies or self._query
        status = (
            [*above, self._status(width)] if height - len(above) >= _HEIGHT_WITH_STATUS or told else above
        )
        room = height - len(status)
        if not self.window.items:
            words = self.empty_text if self._query is None else self.no_match_text
            return [*status, *[line(" " + part) for part in wrap(words, width - 1, room)]]
        size = rows_per_mention(width)
        self.window.set_rows(max(room // size, 1))
        shown: list[Line] = []
        for item in self.window.view:
            lines = self._lines_of(item, width)
            shown += with_cursor(lines, self.has_focus) if item.seq == self.cursor else lines
        return [*status, *shown]

    def above(self, width: int, height: int) -> list[Line]:
        """Lines that stand over the mentions, fewer than `height`."""
        return []

    def heads(self, width: int) -> Line:
        """Names for the columns."""
        return column_heads(width, any(item.copies for item in self.window.view))

    def lines_of(self, item: StoredMention, width: int) -> tuple[Line, ...]:
        """The one or two lines of a mention."""
        return mention_rows(item, width, self._now, item.seq in self._grown)

    def _status(self, width: int) -> Line:
        parts: list[Span] = self._arrived(width)
        if self._query:
            hint = f" - {self.clear_hint}" if self.clear_hint else ""
            parts.append(Span(f"  search: {self._query}" if parts else f" search: {self._query}", Ink.STRONG))
            parts.append(Span(hint, Ink.QUIET))
        if parts:
            return tuple(parts)
        return self.heads(width) if self.window.items else BLANK

    def _arrived(self, width: int) -> list[Span]:
        """`▲ 3 new, 41 more copies - press n`."""
        if not (self._new or self._copies):
            return []
        copies = plural(self._copies, "more copy", "more copies") if self._copies else ""
        new = f"{count(self._new)} new" if self._new else ""
        said = f" ▲ {', '.join(part for part in (new, copies) if part)}"
        hints = [hint for hint in (self.new_hint, self.grown_hint if copies else "") if hint]
        # The reader's place need not be left for copies alone.
        short = hints[0] if new else hints[-1]
        long = ", ".join(hints)
        return [
            Span(said, Ink.WARN),
            Span(f" - {long if cells(f'{said} - {long}') <= width else short}", Ink.QUIET),
        ]

    def _lines_of(self, item: StoredMention, width: int) -> tuple[Line, ...]:
        story = (item.copies, item.is_copy, item.seq in self._grown)
        key = (
            *(item.seq, item.tone, item.text_now, item.deleted_at, item.mention.likes, item.triage, width),
            *story,
        )
        lines = self._rows.get(key)
        if lines is None:
            if len(self._rows) >= _ROWS_KEPT:
                self._rows.clear()
            lines = self._rows[key] = self.lines_of(item, width)
        return lines

    def _extend(self, items: Iterable[StoredMention], direction: Direction, reached: bool) -> None:
        before = self.cursor
        self.window.extend(items, direction, reached)
        self._asked.discard(direction)
        self.redraw()
        self._moved(before)

    def _move(self, by: int) -> None:
        before = self.cursor
        moved = self.window.move(by)
        if moved:
            self.redraw()
            self._moved(before)
        self._ask(at_top=by < 0 and not moved)

    def _moved(self, before: int | None) -> None:
        if self.cursor is not None and self.cursor != before:
            self.post_message(self.Highlighted(self.cursor))

    def _ask(self, at_top: bool) -> None:
        items = self.window.items
        if not items:
            return
        if self.window.wants("newer") or (at_top and self._new):
            self._want("newer", items[0].seq)
        if self.window.wants("older"):
            self._want("older", items[-1].seq)

    def _want(self, direction: Direction, from_seq: int) -> None:
        if direction not in self._asked:
            self._asked.add(direction)
            self.post_message(self.PageWanted(direction, from_seq))
