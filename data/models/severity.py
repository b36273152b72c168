"""The table of severity: what each input weighs and where its points begin; every number can be set."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from data.models.base import Model
from data.models.level import Level

NAME = "severity-2"
"""Version of the inputs and of the rules that no setting changes."""

Bound = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _differ(bounds: tuple[float, ...]) -> tuple[float, ...]:
    rising = all(one < two for one, two in pairwise(bounds))
    falling = all(one > two for one, two in pairwise(bounds))
    if not rising and not falling:
        raise ValueError("must rise from the first to the fourth number, or fall for velocity")
    return bounds


class InputRule(Model):
    """One input: how much its points weigh (0 switches it off), and the four bounds of 1 to 4 points."""

    weight: int = Field(ge=0, le=10)
    points: Annotated[tuple[Bound, Bound, Bound, Bound], AfterValidator(_differ)]


class InputRules(Model):
    """Weights and bounds of all inputs.

    The defaults are our own proposal, made to give the worked examples of the
    tests; they follow common practice (volume against a baseline, share of
    negatives, reach, spread, media).
    """

    volume: InputRule = InputRule(weight=2, points=(1.5, 2, 3, 6))
    velocity: InputRule = InputRule(weight=2, points=(240, 120, 60, 20))
    negative_share: InputRule = InputRule(weight=2, points=(20, 30, 40, 60))
    reach: InputRule = InputRule(weight=1, points=(0.1, 0.5, 2, 10))
    influencers: InputRule = InputRule(weight=1, points=(1, 2, 4, 8))
    networks: InputRule = InputRule(weight=1, points=(1, 2, 3, 4))
    media: InputRule = InputRule(weight=2, points=(1, 2, 5, 15))
    duration: InputRule = InputRule(weight=1, points=(30, 60, 180, 720))

    @model_validator(mode="after")
    def _directions(self) -> InputRules:
        for name in type(self).model_fields:
            first, *_, last = getattr(self, name).points
            if (first > last) != (name == "velocity"):
                way = "fall" if name == "velocity" else "rise"
                raise ValueError(f"the points of {name} must {way} from the first to the fourth number")
        if not any(getattr(self, name).weight for name in type(self).model_fields):
            raise ValueError("at least one input needs a weight above 0")
        return self


class Bands(Model):
    """Scores, 0 to 100, from which a level is reached; Emergency is reached by a floor only."""

    emergent: float = Field(default=15, gt=0, le=100)
    incident: float = Field(default=35, gt=0, le=100)
    crisis: float = Field(default=60, gt=0, le=100)

    @model_validator(mode="after")
    def _rising(self) -> Bands:
        if not self.emergent < self.incident < self.crisis:
            raise ValueError("bands must rise: emergent, incident, crisis")
        return self

    @property
    def rising(self) -> tuple[tuple[float, Level], ...]:
        """Bounds with their levels, the lowest first."""
        return (
            (self.emergent, Level.EMERGENT),
            (self.incident, Level.INCIDENT),
            (self.crisis, Level.CRISIS),
        )


def _level(value: object) -> object:
    """A level by its word, as people write it."""
    if isinstance(value, str):
        word = value.strip().lower()
        found = next(
            (level for level in Level if level.name.lower() == word or level.word.lower() == word), None
        )
        if found is None:
            raise ValueError(f"must be one of {', '.join(level.name.lower() for level in Level)}")
        return found
    return value


LevelWord = Annotated[Level, BeforeValidator(_level)]


class SeverityTable(Model):
    """All numbers behind the level.

    `least_volume` (mentions an hour) and `least_ratio` (times the median) hold
    volume at 0 points below them, `least_volume_young` during the first day of a
    history, when nobody knows yet what a usual day is; the negative share is left out under
    `least_scored` scored mentions; an author with `influential_followers` counts
    as influential unlisted; items of `media_networks` are editorial.
    `burst_z` is how far above a usual day's peak, in standard deviations, a
    burst tells the operator, and `burst_level` the level that it gives at least.
    A lower level must have held `hold_minutes` before a person may go down to
    it; below `low_coverage` of all weights the gauge says LOW CONFIDENCE.
    """

    inputs: InputRules = InputRules()
    bands: Bands = Bands()
    least_volume: int = Field(default=5, ge=1)
    least_volume_young: int = Field(default=50, ge=1)
    least_ratio: float = Field(default=1.5, ge=1)
    least_scored: int = Field(default=20, ge=1)
    influential_followers: int = Field(default=50_000, ge=1)
    media_networks: tuple[str, ...] = ("news", "rss", "press")
    burst_z: float = Field(default=0.75, gt=0)
    burst_level: LevelWord = Level.EMERGENT
    hold_minutes: int = Field(default=60, ge=0)
    low_coverage: float = Field(default=0.6, ge=0, le=1)

    @property
    def version(self) -> str:
        """Names the rules, and the numbers where they are not the defaults."""
        if self == SeverityTable():
            return NAME
        return f"{NAME}+{hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:8]}"

    def rule(self, name: str) -> InputRule:
        """The rule of an input by its name on screen."""
        found: Any = getattr(self.inputs, name.replace(" ", "_"))
        return InputRule.model_validate(found)
