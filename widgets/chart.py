"""The volume chart as lines: bars of block characters, and how negative they read in digits. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from data.models.assessment import VolumeBar
from widgets.fit import cells, clock, count, fit
from widgets.ink import Ink, Line, Span, line

_BLOCKS = " ▁▂▃▄▅▆▇█"
_LABEL = 5
LEAST_ROWS = 3
"""A chart of fewer rows (one of bars, the shares, the times) says nothing."""


@dataclass(frozen=True)
class _Column:
    mentions: int
    scored: int
    negative: int


def _columns(bars: Sequence[VolumeBar], most: int) -> list[_Column]:
    """The bars, put together in groups of one size where there are more than `most`."""
    together = -(-len(bars) // most)
    columns = []
    # From the right: the newest column must be whole, the oldest may be short.
    for end in range(len(bars), 0, -together):
        group = bars[max(end - together, 0) : end]
        columns.append(
            _Column(
                sum(bar.mentions for bar in group),
                sum(bar.scored for bar in group),
                sum(bar.negative for bar in group),
            )
        )
    columns.reverse()
    return columns


def _block(mentions: int, highest: int, rows: int, row: int) -> str:
    """The character of one bar in one row, counted from the bottom; anything above 0 is seen."""
    if not mentions:
        return " "
    eighths = max(round(mentions * rows * 8 / highest), 1)
    return _BLOCKS[max(0, min(eighths - row * 8, 8))]


def _share(column: _Column) -> str:
    if not column.mentions:
        return " "
    return str(min(10 * column.negative // column.scored, 9)) if column.scored else "?"


def _label(text: str) -> Span:
    return Span(fit(text, _LABEL, "right") + " ", Ink.QUIET)


def chart(bars: Sequence[VolumeBar], width: int, rows: int, zone: tzinfo | None) -> list[Line]:
    """`rows` lines: the bars, a row of digits (tenths that read negative), the times at both ends."""
    room = width - _LABEL - 1
    if not bars or rows < LEAST_ROWS or room < 8:
        return []
    columns = _columns(bars, room)
    highest = max(max(column.mentions for column in columns), 1)
    # Each cell shows the column of its time, so that the chart always takes the whole width.
    columns = [columns[cell * len(columns) // room] for cell in range(room)]
    height = rows - 2
    lines: list[Line] = []
    for row in reversed(range(height)):
        label = count(highest) if row == height - 1 else ""
        drawn = "".join(_block(column.mentions, highest, height, row) for column in columns)
        lines.append((_label(label), Span(drawn.rstrip())))
    digits = "".join(_share(column) for column in columns)
    lines.append((_label("neg"), Span(digits.rstrip(), Ink.BAD)))
    lines.append(_axis(bars, room, zone))
    return lines


def _axis(bars: Sequence[VolumeBar], wide: int, zone: tzinfo | None) -> Line:
    first, last = bars[0].start.astimezone(zone), bars[-1].start.astimezone(zone)
    start, end = clock(first, last), f"{last:%H:%M}"
    gap = wide - cells(start) - cells(end)
    text = f"{start}{' ' * gap}{end}" if gap > 0 else start
    return (_label(""), Span(fit(text, wide), Ink.QUIET))


def caption(bars: Sequence[VolumeBar], span_words: str, width: int) -> Line:
    """What the chart shows, in words that hold without it."""
    mentions = sum(bar.mentions for bar in bars)
    scored = sum(bar.scored for bar in bars)
    negative = sum(bar.negative for bar in bars)
    share = f", {round(100 * negative / scored)} % negative" if scored else ""
    said = f" {count(mentions)} mentions {span_words}".rstrip() + share
    if cells(said) > width:
        said = f" {count(mentions)} {span_words}".rstrip() + share
    return line(said, Ink.QUIET)
