"""A list of entries of one or more lines each, with a cursor that stays on its entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from widgets.fit import wrap
from widgets.ink import Ink, Line, Span, line, line_cells
from widgets.pane import Pane


@dataclass(frozen=True)
class Entry:
    """One entry: `id` finds it again when it is shown anew, `lines` leave their first cell to the cursor.

    The first `heading` lines stand above the entry and are never marked.
    """

    id: str
    lines: tuple[Line, ...]
    heading: int = 0


class RowsPane(Pane):
    """Entries under each other; a subclass says how they look in a width."""

    def __init__(
        self,
        title: str,
        *,
        empty_text: str = "",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(None, title, id=id, classes=classes)
        self.empty_text = empty_text
        self.cursor: str | None = None
        self.top = 0
        self._ids: list[str] = []

    def entries(self, width: int) -> Sequence[Entry]:
        """All entries as they look in a width."""
        raise NotImplementedError

    @property
    def note(self) -> str:
        """Which entry the cursor is on."""
        return f"{self._place + 1} of {len(self._ids)}" if self._ids else ""

    @property
    def _place(self) -> int:
        return self._ids.index(self.cursor) if self.cursor in self._ids else 0

    def body(self, width: int, height: int) -> list[Line]:
        """The entries in view; that under the cursor always is."""
        entries = list(self.entries(width))
        self._ids = [entry.id for entry in entries]
        if not entries:
            return [line(f" {part}") for part in wrap(self.empty_text, width - 1, height)]
        place = self._place
        self.cursor = entries[place].id
        lines: list[Line] = []
        first = last = 0
        for number, entry in enumerate(entries):
            if number == place:
                first, last = len(lines), len(lines) + len(entry.lines)
                lines += [
                    each
                    if at < entry.heading
                    else _chosen(each, width, self.has_focus and at == entry.heading)
                    for at, each in enumerate(entry.lines)
                ]
            else:
                lines += entry.lines
        self.top = max(min(self.top, first), last - height, 0)
        self.top = min(self.top, first)
        return lines[self.top : self.top + height]

    def _to(self, place: int) -> None:
        if not self._ids:
            return
        target = self._ids[max(0, min(place, len(self._ids) - 1))]
        if target != self.cursor:
            self.cursor = target
            self.redraw()

    def action_cursor_up(self) -> None:
        """To the entry above."""
        self._to(self._place - 1)

    def action_cursor_down(self) -> None:
        """To the entry below."""
        self._to(self._place + 1)

    def action_page_up(self) -> None:
        """A page up."""
        self._to(self._place - max(self.page // 3, 1))

    def action_page_down(self) -> None:
        """A page down."""
        self._to(self._place + max(self.page // 3, 1))

    def action_home(self) -> None:
        """To the first entry."""
        self._to(0)

    def action_end(self) -> None:
        """To the last entry."""
        self._to(len(self._ids) - 1)


def _chosen(spans: Line, width: int, focused: bool) -> Line:
    """The line with the cursor's bar in its first cell; the first line of the entry is marked whole."""
    text = "".join(each.text for each in spans)
    if not text:
        return spans
    if not focused:
        first, *rest = spans
        return (Span("▌", Ink.STRONG), Span(first.text[1:], first.ink), *rest)
    blanks = " " * max(width - line_cells(spans), 0)
    return (Span("▌", Ink.STRONG), Span(text[1:] + blanks, Ink.CURSOR))
