"""However the dashboard ends, what was typed and saved is there, and somebody collects."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from pathlib import Path

import pytest

from data.models.statement import Draft, Revision
from data.store import Store
from tests.dashboard.program import KEYS, PATIENCE, agent_of, fill, home, lives, many, program
from tests.pty.harness import Terminal

LOST_S = 0.25
TEXT = "We know that handles of the Ember pan have come loose. Please stop using yours for now. " * 2


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A home with a few posts."""
    place = home(tmp_path / "home")
    fill(place, many(30, 1))
    return place


def kept(place: Path) -> list[Draft]:
    """The drafts in the store."""

    async def read() -> list[Draft]:
        from crisis_tui.who import actor

        async with Store.open(place) as store:
            return await store.drafts.of(actor())

    return asyncio.run(read())


def saved(place: Path) -> list[Revision]:
    """The saved statements; the log proves itself."""

    async def read() -> list[Revision]:
        async with Store.open(place) as store:
            assert (await store.events.verify()).ok
            return list(await store.incidents.statements(None))

    return asyncio.run(read())


def type_until(terminal: Terminal, text: str, seconds: float) -> list[tuple[float, int]]:
    """Type for some seconds; (moment, how many characters were on the screen by then)."""
    seen: list[tuple[float, int]] = []
    until = time.monotonic() + seconds
    sent = 0
    while time.monotonic() < until and sent < len(text):
        terminal.send(text[sent])
        sent += 1
        pause = min(time.monotonic() + 0.03, until)
        while (left := pause - time.monotonic()) > 0:
            if terminal.pump(left):
                seen.append((time.monotonic(), shown(terminal)))
    return seen


def shown(terminal: Terminal) -> int:
    """How many characters the foot of the editor counts."""
    found = [line for line in terminal.text().splitlines() if " characters" in line or " character " in line]
    words = found[-1].split(",")[-1].split() if found else ["0"]
    return int(words[0]) if words[0].isdigit() else 0


@pytest.mark.slow
def test_a_kill_loses_a_quarter_of_a_second_at_most(place: Path) -> None:
    seed = int(os.environ.get("CRISIS_TUI_SEED", random.randrange(10**6)))
    print(f"seed {seed}")
    moments = random.Random(seed)
    for mark in "ABCD":
        text = mark + TEXT
        with program(place) as terminal:
            terminal.send("N")
            terminal.wait_for(lambda t=terminal: "▌4 STATEMENT" in t.text() and shown(t) == 0)  # type: ignore[misc]
            terminal.settle()
            seen = type_until(terminal, text, moments.uniform(0.6, 2.5))
            terminal.process.kill()
            ended = time.monotonic()
            terminal.process.wait(10)
        promised = max((count for at, count in seen if at <= ended - LOST_S), default=0)
        texts = [draft.text for draft in kept(place) if draft.text.startswith(mark)]
        print(f"{mark}: {promised} promised, {max(map(len, texts), default=0)} kept")
        assert all(text.startswith(kept_text) for kept_text in texts)
        assert max(map(len, texts), default=0) >= promised, (seed, promised, texts)


def test_a_saved_revision_survives_a_kill_and_the_draft_is_offered(place: Path) -> None:
    with program(place) as terminal:
        terminal.send("4", "First line.")
        terminal.wait_for_text("First line.")
        terminal.send("\x12")
        terminal.wait_for_text("Saved as revision")
        terminal.process.kill()
        terminal.process.wait(10)
    assert [revision.text for revision in saved(place)] == ["First line."]
    with program(place) as terminal:
        terminal.wait_for_text("First line.", "revision ")
        terminal.send("4", "\x1b[1;5F", " Second.")
        terminal.wait_for_text("draft kept")
        terminal.wait_for(lambda: any("Second." in draft.text for draft in kept(place)))
        terminal.process.kill()
        terminal.process.wait(10)
    with program(place) as terminal:
        terminal.wait_for_text("is back; ^R saves it as a revision.", "Second.")
    assert [revision.text for revision in saved(place)] == ["First line."]


@pytest.mark.parametrize("signum", [signal.SIGHUP, signal.SIGTERM])
def test_a_signal_keeps_every_character_and_gives_the_terminal_back(
    place: Path, signum: signal.Signals
) -> None:
    with program(place) as terminal:
        agent = agent_of(place)
        assert agent is not None
        terminal.send("4", "Typed until the line dropped")
        terminal.wait_for_text("line dropped")
        terminal.signal(signum)
        assert terminal.wait_for_exit(6) == 128 + signum
        assert terminal.output.endswith(b"\x1b[?1049l\x1b[?25h")
        assert terminal.restored()
        terminal.wait_for(lambda: not lives(agent), PATIENCE)
    assert [draft.text for draft in kept(place)] == ["Typed until the line dropped"]


def test_a_terminal_that_is_gone_ends_it_all(place: Path) -> None:
    with program(place) as terminal:
        agent = agent_of(place)
        assert agent is not None
        terminal.send("4", "Typed until the lid closed")
        terminal.wait_for_text("lid closed")
        terminal.hang_up()
        assert terminal.process.wait(6) == 128 + signal.SIGHUP
        until = time.monotonic() + PATIENCE
        while lives(agent):
            assert time.monotonic() < until, "the agent outlives its dashboard"
            os.sched_yield()
    assert [draft.text for draft in kept(place)] == ["Typed until the lid closed"]


@pytest.mark.slow
def test_after_a_kill_another_dashboard_starts_the_next_agent(place: Path) -> None:
    with program(place) as first:
        agent = agent_of(place)
        assert agent is not None
        with program(place) as second:
            assert agent_of(place) == agent
            first.process.kill()
            first.process.wait(10)
            second.wait_for(lambda: not lives(agent), PATIENCE)
            ended = time.monotonic()
            second.wait_for(lambda: agent_of(place) not in (None, agent), PATIENCE)
            print(f"the next agent after {time.monotonic() - ended:.1f} s")
            assert time.monotonic() - ended < 5
            second.wait_for_text("1 FEED")
            assert second.process.poll() is None


def test_quitting_ends_the_agent_and_keeps_the_draft(place: Path) -> None:
    with program(place) as terminal:
        agent = agent_of(place)
        assert agent is not None
        terminal.send("4", "Not done")
        terminal.wait_for_text("Not done")
        terminal.send("ctrl+q")
        assert terminal.wait_for_exit() == 0
        assert terminal.restored()
        assert not lives(agent)
    assert [draft.text for draft in kept(place)] == ["Not done"]
    with program(place) as terminal:
        terminal.wait_for_text("is back", "Not done")
        terminal.send("4", KEYS["escape"])
        terminal.wait_for_text("▌1 FEED")
