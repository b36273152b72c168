"""What a burst is about: the vote of the mentions in a sliding window.

Only negative or neutral mentions should vote; the caller leaves the others out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import sqrt

from crisis_tui.analysis.categories.rules import ORDER, CategoryReading
from data.models.playbook import CrisisType

LEAST_VOTES = 5
"""Votes below this are no verdict; our own choice: a handful of posts is an anecdote."""

LEAST_COVERAGE = 0.05
"""Share of mentions with a type below which the burst is about something else; our own choice."""

CONFIDENT_VOTES = 20
"""Votes from which a verdict can be sure of itself; our own choice."""

Z = 1.96
"""Two-sided 95 % of the normal distribution, for the Wilson interval."""


@dataclass(frozen=True, slots=True)
class TypeVerdict:
    """What the window says.

    `n` counts the mentions with a type, `seen` all that voted; `share` is the part of `n` that has `type`,
    in [0, 1]. `words` are the most telling ones of the type with the mentions that hold them. `confident`
    means: at least `CONFIDENT_VOTES`, and the lead over `runner_up` is no accident (Wilson, 95 %).
    """

    type: CrisisType | None
    share: float
    n: int
    seen: int
    words: tuple[tuple[str, int], ...]
    runner_up: CrisisType | None
    confident: bool


class TypeVote:
    """Counts the readings in a window; one step for each that comes or goes."""

    def __init__(self) -> None:
        self._seen = 0
        self._votes: Counter[CrisisType] = Counter()
        self._words: dict[CrisisType, Counter[str]] = {kind: Counter() for kind in ORDER}

    def add(self, reading: CategoryReading) -> None:
        """A mention enters the window."""
        self._seen += 1
        if reading.type is not None:
            self._votes[reading.type] += 1
            self._words[reading.type].update(reading.words)

    def remove(self, reading: CategoryReading) -> None:
        """A mention that was added leaves the window.

        Raises:
            ValueError: the window holds no reading of its type.
        """
        if self._seen == 0 or (reading.type is not None and not self._votes[reading.type]):
            raise ValueError("a reading leaves the window that never entered it")
        self._seen -= 1
        if reading.type is None:
            return
        self._votes[reading.type] -= 1
        words = self._words[reading.type]
        words.subtract(reading.words)
        for word in reading.words:
            if words[word] <= 0:
                del words[word]

    def verdict(self, words: int = 5) -> TypeVerdict:
        """The type that leads, with at most `words` of its words; None for too few votes or a tie."""
        found = decide(self._votes, self._seen)
        if found.type is None:
            return found
        telling = sorted(self._words[found.type].items(), key=lambda item: (-item[1], item[0]))[:words]
        return replace(found, words=tuple(telling))


def decide(votes: Mapping[CrisisType, int], seen: int) -> TypeVerdict:
    """The verdict on counted votes, without words; `seen` is the number of mentions that could vote."""
    n = sum(votes.get(kind, 0) for kind in ORDER)
    ranked = sorted((kind for kind in ORDER if votes.get(kind)), key=lambda kind: -votes[kind])
    if n < LEAST_VOTES or n < LEAST_COVERAGE * seen:
        return TypeVerdict(None, 0.0, n, seen, (), ranked[0] if ranked else None, False)
    first = ranked[0]
    second = ranked[1] if len(ranked) > 1 else None
    lead, next_best = votes[first], votes[second] if second else 0
    if lead == next_best:
        return TypeVerdict(None, lead / n, n, seen, (), first, False)
    sure = n >= CONFIDENT_VOTES and _wilson_low(lead, lead + next_best) > 0.5
    return TypeVerdict(first, lead / n, n, seen, (), second, sure)


def _wilson_low(hits: int, n: int) -> float:
    """The lower end of the Wilson score interval for `hits` of `n`."""
    share = hits / n
    middle = share + Z * Z / (2 * n)
    spread = Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return (middle - spread) / (1 + Z * Z / n)
