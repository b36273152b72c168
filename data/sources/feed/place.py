"""Where the reading of a feed stands: what was there at the last look, and when the next may be."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from data.models.mention import Gap
from data.sources.http import Answer, limited_until

SEEN = 2_000
"""Entries that a place remembers; more than any page that is read holds."""

WAIT_MAX = timedelta(hours=1)
"""Longest time that a feed can make us wait by what it says of its own freshness."""

UNHEARD = "~"
"""Stands before the digest of what nobody listened for."""


@dataclass(frozen=True)
class FeedPlace:
    """The cursor of one feed; times are seconds since 1970, `ttl` is in minutes.

    `of` names the address and `listening` those who listened. `seen` holds a
    digest of what each entry said, oldest entries first; `walk` is the same for
    a walk down the pages that was cut short, newest first. `etag` and
    `modified` are kept to the letter, `moved` is the new address of a feed that
    has moved for good, `at` the last look that found entries or no change.
    """

    of: str
    listening: str
    etag: str = ""
    modified: str = ""
    moved: str = ""
    at: float = 0.0
    not_before: float = 0.0
    ttl: int = 0
    seen: Mapping[str, str] = field(default_factory=dict)
    walk: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, cursor: str | None, of: str, listening: str) -> FeedPlace:
        """The place that a cursor names; the beginning for one of another address or that can't be read.

        If others listen now than did then, what is there is looked at again.
        """
        fresh = cls(of, listening)
        try:
            given = json.loads(cursor or "{}")
            known = {name: given[name] for name in _NAMES if name in given}
            sound = all(_like(value, getattr(fresh, name)) for name, value in known.items())
        except (ValueError, TypeError, RecursionError):
            return fresh
        if not sound or known.get("of") != of:
            return fresh
        found = replace(fresh, **known)
        if found.listening == listening:
            return found
        return replace(
            found, listening=listening, not_before=0.0, seen=_heard(found.seen), walk=_heard(found.walk)
        ).unconditional()

    def cursor(self) -> str:
        """The place as text."""
        return json.dumps({name: getattr(self, name) for name in _NAMES}, separators=(",", ":"))

    def waits(self, now: datetime) -> bool:
        """True while it is too early to ask; not for long, whatever a clock that was wrong has left here."""
        return now.timestamp() < self.not_before <= (now + WAIT_MAX).timestamp()

    def unconditional(self) -> FeedPlace:
        """The same place, from which the whole feed is asked for."""
        return replace(self, etag="", modified="")

    def conditions(self) -> dict[str, str]:
        """Headers that ask for the feed only if it has changed.

        A walk that was cut short is walked again, so it needs the whole feed.
        """
        if not self.seen or self.walk:
            return {}
        found = {"if-none-match": self.etag, "if-modified-since": self.modified}
        return {name: value for name, value in found.items() if value}

    def said(self, key: str) -> str | None:
        """The digest of what an entry said when it was last seen."""
        return self.walk.get(key, self.seen.get(key))

    def unchanged(self, answer: Answer, now: datetime) -> FeedPlace:
        """The place after an answer that nothing has changed."""
        return replace(self, at=now.timestamp(), not_before=_not_before(answer, self.ttl, now))

    def finished(self, answer: Answer, ttl: int, now: datetime) -> FeedPlace:
        """The place after a walk that came to its end; `answer` is the one that it began with."""
        seen = {key: said for key, said in self.seen.items() if key not in self.walk}
        seen.update(reversed(list(self.walk.items())))
        return replace(
            self,
            etag=answer.headers.get("etag", ""),
            modified=answer.headers.get("last-modified", ""),
            at=now.timestamp(),
            not_before=_not_before(answer, ttl, now),
            ttl=ttl,
            seen=dict(list(seen.items())[-SEEN:]),
            walk={},
        )

    def gap(self, oldest: float | None, now: datetime) -> Gap:
        """What is missing when nothing there was there before; `oldest` is the time of the oldest entry."""
        start, end = min(self.at, now.timestamp()), now.timestamp()
        if oldest is not None and start < oldest < end:
            end = oldest
        return Gap.model_validate(
            {
                "start": datetime.fromtimestamp(start, now.tzinfo),
                "end": datetime.fromtimestamp(end, now.tzinfo),
                "reason": "The feed has moved on: none of its entries was there at the last look.",
            }
        )


_NAMES = tuple(FeedPlace.__dataclass_fields__)


def _like(value: object, example: object) -> bool:
    if isinstance(value, dict):
        return isinstance(example, dict) and all(isinstance(each, str) for each in value.values())
    return isinstance(value, int | float if isinstance(example, float) else type(example))


def _heard(seen: Mapping[str, str]) -> dict[str, str]:
    return {key: UNHEARD if said.startswith(UNHEARD) else said for key, said in seen.items()}


def _not_before(answer: Answer, ttl: int, now: datetime) -> float:
    """When the feed may be asked for again, by its headers, or by its own <ttl> where they say nothing.

    Where the server can answer that nothing has changed, asking is cheap, so
    <ttl> is not waited for: news of a crisis would be an hour late.
    """
    headers = answer.headers
    control = headers.get("cache-control", "").lower()
    wait = timedelta()
    if found := re.search(r"\bmax-age\s*=\s*\"?(\d{1,9})", control):
        age = re.match(r"\d{1,9}", headers.get("age", ""))
        wait = timedelta(seconds=int(found[1]) - int(age[0] if age else 0))
        if re.search(r"\bno-(cache|store)\b", control):
            wait = timedelta()
    elif "etag" not in headers and "last-modified" not in headers:
        wait = timedelta(minutes=ttl)
    until = limited_until({"retry-after": headers.get("retry-after", "")}, now) or now
    return min(max(now + wait, until), now + WAIT_MAX).timestamp()
