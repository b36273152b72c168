"""The table of severity: what each input weighs and where its points begin; every number can be set."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

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


def _four(value: object) -> object:
    if not isinstance(value, list | tuple) or len(value) != 4:
        raise ValueError("needs four numbers, where 1, 2, 3 and 4 points begin")
    return value


class InputRule(Model):
    """One input: how much its points weigh (0 switches it off), and the four bounds of 1 to 4 points."""

    weight: int = Field(ge=0, le=10)
    points: Annotated[tuple[Bound, Bound, Bound, Bound], BeforeValidator(_four), AfterValidator(_differ)]


class InputRules(Model):
    """Weights and bounds of all inputs.

    The defaults are our own proposal, made to give the worked examples of the
    tests; they follow common practice (volume against a baseline, share of
    negatives, reach, spread, media). Where only `weight` or only `points` is
    given, the other is the default of that input.
    """

    volume: InputRule = InputRule(weight=2, points=(1.5, 2, 3, 6))
    velocity: InputRule = InputRule(weight=2, points=(240, 120, 60, 20))
    negative_share: InputRule = InputRule(weight=2, points=(20, 30, 40, 60))
    reach: InputRule = InputRule(weight=1, points=(0.1, 0.5, 2, 10))
    influencers: InputRule = InputRule(weight=1, points=(1, 2, 4, 8))
    networks: InputRule = InputRule(weight=1, points=(1, 2, 3, 4))
    media: InputRule = InputRule(weight=2, points=(1, 2, 5, 15))
    duration: InputRule = InputRule(weight=1, points=(30, 60, 180, 720))

    @model_validator(mode="before")
    @classmethod
    def _filled(cls, given: object) -> object:
        if not isinstance(given, Mapping):
            return given
        defaults = {name: field.default.model_dump() for name, field in cls.model_fields.items()}
        return {
            name: defaults[name] | each if name in defaults and isinstance(each, Mapping) else each
            for name, each in given.items()
        }

    @field_validator("*", mode="after")
    @classmethod
    def _direction(cls, rule: InputRule, info: ValidationInfo) -> InputRule:
        falls = info.field_name == "velocity"
        if (rule.points[0] > rule.points[-1]) != falls:
            way = "fall" if falls else "rise"
            raise ValueError(f"must have points that {way} from the first to the fourth number")
        return rule

    @model_validator(mode="after")
    def _weighed(self) -> InputRules:
        if not any(getattr(self, name).weight for name in type(self).model_fields):
            raise ValueError("needs a weight above 0 in at least one input")
        return self


class Bands(Model):
    """Scores, 0 to 100, from which a level is reached; Emergency is reached by a floor only."""

    emergent: float = Field(default=15, gt=0, le=100, allow_inf_nan=False)
    incident: float = Field(default=35, gt=0, le=100, allow_inf_nan=False)
    crisis: float = Field(default=60, gt=0, le=100, allow_inf_nan=False)

    @model_validator(mode="after")
    def _rising(self) -> Bands:
        if not self.emergent < self.incident < self.crisis:
            raise ValueError("must rise: emergent, incident, crisis")
        return self

    @property
    def rising(self) -> tuple[tuple[float, Level], ...]:
        """Bounds with their levels, the lowest first."""
        return (
            (self.emergent, Level.EMERGENT),
            (self.incident, Level.INCIDENT),
            (self.crisis, Level.CRISIS),
        )


def level_of(
    lowest: Level = Level.ROUTINE, highest: Level = Level.EMERGENCY, why: str = ""
) -> Callable[[object], Level]:
    """A validator of a level by its word, as people write it, or by its number, within bounds.

    `why` says in the refusal what the bounds come from.
    """

    def level(value: object) -> Level:
        word = value.strip().lower() if isinstance(value, str) else value
        for each in Level:
            # True is 1 to Python, but nobody who writes it means a level.
            known = word in (each.name.lower(), each.word.lower()) or (
                type(word) in (int, Level) and word == each
            )
            if known and lowest <= each <= highest:
                return each
        words = ", ".join(each.name.lower() for each in Level if lowest <= each <= highest)
        raise ValueError(f"must be one of {words}{f', since {why}' if why else ''}")

    return level


BurstLevel = Annotated[
    Level, BeforeValidator(level_of(highest=Level.CRISIS, why="Emergency is reached by a floor only"))
]

_MANY = 1_000_000


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
    least_volume: int = Field(default=5, ge=1, le=_MANY)
    least_volume_young: int = Field(default=50, ge=1, le=_MANY)
    least_ratio: float = Field(default=1.5, ge=1, le=_MANY, allow_inf_nan=False)
    least_scored: int = Field(default=20, ge=1, le=_MANY)
    influential_followers: int = Field(default=50_000, ge=1, le=1_000_000_000)
    media_networks: tuple[str, ...] = ("news", "rss", "press")
    burst_z: float = Field(default=0.75, gt=0, le=20, allow_inf_nan=False)
    burst_level: BurstLevel = Level.EMERGENT
    hold_minutes: int = Field(default=60, ge=0, le=1_440)
    low_coverage: float = Field(default=0.6, ge=0, le=1, allow_inf_nan=False)

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
