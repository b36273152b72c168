"""A screen with one pane and a line below it that says what was done and which keys matter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, TypeVar

from textual.app import ComposeResult

from crisis_tui.dashboard.actions import Place
from crisis_tui.dashboard.lines import MessageKind, hints
from crisis_tui.terminal.display import QuietScreen
from data.text import clean_line
from widgets.lines import BottomLine, BottomLineModel
from widgets.pane import Pane

Result = TypeVar("Result")


class SheetScreen(QuietScreen[Result]):
    """Shows a pane of its own over all of the terminal; Escape goes back."""

    CSS_PATH: ClassVar[str] = "sheet.tcss"

    def __init__(self, pane: Pane, place: Place, keys: Mapping[str, str]) -> None:
        super().__init__()
        self.sheet = pane
        self._keys = keys
        self._place: Place = place
        self._line = BottomLine(id="sheet-line")

    def compose(self) -> ComposeResult:
        """The pane and the line."""
        yield self.sheet
        yield self._line

    def begin(self) -> None:
        """Keys go to the pane. For `on_mount` of the subclass; Textual would call one here after it."""
        self.sheet.focus()
        self.say("")

    def say(self, words: str, kind: MessageKind = "info") -> None:
        """Say something in the line below."""
        wanted = [(key, word) for key, word in hints(self._place, self._keys) if word != "help"]
        self._line.show(BottomLineModel(message=clean_line(words), message_kind=kind, keys=tuple(wanted)))
