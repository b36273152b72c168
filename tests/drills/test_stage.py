"""Drills: their clock, their replay, and that the ones that ship reach what they promise."""

from __future__ import annotations

import gzip
import json
import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis_tui.agent.collect import Collector
from crisis_tui.agent.lock import AgentLock
from crisis_tui.cli.drill import DrillRunsError, prepare
from crisis_tui.drills.clock import DrillClock, left_standing
from crisis_tui.drills.replay import ReplaySource
from crisis_tui.drills.stage import play, put_aside, set_up
from crisis_tui.paths import Paths, resolve
from data.library import folder, read
from data.library.read import DrillScript, LibraryError
from data.models.feed import AgentState
from data.models.level import Level
from data.store import Store
from data.store.standing import DrillTime
from tests.sources.kit import Reading
from tests.store.kit import NOON, fields

SECONDS = st.integers(0, 100_000).map(lambda seconds: timedelta(seconds=seconds))
SPEEDS = st.sampled_from([0.5, 1.0, 24.0, 60.0])
SMALL = """
name = "small"
title = "Small"
brand = "Acme"
type = "reputation"
summary = "Something small."
recording = "small.ndjson.gz"
start_minutes = -2
end_minutes = 10
normal_speed = 60
language = "en"
watch = {}
"""


def clock(speed: float, *, running: bool = True) -> DrillClock:
    return DrillClock(
        DrillTime(name="small", onset=NOON, drill_at=NOON, real_at=NOON if running else None, speed=speed)
    )


def row(seconds: float, number: int, **changes: Any) -> dict[str, Any]:
    found = fields(number, **changes)
    del found["created_at"]
    return found | {"t": seconds}


def write_drill(place: Path, rows: list[Any], script: str = SMALL) -> Path:
    place.mkdir(exist_ok=True)
    path = place / "small.toml"
    path.write_text(script)
    text = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in rows)
    (place / "small.ndjson.gz").write_bytes(gzip.compress(text.encode()))
    return path


@pytest.fixture
def small(tmp_path: Path) -> DrillScript:
    rows = [row(place * 60 - 7_200, place) for place in range(140)]
    return read.drill(str(write_drill(tmp_path / "script", rows)))


@given(SPEEDS, SECONDS, SECONDS)
def test_a_running_clock_runs_at_its_speed(speed: float, start: timedelta, passed: timedelta) -> None:
    drill = clock(speed)
    assert drill.at(NOON + start + passed) - drill.at(NOON + start) == passed * speed
    assert drill.at(NOON - passed) == NOON  # a host clock that went back does not take the drill with it


@given(SPEEDS, SECONDS, SECONDS, SECONDS)
def test_stopping_and_starting_loses_no_time(
    speed: float, ran: timedelta, pause: timedelta, again: timedelta
) -> None:
    stopped = clock(speed).stopped(NOON + ran)
    assert DrillClock(stopped).at(NOON + ran + pause) == NOON + ran * speed
    resumed = DrillClock(DrillClock(stopped).started(NOON + ran + pause))
    assert resumed.at(NOON + ran + pause + again) == NOON + (ran + again) * speed
    assert DrillClock(clock(speed).started(NOON + ran)).at(NOON + ran) == NOON + ran * speed


@given(SPEEDS, SECONDS, SECONDS)
def test_a_clock_whose_agent_was_killed_stands_at_its_last_sign_of_life(
    speed: float, lived: timedelta, later: timedelta
) -> None:
    time = clock(speed).time
    beat = AgentState(pid=1, version="0", beat_at=NOON + lived)
    assert DrillClock(left_standing(time, beat)).at(NOON + lived + later) == NOON + lived * speed
    assert left_standing(time, None).drill_at == NOON
    stopped = clock(speed, running=False).time
    assert left_standing(stopped, beat) == stopped


async def test_a_replay_gives_each_row_once_when_it_is_due(small: DrillScript) -> None:
    now = NOON
    source, reading = ReplaySource(small, NOON, lambda: now), Reading()
    first = await reading.poll(source)
    assert first == [str(n) for n in range(121)]
    assert await reading.poll(source) == []
    now += timedelta(seconds=59)
    assert await reading.poll(source) == []
    now += timedelta(seconds=1)
    resumed = ReplaySource(small, NOON, lambda: now)
    assert await reading.poll(resumed) == ["121"]
    now += timedelta(days=1)
    await reading.poll(resumed)
    assert reading.ids == [str(n) for n in range(140)]
    assert reading.mentions[0].created_at == NOON - timedelta(hours=2)


