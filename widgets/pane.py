"""A pane: one title line with a number, a name and a note at the right; the body below it."""

from __future__ import annotations

from widgets.canvas import Canvas
from widgets.fit import cells, cut
from widgets.ink import BLANK, Ink, Line, Span, fill, line_cells, plain

COPY_WIDTH = 100
"""Cells of the lines that are copied."""

_LEAST_SUBJECT = 8


def title_line(
    number: int | None,
    title: str,
    notes: str | tuple[str, ...],
    focused: bool,
    width: int,
    subject: str = "",
) -> Line:
    """The one line that says what a pane is, and by its mark whether keys go there.

    Of several notes the first one that fits is shown at the right; give the longest first.
    The subject, what the pane is about just now, takes what room is left.
    """
    name = title.upper() if number is None else f"{number} {title.upper()}"
    if focused:
        left: Line = (Span("▌", Ink.TITLE), Span(name, Ink.FOCUS))
    else:
        left = (Span(" "), Span(name, Ink.TITLE))
    right: Line = BLANK
    room = width - line_cells(left)
    for note in (notes,) if isinstance(notes, str) else notes:
        if note and cells(note) + 2 <= room:
            right = (Span(f" {note}", Ink.QUIET),)
            break
    room -= line_cells(right) + 1
    if subject and room > min(cells(subject), _LEAST_SUBJECT):
        left = (*left, Span(f" {cut(subject, room - 1)}"))
    rule = width - line_cells(left) - line_cells(right)
    if rule < 2:
        return fill((*left, Span(" " * rule), *right), width)
    return (*left, Span(" "), Span("─" * (rule - 1), Ink.QUIET), *right)


class Pane(Canvas, can_focus=True):
    """The base of all panes; a subclass gives `body` and, if it likes, `note`."""

    DEFAULT_CSS = "Pane { padding: 0 1 0 0; }"

    def __init__(
        self, number: int | None, title: str, *, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.number = number
        self.title = title

    @property
    def note(self) -> str | tuple[str, ...]:
        """What stands at the right end of the title line (in words and, for less room, shorter)."""
        return ""

    @property
    def subject(self) -> str:
        """What the pane is about just now, after its name."""
        return ""

    @property
    def page(self) -> int:
        """How many lines the body has."""
        return max(self.size.height - 1, 1)

    def body(self, width: int, height: int) -> list[Line]:
        """The lines below the title."""
        raise NotImplementedError

    def lay(self, width: int, height: int) -> list[Line]:
        """Title and body."""
        # The body first: a note may tell what the body found out (a position, a count).
        body = self.body(width, height - 1) if height > 1 else []
        title = title_line(self.number, self.title, self.note, self.has_focus, width, self.subject)
        return [title, *body]


class ScrollPane(Pane):
    """A pane whose body is a list of lines that can be longer than the room for it."""

    def __init__(
        self, number: int | None, title: str, *, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(number, title, id=id, classes=classes)
        self.top = 0
        self._length = 0

    def content(self, width: int) -> list[Line]:
        """All lines, however many."""
        raise NotImplementedError

    def as_text(self) -> str:
        """All lines as plain text, `COPY_WIDTH` wide whatever the room here."""
        return plain(self.content(COPY_WIDTH))

    @property
    def note(self) -> str | tuple[str, ...]:
        """Which lines are in view, when not all are."""
        page = self.page
        if self._length <= page:
            return ""
        last = min(self.top + page, self._length)
        return f"lines {self.top + 1}-{last} of {self._length}", f"{last}/{self._length}"

    def body(self, width: int, height: int) -> list[Line]:
        """The part of the content that is in view."""
        content = self.content(width)
        self._length = len(content)
        self.top = max(0, min(self.top, len(content) - height))
        return content[self.top : self.top + height]

    def scroll_lines(self, lines: int) -> None:
        """Move the view; it stops at both ends."""
        top = max(0, min(self.top + lines, self._length - self.page))
        if top != self.top:
            self.top = top
            self.redraw()

    def action_cursor_up(self) -> None:
        """One line up."""
        self.scroll_lines(-1)

    def action_cursor_down(self) -> None:
        """One line down."""
        self.scroll_lines(1)

    def action_page_up(self) -> None:
        """One page up, with one line in common."""
        self.scroll_lines(-max(self.page - 1, 1))

    def action_page_down(self) -> None:
        """One page down, with one line in common."""
        self.scroll_lines(max(self.page - 1, 1))

    def action_home(self) -> None:
        """To the first line."""
        self.scroll_lines(-self._length)

    def action_end(self) -> None:
        """To the last line."""
        self.scroll_lines(self._length)
