"""Severity: signals to points, points to a score, score and floors to a level. Pure.

All numbers stand in `data.models.severity`, where settings can change them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from crisis_tui.analysis.ahead import Standing, next_change
from data.models.assessment import Assessment, Contribution
from data.models.level import Level
from data.models.severity import InputRule, SeverityTable
from data.text import clean_line

DEFAULTS = SeverityTable()


@dataclass(frozen=True)
class Signal:
    """What was measured for one input; `raw` None means looked for and not there."""

    raw: float | None
    window: str
    baseline: str = ""
    samples: tuple[str, ...] = ()
    eligible: bool = True
    """False where a side condition fails (too few mentions, ratio too small): then 0 points."""
    most: int = 4
    """Most points that it can give as things are, whatever was measured."""


@dataclass(frozen=True)
class Input:
    """One input by its name on screen, and the unit of what is measured; `falling` if less is worse."""

    name: str
    unit: str
    falling: bool = False

    def points(self, signal: Signal, rule: InputRule) -> int:
        """0 to 4 points for what was measured."""
        if signal.raw is None or not signal.eligible:
            return 0
        if self.falling:
            return min(sum(signal.raw < bound for bound in rule.points), signal.most)
        return min(sum(signal.raw >= bound for bound in rule.points), signal.most)


INPUTS = (
    Input("volume", "z"),
    Input("velocity", "min to double", falling=True),
    Input("negative share", "% or more"),
    Input("reach", "x own followers"),
    Input("influencers", "authors"),
    Input("networks", "above normal"),
    Input("media", "items"),
    Input("duration", "min above normal"),
)


@dataclass(frozen=True)
class Floor:
    """A level below which we do not go, whatever the score, and why."""

    level: Level
    reason: str


def level_of(score: float, table: SeverityTable = DEFAULTS) -> Level:
    """The level of a score of 0 to 100."""
    reached = [level for bound, level in table.bands.rising if score >= bound]
    return reached[-1] if reached else Level.ROUTINE


def assess(
    signals: Mapping[str, Signal],
    at: datetime,
    *,
    floors: Sequence[Floor] = (),
    standing: Level = Level.ROUTINE,
    stale: Sequence[str] = (),
    table: SeverityTable = DEFAULTS,
) -> Assessment:
    """The assessment of what was measured at a moment.

    Args:
        signals: by name of the input; inputs that are absent have no data, are
            left out of the score and are named in `missing`.
        floors: levels that category or people set.
        standing: the level reached before, from which only a person goes down.
        stale: names of feeds that are too old to trust.
        table: the numbers to judge by.
    """
    used = [(row, table.rule(row.name)) for row in INPUTS]
    used = [(row, rule) for row, rule in used if rule.weight]
    contributions = tuple(
        Contribution(
            input=row.name,
            points=row.points(signals[row.name], rule),
            weight=rule.weight,
            raw=signals[row.name].raw,
            unit=row.unit,
            window=signals[row.name].window,
            baseline=signals[row.name].baseline,
            samples=tuple(clean_line(sample) for sample in signals[row.name].samples),
        )
        for row, rule in used
        if row.name in signals
    )
    reached = sum(each.weighted for each in contributions)
    possible = 4 * sum(each.weight for each in contributions)
    score = 100 * reached / possible if possible else 0.0
    by_score = level_of(score, table)
    floor = max(floors, key=lambda each: each.level, default=None)
    level, by, reason = by_score, "score", _reason(score, contributions)
    if floor is not None and floor.level > level:
        level, by, reason = floor.level, "floor", floor.reason
    if standing > level:
        level, by, reason = standing, "standing", "reached before; a person lowers it with a reason"
    held_down = frozenset(name for name, signal in signals.items() if not signal.eligible or signal.most < 4)
    return Assessment.model_validate(
        {
            "at": at,
            "level": level,
            "word": level.word,
            "score": round(score, 1),
            "by": by,
            "reason": reason,
            "contributions": contributions,
            "missing": [row.name for row, _ in used if row.name not in signals],
            "stale": tuple(stale),
            "coverage": sum(each.weight for each in contributions) / sum(rule.weight for _, rule in used),
            "next_change": next_change(_standings(contributions, held_down, table), level, table.bands),
            "model": table.version,
        }
    )


def next_change_above(assessment: Assessment, level: Level, table: SeverityTable = DEFAULTS) -> str:
    """What would raise the level above one that stands, by what an assessment measured."""
    return next_change(_standings(assessment.contributions, frozenset(), table), level, table.bands)


def _standings(
    contributions: Sequence[Contribution], held_down: Set[str], table: SeverityTable
) -> tuple[Standing, ...]:
    by_name = {row.name: row for row in INPUTS}
    return tuple(
        Standing(
            name=each.input,
            points=each.points,
            weight=each.weight,
            raw=each.raw,
            unit=each.unit,
            bounds=table.rule(each.input).points,
            falling=by_name[each.input].falling,
            held_down=each.input in held_down,
        )
        for each in contributions
    )


def _reason(score: float, contributions: Sequence[Contribution]) -> str:
    """The score and the inputs that made most of it."""
    top = sorted((each for each in contributions if each.points), key=lambda each: -each.weighted)[:3]
    return f"{score:.0f} of 100" + (f" from {', '.join(each.input for each in top)}" if top else "")