async def visit(home: Path, script: DrillScript, now: datetime) -> int:
    """Let a process of its own, so to say, replay what is due; returns how many mentions are stored."""
    async with Store.open(home) as store:
        await Collector(store, ReplaySource(script, NOON, lambda: now), lambda: now, as_posted=True).poll()
        return await store.mentions.count()


async def test_resuming_in_a_store_repeats_and_loses_nothing(tmp_path: Path, small: DrillScript) -> None:
    for minutes in (0, 3, 3, 7, 30):
        assert await visit(tmp_path, small, NOON + timedelta(minutes=minutes)) == min(140, 121 + minutes)


async def test_a_drill_that_runs_elsewhere_is_not_begun_anew(tmp_path: Path, small: DrillScript) -> None:
    paths = places(tmp_path)
    place = await prepare(paths, small, speed=1.0, fresh=False)
    lock = AgentLock(place.store)
    assert lock.acquire()
    try:
        with pytest.raises(DrillRunsError, match="quit that one first"):
            await prepare(paths, small, speed=1.0, fresh=True)
        assert await prepare(paths, small, speed=1.0, fresh=False) == place
    finally:
        lock.release()
    assert await prepare(paths, small, speed=1.0, fresh=True) == place
    assert sorted(each.name for each in place.store.parent.iterdir()) == ["small", "small.1"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([row(1, 1), "{"], "can't be read"),
        ([row(1, 1), {"network": "x"}], 'Row 2 of the recording has no "t"'),
        ([["t", 1]], 'Row 1 of the recording has no "t"'),
        ([row(1, 1, network="not one")], "Row 1 of the recording:"),
        ([{"t": "soon"}], 'has no "t"'),
        ([row(1e30, 1)], 'has no "t"'),
    ],
)
def test_a_damaged_recording_is_one_sentence(tmp_path: Path, rows: list[Any], said: str) -> None:
    script = read.drill(str(write_drill(tmp_path / "script", rows)))
    with pytest.raises(LibraryError, match=said):
        ReplaySource(script, NOON, lambda: NOON)


def test_scripts_that_are_wrong_are_one_sentence(tmp_path: Path) -> None:
    path = write_drill(tmp_path / "script", [])
    (tmp_path / "script" / "small.ndjson.gz").unlink()
    with pytest.raises(LibraryError, match="can't be read"):
        list(read.drill(str(path)).rows())
    for wrong in ('recording = "../x"', "end_minutes = -9", "normal_speed = 0", "extra = 1", "= 1"):
        name = wrong.split(" ")[0]
        kept = [each for each in SMALL.splitlines() if not each.startswith(f"{name} =")]
        path.write_text("\n".join([wrong, *kept]))
        with pytest.raises(LibraryError, match=r"small\.toml"):
            read.drill(str(path))
    with pytest.raises(LibraryError, match='no drill "nonsense"; there are: data-breach, viral-review'):
        read.drill("nonsense")
    with pytest.raises(LibraryError, match="no drill"):
        read.drill("../drills/viral-review")


def places(tmp_path: Path) -> Paths:
    return resolve(str(tmp_path / "home"))


async def test_a_drill_has_a_store_of_its_own(tmp_path: Path, small: DrillScript) -> None:
    paths = places(tmp_path)
    place = await prepare(paths, small, speed=1.0, fresh=False)
    assert place.store != paths.store
    assert not (paths.store / "crisis.db").exists()
    async with Store.open(paths.store) as store:
        assert await store.mentions.count() == 0
        assert await store.standing.drill_time() is None
    async with Store.open(place.store) as store:
        assert await store.mentions.count() == 119  # the quiet history up to two minutes before


