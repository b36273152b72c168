"""The chart as lines: volume, how much of it reads negative, what was done meanwhile. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from data.models.assessment import ChartMark, VolumeBar
from widgets.fit import cells, clock, count, fit, fold
from widgets.ink import BLANK, Ink, Line, Span, cut_line, line, line_cells

LEAST_ROWS = 3
"""A chart of fewer rows (one of bars, the shares, the times) says nothing."""

MOST_ROWS = 11

_BLOCKS = " ▁▂▃▄▅▆▇█"
_LABEL = 6
_LEAST_COLUMNS = 8
_TALL = 4
_SHARE_ROWS = 2
_TIMES_APART = 12
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_STEPS = (*(timedelta(minutes=n) for n in (5, 10, 15, 30, 60, 120, 180, 360, 720)), _DAY, 2 * _DAY)
"""What may lie between two times of the axis."""
_GLYPHS = {"up": "^", "down": "v", "statement": "S"}
_INKS = {"up": Ink.BAD, "down": Ink.GOOD, "statement": Ink.STRONG}
_GRAVEST = ("up", "down", "statement")


@dataclass(frozen=True)
class _Column:
    mentions: int
    scored: int
    negative: int

    @property
    def share(self) -> float:
        return self.negative / self.scored if self.scored else 0.0

    @property
    def unread(self) -> bool:
        return self.mentions > 0 and not self.scored


@dataclass(frozen=True)
class _Grid:
    """The bars put together to columns of one length, each `cells` wide."""

    columns: tuple[_Column, ...]
    cells: int
    start: datetime
    length: timedelta
    """The time that one column covers."""

    @property
    def width(self) -> int:
        return len(self.columns) * self.cells

    @property
    def end(self) -> datetime:
        return self.start + self.length * len(self.columns)

    def place(self, moment: datetime) -> int | None:
        """The column of a moment; None outside of the chart."""
        if not self.start <= moment < self.end:
            return None
        return int((moment - self.start) / self.length)

    def row(self, characters: Sequence[str]) -> str:
        """One character a column."""
        return "".join(character * self.cells for character in characters)


def _grid(bars: Sequence[VolumeBar], room: int) -> _Grid:
    """As many columns as fit, each of whole bars; the newest bars are always in."""
    together = -(-len(bars) // room)
    # A length that leaves no bar over is worth somewhat fewer columns.
    together = next((n for n in range(together, 2 * together) if len(bars) % n == 0), together)
    kept = bars[len(bars) % together :]
    columns = tuple(
        _Column(
            sum(bar.mentions for bar in group),
            sum(bar.scored for bar in group),
            sum(bar.negative for bar in group),
        )
        for group in (kept[place : place + together] for place in range(0, len(kept), together))
    )
    length = (bars[1].start - bars[0].start) if len(bars) > 1 else timedelta(minutes=1)
    return _Grid(columns, max(room // len(columns), 1), kept[0].start, length * together)


def _block(part: float, rows: int, row: int) -> str:
    """The character of a bar of `part` (0 to 1) in one row, counted from the bottom; above 0 is seen."""
    if part <= 0:
        return " "
    eighths = max(round(part * rows * 8), 1)
    return _BLOCKS[max(0, min(eighths - row * 8, 8))]


def _label(text: str) -> Span:
    return Span(fit(text, _LABEL, "right") + " ", Ink.QUIET)


def length_words(length: timedelta) -> str:
    """`6 min`, `3 h`."""
    minutes = round(length / timedelta(minutes=1))
    return f"{minutes // 60} h" if minutes and minutes % 60 == 0 else f"{minutes} min"


def _per(length: timedelta) -> str:
    words = f"/{length_words(length)}"
    return words if cells(words) <= _LABEL else words.replace(" ", "")


def chart(
    bars: Sequence[VolumeBar],
    width: int,
    rows: int,
    zone: tzinfo | None,
    marks: Sequence[ChartMark] = (),
) -> list[Line]:
    """At most `rows` lines: volume, negative share, marks where there are some, times.

    The share is a row of digits (of ten that could be read, so many are
    negative), with more room it has bars of its own. What the newest marks mean
    stands below where there is a row for it.
    """
    room = width - _LABEL - 1
    if not bars or rows < LEAST_ROWS or room < _LEAST_COLUMNS:
        return []
    grid = _grid(bars, room)
    marks = [mark for mark in marks if grid.place(mark.at) is not None]
    left = rows - LEAST_ROWS
    marked = bool(marks) and left >= 1
    left -= marked
    # First the bars of volume grow, then the share gets bars, then the marks get words.
    tall = left >= _TALL - 1 + _SHARE_ROWS - 1
    left -= (_SHARE_ROWS - 1) * tall
    told = marked and left >= _TALL - 1 + 1
    left -= told
    return [
        *_volume(grid, 1 + left),
        *(_share_bars(grid) if tall else [_share_digits(grid)]),
        *([_marks(grid, marks)] if marked else []),
        _axis(grid, zone),
        *([_told(marks, grid, width, zone)] if told else []),
    ]


def _volume(grid: _Grid, height: int) -> list[Line]:
    highest = max(max(column.mentions for column in grid.columns), 1)
    lines: list[Line] = []
    for row in reversed(range(height)):
        label = {height - 1: count(highest), height - 2: _per(grid.length)}.get(row, "")
        drawn = grid.row([_block(column.mentions / highest, height, row) for column in grid.columns])
        lines.append((_label(label), Span(drawn.rstrip())))
    return lines


def _share_digits(grid: _Grid) -> Line:
    digits = [
        "?" if column.unread else str(min(int(10 * column.share), 9)) if column.mentions else " "
        for column in grid.columns
    ]
    return (_label("neg/10"), Span(grid.row(digits).rstrip(), Ink.BAD))


def _share_bars(grid: _Grid) -> list[Line]:
    lines: list[Line] = []
    for row, label in ((1, "100 %"), (0, "neg")):
        drawn = [
            "?" if column.unread and not row else _block(column.share, _SHARE_ROWS, row)
            for column in grid.columns
        ]
        lines.append((_label(label), Span(grid.row(drawn).rstrip(), Ink.BAD)))
    return lines


def _marks(grid: _Grid, marks: Sequence[ChartMark]) -> Line:
    """One glyph where something was done; of several in one column the gravest."""
    found: dict[int, str] = {}
    for mark in sorted(marks, key=lambda mark: -_GRAVEST.index(mark.kind)):
        place = grid.place(mark.at)
        if place is not None:
            found[place * grid.cells] = mark.kind
    spans: list[Span] = [_label("marks")]
    taken = 0
    for cell, kind in sorted(found.items()):
        spans += [Span(" " * (cell - taken)), Span(_GLYPHS[kind], _INKS[kind])]
        taken = cell + 1
    return tuple(spans)


def _told(marks: Sequence[ChartMark], grid: _Grid, width: int, zone: tzinfo | None) -> Line:
    """What the marks mean, the newest first, as many as fit whole."""
    said: Line = BLANK
    now = grid.end.astimezone(zone)
    for mark in sorted(marks, key=lambda mark: mark.at, reverse=True):
        words = f" {clock(mark.at, now)} {fold(mark.words)}"
        lead = _label("") if not said else Span("  ")
        longer = (*said, lead, Span(_GLYPHS[mark.kind], _INKS[mark.kind]), Span(words, Ink.QUIET))
        if said and line_cells(longer) > width:
            break
        said = longer
    return cut_line(said, width)


def _axis(grid: _Grid, zone: tzinfo | None) -> Line:
    """The first and the last minute at both ends, round times between them under their columns."""
    last = (grid.end - _MINUTE).astimezone(zone)
    text, end = str(clock(grid.start, last)), f"{last:%H:%M}"
    for moment, words in _ticks(grid, zone):
        at = (grid.place(moment) or 0) * grid.cells
        if at >= cells(text) + 2 and at + cells(words) + 2 + cells(end) <= grid.width:
            text += " " * (at - cells(text)) + words
    gap = grid.width - cells(text) - cells(end)
    if gap > 0:
        text += " " * gap + end
    return (_label(""), Span(fit(text, grid.width), Ink.QUIET))


def _ticks(grid: _Grid, zone: tzinfo | None) -> Iterator[tuple[datetime, str]]:
    """Round local times, so far apart that their words do not crowd each other."""
    a_cell = grid.length / grid.cells
    step = next((step for step in _STEPS if step >= a_cell * _TIMES_APART), None)
    if step is None:
        return
    moment = grid.start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    while moment < grid.end:
        if moment > grid.start:
            words = clock(moment, grid.end.astimezone(zone))
            yield moment, words.rsplit(" ", 1)[0] if step >= _DAY else f"{moment:%H:%M}"
        moment += step


def caption(bars: Sequence[VolumeBar], span_words: str, width: int) -> Line:
    """What the chart shows, in words that hold without it."""
    mentions = sum(bar.mentions for bar in bars)
    scored = sum(bar.scored for bar in bars)
    negative = sum(bar.negative for bar in bars)
    share = f", {round(100 * negative / scored)} % negative" if scored else ""
    said = f" {count(mentions)} mention{'' if mentions == 1 else 's'} {span_words}".rstrip() + share
    if cells(said) > width:
        said = f" {count(mentions)} {span_words}".rstrip() + share
    return line(said, Ink.QUIET)
