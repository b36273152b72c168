"""Which raises of the level are told to people who don't look, and what is said then. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import takewhile

from data.models.alert import Alert, AlertSettings
from data.models.assessment import Assessment
from data.models.incident import LevelChange
from data.models.level import Level


def alerted(
    changes: Sequence[LevelChange], settings: AlertSettings, origin: str = ""
) -> tuple[LevelChange, ...]:
    """The raises that get an alert, the newest first.

    A raise gets none below `from_level`, where it moves nothing because the level was reached already, and
    while one to the same or a higher level was alerted within the cool-down, before or after by the clock.

    Args:
        changes: the moves of the level, the newest first.
        origin: id of the event from which on raises count, itself not; empty for all.
    """
    cool_down = timedelta(minutes=settings.cool_down_minutes)
    found: list[LevelChange] = []
    standing: Level | None = None
    for change in reversed([*takewhile(lambda each: each.event != origin, changes)]):
        before = change.before if standing is None else standing
        if change.after < change.before:
            standing = change.after
            continue
        standing = max(before, change.after)
        if change.after <= before or change.after < settings.from_level:
            continue
        # abs: a clock that once stood far in the future must not silence all that comes after.
        if not any(each.after >= change.after and abs(change.at - each.at) < cool_down for each in found):
            found.append(change)
    return tuple(reversed(found))


def due(changes: Sequence[LevelChange], settings: AlertSettings) -> LevelChange | None:
    """The newest raise if it gets an alert, else None. `changes` are the newest first."""
    newest = newest_raise(changes)
    found = alerted(changes, settings)
    return newest if newest is not None and found and found[0].event == newest.event else None


def newest_raise(changes: Sequence[LevelChange]) -> LevelChange | None:
    """The newest move upwards. `changes` are the newest first."""
    return next((each for each in changes if each.after > each.before), None)


def alert_of(change: LevelChange, assessment: Assessment | None, *, by_agent: bool) -> Alert:
    """What is said of a raise: the level, the score and what raised it, nothing that a person wrote."""
    score = None if assessment is None else assessment.score
    if not by_agent:
        by = "person"
    else:
        by = "floor" if assessment is not None and assessment.by == "floor" else "score"
    told = sorted(assessment.contributions, key=lambda each: -each.weighted) if assessment else []
    number = "" if score is None else f", score {score:.0f}/100"
    return Alert.model_validate(
        {
            "id": change.event,
            "level": change.after.word,
            "number": int(change.after),
            "before": change.before.word,
            "at": change.at,
            "by": by,
            "score": score,
            "inputs": [each.input for each in told if each.points],
            "text": f"crisis-tui: {change.after.word} (was {change.before.word}) since "
            f"{change.at:%H:%M} UTC, by {_BY[by]}{number}",
        }
    )


_BY = {"person": "a person", "floor": "a floor", "score": "the score"}
