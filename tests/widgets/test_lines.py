"""The top and the bottom line: parts go by priority, words are never broken in silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.models.feed import FeedState
from data.models.level import Level
from data.text import clean_line
from tests.widgets.harness import HOSTILE, NOW, frame, showing
from widgets.fit import cells
from widgets.lines import (
    BottomLine,
    BottomLineModel,
    FeedAge,
    NearClock,
    TopLine,
    TopLineModel,
    arrange,
    bottom_parts,
    top_parts,
)

SAFE = st.sampled_from([clean_line(text) for text in HOSTILE])
TOP = TopLineModel(
    NOW,
    drill=clean_line("data breach"),
    title=clean_line("Customer data on a paste site"),
    level=Level.CRISIS,
    score=66.7,
    trend=12,
    elapsed=timedelta(minutes=72),
    clocks=(
        NearClock(clean_line("GDPR notice"), NOW - timedelta(minutes=3)),
        NearClock(clean_line("next update"), NOW + timedelta(minutes=25)),
    ),
)
BOTTOM = BottomLineModel(
    feeds=(
        FeedAge(clean_line("mastodon #acme"), FeedState.LIVE, timedelta(seconds=40)),
        FeedAge(clean_line("drop"), FeedState.BROKEN, timedelta(minutes=12)),
        FeedAge(clean_line("rss"), FeedState.WAITING, None),
    ),
    agent="agent ok",
    unsaved=True,
    message=clean_line("Step closed"),
    keys=(("n", "new"), ("?", "help")),
    outbox="2 wait",
)


def top(model: TopLineModel, width: int) -> str:
    """The top line as text."""
    return "".join(part.text for part in arrange(top_parts(model, width), width))


def bottom(model: BottomLineModel, width: int) -> str:
    """The bottom line as text."""
    return "".join(part.text for part in arrange(bottom_parts(model), width))


def test_a_wide_top_line_says_everything() -> None:
    assert top(TOP, 160).rstrip() == (
        " DRILL   data breach  Customer data on a paste site   !! CRISIS   67/100  rising  T+1h 12m"
        "  ! OVERDUE 3m GDPR notice  next update in 25m"
    )


@pytest.mark.parametrize(
    ("width", "says"),
    [
        (80, " DRILL   Customer data on a…   !! CRISIS   67/100  ! OVERDUE 3m GDPR notice"),
        (56, " DRILL   Custome…   !! CRISIS   ! OVERDUE 3m GDPR notice"),
        (46, " DRILL    !! CRISIS   ! OVERDUE 3m GDPR notice"),
        (20, " DRILL    !! CRISIS"),
        (10, " DRILL"),
    ],
)
def test_a_narrow_top_line_keeps_what_matters(width: int, says: str) -> None:
    assert top(TOP, width).rstrip() == says


def test_no_incident_is_said() -> None:
    assert top(TopLineModel(NOW), 40).rstrip() == " No incident"
    quiet = TopLineModel(NOW, level=Level.ROUTINE, score=4, trend=0.2)
    assert top(quiet, 60).rstrip() == " No incident   . ROUTINE   4/100  steady"


def test_a_wide_bottom_line_says_everything() -> None:
    says = bottom(BOTTOM, 130)
    assert says.startswith(
        " UNSAVED   Step closed  ! drop BROKEN 12m  mastodon #acme 40s · rss waits never  2 wait  agent ok  "
    )
    assert says.endswith("  n new  ? help")


def test_a_narrow_bottom_line_keeps_what_matters() -> None:
    assert bottom(BOTTOM, 60).rstrip() == " UNSAVED   Step closed  ! drop BROKEN 12m  2 wait      n new"
    assert bottom(BOTTOM, 24).rstrip() == " UNSAVED   Step closed"
    down = BottomLineModel(agent="no agent", agent_ok=False, message=clean_line("x"), message_kind="error")
    assert bottom(down, 24).rstrip() == " ! x  no agent"


def test_a_long_fault_is_told_in_short_where_the_line_is_narrow() -> None:
    fault = (
        "masto: config.toml, line 8: source 2 lacks its address, which is what tells where it is; write it"
    )
    model = BottomLineModel(
        feeds=(FeedAge(clean_line("masto"), FeedState.UNUSABLE, None),),
        message=clean_line(fault),
        short=clean_line("! masto NOT USABLE: f says why"),
        keys=(("Enter", "read"), ("?", "help")),
    )
    narrow = "".join(part.text for part in arrange(bottom_parts(model, 80), 80))
    assert narrow.startswith(" ! masto NOT USABLE: f says why  ")
    assert narrow.endswith("  Enter read  ? help")
    assert narrow.count("masto") == 1
    wide = "".join(part.text for part in arrange(bottom_parts(model, 160), 160))
    assert fault in wide
    brief = replace(model, message=clean_line("masto: gone"))
    assert "masto: gone" in "".join(part.text for part in arrange(bottom_parts(brief, 80), 80))


@given(SAFE, SAFE, st.integers(1, 140), st.booleans())
def test_hostile_words_fit_any_width(one: str, other: str, width: int, flag: bool) -> None:
    safe, second = clean_line(one), clean_line(other)
    upper = TopLineModel(
        NOW,
        drill=safe if flag else None,
        title=second,
        level=Level.EMERGENCY,
        score=100,
        trend=-3,
        elapsed=timedelta(days=40),
        as_of=NOW,
        clocks=(NearClock(safe, NOW), NearClock(second, NOW - timedelta(days=2))),
    )
    assert cells(top(upper, width)) == width
    lower = BottomLineModel(
        feeds=(FeedAge(safe, FeedState.BROKEN, None),) * 3,
        agent=one,
        agent_ok=flag,
        unsaved=flag,
        message=second,
        message_kind="error",
        keys=((one, other), ("a", one)),
        outbox=other,
    )
    assert cells(bottom(lower, width)) == width


async def test_the_lines_on_a_screen() -> None:
    upper, lower = TopLine(), BottomLine()
    async with showing(upper, lower, size=(80, 2)) as (app, pilot):
        upper.show(TOP)
        lower.show(BOTTOM)
        await pilot.pause()
        assert frame(app) == [top(TOP, 80), bottom(BOTTOM, 80)]
