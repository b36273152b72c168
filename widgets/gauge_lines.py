"""The gauge as lines: what stays when there is little room, and how each part reads. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from data.models.assessment import Assessment, ChartMark, Contribution, VolumeBar
from data.models.level import Level
from widgets.chart import LEAST_ROWS, MOST_ROWS, caption, chart
from widgets.findings import (
    TOLD_UNSCORED,
    burst_forms,
    cue_forms,
    fitting,
    shown_burst,
    standing_out,
    story_forms,
    type_forms,
    unscored_words,
)
from widgets.fit import cells, fit, fold, plural, wrap
from widgets.ink import BLANK, Ink, Line, Span, level_ink, line, spread

BANDS = (15, 35, 60)
"""Scores at which the next level begins."""

TREND_WINDOW = "1 h"
STEADY = 1.0
"""A trend that is smaller than this is called steady."""

_BAR = 30
_MOST_CUES = 2


@dataclass(frozen=True)
class GaugeView:
    """What the gauge shows; see `GaugePane.show`."""

    assessment: Assessment | None = None
    bars: tuple[VolumeBar, ...] = ()
    trend: float | None = None
    as_of: datetime | None = None
    span_words: str = ""
    suggestion: str = ""
    bands: tuple[int, ...] = BANDS
    zone: tzinfo | None = UTC
    empty_text: str = "Nothing is assessed yet."
    marks: tuple[ChartMark, ...] = ()
    answer: str = ""
    more: str = ""


def trend_words(trend: float | None) -> str:
    """`rising +12 in 1 h`, `falling -5 in 1 h`, `steady`."""
    if trend is None:
        return "trend not known yet"
    if abs(trend) < STEADY:
        return "steady"
    return f"{'rising' if trend > 0 else 'falling'} {trend:+.0f} in {TREND_WINDOW}"


def level_words(level: Level) -> str:
    """Mark and word: `!! CRISIS`."""
    return f"{level.glyph} {level.word.upper()}"


def _level(found: Assessment, width: int) -> Line:
    left = (Span(" "), Span(f" {level_words(found.level)} ", level_ink(found.level)))
    return spread(left, (Span(f"score {found.score:.0f}/100", Ink.STRONG),), width, keep=16)


def bar(score: float, bands: tuple[int, ...], length: int) -> Line:
    """The score as a bar; `|` where the next level begins."""
    full = round(score * length / 100)
    marks = {min(round(band * length / 100), length - 1) for band in bands}
    drawn = "".join("█" if n < full else "|" if n in marks else "·" for n in range(length))
    return (Span(" ["), Span(drawn[:full], Ink.STRONG), Span(drawn[full:], Ink.QUIET), Span("]"))


def number_words(value: float | None) -> str:
    """A measured number with as many digits as matter: `1,204`, `62`, `0.62`."""
    if value is None:
        return "none"
    return (
        f"{value:,.0f}"
        if abs(value) >= 100 or value == int(value)
        else f"{value:.1f}"
        if abs(value) >= 1
        else f"{value:.2g}"
    )


def contribution(item: Contribution, name_width: int, width: int) -> Line:
    """`volume        3/4 x2  4.2 z  15 min`, with the baseline where there is room."""
    name = fit(fold(item.input), name_width)
    unit = fold(item.unit) if item.raw is not None else ""
    text = f" {name}  {item.points}/4 x{item.weight}  {number_words(item.raw)} {unit}".rstrip()
    for more in (fold(item.window), f"baseline {fold(item.baseline)}" if item.baseline else ""):
        if more and cells(text) + 2 + cells(more) <= width:
            text += f"  {more}"
    ink = Ink.STRONG if item.points >= 3 else Ink.PLAIN if item.points else Ink.QUIET
    return line(text, ink)


@dataclass(frozen=True)
class _Block:
    """A part of the gauge: in the order of `priority` it gets `want` lines, or the first of `less`, or none.

    What is left over then goes, in the order of `growth`, to those that can use up to `most`.
    """

    priority: int
    want: int
    draw: Callable[[int], list[Line]]
    less: tuple[int, ...] = (1,)
    most: int = 0
    growth: int = 0


def _one(priority: int, drawn: Line) -> _Block:
    return _Block(priority, 1, lambda given: [drawn])


def _words(priority: int, text: str, ink: Ink, width: int, most: int = 2) -> _Block:
    """Wrapped text; cut with an ellipsis where it gets fewer lines than it takes."""
    wanted = min(len(wrap(text, width - 1)), most)
    return _Block(
        priority, wanted, lambda given: [line(f" {part}", ink) for part in wrap(text, width - 1, given)]
    )


def _why(found: Assessment) -> str:
    by = {"score": "by score", "floor": "by floor", "standing": "standing"}[found.by]
    reason = fold(found.reason)
    return f"{by}: {reason}" if reason else by


def _history(view: GaugeView, width: int) -> str:
    if view.as_of is None:
        return ""
    local = view.as_of.astimezone(view.zone)
    says = f"as of {local:%Y-%m-%d %H:%M} {local.tzname() or ''} (history)"
    return says if cells(says) < width else f"HISTORY {local:%Y-%m-%d %H:%M}"


def _listing(label: str, names: tuple[str, ...]) -> str:
    return f"{label}: {', '.join(fold(name) for name in names)}" if names else ""


def _contributions(found: Assessment, width: int) -> _Block:
    """The inputs that add most first; where not all have room, how many are left out."""
    ordered = sorted(found.contributions, key=lambda item: -item.weighted)
    name_width = min(max((cells(fold(item.input)) for item in ordered), default=0), width // 2)
    drawn = [contribution(item, name_width, width) for item in ordered]

    def draw(given: int) -> list[Line]:
        room = given - 1
        if room >= len(drawn):
            return [BLANK, *drawn]
        rest = plural(len(drawn) - room + 1, "more input")
        return [BLANK, *drawn[: room - 1], line(f" and {rest}", Ink.QUIET)]

    of_all = len(drawn) + 1 if drawn else 0
    return _Block(14, min(4, of_all), draw, (min(3, of_all),), of_all, growth=1)


def _chart(view: GaugeView, width: int) -> _Block:
    """A caption and, with room for it, the bars; it takes what others leave."""

    def draw(given: int) -> list[Line]:
        head = [BLANK, caption(view.bars, view.span_words, width)]
        drawn = chart(view.bars, width, given - 2, view.zone, view.marks)
        return [*head, *drawn, *[BLANK] * (given - 2 - len(drawn))] if given > 2 else head[:given]

    if not view.bars:
        return _Block(12, 0, draw)
    return _Block(12, LEAST_ROWS + 2 + bool(view.marks), draw, (LEAST_ROWS + 2, 2), MOST_ROWS + 2, growth=2)


def _said(priority: int, forms: Sequence[str], ink: Ink, width: int) -> _Block:
    """The longest form that takes one line; where none does, the shortest on two."""
    return _words(priority, fitting(forms, width - 1), ink, width)


def _noticed(view: GaugeView, found: Assessment, width: int) -> list[_Block]:
    """What lies behind the numbers, a line each: the volume's course, one story, the type, what is unread."""
    burst = shown_burst(found.bursts)
    blocks = []
    if burst is not None:
        subject = "Volume" if burst is found.bursts[0] else f"Volume of {fold(burst.scope)}"
        ink = Ink.STRONG if burst.alarm_at or burst.ramping else Ink.QUIET
        blocks.append(_said(7, burst_forms(burst, subject, found.at, view.zone), ink, width))
    if found.type is not None:
        blocks.append(_said(9, type_forms(found.type), Ink.PLAIN, width))
    story = standing_out(found.stories)
    if story is not None:
        blocks.append(_said(8, story_forms(story, view.more), Ink.STRONG, width))
    if (found.unscored or 0) >= TOLD_UNSCORED:
        blocks.append(_words(15, unscored_words(found.unscored), Ink.WARN, width))
    return blocks


