"""Severity: signals to points, points to a score, score and floors to a level.

Pure. The table of inputs, weights, thresholds and bands is our own proposal,
to be calibrated by replay; the shape follows common practice (volume against
a baseline, share of negatives, reach, spread, media).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from data.models.assessment import Assessment, Contribution
from data.models.level import Level
from data.text import clean_line

MODEL = "severity-1"
"""Version of this table; stands in each assessment, so that old ones stay explained."""


@dataclass(frozen=True)
class Signal:
    """What was measured for one input; `raw` None means looked for and not there."""

    raw: float | None
    window: str
    baseline: str = ""
    samples: tuple[str, ...] = ()
    eligible: bool = True
    """False where a side condition fails (too few mentions, ratio too small): then 0 points."""


@dataclass(frozen=True)
class Input:
    """One row of the table: four thresholds for 1 to 4 points; `falling` if less is worse."""

    name: str
    weight: int
    thresholds: tuple[float, float, float, float]
    unit: str
    falling: bool = False

    def points(self, signal: Signal) -> int:
        """0 to 4 points for what was measured."""
        if signal.raw is None or not signal.eligible:
            return 0
        if self.falling:
            return sum(signal.raw < threshold for threshold in self.thresholds)
        return sum(signal.raw >= threshold for threshold in self.thresholds)


INPUTS = (
    Input("volume", 2, (1.5, 2, 3, 6), "z"),
    Input("velocity", 2, (240, 120, 60, 20), "min to double", falling=True),
    Input("negative share", 2, (20, 30, 40, 60), "% or more"),
    Input("reach", 1, (0.1, 0.5, 2, 10), "x own followers"),
    Input("influencers", 1, (1, 2, 4, 8), "authors"),
    Input("networks", 1, (1, 2, 3, 4), "above normal"),
    Input("media", 2, (1, 2, 5, 15), "items"),
    Input("duration", 1, (30, 60, 180, 720), "min above normal"),
)

BANDS = ((60.0, Level.CRISIS), (35.0, Level.INCIDENT), (15.0, Level.EMERGENT))
"""Score from which a level is reached. Emergency is reached by a floor only: people in danger."""


@dataclass(frozen=True)
class Floor:
    """A level below which we do not go, whatever the score, and why."""

    level: Level
    reason: str


def level_of(score: float) -> Level:
    """The level of a score of 0 to 100."""
    return next((level for bound, level in BANDS if score >= bound), Level.ROUTINE)


def assess(
    signals: Mapping[str, Signal],
    at: datetime,
    *,
    floors: Sequence[Floor] = (),
    standing: Level = Level.ROUTINE,
    stale: Sequence[str] = (),
) -> Assessment:
    """The assessment of what was measured at a moment.

    Args:
        signals: by name of the input; inputs that are absent have no data, are
            left out of the score and are named in `missing`.
        floors: levels that category or people set.
        standing: the level reached before, from which only a person goes down.
        stale: names of feeds that are too old to trust.
    """
    contributions = tuple(
        Contribution(
            input=row.name,
            points=row.points(signals[row.name]),
            weight=row.weight,
            raw=signals[row.name].raw,
            unit=row.unit,
            window=signals[row.name].window,
            baseline=signals[row.name].baseline,
            samples=tuple(clean_line(sample) for sample in signals[row.name].samples),
        )
        for row in INPUTS
        if row.name in signals
    )
    reached = sum(each.weighted for each in contributions)
    possible = 4 * sum(each.weight for each in contributions)
    score = 100 * reached / possible if possible else 0.0
    by_score = level_of(score)
    floor = max(floors, key=lambda each: each.level, default=None)
    level, by, reason = by_score, "score", _reason(score, contributions)
    if floor is not None and floor.level > level:
        level, by, reason = floor.level, "floor", floor.reason
    if standing > level:
        level, by, reason = standing, "standing", "reached before; a person lowers it with a reason"
    return Assessment.model_validate(
        {
            "at": at,
            "level": level,
            "word": level.word,
            "score": round(score, 1),
            "by": by,
            "reason": reason,
            "contributions": contributions,
            "missing": [row.name for row in INPUTS if row.name not in signals],
            "stale": tuple(stale),
            "coverage": sum(each.weight for each in contributions) / sum(row.weight for row in INPUTS),
            "next_change": next_change(
                contributions,
                reached,
                possible,
                level,
                frozenset(name for name, signal in signals.items() if not signal.eligible),
            ),
            "model": MODEL,
        }
    )


def next_change_above(assessment: Assessment, level: Level) -> str:
    """What would raise the level above one that stands, by what an assessment measured."""
    if level >= Level.CRISIS:
        return next_change((), 0, 1, level)
    contributions = assessment.contributions
    reached = sum(each.weighted for each in contributions)
    return next_change(contributions, reached, 4 * sum(each.weight for each in contributions), level)


def _reason(score: float, contributions: Sequence[Contribution]) -> str:
    """The score and the inputs that made most of it."""
    top = sorted((each for each in contributions if each.points), key=lambda each: -each.weighted)[:3]
    return f"{score:.0f} of 100" + (f" from {', '.join(each.input for each in top)}" if top else "")


def next_change(
    contributions: Sequence[Contribution],
    reached: int,
    possible: int,
    level: Level,
    held_down: Set[str] = frozenset(),
) -> str:
    """What would raise the level: the points still needed, and the single inputs that could give them.

    Args:
        held_down: inputs with a side condition that fails, so that no number of their own helps.
    """
    if not possible:
        return "No input has data yet."
    target = next(((bound, higher) for bound, higher in reversed(BANDS) if higher > level), None)
    if target is None:
        return "No score leads higher; people in danger make it an Emergency."
    bound, higher = target
    needed = -(-bound * possible // 100) - reached
    by_name = {row.name: row for row in INPUTS}
    ways = []
    for each in contributions:
        row = by_name[each.input]
        if each.input in held_down:
            continue
        steps = -(-needed // each.weight)
        if 0 < steps <= 4 - each.points:
            threshold = row.thresholds[each.points + int(steps) - 1]
            sign = "under" if row.falling else "to"
            ways.append((steps * each.weight, f"{each.input} {sign} {threshold:g} {row.unit}"))
    ways.sort(key=lambda way: way[0])
    what = " or ".join(text for _, text in ways[:2]) or "several inputs together"
    return f"{higher.word} at +{100 * needed / possible:.0f}: {what}"
