"""Feeds: what the ways in brought, and how they are doing."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from data.models.base import Model, Moment, SafeLine
from data.models.mention import Mention

_OVERDUE = timedelta(minutes=5)
_OLD = timedelta(minutes=10)
"""After which time without news a feed no longer counts as up to date (our own choice)."""


class FeedState(StrEnum):
    """The state of one feed in a word.

    `waiting` goes on by itself at a known time (a rate limit, a retry);
    `degraded` answers, but not as it should; `offline` means that no host at
    all can be reached; `broken` needs a person; `stopped` was stopped on
    purpose, by a cost cap; `not usable` can't begin, because its settings are
    wrong.
    """

    LIVE = "live"
    WAITING = "waiting"
    DEGRADED = "degraded"
    OFFLINE = "offline"
    BROKEN = "broken"
    STOPPED = "stopped"
    UNUSABLE = "not usable"


SETTINGS = "settings"
"""Name and kind of what stands among the feeds while something else in the settings file is wrong."""


class Budget(Model):
    """What a host lets us ask: `remaining` of `limit` requests until `resets_at`."""

    remaining: int
    limit: int | None = None
    resets_at: Moment | None = None


class FeedHealth(Model):
    """One configured way in: when it last worked and what it says of itself.

    `stored` and `quarantined` count since the store was made, `cost_usd` is
    that of the running calendar month in UTC, `failures` the attempts in a row
    that failed.
    """

    name: SafeLine
    state: FeedState
    last_success: Moment | None
    message: SafeLine
    kind: str = ""
    stored: int = 0
    quarantined: int = 0
    next_try: Moment | None = None
    budget: Budget | None = None
    cost_usd: float = 0.0
    failures: int = 0

    def stale(self, now: datetime) -> bool:
        """True when what this feed would have brought up to a moment may be missing."""
        if self.kind == SETTINGS:
            return False
        if self.state is FeedState.LIVE:
            return self.next_try is not None and now - self.next_try > _OVERDUE
        if self.state is FeedState.WAITING:
            return self.last_success is None or now - self.last_success > _OLD
        return True


class Change(Model):
    """What became of a post that was read before.

    `mention` is its present form, None if it is gone. It is found by
    `(network, id)`.
    """

    network: str
    id: str
    mention: Mention | None = None
    at: Moment | None = None


class AgentState(Model):
    """The background process that last wrote to this store."""

    pid: int
    version: str
    beat_at: Moment