async def test_a_drill_is_taken_up_where_it_was_left(tmp_path: Path, small: DrillScript) -> None:
    paths = places(tmp_path)
    place = await prepare(paths, small, speed=1.0, fresh=False)
    async with Store.open(place.store) as store:
        time = await store.standing.drill_time()
        assert time is not None
        left = time.model_copy(update={"drill_at": time.drill_at + timedelta(minutes=5)})
        await store.standing.set_drill_time(left)
    await prepare(paths, small, speed=2.0, fresh=False)
    async with Store.open(place.store) as store:
        assert await store.standing.drill_time() == left.model_copy(update={"speed": 120.0})


async def test_a_drill_that_was_killed_is_not_over_and_does_not_jump(
    tmp_path: Path, small: DrillScript
) -> None:
    paths = places(tmp_path)
    place = await prepare(paths, small, speed=1.0, fresh=False)
    async with Store.open(place.store) as store:
        time = await store.standing.drill_time()
        assert time is not None
        began = time.drill_at - timedelta(days=1)
        await store.standing.set_drill_time(time.model_copy(update={"real_at": began}))
        await store.standing.beat(1, "0", began + timedelta(seconds=3))
    await prepare(paths, small, speed=4.0, fresh=False)
    async with Store.open(place.store) as store:
        found = await store.standing.drill_time()
        assert found is not None
        assert (found.drill_at - time.drill_at, found.real_at) == (timedelta(minutes=3), None)
    assert sorted(each.name for each in place.store.parent.iterdir()) == ["small"]


async def test_the_speed_of_a_running_drill_is_its_own(tmp_path: Path, small: DrillScript) -> None:
    async with Store.open(tmp_path / "store") as store:
        time = await set_up(store, small, NOON, 1.0)
        running = time.model_copy(update={"real_at": NOON})
        await store.standing.set_drill_time(running)
        assert await set_up(store, small, NOON, 9.0) == running


def test_old_runs_are_kept_under_the_next_number(tmp_path: Path) -> None:
    paths = places(tmp_path)
    put_aside(paths, "small")
    for number in (1, 2, 3):
        store = paths.drill("small").store
        store.mkdir(parents=True)
        (store / "mark").write_text(str(number))
        put_aside(paths, "small")
        assert (store.with_name(f"small.{number}") / "mark").read_text() == str(number)


async def test_a_small_drill_is_scored(tmp_path: Path) -> None:
    expect = '[[expect]]\nlevel = {level}\nby_minutes = {minutes}\nwhy = "so"\n'
    script = SMALL + expect.format(level=1, minutes=9) + expect.format(level=4, minutes=9)
    burst = [row(place, 1_000 + place, text="this is awful, terrible, the worst") for place in range(300)]
    path = write_drill(
        tmp_path / "script", [*(row(place * 60 - 36_000, place) for place in range(600)), *burst], script
    )
    told: list[Level] = []
    outcome = await play(tmp_path / "store", read.drill(str(path)), lambda moment: told.append(moment.level))
    assert [each.level for each in outcome.levels] == told
    assert told[0] == Level.ROUTINE
    assert told == sorted(set(told))
    assert (outcome.mentions, outcome.score) == (900, 50)
    assert [each.in_time for each in outcome.expectations] == [True, False]


@pytest.mark.slow
@pytest.mark.parametrize("name", read.drill_names())
async def test_the_drills_that_ship_reach_what_they_promise(tmp_path: Path, name: str) -> None:
    outcome = await play(tmp_path / "store", read.drill(name))
    wanted = tomllib.loads((folder("drills") / f"{name}.toml").read_text("utf-8"))["expect"]
    assert [(each.level, each.by_minutes) for each in outcome.expectations] == [
        (each["level"], each["by_minutes"]) for each in wanted
    ]
    assert all(each.in_time for each in outcome.expectations)
    assert outcome.score == 100
    assert outcome.levels[0].level == Level.ROUTINE
    assert outcome.levels[0].minute < 0
    levels = [each.level for each in outcome.levels]
    assert levels == sorted(set(levels)), "levels only rise while nobody lowers them"
    async with Store.open(tmp_path / "store") as store:
        rows = sum(1 for _ in read.drill(name).rows())
        assert await store.mentions.count() == outcome.mentions == rows
        assert (await store.events.verify()).ok
        assert (await store.events.rebuild_check()).ok
