"""The severity at one moment, with everything that led to it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from data.models.base import Model, Moment, SafeLine
from data.models.level import Level


class Contribution(Model):
    """What one input adds: `points` 0 to 4 times `weight`, from `raw` measured over `window`.

    `raw` is None where the input was looked for and is not there (nothing is growing, say).
    """

    input: str
    points: int = Field(ge=0, le=4)
    weight: int = Field(ge=1)
    raw: float | None
    unit: str
    window: str
    baseline: str
    samples: tuple[SafeLine, ...] = ()

    @property
    def weighted(self) -> int:
        """Points times weight."""
        return self.points * self.weight


class Assessment(Model):
    """Severity at `at`.

    `score` is 0 to 100 over the inputs that have data; `missing` names those
    without, `stale` the feeds that are too old to trust. `by` says what set the
    level: the score, a floor that beats the score, or a standing decision.
    `coverage` is the weight of the inputs with data as a share of all, 0 to 1.
    """

    at: Moment
    level: Level
    word: str
    score: float = Field(ge=0, le=100)
    by: Literal["score", "floor", "standing"]
    reason: SafeLine
    contributions: tuple[Contribution, ...]
    missing: tuple[str, ...]
    stale: tuple[SafeLine, ...]
    coverage: float = Field(ge=0, le=1)
    next_change: str
    model: str

    @property
    def low_confidence(self) -> bool:
        """True where too few inputs have data for the score to be trusted alone."""
        return self.coverage < LOW_COVERAGE


LOW_COVERAGE = 0.6
"""Coverage below which the gauge says LOW CONFIDENCE (our own proposal)."""


class Minute(Model):
    """Mentions that were posted in one minute on one network, and how they read."""

    minute: int
    network: str
    mentions: int
    scored: int = 0
    negative: int = 0
    positive: int = 0


class VolumeBar(Model):
    """One bar of the volume chart: mentions, scored ones and negative ones in a span of minutes."""

    start: Moment
    mentions: int
    scored: int
    negative: int
