"""Lines as values: spans of text, each with the name of its ink. Pure, so layouts are testable as data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from data.models.level import Level
from widgets.fit import cells, cut, fit


class Ink(StrEnum):
    """What a span is, not how it looks; each has a component class `ink--NAME`."""

    PLAIN = "plain"
    QUIET = "quiet"
    STRONG = "strong"
    TITLE = "title"
    FOCUS = "focus"
    CURSOR = "cursor"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    DRILL = "drill"
    LEVEL_0 = "level-0"
    LEVEL_1 = "level-1"
    LEVEL_2 = "level-2"
    LEVEL_3 = "level-3"
    LEVEL_4 = "level-4"


class Span(NamedTuple):
    """Some text in one ink."""

    text: str
    ink: Ink = Ink.PLAIN


Line = tuple[Span, ...]
"""What one row of the terminal shows."""

BLANK: Line = ()
_LEVELS = (Ink.LEVEL_0, Ink.LEVEL_1, Ink.LEVEL_2, Ink.LEVEL_3, Ink.LEVEL_4)


def level_ink(level: Level) -> Ink:
    """The ink of a level."""
    return _LEVELS[level]


def line(text: str, ink: Ink = Ink.PLAIN) -> Line:
    """One span as a line."""
    return (Span(text, ink),)


def line_cells(spans: Line) -> int:
    """How many cells a line takes."""
    return sum(cells(part.text) for part in spans)


def plain(lines: Iterable[Line]) -> str:
    """The lines as text without inks, each ended by a line break."""
    return "".join("".join(part.text for part in spans).rstrip() + "\n" for spans in lines)


def cut_line(spans: Line, width: int) -> Line:
    """The line in at most `width` cells, its end cut with an ellipsis."""
    kept: list[Span] = []
    left = width
    for place, part in enumerate(spans):
        size = cells(part.text)
        rest_is_empty = not any(later.text for later in spans[place + 1 :])
        if size < left or (size == left and rest_is_empty):
            kept.append(part)
            left -= size
            continue
        # An ellipsis must be seen even where this span alone would just fit.
        shown = cut(part.text if size > left else part.text + " +", left)
        kept.append(Span(shown, part.ink))
        break
    return tuple(part for part in kept if part.text)


def fill(spans: Line, width: int, ink: Ink = Ink.PLAIN) -> Line:
    """The line in exactly `width` cells."""
    used = line_cells(spans)
    if used > width:
        spans = cut_line(spans, width)
        used = line_cells(spans)
    return spans if used == width else (*spans, Span(" " * (width - used), ink))


def spread(left: Line, right: Line, width: int, keep: int = 1) -> Line:
    """`left` and `right` at the two ends of `width` cells.

    Where they do not fit, `left` is cut; where that would leave it fewer than
    `keep` cells, `right` goes.
    """
    size = line_cells(right)
    room = width - size - 1 if size else width
    if size and (room < min(keep, line_cells(left)) or room < 0):
        return fill(left, width)
    return (*fill(left, room), Span(" "), *right) if size else fill(left, width)


def repaint(spans: Line, ink: Ink) -> Line:
    """The same text, all of it in one ink."""
    return (Span("".join(part.text for part in spans), ink),)


def row(columns: Sequence[tuple[str, int, Ink]], gap: int = 1) -> Line:
    """Columns of fixed widths, `gap` blanks between them; a column of no width vanishes."""
    parts: list[Span] = []
    for text, width, ink in columns:
        if width <= 0:
            continue
        if parts:
            parts.append(Span(" " * gap))
        parts.append(Span(fit(text, width), ink))
    return tuple(parts)
