"""Ids that tell when a post was made, and the place in a timeline that is kept by them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PYTHON = "0123456789ABCDEFGHIJKLMNOPQRSTUV"
_TO_PYTHON = str.maketrans(_CROCKFORD, _PYTHON)
_ULID = re.compile(f"[{_CROCKFORD}]{{26}}")
_DECIMAL = re.compile("[0-9]{1,20}")
_ARRIVAL = re.compile("([0-9]{10})[0-9a-f]{32}")
_DAY_MS = 86_400_000


@dataclass(frozen=True)
class Scheme:
    """How one kind of server makes ids. `ms` is None for an id that it did not make.

    `floor` gives the lowest id of a millisecond since 1970, `key` sorts ids.
    """

    ms: Callable[[str], int | None]
    floor: Callable[[int], str]
    key: Callable[[str], int]


def _snowflake_ms(native: str) -> int | None:
    return int(native) >> 16 if _DECIMAL.fullmatch(native) else None


def _ulid_key(native: str) -> int:
    return int(native.translate(_TO_PYTHON), 32)


def _ulid_ms(native: str) -> int | None:
    return _ulid_key(native[:10]) if _ULID.fullmatch(native) else None


def _ulid_floor(ms: int) -> str:
    ms = max(ms, 0)
    return "".join(_CROCKFORD[ms >> shift & 31] for shift in range(45, -1, -5)) + "0" * 16


SNOWFLAKE = Scheme(_snowflake_ms, lambda ms: str(max(ms, 0) << 16), int)
"""Mastodon: milliseconds, then 16 bits (mastodon/mastodon lib/mastodon/snowflake.rb)."""

ULID = Scheme(_ulid_ms, _ulid_floor, _ulid_key)
"""GoToSocial: ten Crockford characters of milliseconds, then 80 bits (github.com/ulid/spec)."""


def scheme_of(posts: Iterable[tuple[str, int]]) -> Scheme | None:
    """The scheme that made most of these ids, by what they tell of the times (ms) of their posts.

    Notifications of Mastodon are numbered one by one, and snac has ids of its
    own: both tell no time, which gives None.
    """
    rows = list(posts)
    for scheme in (SNOWFLAKE, ULID):
        fit = sum(
            (told := scheme.ms(native)) is not None and abs(told - ms) <= _DAY_MS for native, ms in rows
        )
        if fit * 2 > len(rows):
            return scheme
    return None


def arrival_ms(native: str) -> int | None:
    """When a post came to a snac, which its id begins with; None for an id that snac did not make.

    Its timelines are in that order: a post that comes late stands on top,
    whatever its date. An edit makes the number new and leaves the post where it is.
    """
    found = _ARRIVAL.fullmatch(native)
    return int(found[1]) * 1000 if found else None


@dataclass(frozen=True)
class Spot:
    """The place of one timeline; all times in milliseconds since 1970.

    Everything up to `low` is read. Posts that came late are found up to where
    they were looked for last: what arrived since then lies behind `swept` by at
    most the overlap (None before the first look). A sweep under way has come to
    the id `sweep`, ends at `until` and makes `mark` the next `swept`. `high` and
    `below` are those of `paging.Place`. `newest` is the time of the newest post
    ever read, `last` its id.
    """

    low: int
    swept: int | None = None
    newest: int = 0
    sweep: str | None = None
    until: int = 0
    mark: int = 0
    high: int | None = None
    below: str | None = None
    last: str | None = None

    @classmethod
    def of(cls, data: Any) -> Spot | None:
        """The place that a part of a cursor names; None if it names none."""
        known = {each.name for each in fields(cls)}
        try:
            spot = cls(**{name: value for name, value in data.items() if name in known})
        except (TypeError, AttributeError):
            return None
        return spot if isinstance(spot.low, int) else None

    def data(self) -> dict[str, Any]:
        """The place as part of a cursor."""
        return {name: value for name, value in asdict(self).items() if value not in (None, 0)}
