"""The pure frame diff: two grids of cells in, the bytes between them out.

The terminal is left with the default pen after every diff and is taken to have
it before; where its cursor stands is never assumed. A message written to the
tty by somebody else therefore garbles cells, but never what follows.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple


class Pen(NamedTuple):
    """How a cell is drawn: SGR codes. Empty colours are the terminal's own."""

    attributes: tuple[str, ...] = ()
    foreground: str = ""
    background: str = ""


class Row(NamedTuple):
    """One line of cells: equally long lists, one entry a column.

    A glyph is one grapheme; the right half of a wide one is the empty string,
    with the pen of its left half. Rows are compared whole, so never change one.
    """

    glyphs: list[str]
    pens: list[Pen]


Frame = Sequence[Row]
"""The rows from top to bottom, all equally wide."""

DEFAULT = Pen()
RESET = "\x1b[m"

_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "6": "25", "7": "27"}
_OFF |= {"8": "28", "9": "29", "21": "24", "51": "54", "52": "54", "53": "55"}
_NO_ROW = Row([], [])


def diff(old: Frame | None, new: Frame, cursor: tuple[int, int] | None = None) -> str:
    """What to send so that a terminal showing `old` shows `new`; "" when they are alike.

    `old` is None, or has another size, when nothing is known of the screen:
    then every cell is sent. `cursor` is the (column, row), from 0, to leave the
    cursor at; nothing is sent for its sake alone.
    """
    known = old is not None and len(old) == len(new) and (not new or len(old[0].glyphs) == len(new[0].glyphs))
    painter = _Painter()
    if not known:
        painter.out.append(RESET)
    for y, row in enumerate(new):
        before = old[y] if known and old is not None else _NO_ROW
        # Rows that no widget touched are the same object, which makes this free.
        if row is not before and row != before:
            painter.paint(y, before, row)
    if not painter.painted:
        return ""
    painter.wear(DEFAULT)
    if cursor is not None:
        painter.go(cursor[1], cursor[0])
    return "".join(painter.out)


def move_to(column: int, row: int) -> str:
    """The shortest absolute cursor move, counted from 0."""
    if column:
        return f"\x1b[{row + 1};{column + 1}H"
    return f"\x1b[{row + 1}H" if row else "\x1b[H"


@lru_cache(maxsize=8192)
def transition(before: Pen, after: Pen) -> str:
    """The shortest SGR sequence from one pen to another, "" when they are alike."""
    if before == after:
        return ""
    fresh = [code for code in (*after.attributes, after.foreground, after.background) if code]
    if not fresh:
        return RESET
    off = {_OFF[code] for code in before.attributes if code not in after.attributes}
    delta = sorted(off)
    # Switching one off may switch its neighbour off too: 22 ends both bold and dim.
    delta += [code for code in after.attributes if code not in before.attributes or _OFF[code] in off]
    if before.foreground != after.foreground:
        delta.append(after.foreground or "39")
    if before.background != after.background:
        delta.append(after.background or "49")
    changed = ";".join(delta)
    whole = ";".join(["0", *fresh])
    return f"\x1b[{whole}m" if len(whole) < len(changed) else f"\x1b[{changed}m"


@lru_cache(maxsize=8192)
def undisputed(glyph: str, width: int) -> bool:
    """Whether every terminal advances exactly `width` columns for this glyph."""
    if len(glyph) != 1:
        return False
    point = ord(glyph)
    if 0x20 <= point < 0x7F:
        return width == 1
    if point >= 0x1F000 or unicodedata.category(glyph) in ("Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me", "Mc"):
        return False
    # From the miscellaneous symbols on, fonts and tables treat symbols as emoji.
    if unicodedata.category(glyph) == "So" and 0x2600 <= point < 0x3000:
        return False
    wide = unicodedata.east_asian_width(glyph) in ("W", "F")
    return width == (2 if wide else 1) and (point >= 0x2E80 or not wide)


