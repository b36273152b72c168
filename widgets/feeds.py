"""How every way in is doing: state, age, next try, budget, cost, and what it says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from data.models.feed import Budget, FeedHealth, FeedState
from widgets.fit import ago, cells, clock, count, cut, fold, span, wrap
from widgets.ink import BLANK, Ink, Line, Span, line
from widgets.rows import Entry, RowsPane

_INKS = {
    FeedState.LIVE: Ink.GOOD,
    FeedState.WAITING: Ink.WARN,
    FeedState.DEGRADED: Ink.WARN,
}
_GLYPHS = {
    FeedState.LIVE: "●",
    FeedState.WAITING: "◌",
    FeedState.DEGRADED: "◐",
}
_SOON = timedelta(seconds=1)
_NAME = 24
_STATE = 10


def feed_entry(feed: FeedHealth, width: int, now: datetime) -> Entry:
    """Two to four lines: what it is and its state; what it says; its numbers."""
    ink = _INKS.get(feed.state, Ink.BAD)
    glyph = _GLYPHS.get(feed.state, "!")
    name = cut(fold(feed.name), _NAME)
    last = "never read" if feed.last_success is None else f"read {ago(feed.last_success, now)} ago"
    head: Line = (
        Span(" "),
        Span(f"{glyph} ", ink),
        Span(name, Ink.STRONG),
        Span(" " * (max(_NAME - cells(name), 0) + 1)),
        Span(f"{feed.state.value.upper():{_STATE}}", ink),
        Span(f" {last}"),
    )
    lines: list[Line] = [head]
    if feed.state is not FeedState.LIVE:
        lines += [line(f"   {part}", ink) for part in wrap(fold(feed.message), max(width - 3, 1), 4)]
    lines += [line(f"   {part}", Ink.QUIET) for part in wrap(", ".join(_facts(feed, now)), max(width - 3, 1))]
    return Entry(feed.name, (*lines, BLANK))


def _facts(feed: FeedHealth, now: datetime) -> list[str]:
    facts = [feed.kind or "feed"]
    if feed.next_try is not None:
        left = feed.next_try - now
        facts.append(f"next try in {span(left)}" if left >= _SOON else "next try now")
    if feed.failures > 1:
        facts.append(f"{feed.failures} failures in a row")
    facts.append(f"{count(feed.stored)} stored")
    if feed.quarantined:
        facts.append(f"{count(feed.quarantined)} in quarantine")
    if feed.budget is not None:
        facts.append(_budget(feed.budget, now))
    if feed.cost_usd:
        facts.append(f"${feed.cost_usd:,.2f} this month")
    return facts


def _budget(budget: Budget, now: datetime) -> str:
    of = "" if budget.limit is None else f" of {count(budget.limit)}"
    until = ""
    if budget.resets_at is not None and budget.resets_at > now:
        until = f" until {clock(budget.resets_at, now)}"
    return f"{count(budget.remaining)}{of} requests left{until}"


class FeedsPane(RowsPane):
    """All feeds, those that need a person first."""

    def __init__(self, title: str = "Feeds", *, id: str | None = None) -> None:
        super().__init__(title, empty_text="", id=id)
        self._feeds: tuple[FeedHealth, ...] = ()
        self._now = datetime(1970, 1, 1, tzinfo=UTC)

    def show(self, feeds: Sequence[FeedHealth], now: datetime) -> None:
        """Show these feeds at this moment."""
        worst = list(FeedState)[::-1]
        self._feeds = tuple(sorted(feeds, key=lambda feed: (worst.index(feed.state), feed.name)))
        self._now = now
        self.redraw()

    def entries(self, width: int) -> Sequence[Entry]:
        """One a feed."""
        return [feed_entry(feed, width, self._now) for feed in self._feeds]
