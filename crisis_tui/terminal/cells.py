"""Textual's strips as rows of cells."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from rich.cells import split_graphemes
from rich.color import ColorSystem, ColorType
from rich.segment import Segment
from rich.style import Style

from crisis_tui.terminal.frame import DEFAULT, Pen, Row
from crisis_tui.terminal.scrub import scrub

_SGR = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "21", "51", "52", "53")
_VISIBLE_ON_BLANKS = frozenset({"4", "7", "9", "21", "51", "52", "53"})
_MAX_CODEPOINTS = 16
_MAX_PENS = 8192


class Palette:
    """Turns styles into pens for one colour system, None meaning no colour at all."""

    def __init__(self, system: ColorSystem | None) -> None:
        self._system = system
        self._known: dict[Style, tuple[Pen, Pen]] = {}
        self._shared: dict[Pen, Pen] = {DEFAULT: DEFAULT}

    def pens(self, style: Style | None) -> tuple[Pen, Pen]:
        """The pen for glyphs of this style, and the one for its blanks.

        A blank has no foreground unless something of it is seen, so that blanks
        that look alike are alike. Hyperlinks are dropped: a foreign address
        never reaches the terminal as a command.
        """
        if style is None:
            return DEFAULT, DEFAULT
        found = self._known.get(style)
        if found is None:
            if len(self._known) >= _MAX_PENS:
                self._known.clear()
            found = self._known[style] = self._make(style)
        return found

    def _make(self, style: Style) -> tuple[Pen, Pen]:
        bits = style._attributes & style._set_attributes
        attributes = tuple(code for bit, code in enumerate(_SGR) if bits & (1 << bit))
        pen = Pen(attributes, self._codes(style, True), self._codes(style, False))
        blank = pen
        seen = tuple(code for code in attributes if code in _VISIBLE_ON_BLANKS)
        if not seen:
            blank = Pen((), "", pen.background)
        return self._share(pen), self._share(blank)

    def _codes(self, style: Style, foreground: bool) -> str:
        color = style.color if foreground else style.bgcolor
        if color is None or self._system is None or color.type is ColorType.DEFAULT:
            return ""
        return ";".join(color.downgrade(self._system).get_ansi_codes(foreground))

    def _share(self, pen: Pen) -> Pen:
        """One object for equal pens, so that comparing rows stays cheap."""
        return self._shared.setdefault(pen, pen)


def row(segments: Iterable[Segment], width: int, palette: Palette) -> Row:
    """The cells of one line, cut or filled up with default blanks to `width` columns."""
    glyphs: list[str] = []
    pens: list[Pen] = []
    for text, style, control in segments:
        if control or not text:
            continue
        pen, blank = palette.pens(style)
        if text.isascii() and text.isprintable():
            glyphs.extend(text)
            pens.extend([blank if text.isspace() else pen] * len(text))
            continue
        lead, cells = graphemes(text)
        _attach(glyphs, lead)
        glyphs.extend(cells)
        pens.extend([pen] * len(cells))
    missing = width - len(glyphs)
    if missing > 0:
        glyphs.extend(" " * missing)
        pens.extend([DEFAULT] * missing)
    elif missing < 0:
        # A wide glyph cut in half by the edge is a blank.
        if not glyphs[width]:
            glyphs[width - 1] = " "
        del glyphs[width:], pens[width:]
    return Row(glyphs, pens)


@lru_cache(maxsize=4096)
def graphemes(text: str) -> tuple[str, tuple[str, ...]]:
    """(marks that belong to what comes before, one string a cell) with the widths textual uses.

    The right half of a wide glyph is the empty string. Nothing a terminal could
    obey is left in.
    """
    text = scrub(text)
    lead = ""
    cells: list[str] = []
    for start, end, width in split_graphemes(text)[0]:
        glyph = text[start : min(end, start + _MAX_CODEPOINTS)]
        if width == 0 and not cells:
            lead = glyph
        elif width == 0:
            _attach(cells, glyph)
        elif _pairs_as_flag(cells, glyph):
            cells[-1] += glyph
            cells.append("")
        else:
            cells.extend([glyph, *[""] * (width - 1)])
    return lead, tuple(cells)


def _pairs_as_flag(cells: list[str], glyph: str) -> bool:
    """Whether the glyph and the one before are a pair of regional indicators."""
    return bool(cells) and all(len(g) == 1 and "\U0001f1e6" <= g <= "\U0001f1ff" for g in (cells[-1], glyph))


def _attach(cells: list[str], marks: str) -> None:
    """Add zero-width marks to the last glyph, if there is one."""
    at = len(cells) - 1
    if at > 0 and not cells[at]:
        at -= 1
    if marks and at >= 0:
        cells[at] = (cells[at] + marks)[:_MAX_CODEPOINTS]
