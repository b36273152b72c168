"""Sets a drill up in a store of its own, plays it, and scores what was reached."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crisis_tui.agent.collect import Collector
from crisis_tui.agent.judge import Judge
from crisis_tui.agent.score import MentionReader, catch_up
from crisis_tui.drills.replay import ReplaySource
from crisis_tui.paths import Paths
from crisis_tui.response.acts import state_fact
from data.library.read import DrillScript
from data.models.base import Model
from data.models.level import Level
from data.store import Store
from data.store.standing import DrillTime

STEP = timedelta(minutes=1)
"""How far the clock of a headless drill moves before each assessment."""


STAND_IN = "stand-in"
"""The actor of what is stated for a crew that is not there."""


class LevelMoment(Model):
    """The level from a moment on; `minute` counts from onset."""

    minute: float
    level: Level
    word: str
    score: float
    reason: str


class Met(Model):
    """One expectation of the script, and when it was met, if it was."""

    level: Level
    by_minutes: float
    why: str
    met_at: float | None

    @property
    def in_time(self) -> bool:
        """True if it was met no later than expected."""
        return self.met_at is not None and self.met_at <= self.by_minutes


class Outcome(Model):
    """A headless drill: the timeline of levels, and the share of expectations met in time, 0 to 100."""

    drill: str
    mentions: int
    levels: tuple[LevelMoment, ...]
    expectations: tuple[Met, ...]
    score: int


async def set_up(store: Store, script: DrillScript, now: datetime, speed: float) -> DrillTime:
    """Anchor a drill to now, with its quiet history already stored; its clock stands until an agent runs.

    A store that holds this drill already is left as it is, but for the speed of a clock that stands.
    """
    time = await store.standing.drill_time()
    if time is not None and time.real_at is not None:
        return time
    if time is not None:
        time = time.model_copy(update={"speed": speed * script.drill.normal_speed})
        await store.standing.set_drill_time(time)
        return time
    onset = now - timedelta(minutes=script.drill.start_minutes)
    time = DrillTime(
        name=script.reference,
        onset=onset,
        drill_at=now,
        real_at=None,
        speed=speed * script.drill.normal_speed,
    )
    await store.standing.set_drill_time(time)
    await Collector(store, ReplaySource(script, onset, lambda: now), lambda: now, as_posted=True).poll()
    await catch_up(store)
    return time


def put_aside(paths: Paths, name: str) -> None:
    """Keep a finished or unwanted run beside the new one, under the next free number."""
    folder = paths.drill(name).store
    if not folder.exists():
        return
    number = 1
    while (target := folder.with_name(f"{name}.{number}")).exists():
        number += 1
    folder.rename(target)


async def play(
    folder: Path, script: DrillScript, told: Callable[[LevelMoment], None] | None = None
) -> Outcome:
    """Play a drill in a new store as fast as it can be scored, assessing every drill minute.

    Args:
        told: called with each new level as it is reached.
    """
    started = datetime.now(UTC).replace(second=0, microsecond=0)
    moment = started
    async with Store.open(folder) as store:
        time = await set_up(store, script, started, 1.0)
        onset = time.onset
        source = ReplaySource(script, onset, lambda: moment)
        collector = Collector(store, source, lambda: moment, as_posted=True)
        reader, judge = MentionReader(store), Judge(store, script.drill.watch)
        levels: list[LevelMoment] = []
        while moment < onset + timedelta(minutes=script.drill.end_minutes):
            before, moment = moment, moment + STEP
            for each in script.drill.stand_in:
                if before < onset + timedelta(minutes=each.at_minutes) <= moment:
                    await store.events.append([state_fact(each.fact, True, each.reason)], STAND_IN, moment)
            await collector.poll()
            await reader.catch_up()
            assessment = await judge.judge(moment)
            if not levels or assessment.level != levels[-1].level:
                levels.append(
                    LevelMoment(
                        minute=(moment - onset).total_seconds() / 60,
                        level=assessment.level,
                        word=assessment.word,
                        score=assessment.score,
                        reason=f"{assessment.by}: {assessment.reason}",
                    )
                )
                if told is not None:
                    told(levels[-1])
            await asyncio.sleep(0)
        mentions = await store.mentions.count()
    expectations = tuple(
        Met(
            level=each.level,
            by_minutes=each.by_minutes,
            why=each.why,
            met_at=next((reached.minute for reached in levels if reached.level >= each.level), None),
        )
        for each in script.drill.expect
    )
    kept = sum(each.in_time for each in expectations)
    score = round(100 * kept / len(expectations)) if expectations else 100
    return Outcome(
        drill=script.drill.name,
        mentions=mentions,
        levels=tuple(levels),
        expectations=expectations,
        score=score,
    )
