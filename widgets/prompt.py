"""The bodies of questions: one line of text, or one of a few choices. The dashboard puts them on screens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Key, Paste
from textual.message import Message
from textual.widgets import Input

from data.text import SafeText, clean, clean_line
from widgets.canvas import Canvas
from widgets.fit import cut, fold, wrap
from widgets.ink import BLANK, Ink, Line, Span, fill, line, repaint
from widgets.quiet import Quiet


class LineInput(Quiet, Input):
    """An input of one line that does not blink and cleans what is pasted."""

    DEFAULT_CSS = """
    LineInput {
        background: $background;
        &:focus { background-tint: $background 0%; }
        & .input--cursor {
            color: $foreground !important;
            background: $background !important;
            text-style: reverse !important;
        }
        & > .input--placeholder { text-style: dim; }
    }
    """

    def _on_paste(self, event: Paste) -> None:
        """Pasted text is foreign text; its first line goes on to the input's own handler."""
        event.text = clean_line(event.text.strip().split("\n")[0])


class _Words(Canvas):
    """A wrapped text, as high as it needs to be."""

    DEFAULT_CSS = "_Words { height: auto; }"

    def __init__(self, text: str, ink: Ink) -> None:
        super().__init__()
        self._text = clean(text)
        self._ink = ink

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many lines as the text takes."""
        return len(wrap(self._text, width - 2))

    def lay(self, width: int, height: int) -> list[Line]:
        return [line(f" {part}", self._ink) for part in wrap(self._text, width - 2, height)]


class Prompt(Vertical):
    """A question and one line to answer it on."""

    DEFAULT_CSS = """
    Prompt { height: auto; width: 1fr; overflow: hidden; }
    Prompt LineInput { margin: 0 1; }
    """

    class Answered(Message):
        """Enter was pressed on this text."""

        def __init__(self, text: SafeText) -> None:
            super().__init__()
            self.text = text

    class Cancelled(Message):
        """Escape was pressed."""

    def __init__(
        self,
        question: str,
        *,
        value: str = "",
        placeholder: str = "",
        hint: str = "",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._question = question
        self._hint = hint
        self._value = clean_line(value)
        self._input = LineInput(compact=True, select_on_focus=False)
        self._input.placeholder = clean_line(placeholder)
        self._input.cursor_blink = False

    def compose(self) -> ComposeResult:
        """Question, input, hint."""
        yield _Words(self._question, Ink.STRONG)
        yield self._input
        if self._hint:
            yield _Words(self._hint, Ink.QUIET)

    def on_mount(self) -> None:
        """An input takes a value only while an app runs."""
        self._input.value = self._value

    @property
    def input(self) -> LineInput:
        """The input, which takes the focus."""
        return self._input

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter."""
        event.stop()
        self.post_message(self.Answered(clean_line(event.value)))

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is typed before Enter concerns nobody."""
        event.stop()

    def on_key(self, event: Key) -> None:
        """Escape."""
        if event.key == "escape":
            event.stop()
            self.post_message(self.Cancelled())


@dataclass(frozen=True)
class Option:
    """One thing to choose: its id, what it is called, what it means.

    `key` is the character that takes it at once, where that is not its number.
    """

    id: str
    label: str
    detail: str = ""
    key: str = ""


class Choice(Canvas, can_focus=True):
    """A question and a list of answers; its number or key takes one at once."""

    DEFAULT_CSS = "Choice { height: auto; }"

    class Chosen(Message):
        """This answer was taken."""

        def __init__(self, id: str) -> None:
            super().__init__()
            self.id = id

    class Cancelled(Message):
        """Escape was pressed."""

    def __init__(
        self,
        question: str,
        options: Sequence[Option | tuple[str, str, str]],
        *,
        at: int = 0,
        hint: str = "",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._question = clean(question)
        self._hint = fold(hint)
        self._options = [each if isinstance(each, Option) else Option(*each) for each in options]
        self._at = max(0, min(at, len(self._options) - 1))

    @property
    def current(self) -> Option | None:
        """The answer under the cursor."""
        return self._options[self._at] if self._options else None

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """Question, a blank line, the answers, a blank line, two lines of detail, the hint."""
        details = 3 if any(option.detail for option in self._options) else 0
        hint = 1 if self._hint else 0
        return len(wrap(self._question, width - 2)) + 1 + len(self._options) + details + hint

    def lay(self, width: int, height: int) -> list[Line]:
        """All of it; the list scrolls when there is too little room."""
        question = [line(f" {part}", Ink.STRONG) for part in wrap(self._question, width - 2, 3)]
        current = self.current
        detail: list[Line] = []
        if current is not None and any(option.detail for option in self._options):
            detail = [BLANK, *[line(f"   {part}", Ink.QUIET) for part in wrap(current.detail, width - 4, 2)]]
        hint = [line(f" {cut(self._hint, width - 2)}", Ink.QUIET)] if self._hint else []
        room = max(height - len(question) - 1 - (3 if detail else 0) - len(hint), 1)
        top = max(0, min(self._at - room // 2, len(self._options) - room))
        shown = [self._answer(place, width) for place in range(top, min(top + room, len(self._options)))]
        detail += [BLANK] * (3 - len(detail)) if detail else []
        return [*question, BLANK, *shown, *detail, *hint]

    def _answer(self, place: int, width: int) -> Line:
        number = self._options[place].key or (f"{place + 1}" if place < 9 else " ")
        label = fold(self._options[place].label)
        if place != self._at:
            return (Span(f"   {number}  ", Ink.QUIET), Span(label))
        marked = fill((Span(f" {number}  {label}"),), width - 3)
        return (Span(" ▌", Ink.STRONG), *repaint(marked, Ink.CURSOR), Span(" "))

    def on_key(self, event: Key) -> None:
        """Move, take, or leave."""
        moves = {"up": -1, "k": -1, "down": 1, "j": 1, "home": -len(self._options), "end": len(self._options)}
        if event.key in moves:
            self._at = max(0, min(self._at + moves[event.key], len(self._options) - 1))
            self.redraw()
        elif event.key == "enter":
            self._choose(self._at)
        elif event.key == "escape":
            self.post_message(self.Cancelled())
        elif (place := self._place_of(event.character)) is not None:
            self._choose(place)
        else:
            return
        event.stop()

    def _place_of(self, character: str | None) -> int | None:
        """Which answer a character takes."""
        for place, option in enumerate(self._options):
            if character and character == (option.key or f"{place + 1}"):
                return place
        return None

    def _choose(self, place: int) -> None:
        if 0 <= place < len(self._options):
            self._at = place
            self.redraw()
            self.post_message(self.Chosen(self._options[place].id))