class _Painter:
    """Collects the bytes of one diff and remembers where they leave the terminal."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.painted = False
        self._pen = DEFAULT
        self._row: int | None = None
        self._column: int | None = None

    def wear(self, pen: Pen) -> None:
        """Switch the terminal to this pen."""
        if pen is not self._pen:
            self.out.append(transition(self._pen, pen))
            self._pen = pen

    def go(self, y: int, x: int, row: Row = _NO_ROW) -> None:
        """Move to a cell, by the shortest way; `row` is what that line shows."""
        if y == self._row and x == self._column:
            return
        choices = [move_to(x, y)]
        if self._row is not None:
            vertical = _vertical(y - self._row)
            if x == 0:
                choices.append("\r" + vertical)
            if x == self._column:
                choices.append(vertical)
            if y == self._row:
                choices.append(f"\x1b[{x + 1}G")
                if self._column is not None:
                    choices.append(_horizontal(x - self._column))
                    choices.extend(self._rewritten(row, self._column, x))
        self.out.append(min(choices, key=len))
        self._row, self._column = y, x

    def paint(self, y: int, old: Row, new: Row) -> None:
        """Send what differs between two rows; an `old` without cells differs everywhere."""
        glyphs, pens = new
        width = len(glyphs)
        changed = _changes(old, new)
        if not changed:
            return
        self.painted = True
        blank_from = _blank_tail(new)
        x = 0
        forced = -1
        while x < width:
            glyph = glyphs[x]
            if not glyph or not (changed[x] or x == forced):
                x += 1
                continue
            if x >= blank_from and sum(changed[x:]) > 3:
                self.go(y, x, new)
                self.wear(DEFAULT)
                self.out.append("\x1b[K")
                return
            columns = 2 if x + 1 < width and not glyphs[x + 1] else 1
            self.go(y, x, new)
            self.wear(pens[x])
            if undisputed(glyph, columns):
                self.out.append(glyph)
                self._column = x + columns if x + columns < width else None
            else:
                self._disputed(glyph, x, columns)
                forced = x + columns
            x += columns

    def _disputed(self, glyph: str, x: int, columns: int) -> None:
        # A terminal that draws one column here must not show what stood in the second.
        if columns == 2:
            self.out.append(f"  \x1b[{x + 1}G")
        self.out.append(glyph)
        self._column = None

    def _rewritten(self, row: Row, start: int, end: int) -> list[str]:
        """The unchanged cells between, when saying them again is all it takes to pass them."""
        if not 0 < end - start <= 6 or not row.glyphs:
            return []
        cells = range(start, end)
        if any(row.pens[x] != self._pen or not undisputed(row.glyphs[x], 1) for x in cells):
            return []
        return ["".join(row.glyphs[start:end])]


def _changes(old: Row, new: Row) -> list[bool]:
    """Which cells differ; none at all is the empty list."""
    if not old.glyphs:
        return [True] * len(new.glyphs)
    if old == new:
        return []
    return [
        a != b or (p is not q and p != q)
        for a, b, p, q in zip(old.glyphs, new.glyphs, old.pens, new.pens, strict=True)
    ]


def _blank_tail(row: Row) -> int:
    """The column from which the row is plain blanks, so that erasing paints them.

    Only the default pen counts: not every terminal erases with the background colour.
    """
    x = len(row.glyphs)
    while x and row.glyphs[x - 1] == " " and row.pens[x - 1] == DEFAULT:
        x -= 1
    return x


def _vertical(lines: int) -> str:
    if not lines:
        return ""
    count = abs(lines)
    return f"\x1b[{count if count > 1 else ''}{'B' if lines > 0 else 'A'}"


def _horizontal(columns: int) -> str:
    if -4 < columns < 0:
        return "\b" * -columns
    count = abs(columns)
    return f"\x1b[{count if count > 1 else ''}{'C' if columns > 0 else 'D'}"