def _drawn(blocks: list[_Block], height: int) -> list[Line]:
    """The blocks in their order, with as many lines for each as there is room."""
    given = [0] * len(blocks)
    left = height
    by_priority = sorted(range(len(blocks)), key=lambda n: blocks[n].priority)
    for place in by_priority:
        block = blocks[place]
        given[place] = next((size for size in (block.want, *block.less) if size <= left), 0)
        left -= given[place]
    for place in sorted(by_priority, key=lambda n: blocks[n].growth):
        if given[place]:
            more = max(min(blocks[place].most - given[place], left), 0)
            given[place] += more
            left -= more
    return [each for block, lines in zip(blocks, given, strict=True) if lines for each in block.draw(lines)]


def gauge_lines(view: GaugeView, width: int, height: int) -> list[Line]:
    """The lines that fit, the most important ones first to get room."""
    found = view.assessment
    suggestion = f"Next: {fold(view.suggestion)}" if view.suggestion else ""
    if found is None:
        blocks = [
            _words(0, view.empty_text, Ink.PLAIN, width, 4),
            _words(1, _history(view, width), Ink.WARN, width),
            _words(2, suggestion, Ink.STRONG, width),
        ]
        return _drawn(blocks, height)
    coverage = f"{round(100 * found.coverage)} % of inputs"
    low = f"LOW CONFIDENCE: {coverage}" if found.low_confidence else ""
    moves = trend_words(view.trend) + ("" if low else f", {coverage}")
    blocks = [
        _one(0, _level(found, width)),
        _one(13, bar(found.score, view.bands, max(min(_BAR, width - 4), 1))),
        _words(4, _why(found), Ink.PLAIN, width),
        _words(5, moves, Ink.PLAIN, width),
        _words(6, low, Ink.WARN, width),
        _words(1, _history(view, width), Ink.WARN, width),
        _words(2, suggestion, Ink.STRONG, width),
        *(_said(3, cue_forms(cue, view.answer), Ink.WARN, width) for cue in found.cues[:_MOST_CUES]),
        *_noticed(view, found, width),
        _chart(view, width),
        _contributions(found, width),
        _words(15, _listing("missing", found.missing), Ink.WARN, width),
        _words(11, _listing("stale", found.stale), Ink.WARN, width),
        _words(16, f"next change: {fold(found.next_change)}" if found.next_change else "", Ink.QUIET, width),
    ]
    return _drawn(blocks, height)
