"""The real program in a real terminal, on stores that are built here."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crisis_tui.agent.lock import held
from crisis_tui.response import acts
from data.library import read
from data.models.level import Level
from data.models.mention import Mention
from data.models.playbook import CrisisType
from data.store import Store
from tests.dashboard.harness import arrive, spread
from tests.pty.harness import Terminal

PROGRAM = [sys.executable, "-m", "crisis_tui"]
KEYS = {"home": "\x1b[H", "end": "\x1b[F", "escape": "\x1b", "pageup": "\x1b[5~"}
PATIENCE = 30.0


def home(folder: Path) -> Path:
    """A folder with settings, so that no drill is offered."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text('organisation = "Brightpan"\n')
    return folder


@contextlib.contextmanager
def program(
    place: Path,
    columns: int = 120,
    rows: int = 40,
    /,
    *,
    argv: Sequence[str] = PROGRAM,
    waits_for: str = "1 FEED",
    **env: str,
) -> Iterator[Terminal]:
    """The dashboard on a home, with its agent alive and all of it painted."""
    with Terminal([*argv, "--home", str(place)], columns, rows, env={"TZ": "UTC", **env}) as terminal:
        terminal.wait_for_text(waits_for, seconds=PATIENCE)
        terminal.wait_for(lambda: agent_of(place) is not None, PATIENCE)
        terminal.wait_for(
            lambda: "/100" in terminal.text() and "agent starting" not in terminal.text(), PATIENCE
        )
        terminal.settle()
        yield terminal


def fill(place: Path, posts: Sequence[Mention], *, incident: bool = False) -> None:
    """A store with posts that are read already and, if wanted, an incident that is open for a while."""

    async def work() -> None:
        now = datetime.now(UTC)
        async with Store.open(place) as store:
            for first in range(0, len(posts), 5_000):
                await arrive(store, posts[first : first + 5_000], now)
            if incident:
                opened = now.replace(second=0, microsecond=0) - timedelta(minutes=95)
                events = acts.open_incident(
                    "Handles of the Ember pan come off and people burn their hands",
                    CrisisType.CUSTOMER_SERVICE,
                    Level.INCIDENT,
                    detected_at=opened,
                    now=opened,
                    playbook=read.playbook(CrisisType.CUSTOMER_SERVICE),
                )
                await store.events.append(events, "ana", opened)

    asyncio.run(work())


def many(number: int, days: float = 60) -> list[Mention]:
    """Posts up to a few minutes ago."""
    end = datetime.now(UTC) - timedelta(minutes=3)
    return spread(1, number, end - timedelta(days=days), end)


def agent_of(place: Path) -> int | None:
    """The process of the agent that has the store now."""
    if not held(place):
        return None
    with contextlib.closing(sqlite3.connect(f"file:{place / 'mentions.db'}?mode=ro", uri=True)) as connection:
        row = connection.execute("SELECT pid FROM agent").fetchone()
    return int(row[0]) if row and lives(row[0]) else None


def lives(pid: int) -> bool:
    """Is there a process of that number that has not ended?"""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    except (OSError, IndexError):
        state = "?"
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 0)
    return state not in ("Z", "X")


def early_in_a_minute(terminal: Terminal, seconds: float) -> None:
    """Wait until the next `seconds` hold no new minute, since times on the screen move with it."""
    while not 7 <= time.time() % 60 <= 59 - seconds:
        terminal.pump(0.2)
    terminal.settle()
