"""A rise rings the terminal of who looks elsewhere: once, and not again within the cool-down."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path

from crisis_tui.response.acts import lower_level, raise_level
from crisis_tui.who import actor
from data.models.event import NewEvent
from data.models.level import Level
from data.store import Store
from tests.dashboard.program import PATIENCE, fill, home, many, program
from tests.pty.harness import Terminal

_NOTICE = re.compile(rb"\x1b\](9|777);([^\x07]*)\x07")


def act(place: Path, event: NewEvent, by: str) -> None:
    async def work() -> None:
        async with Store.open(place) as store:
            await store.events.append([event], by, datetime.now(UTC))

    asyncio.run(work())


def rise(place: Path, before: Level, after: Level, reason: str, by: str = "somebody else") -> None:
    act(place, raise_level(before, after, reason), by)


def fall(place: Path, before: Level, after: Level) -> None:
    act(place, lower_level(before, after, "calm", actor="ana", held=after, proposal=None), "ana")


def rung(terminal: Terminal) -> tuple[int, list[bytes]]:
    """How often the bell was rung, and the notices."""
    sent = bytes(terminal.output)
    bells = re.sub(rb"\x1b\][^\x07]*\x07", b"", sent).count(b"\x07")
    return bells, [match[2] for match in _NOTICE.finditer(sent)]


def test_a_rise_rings_once_and_going_higher_rings_again(tmp_path: Path) -> None:
    place = home(tmp_path / "home")
    fill(place, many(60, 1))
    rise(place, Level.ROUTINE, Level.EMERGENT, "what stood before it opened")
    with program(place, TERM_PROGRAM="WezTerm") as terminal:
        assert rung(terminal) == (0, [])
        rise(place, Level.EMERGENT, Level.INCIDENT, "first reason")
        terminal.wait_for_text("The level rose to Incident: first reason", seconds=PATIENCE)
        terminal.wait_for(lambda: rung(terminal) == (1, [b"notify;crisis-tui;Incident"]))
        terminal.wait_for_text("! INCIDENT", seconds=PATIENCE)
        fall(place, Level.INCIDENT, Level.EMERGENT)
        terminal.wait_for_text("+ EMERGENT ISSUE", seconds=PATIENCE)
        rise(place, Level.EMERGENT, Level.INCIDENT, "second reason")
        terminal.wait_for_text("second reason", seconds=PATIENCE)
        terminal.settle()
        assert rung(terminal)[0] == 1, "the cool-down"
        rise(place, Level.INCIDENT, Level.CRISIS, "third reason")
        terminal.wait_for_text("third reason", seconds=PATIENCE)
        terminal.wait_for(
            lambda: rung(terminal) == (2, [b"notify;crisis-tui;Incident", b"notify;crisis-tui;Crisis"])
        )
        rise(place, Level.CRISIS, Level.EMERGENCY, "by hand", by=str(actor()))
        terminal.wait_for_text("EMERGENCY", seconds=PATIENCE)
        terminal.settle()
        assert rung(terminal)[0] == 2, "who raised it sees it"
        terminal.settle()
        shown = terminal.text()
        terminal.send("ctrl+l")
        terminal.settle()
        assert terminal.text() == shown, "nothing of it stands on the screen"
        terminal.send("ctrl+q")
        assert terminal.wait_for_exit() == 0


def test_the_console_gets_the_bell_alone_and_nothing_where_it_is_switched_off(tmp_path: Path) -> None:
    for name, settings, bells in (("on", "notice = 'osc9'", 1), ("off", "bell = false\nnotice = 'none'", 0)):
        place = home(tmp_path / name)
        fill(place, many(60, 1))
        (place / "config.toml").write_text(f"[alert]\n{settings}\n")
        with program(place, TERM="linux" if bells else "xterm-kitty") as terminal:
            rise(place, Level.ROUTINE, Level.INCIDENT, "first reason")
            terminal.wait_for_text("first reason", seconds=PATIENCE)
            terminal.settle()
            assert rung(terminal) == (bells, [])
