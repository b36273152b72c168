"""Lines that are damaged in every way we know, and how to read a source to its end."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import cycle
from random import Random
from typing import Any

from data.models.mention import Mention, Rejected
from data.sources.base import Batch, Source
from data.sources.ndjson import MAX_LINE
from tests.store.kit import fields

Damage = Callable[[Random, int], bytes]


def _changed(**changes: Any) -> Damage:
    return lambda _random, place: json.dumps(fields(place, **changes)).encode()


def _without(name: str) -> Damage:
    def damage(_random: Random, place: int) -> bytes:
        row = fields(place)
        del row[name]
        return json.dumps(row).encode()

    return damage


def _cut(random: Random, place: int) -> bytes:
    whole = json.dumps(fields(place)).encode()
    return whole[: random.randrange(1, len(whole) - 1)]


def _twice(_random: Random, place: int) -> bytes:
    return json.dumps(fields(place)).encode()[:-1] + b', "text": "another"}'


def _long(random: Random, place: int) -> bytes:
    return json.dumps(fields(place, text="x" * (MAX_LINE + random.randrange(1, 800_000)))).encode()


DAMAGES: dict[str, Damage] = {
    "cut": _cut,
    "empty object": lambda _random, _place: b"{}",
    "array": lambda _random, _place: b'["x", 1]',
    "number": lambda _random, _place: b"17",
    "null": lambda _random, _place: b"null",
    "prose": lambda _random, _place: b"this is no JSON",
    "two objects": lambda _random, place: json.dumps(fields(place)).encode() * 2,
    "trailing comma": lambda _random, place: json.dumps(fields(place)).encode()[:-1] + b",}",
    "NaN": lambda _random, place: json.dumps(fields(place, likes=float("nan"))).encode(),
    "NUL bytes": lambda _random, place: b"\x00" * 40 + json.dumps(fields(place)).encode(),
    "only NUL": lambda _random, _place: b"\x00" * 512,
    "bare escape": lambda _random, place: json.dumps(fields(place)).encode().replace(b"words", b"\x1b[2J"),
    "UTF-8": lambda random, place: json.dumps(fields(place)).encode().replace(
        b"words", bytes([random.choice((0x80, 0xC0, 0xE9, 0xFF))]) * 3
    ),
    "surrogate bytes": lambda _random, place: json.dumps(fields(place)).encode().replace(
        b"words", b"\xed\xa0\x80"
    ),
    "UTF-16": lambda _random, place: json.dumps(fields(place)).encode("utf-16-le").replace(b"\n", b""),
    "year 0": _changed(created_at="0000-01-01T00:00:00Z"),
    "year 1": _changed(created_at="0001-01-01T00:00:00+14:00"),
    "year 9999": _changed(created_at="9999-12-31T23:59:59Z"),
    "epoch milliseconds": _changed(created_at=1_700_000_000_000),
    "epoch of 400 digits": _changed(created_at=10**400),
    "no zone": _changed(created_at="2022-11-01T10:00:00"),
    "text is a number": _changed(text=7),
    "text is a list": _changed(text=["a"]),
    "likes are text": _changed(likes="many"),
    "likes are negative": _changed(likes=-3),
    "followers are huge": _changed(followers=2**80),
    "network is a path": _changed(network="../x"),
    "id is a float": _changed(id=1.5),
    "id is empty": _changed(id=""),
    "id is hidden": _changed(id="\u200b1"),
    "lone surrogate in id": _changed(id="\ud83d"),
    "no id": _without("id"),
    "no text": _without("text"),
    "no network": _without("network"),
    "no time": _without("created_at"),
    "duplicate key": _twice,
    "deep": lambda _random, place: json.dumps(fields(place)).encode()[:-1]
    + b', "more": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "5,000 digits": lambda _random, place: json.dumps(fields(place)).encode()[:-1]
    + b', "likes": ' + b"9" * 5_000 + b"}",
    "long": _long,
}  # fmt: skip


def damaged(count: int, seed: int) -> list[bytes]:
    """So many damaged lines without their line breaks, of all kinds in turn."""
    random = Random(seed)
    return [
        damage(random, 10_000_000 + place) for place, damage in zip(range(count), cycle(DAMAGES.values()))
    ]


def mixed(good: list[bytes], bad: list[bytes], seed: int) -> tuple[bytes, list[int]]:
    """One file of both, in random places; with the line numbers of the bad ones."""
    random = Random(seed)
    places = sorted(random.sample(range(len(good) + len(bad)), len(bad)))
    lines = iter(good)
    damage = dict(zip(places, bad, strict=True))
    rows = [damage[place] if place in damage else next(lines) for place in range(len(good) + len(bad))]
    return b"".join(row.rstrip(b"\n") + b"\n" for row in rows), [place + 1 for place in places]


class Reading:
    """What a source gave, and the place it reached."""

    def __init__(self) -> None:
        self.mentions: list[Mention] = []
        self.rejected: list[Rejected] = []
        self.cursor: str | None = None

    @property
    def ids(self) -> list[str]:
        return [each.id for each in self.mentions]

    def take(self, batch: Batch) -> None:
        self.mentions += batch.mentions
        self.rejected += batch.rejected
        self.cursor = batch.cursor or self.cursor

    async def poll(self, source: Source, batches: int | None = None) -> list[str]:
        """Go on from where it stands, for at most so many batches; returns the ids that are new."""
        before = len(self.mentions)
        count = 0
        async for batch in source.poll(self.cursor):
            self.take(batch)
            count += 1
            if count == batches:
                break
        return self.ids[before:]
