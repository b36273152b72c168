"""The invented people who post in a drill."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log
from random import Random
from typing import Any

from crisis_tui.drills.phrases import pick

_NOT_HANDLE = re.compile(r"[^a-z0-9]+")
_ENGLISH_HANDLES = frozenset({"ja", "ar"})


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody who does not exist."""

    handle: str
    name: str
    followers: int


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _NOT_HANDLE.sub("", letters.lower())


class Cast:
    """Hands out authors; some people come back, most are new."""

    def __init__(self, material: Mapping[str, Any]) -> None:
        self._material = material
        self._known: dict[tuple[str, str], list[Author]] = {}
        self._taken: set[str] = set()

    def author(self, rng: Random, network: str, language: str, heat: float) -> Author:
        """An author for this network and language; with rising heat (0-1) larger accounts join."""
        known = self._known.setdefault((network, language), [])
        if known and rng.random() < 0.16:
            return known[int(rng.random() * len(known))]
        author = self._new(rng, network, language, heat)
        known.append(author)
        return author

    def outlet(self, rng: Random, language: str, used: set[str]) -> str:
        """A news outlet that has not carried this story yet."""
        free = [name for name in self._material["outlets"][language] if name not in used]
        return str(pick(rng, free or self._material["outlets"][language]))

    def _new(self, rng: Random, network: str, language: str, heat: float) -> Author:
        names = self._material["names"][language]
        given, family = pick(rng, names["given"]), pick(rng, names["family"])
        name = f"{family} {given}" if language == "ja" else f"{given} {family}"
        handles = self._material["handles"]
        base = pick(rng, handles["words"]) + pick(rng, handles["tails"])
        if language not in _ENGLISH_HANDLES and rng.random() < 0.6:
            base = f"{_plain(given)}_{_plain(family)}"[:15]
        handle = base
        while f"{network}:{handle}" in self._taken:
            handle = f"{base[:12]}{int(rng.random() * 1000)}"
        self._taken.add(f"{network}:{handle}")
        return Author(self._address(rng, network, handle), name, self._followers(rng, network, heat))

    def _address(self, rng: Random, network: str, handle: str) -> str:
        if network == "mastodon":
            return f"@{handle}@{pick(rng, self._material['servers'])}"
        if network == "bluesky":
            return f"@{handle.replace('_', '-').strip('-')}.sky.example"
        return f"u/{handle}" if network == "reddit" else f"@{handle}" if network == "x" else handle

    @staticmethod
    def _followers(rng: Random, network: str, heat: float) -> int:
        if network in {"reddit", "reviews"}:
            return 0
        # The sum of uniform draws is near enough to a bell, and the same on every platform.
        bell = sum(rng.random() for _ in range(6)) - 3
        middle = {"x": 260, "mastodon": 150, "bluesky": 190}.get(network, 100)
        size = exp(log(middle) + 2.1 * bell + 0.5 * heat)
        return int(min(size, 90_000))
