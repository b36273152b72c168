"""A widget that draws lines of inked spans, and nothing that did not change."""

from __future__ import annotations

from collections import OrderedDict

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from widgets.ink import BLANK, Ink, Line, fill, line_cells
from widgets.quiet import Quiet

_STRIPS_KEPT = 512


class Canvas(Quiet, Widget):
    """Asks `lay` for its lines when something changed, and turns them into strips."""

    COMPONENT_CLASSES = {f"ink--{ink}" for ink in Ink}  # noqa: RUF012  # Textual's own convention

    DEFAULT_CSS = """
    Canvas {
        width: 1fr;
        height: 1fr;
        & .ink--quiet { text-style: dim; }
        & .ink--strong { text-style: bold; }
        & .ink--title { text-style: bold; }
        & .ink--focus { text-style: bold reverse; }
        & .ink--cursor { text-style: reverse; }
        & .ink--good { color: $text-success; }
        & .ink--warn { color: $text-warning; text-style: bold; }
        & .ink--bad { color: $text-error; text-style: bold; }
        & .ink--drill { color: $text-accent; text-style: bold reverse; }
        & .ink--level-0 { color: $text-success; text-style: bold; }
        & .ink--level-1 { color: $text-warning; text-style: bold; }
        & .ink--level-2 { color: $text-warning; text-style: bold reverse; }
        & .ink--level-3 { color: $text-error; text-style: bold reverse; }
        & .ink--level-4 { color: $text-error; text-style: bold reverse underline; }
        &:nocolor {
            & .ink--good, & .ink--warn, & .ink--bad, & .ink--drill, & .ink--level-0, & .ink--level-1,
            & .ink--level-2, & .ink--level-3, & .ink--level-4 { color: $foreground; }
        }
    }
    """

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._laid: tuple[Size, list[Line]] | None = None
        self._strips: OrderedDict[Line, Strip] = OrderedDict()
        self._styles_of: dict[Ink, Style] = {}

    def lay(self, width: int, height: int) -> list[Line]:
        """The lines to show in so much room; missing ones are blank, surplus ones are dropped."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Say that what `lay` returns may have changed."""
        self._laid = None
        self.refresh()

    @property
    def lines(self) -> list[Line]:
        """What is on the canvas, each line exactly as wide as it."""
        size = self.size
        if self._laid is None or self._laid[0] != size:
            width, height = size
            laid = self.lay(width, height)[:height] if width and height else []
            laid += [BLANK] * (height - len(laid))
            self._laid = (size, [fill(line, width) for line in laid])
        return self._laid[1]

    def render_line(self, y: int) -> Strip:
        """Textual's line API."""
        lines = self.lines
        if not 0 <= y < len(lines):
            return Strip.blank(self.size.width, self.rich_style)
        line = lines[y]
        strip = self._strips.get(line)
        if strip is None:
            strip = Strip([Segment(span.text, self._style(span.ink)) for span in line], line_cells(line))
            self._strips[line] = strip
            if len(self._strips) > _STRIPS_KEPT:
                self._strips.popitem(last=False)
        else:
            self._strips.move_to_end(line)
        return strip

    def _style(self, ink: Ink) -> Style:
        style = self._styles_of.get(ink)
        if style is None:
            style = self.rich_style
            if ink is not Ink.PLAIN:
                style += self.get_component_rich_style(f"ink--{ink}", partial=True)
            self._styles_of[ink] = style
        return style

    def notify_style_update(self) -> None:
        """Forget what was drawn in the styles of before."""
        self._strips.clear()
        self._styles_of.clear()
        super().notify_style_update()

    def on_focus(self) -> None:
        """The title line and the cursor look different with focus."""
        self.redraw()

    def on_blur(self) -> None:
        """The title line and the cursor look different without focus."""
        self.redraw()
