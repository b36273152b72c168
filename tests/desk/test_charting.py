"""What the chart is told: the span that was chosen, and what was done in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from crisis_tui.dashboard.charting import SPANS, marks
from crisis_tui.response.acts import lower_level, raise_level
from data.models.level import Level
from data.store import Store
from tests.desk.test_desk import desk
from tests.store.kit import NOON, mention

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store.open(tmp_path) as store:
        yield store


async def rise(store: Store, before: Level, after: Level, minutes: int, by: str = "agent") -> None:
    """Raise the level so many minutes before noon."""
    await store.events.append([raise_level(before, after, "score")], by, NOON - minutes * MINUTE)


async def test_zoom_goes_around_the_spans_both_ways(store: Store) -> None:
    await store.mentions.add([mention(1, created_at=(NOON - timedelta(days=3)).isoformat())], NOON)
    anna = desk(store)
    await anna.look()
    seen = []
    for by in (1, 1, 1, 1, -1, -1):
        said = anna.zoom(by)
        shown = await anna.look()
        assert said == f"The chart shows {shown.span_words.removeprefix('in ')}."
        width = shown.bars[1].start - shown.bars[0].start
        seen.append((shown.span_words, len(shown.bars) * width, sum(bar.mentions for bar in shown.bars)))
        assert shown.bars[-1].start + width == NOON + MINUTE
    day, week = ("in 24 h", timedelta(days=1), 0), ("in 7 d", timedelta(days=7), 1)
    hour, six = ("in 1 h", timedelta(hours=1), 0), ("in 6 h", timedelta(hours=6), 0)
    assert seen == [day, week, hour, six, hour, week]


async def test_what_was_chosen_holds_for_the_past_too(store: Store) -> None:
    anna = desk(store)
    anna.as_of = NOON - timedelta(days=2)
    assert (await anna.look()).span_words == "in 24 h"
    anna.zoom(1)
    shown = await anna.look()
    assert shown.span_words == "in 7 d"
    assert shown.bars[-1].start == anna.as_of + MINUTE - timedelta(hours=1)
    anna.as_of = None
    assert (await anna.look()).span_words == "in 7 d"


def test_every_span_is_as_long_as_it_says() -> None:
    units = {"h": timedelta(hours=1), "d": timedelta(days=1)}
    for span in SPANS:
        number, unit = span.words.split(" ")
        assert span.bars * span.bar_minutes * MINUTE == int(number) * units[unit]


async def test_statements_and_moves_are_marked_as_they_stood_then(store: Store) -> None:
    anna = desk(store, moment=NOON - 20 * MINUTE)
    await rise(store, Level.ROUTINE, Level.INCIDENT, 300)
    await rise(store, Level.INCIDENT, Level.CRISIS, 90)
    # Another agent that had not seen it raised to a level that stood already: nothing moved.
    await rise(store, Level.ROUTINE, Level.INCIDENT, 80)
    anna.writing.typed("We are looking into it.")
    await anna.writing.save()
    proposed = lower_level(
        Level.CRISIS, Level.INCIDENT, "calm", actor="anna", held=Level.ROUTINE, proposal=None
    )
    await store.events.append([proposed], "anna", NOON - 12 * MINUTE)
    lowered = lower_level(
        Level.CRISIS,
        Level.INCIDENT,
        "calm",
        actor="berta",
        held=Level.ROUTINE,
        proposal=await store.incidents.proposal(),
    )
    await store.events.append([lowered], "berta", NOON - 10 * MINUTE)

    def told(found: object) -> list[tuple[float, str, str]]:
        assert isinstance(found, tuple)
        return [((NOON - each.at) / MINUTE, each.kind, each.words) for each in found]

    up = [(300.0, "up", "up to Incident"), (90.0, "up", "up to Crisis")]
    rest = [(20.0, "statement", "statement saved by anna"), (10.0, "down", "down to Incident")]
    anna.clock = desk(store).clock
    assert told((await anna.look()).marks) == [*up, *rest]
    anna.zoom(-1)
    assert told((await anna.look()).marks) == rest
    anna.zoom(1)
    anna.as_of = NOON - 60 * MINUTE
    assert told((await anna.look()).marks) == up
    assert told(await marks(store, NOON - 15 * MINUTE, NOON - 10 * MINUTE)) == rest[1:]
