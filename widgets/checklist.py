"""The checklist of an incident: who does what by when, with the cursor on what is next."""

from __future__ import annotations

from datetime import UTC, datetime

from textual.message import Message

from data.models.playbook import ChecklistItem
from data.text import SafeText
from widgets.checklist_lines import detail_lines, grouped, overdue, phase_line, step_line
from widgets.fit import fold, wrap
from widgets.ink import BLANK, Ink, Line, Span, line
from widgets.pane import Pane

_DETAIL = 3
_HEIGHT_WITH_DETAIL = 10

Key = tuple[str, str, str]


def _key(item: ChecklistItem) -> Key:
    return (item.incident, item.playbook, item.step)


class ChecklistPane(Pane):
    """Shows steps by phase; the cursor stays on its step, whatever changes around it."""

    class _StepMessage(Message):
        def __init__(self, item: ChecklistItem) -> None:
            super().__init__()
            self.item = item

    class StepStart(_StepMessage):
        """Somebody begins with this step."""

    class StepClose(_StepMessage):
        """This step is to be closed."""

    class StepReopen(_StepMessage):
        """This step is to be opened again."""

    class StepOpened(_StepMessage):
        """All about this step is wanted."""

    def __init__(
        self,
        number: int | None = 3,
        title: str = "Checklist",
        *,
        empty_text: str = "No checklist yet.",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(number, title, id=id, classes=classes)
        self.empty_text = empty_text
        self._items: tuple[ChecklistItem, ...] = ()
        self._incident: SafeText | None = None
        self._now = datetime(1970, 1, 1, tzinfo=UTC)
        self._cursor: Key | None = None
        self._top = 0
        self._rows = 1

    @property
    def current(self) -> ChecklistItem | None:
        """The step under the cursor."""
        index = self._index()
        return None if index is None else self._items[index]

    def show(self, items: tuple[ChecklistItem, ...], incident: str | None, now: datetime) -> None:
        """Show these steps of an incident of that title."""
        ordered = tuple(item for _, group in grouped(items) for item in group)
        title = None if incident is None else fold(incident)
        if (ordered, title, now) == (self._items, self._incident, self._now):
            return
        before = self._index()
        self._items, self._incident, self._now = ordered, title, now
        if ordered and self._index() is None:
            same = before is not None and self._cursor is not None and ordered[0].incident == self._cursor[0]
            place = min(before, len(ordered) - 1) if same and before is not None else self._first_open()
            self._cursor = _key(ordered[place])
        self.redraw()

    @property
    def subject(self) -> str:
        """The incident."""
        return self._incident or ""

    @property
    def note(self) -> str | tuple[str, ...]:
        """`4 of 17 closed, 2 overdue`."""
        if not self._items:
            return ""
        closed = sum(item.closed for item in self._items)
        late = sum(overdue(item, self._now) for item in self._items)
        of = len(self._items)
        word = f"{late} OVERDUE"
        if late:
            return f"{closed} of {of} closed, {word}", f"{closed}/{of}, {word}", word
        return f"{closed} of {of} closed", f"{closed}/{of}"

    def action_cursor_up(self) -> None:
        """To the step before."""
        self._move(-1)

    def action_cursor_down(self) -> None:
        """To the next step."""
        self._move(1)

    def action_page_up(self) -> None:
        """A page up."""
        self._move(-max(self._rows - 2, 1))

    def action_page_down(self) -> None:
        """A page down."""
        self._move(max(self._rows - 2, 1))

    def action_home(self) -> None:
        """To the first step."""
        self._move(-len(self._items))

    def action_end(self) -> None:
        """To the last step."""
        self._move(len(self._items))

    def action_next_open(self) -> None:
        """To the first step that is not closed."""
        index = self._index()
        if index is not None:
            self._move(self._first_open() - index)

    def action_start(self) -> None:
        """Begin with the step under the cursor."""
        self._post(self.StepStart)

    def action_close(self) -> None:
        """Close the step under the cursor."""
        self._post(self.StepClose)

    def action_reopen(self) -> None:
        """Open the step under the cursor again."""
        self._post(self.StepReopen)

    def action_open(self) -> None:
        """Ask for all about the step under the cursor."""
        self._post(self.StepOpened)

    def body(self, width: int, height: int) -> list[Line]:
        """The steps in view and, with room for it, what the current one asks for."""
        current = self.current
        if current is None:
            return [line(" " + part) for part in wrap(self.empty_text, width - 1, height)]
        detail: list[Line] = []
        if height >= _HEIGHT_WITH_DETAIL:
            detail = [BLANK, *detail_lines(current, width, _DETAIL, self._now)]
        self._rows = height - len(detail)
        lines, at = self._all_lines(width)
        self._follow(at, len(lines))
        shown = lines[self._top : self._top + self._rows]
        shown += [BLANK] * (self._rows - len(shown))
        return shown + detail

    def _all_lines(self, width: int) -> tuple[list[Line], int]:
        """Headings and steps, and on which of these lines the cursor is."""
        lines: list[Line] = []
        at = 0
        for phase, group in grouped(self._items):
            lines.append(phase_line(phase, sum(item.closed for item in group), len(group)))
            for item in group:
                drawn = step_line(item, width, self._now)
                if _key(item) == self._cursor:
                    at = len(lines)
                    drawn = self._marked(drawn)
                lines.append(drawn)
        return lines, at

    def _marked(self, spans: Line) -> Line:
        bar = Span("▌", Ink.STRONG)
        if not self.has_focus:
            return (bar, *spans[1:])
        return (bar, Span("".join(part.text for part in spans)[1:], Ink.CURSOR))

    def _follow(self, at: int, length: int) -> None:
        """Keep the cursor in view, moving by half a page, so that a step costs few bytes."""
        half = max(self._rows // 2, 1)
        if at < self._top:
            self._top = min(at, self._top - half)
        elif at >= self._top + self._rows:
            self._top = max(at - self._rows + 1, self._top + half)
        if at <= 1 and self._rows > 1:
            self._top = 0
        self._top = max(0, min(self._top, length - self._rows))

    def _index(self) -> int | None:
        for place, item in enumerate(self._items):
            if _key(item) == self._cursor:
                return place
        return None

    def _first_open(self) -> int:
        return next((place for place, item in enumerate(self._items) if not item.closed), 0)

    def _move(self, by: int) -> None:
        index = self._index()
        if index is None:
            return
        target = max(0, min(index + by, len(self._items) - 1))
        if target != index:
            self._cursor = _key(self._items[target])
            self.redraw()

    def _post(self, kind: type[_StepMessage]) -> None:
        item = self.current
        if item is not None:
            self.post_message(kind(item))
