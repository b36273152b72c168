"""Draws the README's picture: the real dashboard in the middle of a drill.

python scripts/picture.py docs/dashboard.svg
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crisis_tui import __version__
from crisis_tui.terminal import profile

PROFILE = profile.detect({"TERM": "xterm-256color"}, colours="truecolor")
os.environ["TZ"] = "UTC"
profile.apply(PROFILE, os.environ)

from crisis_tui.agent.collect import Collector  # noqa: E402 - textual reads the profile when it is imported
from crisis_tui.agent.judge import judge  # noqa: E402
from crisis_tui.agent.score import catch_up  # noqa: E402
from crisis_tui.dashboard.app import CrisisApp  # noqa: E402
from crisis_tui.dashboard.desk import Desk  # noqa: E402
from crisis_tui.dashboard.keymap import resolved  # noqa: E402
from crisis_tui.dashboard.opening import on_desk  # noqa: E402
from crisis_tui.drills.replay import ReplaySource  # noqa: E402
from crisis_tui.drills.stage import set_up  # noqa: E402
from crisis_tui.paths import resolve  # noqa: E402
from data.library import read  # noqa: E402
from data.models.playbook import CrisisType, StepState  # noqa: E402
from data.store import Store  # noqa: E402
from data.text import SafeText  # noqa: E402

_DRAFT = """We have seen the review about a peeling Ember pan, and we are sorry \
for the answer it got.

We are checking the pan's production code now. If yours peels, stop using it and \
send us the code on its base: help.brindlepan.example

We do not know the cause yet. Next word here at 15:30 UTC.
"""
_START = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
_MINUTES = 95


async def draw(target: Path) -> None:
    """Play the drill to its second hour, act as a crew would, and save what is on the screen."""
    script = read.drill("viral-review")
    with tempfile.TemporaryDirectory() as folder:
        async with Store.open(Path(folder)) as store:
            moment = _START
            time = await set_up(store, script, moment, 1.0)
            source = ReplaySource(script, time.onset, lambda: moment)
            collector = Collector(store, source, lambda: moment, as_posted=True)
            desk = Desk(store, script.drill.watch, SafeText("anna"), script.drill)
            for minute in range(_MINUTES):
                moment = _START + timedelta(minutes=minute)
                await store.standing.set_drill_time(
                    time.model_copy(update={"drill_at": moment, "real_at": None})
                )
                await collector.poll()
                await catch_up(store)
                await judge(store, moment, script.drill.watch)
                if minute == 30:
                    await desk.look()
                    await desk.open_incident("Peeling Ember pan", CrisisType.CUSTOMER_SERVICE)
                if minute in (34, 41, 47, 52):
                    items = (await desk.look()).checklist
                    done = {34: 1, 41: 2, 47: 3, 52: 4}[minute]
                    await desk.move_step(items[done], StepState.DONE, "noted in the log")
            items = (await desk.look()).checklist
            await desk.move_step(items[6], StepState.STARTED)
            desk.writing.typed(_DRAFT)
            await desk.writing.keep()
            await store.standing.beat(os.getpid(), __version__, datetime.now(UTC))
            app = CrisisApp(on_desk(desk, resolve(folder), resolved({})), resolve(folder), PROFILE)
            async with app.run_test(size=(132, 40)) as pilot:
                await pilot.pause(1.0)
                await pilot.press("down", "down")
                app.screen.say("")  # type: ignore[attr-defined]  # the panes have a bottom line
                await pilot.pause(0.5)
                picture = app.export_screenshot(title="crisis-tui drill viral-review")
    target.write_text(re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL), "utf-8")


if __name__ == "__main__":
    asyncio.run(draw(Path(sys.argv[1])))
