"""`crisis-tui drill`: a scripted crisis on the real screens, or headless."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from crisis_tui.cli._run import DONE, NO, complain, places, print_json, say
from crisis_tui.drills.stage import LevelMoment, Outcome
from crisis_tui.paths import Paths
from data.library.read import DrillScript

HELP = "run a drill: the real screens on a scripted crisis; without NAME it lists them"


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.1 <= speed <= 600:
        raise argparse.ArgumentTypeError(f"{text} is no speed; write a number from 0.1 to 600")
    return speed


def arguments(parser: argparse.ArgumentParser) -> None:
    """NAME, --speed, --fresh, --headless and --json."""
    parser.add_argument("name", metavar="NAME", nargs="?", help="a shipped drill, or a drill's TOML file")
    parser.add_argument(
        "--speed", metavar="N", type=_speed, default=1.0, help="times the drill's own speed (1)"
    )
    parser.add_argument("--fresh", action="store_true", help="begin anew; the last run is kept beside it")
    parser.add_argument("--headless", action="store_true", help="no screen: print the levels and a score")
    parser.add_argument("--json", action="store_true", help="with --headless: print as JSON")


def clock_words(minute: float) -> str:
    """Minutes from onset as T+1h05 or T-0h05."""
    whole = round(abs(minute))
    return f"T{'-' if minute < 0 else '+'}{whole // 60}h{whole % 60:02}"


def _tell(level: LevelMoment) -> None:
    say(
        f"{clock_words(level.minute):8} {level.level.glyph:3} {level.word:14} "
        f"score {level.score:3.0f}  {level.reason}"
    )


def _headless(script: DrillScript, as_json: bool) -> int:
    from crisis_tui.drills.stage import play

    with tempfile.TemporaryDirectory(prefix="crisis-tui-drill-") as folder:
        outcome: Outcome = asyncio.run(play(Path(folder) / "store", script, None if as_json else _tell))
    if as_json:
        print_json({"drill_mode": True, **outcome.model_dump(mode="json")})
        return DONE
    for each in outcome.expectations:
        met = f"met at {clock_words(each.met_at)}" if each.met_at is not None else "not met"
        say(f"expected {each.level.word} by {clock_words(each.by_minutes)}: {met}")
    say(f"DRILL {outcome.drill}: {outcome.mentions:,} mentions, score {outcome.score} of 100")
    return DONE


class DrillRunsError(Exception):
    """The drill runs in another dashboard; `str()` is one sentence."""


async def prepare(paths: Paths, script: DrillScript, *, speed: float, fresh: bool) -> Paths:
    """Set the drill up, or take up where it was left; returns the places of its own store.

    Raises:
        DrillRunsError: it is to begin anew while somebody else is in it.
        StoreError: its store can't be used.
    """
    from crisis_tui.agent.lock import held
    from crisis_tui.drills.clock import left_standing
    from crisis_tui.drills.stage import put_aside, set_up
    from data.store import Store

    place = paths.drill(script.drill.name)
    running = held(place.store)
    if fresh and running:
        raise DrillRunsError(
            "This drill runs in another dashboard; quit that one first, or leave out --fresh."
        )
    if fresh:
        put_aside(paths, script.drill.name)
    if running:
        return place
    async with Store.open(place.store) as store:
        time = await store.standing.drill_time()
        if time is not None:
            await store.standing.set_drill_time(left_standing(time, await store.standing.agent()))
        await set_up(store, script, datetime.now(UTC), speed)
    return place


def run(options: argparse.Namespace) -> int:
    """List, play headless, or open the dashboard on a drill."""
    from data.library import read

    if options.name is None:
        for name in read.drill_names():
            drill = read.drill(name).drill
            say(f"{name:16} {drill.title} - {drill.brand}, {drill.type.words}")
        say("Run one with: crisis-tui drill NAME")
        return DONE
    script = read.drill(options.name)
    if options.headless:
        return _headless(script, options.json)
    if options.json:
        complain("--json goes with --headless.")
        return NO
    from crisis_tui.cli.dashboard import open_dashboard

    paths = places(options)
    try:
        place = asyncio.run(prepare(paths, script, speed=options.speed, fresh=options.fresh))
    except DrillRunsError as error:
        complain(str(error))
        return NO
    return open_dashboard(options, place, script.drill)
