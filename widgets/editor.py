"""The statement editor: a title line, a text area that repaints little, a count of words."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import DescendantBlur, DescendantFocus, Paste
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widgets import TextArea

from data.text import SafeText, clean
from widgets.canvas import Canvas
from widgets.fit import fold, plural
from widgets.ink import Ink, Line, Span, spread
from widgets.pane import title_line
from widgets.quiet import Quiet


class StatementArea(Quiet, TextArea):
    """A plain text area: no blinking, no gutter, no highlighted line, no scrollbar."""

    DEFAULT_CSS = """
    StatementArea {
        border: none;
        padding: 0 0 0 1;
        background: $background;
        scrollbar-size: 0 0;
        &:focus { border: none; }
        & .text-area--cursor {
            color: $foreground !important;
            background: $background !important;
            text-style: reverse !important;
        }
        & .text-area--placeholder { text-style: dim; }
    }
    """

    _wrapped_to: int | None = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """Drawn as wide as it is: the event that tells of a new size may come after the frame."""
        if self._wrapped_to != self.wrap_width:
            self._wrapped_to = self.wrap_width
            self._rewrap_and_refresh_virtual_size()
        return super().render_lines(crop)

    async def _on_paste(self, event: Paste) -> None:
        """Pasted text is foreign text; what it is cleaned to goes on to the text area's own handler."""
        event.text = clean(event.text)


class _TitleLine(Canvas):
    DEFAULT_CSS = "_TitleLine { height: 1; padding: 0 1 0 0; }"

    def __init__(self, pane: StatementPane) -> None:
        super().__init__()
        self._pane = pane

    def lay(self, width: int, height: int) -> list[Line]:
        pane = self._pane
        return [title_line(pane.number, pane.title, pane.state, pane.area_has_focus, width, pane.subject)]


class _FootLine(Canvas):
    DEFAULT_CSS = "_FootLine { height: 1; }"

    def __init__(self, pane: StatementPane) -> None:
        super().__init__()
        self._pane = pane

    def lay(self, width: int, height: int) -> list[Line]:
        pane = self._pane
        text = pane.text
        counts = f" {plural(len(text.split()), 'word')}, {plural(len(text), 'character')}"
        hint: Line = (Span(f"{pane.hint} ", Ink.QUIET),) if pane.hint else ()
        return [spread((Span(counts, Ink.QUIET),), hint, width, keep=len(counts))]


class StatementPane(Vertical):
    """Edits one text; says what becomes of it in the words it is given."""

    DEFAULT_CSS = """
    StatementPane { width: 1fr; height: 1fr; scrollbar-size: 0 0; overflow: hidden; }
    """

    class Changed(Message):
        """The text is different now."""

        def __init__(self, pane: StatementPane, text: SafeText) -> None:
            super().__init__()
            self.pane = pane
            self.text = text

        def can_replace(self, message: Message) -> bool:
            """Only the last text matters."""
            return isinstance(message, StatementPane.Changed)

    def __init__(
        self,
        number: int | None = 4,
        title: str = "Statement",
        *,
        placeholder: str = "Write what you say in public.",
        hint: str = "",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.number = number
        self.title = title
        self.hint = hint
        self.state = SafeText("")
        self._statement = SafeText("")
        self._quiet_text: str | None = None
        self._area = StatementArea(
            soft_wrap=True,
            show_line_numbers=False,
            highlight_cursor_line=False,
            placeholder=Content(clean(placeholder)),
            compact=True,
        )
        self._area.cursor_blink = False
        self._area.match_cursor_bracket = False
        self._title_line = _TitleLine(self)
        self._foot_line = _FootLine(self)

    def compose(self) -> ComposeResult:
        """Title, text, foot."""
        yield self._title_line
        yield self._area
        yield self._foot_line

    @property
    def subject(self) -> SafeText:
        """The name of what is being edited."""
        return self._statement

    @property
    def area(self) -> StatementArea:
        """The text area, which takes the focus."""
        return self._area

    @property
    def area_has_focus(self) -> bool:
        """Whether keys go to the text."""
        return self._area.has_focus

    @property
    def text(self) -> SafeText:
        """What is in the editor."""
        return clean(self._area.text)

    def load(self, text: str, title: str) -> None:
        """Edit another text: a new history of undo, the cursor at its end, no `Changed`."""
        self._statement = fold(title)
        safe = clean(text)
        self._quiet_text = safe
        self._area.load_text(safe)
        self._area.move_cursor(self._area.document.end)
        self.redraw()

    def replace_text(self, text: str) -> None:
        """Put another text in place of all of it, as one edit that undo takes back."""
        safe = clean(text)
        if safe != self._area.text:
            area = self._area
            area.replace(safe, (0, 0), area.document.end, maintain_selection_offset=False)
            area.history.checkpoint()

    def insert(self, text: str) -> None:
        """Put text in at the cursor, in place of what is selected."""
        area = self._area
        result = area.replace(clean(text), *area.selection, maintain_selection_offset=False)
        area.move_cursor(result.end_location)
        area.history.checkpoint()

    def set_state(self, words: str) -> None:
        """Say in the title line what became of the text: `draft saved 14:02`."""
        state = fold(words)
        if state != self.state:
            self.state = state
            self._title_line.redraw()

    def focus_text(self) -> None:
        """Let keys go to the text."""
        self._area.focus()

    def redraw(self) -> None:
        """Say that title or foot may have changed."""
        self._title_line.redraw()
        self._foot_line.redraw()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Tell the screen, unless the text is the one that `load` put in."""
        event.stop()
        self._foot_line.redraw()
        loaded, self._quiet_text = self._quiet_text, None
        if loaded is None or loaded != self._area.text:
            self.post_message(self.Changed(self, self.text))

    def on_text_area_selection_changed(self, event: TextArea.SelectionChanged) -> None:
        """Moving the cursor concerns nobody else."""
        event.stop()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """The title line shows where keys go."""
        self._title_line.redraw()

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        """The title line shows where keys go."""
        self._title_line.redraw()
