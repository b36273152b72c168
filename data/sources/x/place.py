"""Where reading X stands, for each of its queries, and what X is asked for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

from data.sources.queries import packed, phrase
from data.sources.x.posts import SHIFT, is_id, is_timed

QUERY = 512
"""Longest query in characters that X takes from those who pay by use (docs.x.com, search/integrate)."""

OVERLAP = timedelta(minutes=2)
"""What was younger when we looked is read again: the search of X is filled within seconds, not at once.
Ids tell when a post was made, so none is ever filed further back."""

_NO_RETWEETS = " -is:retweet"
_OVERLAP_MS = round(OVERLAP.total_seconds() * 1000)


@dataclass(frozen=True)
class Place:
    """Where one query stands; times are milliseconds since 1970.

    `low` is the newest post up to which all is read (None before there was
    any), `low_ms` its time, `looked` when that was found out. A walk that was
    cut short began at `high` and came down to `until`: what lies between there
    and `low` is still open. `read` counts the posts of that walk.
    """

    low_ms: int
    looked: int
    low: str | None = None
    high: str | None = None
    high_ms: int = 0
    until: str | None = None
    until_ms: int = 0
    read: int = 0

    @property
    def since(self) -> str | None:
        """The id after which X is asked for posts."""
        if self.low is None or not is_timed(self.low, self.low_ms):
            return self.low
        back = min(max(self.low_ms - self.looked + _OVERLAP_MS, 0), _OVERLAP_MS)
        return str(int(self.low) - (back << SHIFT))


def key(query: str) -> str:
    """The name of a query in the cursor."""
    return hashlib.sha256(query.encode("utf-8", "replace")).hexdigest()[:16]


def parse(cursor: str | None, queries: Sequence[str], first_ms: int) -> dict[str, Place]:
    """The place of each query, by its key; `first_ms` is how far back the first walk goes.

    A query that is new, because the terms have changed, goes on from the
    lowest place of those before, so that nothing they would bring is lost.
    """
    known = _known(cursor)
    lowest = min(known.values(), key=lambda each: each.low_ms, default=Place(first_ms, first_ms))
    looked = min((each.looked for each in known.values()), default=first_ms)
    return {key(each): known.get(key(each), Place(lowest.low_ms, looked, lowest.low)) for each in queries}


def _known(cursor: str | None) -> dict[str, Place]:
    """The places in a cursor; none where it is of another kind of source."""
    try:
        given = json.loads(cursor or "{}").get("places", {})
        return {name: Place(**each) for name, each in given.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def cursor(places: dict[str, Place]) -> str:
    """The places as text."""
    return json.dumps({"places": {name: asdict(each) for name, each in places.items()}})


def later(one: str | None, other: str | None) -> str | None:
    """The newer of two ids."""
    given = [each for each in (one, other) if each is not None and is_id(each)]
    return max(given, key=int, default=None)


def queries(terms: Iterable[str]) -> list[str]:
    """What to ask X for these terms, in as few queries as their length allows."""
    most = QUERY - len(_NO_RETWEETS)
    return packed((phrase(each, most, r"[#@$]?\w+") for each in terms), QUERY, _NO_RETWEETS)
