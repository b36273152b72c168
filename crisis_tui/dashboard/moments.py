"""A moment in the past as a person types it into a dialog. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_CLOCK = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")
_FORM = "Write now, a time such as 02:40, or a day and time such as 2026-11-22 02:40; Esc leaves."


class NotAMomentError(ValueError):
    """What was typed is no moment that has been; `str()` says how to write one."""


def past_moment(text: str, now: datetime) -> datetime | None:
    """The moment, None for now; a time alone is the last such time, a time without zone is in `now`'s.

    Raises:
        NotAMomentError: it is none, or is still to come.
    """
    words = text.strip()
    if words.lower() in ("", "now"):
        return None
    if clock := _CLOCK.fullmatch(words):
        found = now.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
        return found if found <= now else found - timedelta(days=1)
    try:
        found = datetime.fromisoformat(words)
        found = found if found.tzinfo else found.replace(tzinfo=now.tzinfo)
        later = found > now
    except (ValueError, OverflowError):
        raise NotAMomentError(f"That is no time. {_FORM}") from None
    if later or found < now - timedelta(days=366):
        raise NotAMomentError(f"That is {'still to come' if later else 'more than a year ago'}. {_FORM}")
    return found
