"""Checks of the store and of what is in it: log, feeds, quarantine, agent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from crisis_tui.agent.lock import held
from crisis_tui.checks.base import Check
from crisis_tui.config import Settings
from data.models.feed import FeedHealth, FeedState
from data.store import Store

_SHOWN_REJECTS = 5


async def store(opened: Store) -> AsyncIterator[Check]:
    """What is stored, and does the log of events prove itself?"""
    count = await opened.mentions.count()
    yield Check(name="store", state="ok", says=f"{count:,} mentions in {opened.folder}")
    result = await opened.events.verify()
    if result.ok:
        rebuilt = await opened.events.rebuild_check()
        if rebuilt.ok:
            yield Check(name="events", state="ok", says=f"{result.events:,} events, all in order")
        else:
            yield Check(
                name="events",
                state="fault",
                says=f"What is shown {rebuilt.fault}",
                mend="Somebody altered the store: keep a copy of it and ask who could write to it.",
            )
    else:
        yield Check(
            name="events",
            state="fault",
            says=result.fault or "not in order",
            mend="Somebody altered the log: keep a copy of the store and ask who could write to it.",
        )
    async for check in _quarantine(opened):
        yield check


async def _quarantine(opened: Store) -> AsyncIterator[Check]:
    count = await opened.mentions.reject_count()
    if not count:
        yield Check(name="quarantine", state="ok", says="empty")
        return
    rows = await opened.mentions.rejects(_SHOWN_REJECTS)
    examples = "; ".join(f"{source}: {reason}" for source, _, reason in rows)
    yield Check(
        name="quarantine",
        state="note",
        says=f"{count:,} lines could not be read, the newest: {examples}",
        mend="Mend them at their source and read it again; what is stored already is not stored twice.",
    )


async def feeds(opened: Store, settings: Settings) -> AsyncIterator[Check]:
    """Do the ways in bring anything?"""
    known = {feed.name: feed for feed in await opened.feeds.all(datetime.now(UTC))}
    lost = [feed for feed in known.values() if feed.state is FeedState.UNUSABLE]
    if not settings.source and not lost:
        yield Check(
            name="feeds",
            state="note",
            says="None is configured.",
            mend="Add a [[source]] to the settings, or bring mentions with: crisis-tui ingest FILE",
        )
    now = datetime.now(UTC)
    for source in settings.source:
        feed = known.get(source.name)
        if feed is None:
            yield Check(
                name=f"feed {source.name}",
                state="note",
                says="was never read",
                mend="Start the dashboard or: crisis-tui agent",
            )
        else:
            yield _feed(feed, now)


async def feeds_known(opened: Store) -> list[Check]:
    """The feeds that were read before, where the settings can't say which there should be."""
    now = datetime.now(UTC)
    return [_feed(feed, now) for feed in await opened.feeds.all(now)]


def _feed(feed: FeedHealth, now: datetime) -> Check:
    """One feed in words: what it says, then its numbers."""
    last = f"last read {feed.last_success:%Y-%m-%d %H:%M} UTC" if feed.last_success else "never read"
    facts = [last, f"{feed.stored:,} stored", f"{feed.quarantined:,} in quarantine"]
    if feed.next_try is not None and feed.next_try > now:
        facts.append(f"next try {feed.next_try:%H:%M:%S} UTC")
    if feed.budget is not None:
        of = "" if feed.budget.limit is None else f" of {feed.budget.limit:,}"
        facts.append(f"{feed.budget.remaining:,}{of} requests left")
    if feed.cost_usd:
        facts.append(f"${feed.cost_usd:,.2f} this month")
    numbers = ", ".join(facts)
    if feed.state is FeedState.LIVE:
        if feed.stale(now):
            return Check(
                name=f"feed {feed.name}",
                state="note",
                says=f"was live, but is not looked at now: {numbers}",
                mend="Start the dashboard or: crisis-tui agent",
            )
        return Check(name=f"feed {feed.name}", state="ok", says=numbers)
    return Check(
        name=f"feed {feed.name}",
        state="fault" if feed.state in (FeedState.BROKEN, FeedState.STOPPED, FeedState.UNUSABLE) else "note",
        says=f"{feed.state.value}: {feed.message} ({numbers})",
    )


async def agent(opened: Store) -> Check:
    """Does the background process run?"""
    if not held(opened.folder):
        return Check(
            name="agent",
            state="note",
            says="none runs now",
            mend="The dashboard starts one; to keep collecting without it: crisis-tui agent",
        )
    state = await opened.standing.agent()
    age = (datetime.now(UTC) - state.beat_at).total_seconds() if state else None
    if state is None or age is None or age > 30:
        return Check(
            name="agent", state="fault", says="runs but gives no sign of life", mend="End and start it."
        )
    return Check(name="agent", state="ok", says=f"runs as process {state.pid}, version {state.version}")
