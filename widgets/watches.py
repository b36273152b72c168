"""What we listen for: every watch with its lists, each of which can be changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from data.text import SafeText
from widgets.fit import cells, fold, wrap
from widgets.ink import BLANK, Ink, Line, Span, line
from widgets.rows import Entry, RowsPane

_LABEL = 17

Field = tuple[str, str, SafeText, str]
"""The key in the settings, what it is called, its value as text, and what no value means."""


def watch_entries(name: str, fields: Sequence[Field], width: int) -> list[Entry]:
    """A heading, and one entry a field."""
    entries = []
    for place, (key, label, value, unset) in enumerate(fields):
        shown = fold(value)
        lines: list[Line] = []
        if place == 0:
            lines.append(line(f" {fold(name).upper()}", Ink.STRONG))
        pad = " " * max(_LABEL - cells(label), 1)
        for at, part in enumerate(wrap(shown or unset, max(width - _LABEL - 2, 1), 6)):
            lead = f"  {label}{pad}" if at == 0 else " " * (_LABEL + 2)
            lines.append((Span(lead, Ink.QUIET), Span(part, Ink.PLAIN if shown else Ink.QUIET)))
        if place == len(fields) - 1:
            lines.append(BLANK)
        entries.append(Entry(f"{name}\n{key}", tuple(lines), heading=int(place == 0)))
    return entries


class WatchesPane(RowsPane):
    """All watches, field by field."""

    def __init__(self, title: str = "Watches", *, empty_text: str = "", id: str | None = None) -> None:
        super().__init__(title, empty_text=empty_text, id=id)
        self._watches: dict[str, Sequence[Field]] = {}

    @property
    def chosen(self) -> tuple[str, str] | None:
        """The watch and the key under the cursor."""
        if self.cursor is None:
            return None
        name, _, key = self.cursor.partition("\n")
        return name, key

    def show(self, watches: Mapping[str, Sequence[Field]]) -> None:
        """Show these watches."""
        self._watches = dict(watches)
        self.redraw()

    def entries(self, width: int) -> Sequence[Entry]:
        """One a field of each watch."""
        return [
            entry for name, fields in self._watches.items() for entry in watch_entries(name, fields, width)
        ]
