"""What an agent in the foreground says, and whether its sources could be read."""

from __future__ import annotations

from datetime import UTC, datetime

from crisis_tui.config import Settings
from crisis_tui.paths import Paths
from data.models.feed import FeedHealth, FeedState


def begins(settings: Settings, paths: Paths) -> str:
    """What is watched, where it comes from and where it goes; how to add a source where there is none."""
    number = len(settings.source)
    if not number:
        return (
            f"No source can be read, so nothing is collected: add a [[source]] to {paths.config}"
            " (crisis-tui init writes that file with examples)."
        )
    what = f"for {', '.join(settings.watch)}" if settings.watch else "for all that comes"
    return f"Watching {number} source{'s' if number > 1 else ''} {what}; the store is {paths.store}."


def change(feed: FeedHealth) -> str:
    """A feed whose state is another one now."""
    why = "" if feed.state is FeedState.LIVE else f" - {feed.message}"
    return f"{datetime.now(UTC):%H:%M:%S} UTC {feed.name}: {feed.state.value}{why}"


def summary(feed: FeedHealth) -> str:
    """A feed after one look."""
    return f"{feed.name}: {feed.state.value}, {feed.stored:,} stored - {feed.message}"


def was_read(feed: FeedHealth) -> bool:
    """Whether the last look at a feed could read it."""
    return feed.state in (FeedState.LIVE, FeedState.DEGRADED)
