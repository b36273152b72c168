"""The top line (what is going on) and the bottom line (what the program is doing)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from data.models.feed import FeedState
from data.models.level import Level
from data.text import SafeText
from widgets.canvas import Canvas
from widgets.fit import cells, cut, fold, span, t_plus
from widgets.gauge_lines import STEADY, level_words
from widgets.ink import Ink, Line, Span, fill, level_ink, line_cells

_SHORT = 8
_WITH_TIME = 14
_FIRST_CLOCK = 7
_UNSAVED = 11
_LEAST_MESSAGE = 24
_KEYS_KEPT = 2
_WELL = (FeedState.LIVE, FeedState.WAITING)
_NARROW = 100
"""Below so many cells half of a long sentence says less than a short one."""

_NAMED = 3
"""More feeds than these in one state are told by their number."""


@dataclass(frozen=True)
class NearClock:
    """A deadline that is near: a step or a clock."""

    label: SafeText
    due_at: datetime


@dataclass(frozen=True)
class TopLineModel:
    """What the top line says. `elapsed` is the time since detection, `as_of` a moment of the past."""

    now: datetime
    drill: SafeText | None = None
    title: SafeText | None = None
    level: Level | None = None
    score: float | None = None
    trend: float | None = None
    elapsed: timedelta | None = None
    clocks: tuple[NearClock, ...] = ()
    as_of: datetime | None = None


@dataclass(frozen=True)
class FeedAge:
    """One feed and how long ago it last worked; None for never."""

    name: SafeText
    state: FeedState
    age: timedelta | None


@dataclass(frozen=True)
class BottomLineModel:
    """What the bottom line says; `keys` are (key, word) of what matters now.

    `short` stands for the message, and for the one feed in trouble that it tells of, where a narrow line
    can't hold all of it.
    """

    feeds: tuple[FeedAge, ...] = ()
    agent: str = ""
    agent_ok: bool = True
    unsaved: bool = False
    message: SafeText = SafeText("")  # noqa: RUF009  # a NewType call gives a str
    message_kind: Literal["info", "warn", "error"] = "info"
    keys: tuple[tuple[str, str], ...] = ()
    outbox: str = ""
    feeds_key: str = ""
    short: SafeText = SafeText("")  # noqa: RUF009  # a NewType call gives a str


@dataclass(frozen=True)
class Part:
    """A piece of a line. The highest `drop` goes first, but not before it is cut to `shrink` cells."""

    spans: Line
    drop: int
    shrink: int = 0
    right: bool = False


def arrange(parts: Sequence[Part], width: int, gap: str = "  ") -> Line:
    """The parts that fit, in their order; those marked `right` stand at the right end."""
    kept = sorted((part for part in parts if line_cells(part.spans)), key=lambda part: part.right)
    while kept and (over := line_cells(_joined(kept, gap)) - width) > 0:
        last = max(kept, key=lambda part: part.drop)
        size = line_cells(last.spans)
        if last.shrink and size - over >= last.shrink:
            at = kept.index(last)
            kept[at] = Part(_shrunk(last.spans, size - over), -1, 0, last.right)
        elif len(kept) == 1:
            return fill(last.spans, width)
        else:
            kept.remove(last)
    left = [part for part in kept if not part.right]
    line = _joined(kept, gap)
    if len(left) == len(kept):
        return fill(line, width)
    before = _joined(left, gap)
    blanks = width - line_cells(line)
    return (*before, Span(" " * blanks), *line[len(before) :])


def _joined(parts: Sequence[Part], gap: str) -> Line:
    """The parts side by side; where the first is no block of its own, after one blank."""
    joined: list[Span] = []
    for part in parts:
        if joined:
            joined.append(Span(gap))
        elif not part.spans[0].text.startswith(" "):
            joined.append(Span(" "))
        joined += part.spans
    return tuple(joined)


def _shrunk(spans: Line, width: int) -> Line:
    text = "".join(part.text for part in spans)
    return (Span(cut(text, width), spans[0].ink),)


def trend_word(trend: float | None) -> str:
    """`rising`, `falling`, `steady`, or nothing."""
    if trend is None:
        return ""
    return "steady" if abs(trend) < STEADY else "rising" if trend > 0 else "falling"


def _clock_part(near: NearClock, now: datetime, drop: int) -> Part:
    """A deadline; the first one that has passed is among the last parts to go."""
    left = near.due_at - now
    label = fold(near.label)
    if left < timedelta():
        return Part(
            (Span(f"! OVERDUE {span(-left)} {label}", Ink.BAD),),
            2 if drop == _FIRST_CLOCK else drop,
            shrink=_WITH_TIME,
        )
    return Part((Span(f"{label} ", Ink.QUIET), Span(f"in {span(left)}", Ink.STRONG)), drop)


def top_parts(model: TopLineModel, width: int) -> list[Part]:
    """What the top line would say in about so much room; a long title must not hide a clock."""
    parts: list[Part] = []
    if model.drill is not None:
        drill = fold(model.drill)
        parts.append(Part((Span(" DRILL ", Ink.DRILL),), 0))
        if drill:
            parts.append(Part((Span(drill, Ink.QUIET),), 9, shrink=_SHORT))
    title = cut(fold(model.title), max(width // 4, _SHORT)) if model.title else "No incident"
    parts.append(Part((Span(title, Ink.STRONG),), 3, shrink=_SHORT))
    if model.level is not None:
        parts.append(Part((Span(f" {level_words(model.level)} ", level_ink(model.level)),), 1))
    if model.score is not None:
        parts.append(Part((Span(f"{model.score:.0f}/100", Ink.STRONG),), 4))
    if word := trend_word(model.trend):
        parts.append(Part((Span(word),), 6))
    if model.elapsed is not None:
        parts.append(Part((Span(t_plus(model.elapsed)),), 5))
    if model.as_of is not None:
        at = model.as_of.astimezone(model.now.tzinfo)
        parts.append(Part((Span(f"HISTORY {at:%Y-%m-%d %H:%M}", Ink.WARN),), 1))
    parts += [
        _clock_part(near, model.now, _FIRST_CLOCK + place) for place, near in enumerate(model.clocks[:2])
    ]
    return parts


def _feed_span(feed: FeedAge) -> Span:
    age = "never" if feed.age is None else span(feed.age)
    name = fold(feed.name)
    if feed.state is FeedState.LIVE:
        return Span(f"{name} {age}", Ink.QUIET)
    if feed.state is FeedState.WAITING:
        return Span(f"{name} waits {age}", Ink.WARN)
    if feed.state is FeedState.DEGRADED:
        return Span(f"! {name} degraded {age}", Ink.WARN)
    return Span(f"! {name} {feed.state.value.upper()} {age}", Ink.BAD)


def _many(feeds: Sequence[FeedAge]) -> Span:
    """Feeds that are all well, by their number and the oldest of their ages."""
    ages = [feed.age for feed in feeds]
    oldest = "never" if None in ages else span(max(age for age in ages if age is not None))
    return Span(f"{len(feeds)} feeds {oldest}", Ink.QUIET)


def _feeds(feeds: Sequence[FeedAge]) -> Line:
    spans: list[Span] = []
    same = [feed for feed in feeds if feed.state is FeedState.LIVE]
    if len(same) > _NAMED:
        spans.append(_many(same))
        feeds = [feed for feed in feeds if feed.state is not FeedState.LIVE]
    for feed in feeds:
        if spans:
            spans.append(Span(" · ", Ink.QUIET))
        spans.append(_feed_span(feed))
    return tuple(spans)


def _trouble(broken: Sequence[FeedAge], model: BottomLineModel) -> Line:
    """The one feed in trouble, or how many of them, and the key that shows them."""
    if len(broken) < 2:
        return _feeds(broken)
    where = f" ({model.feeds_key})" if model.feeds_key else ""
    return (Span(f"! {len(broken)} feeds in trouble{where}", Ink.BAD),)


def _message(model: BottomLineModel, width: int | None) -> SafeText:
    """What was said last: a fault in full, else so much of it that the first keys stay beside it."""
    message = fold(model.message)
    if model.message_kind == "error":
        return SafeText(f"! {message}") if message else message
    if width is None:
        return message
    beside = sum(cells(key) + cells(word) + 4 for key, word in model.keys[:_KEYS_KEPT])
    trouble = [feed for feed in model.feeds if feed.state not in _WELL]
    beside += line_cells(_trouble(trouble, model)) + 2 if len(trouble) > 1 else 0
    room = width - beside - (_UNSAVED if model.unsaved else 1)
    return cut(message, room) if room >= _LEAST_MESSAGE else message


def bottom_parts(model: BottomLineModel, width: int | None = None) -> list[Part]:
    """What the bottom line would say in about so much room, None for all that it likes."""
    ink = {"info": Ink.PLAIN, "warn": Ink.WARN, "error": Ink.BAD}[model.message_kind]
    message = _message(model, width)
    agent = Ink.QUIET if model.agent_ok else Ink.BAD
    broken = [feed for feed in model.feeds if feed.state not in _WELL]
    if model.short and width is not None and width < _NARROW and message != fold(model.message):
        message, ink, broken = fold(model.short), Ink.BAD, []
    others = [feed for feed in model.feeds if feed.state in _WELL]
    parts = [
        Part((Span(" UNSAVED ", Ink.FOCUS),) if model.unsaved else (), 0),
        Part((Span(message, ink),) if message else (), 1, shrink=_SHORT),
        Part(_trouble(broken, model), 3, shrink=_WITH_TIME),
        Part(_feeds(others), 6, shrink=_WITH_TIME),
        Part((Span(fold(model.outbox), Ink.STRONG),) if model.outbox else (), 4),
        Part((Span(fold(model.agent), agent),) if model.agent else (), 8 if model.agent_ok else 2),
    ]
    for place, (key, word) in enumerate(model.keys[:3]):
        spans = (Span(fold(key), Ink.STRONG), Span(f" {fold(word)}", Ink.QUIET))
        parts.append(Part(spans, (4, 5, 9)[place], right=True))
    return parts


class TopLine(Canvas):
    """One line: drill, incident, level, score, time, the two nearest deadlines."""

    DEFAULT_CSS = "TopLine { height: 1; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._model: TopLineModel | None = None

    def show(self, model: TopLineModel) -> None:
        """Say this instead."""
        if model != self._model:
            self._model = model
            self.redraw()

    def lay(self, width: int, height: int) -> list[Line]:
        """The line."""
        return [] if self._model is None else [arrange(top_parts(self._model, width), width)]


class BottomLine(Canvas):
    """One line: what was said last, feeds, agent, and the keys that matter now."""

    DEFAULT_CSS = "BottomLine { height: 1; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._model = BottomLineModel()

    def show(self, model: BottomLineModel) -> None:
        """Say this instead."""
        if model != self._model:
            self._model = model
            self.redraw()

    def lay(self, width: int, height: int) -> list[Line]:
        """The line."""
        return [arrange(bottom_parts(self._model, width), width)]
