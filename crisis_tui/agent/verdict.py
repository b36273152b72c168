"""What one look at a source means: a state, a sentence, and when to look again."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from data.models.feed import FeedState
from data.sources.base import (
    AuthError,
    PermanentError,
    RateLimitedError,
    SourceError,
    TransientError,
)

BACKOFF_MAX_S = 900.0
"""Longest time in seconds between two attempts at what fails for the moment."""

ALARM_AFTER = 3
"""Failures in a row before a feed counts as broken; one timeout is no news."""

PERSON_S = 3_600.0
"""What needs a person is tried again after so many seconds, in case that it was mended elsewhere."""

JITTER_S = 5.0
"""Sources of one host must not all come back in the same instant."""

_DAMAGED_SHARE = 0.2
_DAMAGED_LEAST = 3

Random = Callable[[], float]
"""Gives a number in [0, 1)."""


@dataclass(frozen=True)
class Verdict:
    """The state of a feed after one look, what to say of it, and when it is looked at again."""

    state: FeedState
    message: str
    next_try: datetime
    failures: int = 0


def fault_of(error: Exception) -> SourceError:
    """What a source raised; a fault of its reader, which must not end all the others, goes to the log.

    Its words are left out there, because they may quote an address with a token.
    """
    if isinstance(error, SourceError):
        return error
    print(type(error).__name__, file=sys.stderr)
    traceback.print_tb(error.__traceback__, limit=-8, file=sys.stderr)
    return SourceError(f"A fault of the program ({type(error).__name__}); agent.log tells more.")


def backoff_s(failures: int, random: Random) -> float:
    """Seconds until the next attempt: full jitter over a span that doubles, one second at least.

    Source: AWS Architecture Blog, "Exponential Backoff and Jitter" (2015).
    """
    span = min(BACKOFF_MAX_S, 2.0 ** min(failures, 20))
    return max(1.0, random() * span)


def well(now: datetime, every: float, note: str, read: int, damaged: int) -> Verdict:
    """After a look that went well; a `note` of the source or many damaged items make it degraded."""
    if not note and damaged >= _DAMAGED_LEAST and damaged >= _DAMAGED_SHARE * read:
        note = f"{damaged} of {read} items could not be read; they are kept in quarantine."
    state = FeedState.DEGRADED if note else FeedState.LIVE
    return Verdict(state, note or "reads", now + timedelta(seconds=every))


def failed(error: SourceError, now: datetime, every: float, failures: int, random: Random) -> Verdict:
    """After a look that failed; `failures` counts those in a row, this one included."""
    if isinstance(error, RateLimitedError):
        until = error.until + timedelta(seconds=random() * JITTER_S)
        return Verdict(FeedState.WAITING, f"{error} It goes on at {_clock(until, now)}.", until)
    if isinstance(error, AuthError | PermanentError):
        return Verdict(FeedState.BROKEN, str(error), now + timedelta(seconds=PERSON_S), failures)
    if isinstance(error, TransientError):
        after = now + timedelta(seconds=max(backoff_s(failures, random), min(every, 60.0)))
        state = FeedState.BROKEN if failures >= ALARM_AFTER else FeedState.WAITING
        return Verdict(state, str(error), after, failures)
    return Verdict(FeedState.BROKEN, str(error), now + timedelta(seconds=every), failures)


def capped(spent: Decimal, cap: Decimal, now: datetime) -> Verdict:
    """After the cost cap of the month is reached: nothing is read until the next, or a person raises it."""
    this = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    first = (this + timedelta(days=32)).replace(day=1)
    return Verdict(
        FeedState.STOPPED,
        f"Stopped at the cost cap: ${spent:.2f} of ${cap:.2f} spent in {now:%B}; it reads again on"
        f" {first.day} {first:%B}, or when monthly_cost_cap_usd is raised.",
        first,
    )


def _clock(moment: datetime, now: datetime) -> str:
    return f"{moment:%H:%M} UTC" if moment - now < timedelta(hours=20) else f"{moment:%Y-%m-%d %H:%M} UTC"
