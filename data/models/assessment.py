"""The severity at one moment, with everything that led to it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from data.models.base import Model, Moment, SafeLine
from data.models.level import Level
from data.models.playbook import CrisisType
from data.text import SafeText


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


class BurstNote(Model):
    """How the volume of one series compares with the peaks of its own usual days.

    `scope` says which series: all mentions, a network, a watch. `z` counts
    standard deviations above a usual day's peak, `usual_peak` is that peak in
    mentions an hour. `alarm_at` is the newest alarm of the last 24 hours.
    `ramping` tells of a slow rise that never jumps; `quiet` of the first day,
    which gives no alarms.
    """

    scope: SafeLine
    z: float
    usual_peak: float = Field(ge=0)
    alarm_at: Moment | None = None
    alarm_z: float | None = None
    ramping: bool = False
    quiet: bool = False


class TypeNote(Model):
    """What kind of crisis the last hour speaks of: votes of mentions that are not positive.

    `share` is the leading type's part of the `votes`, 0 to 1; `words` are the
    telling ones with their counts. `hint` is set where mentions dispute what is
    said: misinformation is only ever suggested.
    """

    type: CrisisType | None
    share: float = Field(ge=0, le=1)
    votes: int = Field(ge=0)
    words: tuple[SafeLine, ...] = ()
    runner_up: CrisisType | None = None
    confident: bool = False
    hint: SafeLine | None = None


class StoryNote(Model):
    """Mentions of the last hour that say the same thing.

    `mentions` counts those of the hour, `total` all so far; `authors` are
    distinct, `reach` is the sum of their followers (None where none is known),
    `young_share` the part of accounts under 30 days among those whose age is
    known. `coordinated` comes with its `reasons`.
    """

    story: int
    sample: SafeLine
    first_at: Moment
    mentions: int
    total: int
    authors: int
    reach: int | None = None
    young_share: float | None = None
    coordinated: bool = False
    reasons: tuple[SafeLine, ...] = ()
    burst: BurstNote | None = None


class CueNote(Model):
    """Words in `mentions` posts that may call for a floor; a person decides, `fact` names the question."""

    fact: str
    mentions: int
    words: tuple[SafeLine, ...]
    question: SafeLine


class Override(Model):
    """One thing that a person decided and that this assessment stands on."""

    what: SafeLine
    by: SafeLine
    at: Moment
    reason: SafeLine


class Assessment(Model):
    """Severity at `at`.

    `score` is 0 to 100 over the inputs that have data; `missing` names those
    without, `stale` the feeds that are too old to trust. `by` says what set the
    level: the score, a floor that beats the score, or a standing decision.
    `coverage` is the weight of the inputs with data as a share of all, 0 to 1.
    `model` names the table of inputs, `reader` the model of sentiment;
    `taught` tells in words what people taught that model, and how it had done;
    `unscored` is the part of the hour's mentions that no model could read.
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
    bursts: tuple[BurstNote, ...] = ()
    type: TypeNote | None = None
    stories: tuple[StoryNote, ...] = ()
    cues: tuple[CueNote, ...] = ()
    overrides: tuple[Override, ...] = ()
    reader: str = ""
    taught: SafeLine = SafeText("")
    unscored: float | None = None

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


class ChartMark(Model):
    """Something that happened and is marked in the chart: a statement, or a move of the level."""

    at: Moment
    kind: Literal["statement", "up", "down"]
    words: SafeLine
