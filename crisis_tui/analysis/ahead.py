"""What would raise the level next: the points still needed, and the shortest ways to them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil

from data.models.level import Level
from data.models.severity import Bands

_MOST_WAYS = 2


@dataclass(frozen=True)
class Standing:
    """Where one input stands. `held_down` if a side condition fails, so that no number of its own helps."""

    name: str
    points: int
    weight: int
    raw: float | None
    unit: str
    bounds: tuple[float, float, float, float]
    falling: bool
    held_down: bool = False


def next_change(inputs: Sequence[Standing], level: Level, bands: Bands) -> str:
    """`Crisis at +6: media 0 -> 2 items or volume 1.8 -> 3 z with networks 1 -> 2 above normal`.

    Names the single inputs that could do it alone, else the pair that is nearest.
    """
    target = next(((bound, higher) for bound, higher in bands.rising if higher > level), None)
    if target is None:
        return "No score leads higher; people in danger make it an Emergency."
    possible = 4 * sum(each.weight for each in inputs)
    if not possible:
        return "No input has data yet."
    bound, higher = target
    needed = ceil(bound * possible / 100 - 1e-9) - sum(each.points * each.weight for each in inputs)
    movable = [each for each in inputs if not each.held_down and each.points < 4]
    alone = sorted(_alone(movable, needed), key=lambda way: way[0])
    ways = [words for _, words in alone[:_MOST_WAYS]] or _together(movable, needed)
    what = " or ".join(ways) or "several inputs together"
    return f"{higher.word} at +{100 * needed / possible:.0f}: {what}"


def _alone(inputs: Sequence[Standing], needed: int) -> Iterator[tuple[int, str]]:
    """Weighted points that are added, and words, of each input that can do it by itself."""
    for each in inputs:
        steps = -(-needed // each.weight)
        if 0 < steps <= 4 - each.points:
            yield steps * each.weight, _way(each, steps)


def _together(inputs: Sequence[Standing], needed: int) -> list[str]:
    """The pair of inputs that gets there with the fewest points, as one way; none if no pair does."""
    found: list[tuple[int, int, str]] = []
    for one, two in combinations(inputs, 2):
        for steps in range(1, 5 - one.points):
            rest = -(-(needed - steps * one.weight) // two.weight)
            if 0 < rest <= 4 - two.points:
                added = steps * one.weight + rest * two.weight
                found.append((steps + rest, added, f"{_way(one, steps)} with {_way(two, rest)}"))
    return [min(found)[2]] if found else []


def _way(each: Standing, steps: int) -> str:
    """`media 0 -> 2 items`, `velocity 90 -> under 60 min to double`."""
    bound = f"{'under ' if each.falling else ''}{each.bounds[each.points + steps - 1]:g}"
    return f"{each.name} {'none' if each.raw is None else f'{each.raw:g}'} -> {bound} {each.unit}"
