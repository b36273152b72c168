"""One alert a raise, and no second one for the same level within the cool-down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis_tui.response.alerting import alert_of, alerted, due
from data.models.alert import AlertSettings
from data.models.assessment import Assessment, Contribution
from data.models.incident import LevelChange
from data.models.level import Level
from data.text import SafeText

NIGHT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SETTINGS = AlertSettings()


def move(minute: float, before: int, after: int, reason: str = "as it is", by: str = "agent") -> LevelChange:
    return LevelChange(
        event=f"{minute:09.3f}-{after}",
        at=NIGHT + timedelta(minutes=minute),
        before=Level(before),
        after=Level(after),
        by=SafeText(by),
        reason=SafeText(reason),
    )


def story(*moves: tuple[float, int]) -> list[LevelChange]:
    """The moves to these levels at these minutes, from Routine, the newest first."""
    found, standing = [], 0
    for minute, after in moves:
        found.append(move(minute, standing, after))
        standing = after
    return found[::-1]


def minutes(changes: list[LevelChange], settings: AlertSettings = SETTINGS) -> list[float]:
    return [(each.at - NIGHT) / timedelta(minutes=1) for each in reversed(alerted(changes, settings))]


@pytest.mark.parametrize(
    ("moves", "told"),
    [
        (((0, 1),), [0]),
        (((0, 1), (5, 2), (6, 3)), [0, 5, 6]),
        (((0, 2), (10, 0), (20, 2)), [0]),
        (((0, 2), (10, 0), (30, 2)), [0, 30]),
        (((0, 3), (10, 0), (20, 2), (25, 4)), [0, 25]),
        (((0, 2), (10, 0), (20, 2), (25, 0), (35, 2)), [0, 35]),
        (((0, 2), (5, 1)), [0]),
    ],
)
def test_falling_and_rising_again_is_silent_and_going_higher_never(
    moves: tuple[tuple[float, int], ...], told: list[float]
) -> None:
    assert minutes(story(*moves)) == told


def test_only_the_newest_raise_is_due() -> None:
    assert due([], SETTINGS) is None
    first, second = story((0, 2))[0], story((0, 2), (10, 0), (20, 2))
    assert due([first], SETTINGS) == first
    assert due(second, SETTINGS) is None
    assert due(second[1:], SETTINGS) == first, "a fall takes no alert back"
    assert due(story((0, 1)), AlertSettings(from_level=Level.INCIDENT)) is None


def test_what_two_raised_at_once_is_told_once() -> None:
    both = [move(0.002, 0, 2, by="ana"), move(0.001, 0, 2)]
    assert len(alerted(both, AlertSettings(cool_down_minutes=0))) == 1


def test_a_clock_that_stood_in_the_future_does_not_silence_what_comes_after() -> None:
    years = 60 * 24 * 365.0
    assert minutes([move(60, 0, 3), move(years, 3, 0), move(years - 1, 0, 3)]) == [years - 1, 60]


def test_raises_before_a_pager_was_configured_do_not_count_for_it() -> None:
    changes = story((0, 3), (5, 0), (10, 3))
    assert [each.event for each in alerted(changes, SETTINGS, changes[-1].event)] == [changes[0].event]


@st.composite
def histories(draw: st.DrawFn) -> list[LevelChange]:
    moves, minute = [], 0.0
    for _ in range(draw(st.integers(0, 14))):
        minute += draw(st.floats(0.01, 50))
        moves.append((minute, draw(st.integers(0, 4))))
    return [each for each in story(*moves) if each.before != each.after]


@given(histories(), st.integers(0, 90), st.sampled_from(list(Level)[1:]))
def test_the_rule_holds_for_any_history(history: list[LevelChange], cool: int, lowest: Level) -> None:
    settings = AlertSettings(cool_down_minutes=cool, from_level=lowest)
    told = alerted(history, settings)
    span = timedelta(minutes=cool)
    for each in told:
        assert each.after > each.before
        assert each.after >= lowest
    for each in history:
        if each.after <= each.before or each.after < lowest:
            continue
        before = [one for one in told if one.at < each.at and each.at - one.at < span]
        hushed = any(one.after >= each.after for one in before)
        assert (each in told) is not hushed, "silent for a reason only, told without one only"
        if all(one.after < each.after for one in history if one.at < each.at):
            assert each in told, "higher than ever"
    for count in range(len(history)):
        assert (
            alerted(history[count:], settings) == told[len(told) - len(alerted(history[count:], settings)) :]
        )
        assert due(history[count:], settings) in (None, *told), "what comes later changes no answer"


def test_nothing_that_people_wrote_leaves() -> None:
    secret = "Leak at customer Jane Doe"
    assessment = Assessment(
        at=NIGHT,
        level=Level.CRISIS,
        word="Crisis",
        score=66.7,
        by="floor",
        reason=SafeText(secret),
        contributions=(
            Contribution(
                input="volume",
                points=3,
                weight=2,
                raw=9,
                unit="",
                window="1 h",
                baseline="",
                samples=(SafeText(secret),),
            ),
            Contribution(input="reach", points=0, weight=1, raw=None, unit="", window="1 h", baseline=""),
        ),
        missing=(),
        stale=(SafeText(secret),),
        coverage=1,
        next_change=secret,
        model="m",
    )
    by_agent = alert_of(move(0, 2, 3, secret), assessment, by_agent=True)
    assert (by_agent.by, by_agent.score, by_agent.inputs) == ("floor", 66.7, ("volume",))
    assert by_agent.text == "crisis-tui: Crisis (was Incident) since 03:00 UTC, by a floor, score 67/100"
    by_ana = alert_of(move(0, 2, 3, secret, "ana"), None, by_agent=False)
    assert (by_ana.by, by_ana.score) == ("person", None)
    for each in (by_agent, by_ana):
        assert "Jane" not in each.model_dump_json()
        assert "ana" not in each.model_dump_json()
