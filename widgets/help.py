"""The help screen's table: every key with what it does, in two aligned columns."""

from __future__ import annotations

from collections.abc import Sequence

from widgets.fit import cells, cut, fold, wrap
from widgets.ink import BLANK, Ink, Line, Span, line
from widgets.pane import ScrollPane

Row = tuple[str, str, str]
"""Keys, the title of an action, its help."""

_MOST_KEYS = 18


class HelpTable(ScrollPane):
    """Groups of (keys, action, help) under headings; scrolls."""

    def __init__(
        self,
        groups: Sequence[tuple[str, Sequence[Row]]] = (),
        *,
        number: int | None = None,
        title: str = "Keys",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(number, title, id=id, classes=classes)
        self._groups = list(groups)

    def show(self, groups: Sequence[tuple[str, Sequence[Row]]]) -> None:
        """Show these groups from their beginning."""
        self._groups = list(groups)
        self.top = 0
        self.redraw()

    def content(self, width: int) -> list[Line]:
        """All groups, keys in one column and what they do in the other."""
        rows = [row for _, group in self._groups for row in group]
        if not rows:
            return [line(" No keys are bound.")]
        keys_width = min(max(cells(fold(keys)) for keys, _, _ in rows), _MOST_KEYS, max(width // 3, 4))
        lines: list[Line] = []
        for heading, group in self._groups:
            if lines:
                lines.append(BLANK)
            lines.append(line(f" {fold(heading).upper()}", Ink.STRONG))
            for row in group:
                lines += _row_lines(row, keys_width, width)
        return lines


def _row_lines(row: Row, keys_width: int, width: int) -> list[Line]:
    keys, title, text = (fold(each) for each in row)
    room = max(width - keys_width - 4, 1)
    says = f"{title}: {text}" if text else title
    wrapped = wrap(says, room)
    shown = cut(keys, keys_width)
    pad = " " * (keys_width - cells(shown))
    lines: list[Line] = []
    for place, part in enumerate(wrapped):
        lead = Span(f"  {shown}{pad}  ", Ink.STRONG) if place == 0 else Span(" " * (keys_width + 4))
        head = part[: len(title)] if place == 0 and part.startswith(title) else ""
        lines.append((lead, Span(head), Span(part[len(head) :], Ink.QUIET)))
    return lines
