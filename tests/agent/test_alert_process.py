"""Alerts of a real agent: a command, a server that fails, kill -9, a drill, and the test command."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crisis_tui.agent.lock import held
from crisis_tui.response.acts import raise_level, state_fact
from data.models.event import NewEvent
from data.models.fact import Fact
from data.models.level import Level
from data.store import Store
from tests.agent.pager import pager
from tests.store.kit import cli, number, python, rows, start, wait_for

HOOK = "import os, sys; open(sys.argv[1], 'a').write(os.environ['CRISIS_TUI_LEVEL'] + ' ' + sys.stdin.read())"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes of a test, ended with it."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def configure(home: Path, **alert: object) -> None:
    lines = (f"{key} = {json.dumps(value)}" for key, value in alert.items())
    (home / "config.toml").write_text("\n".join(["[alert]", *lines, ""]))


def hook(target: Path) -> list[str]:
    return [sys.executable, "-c", HOOK, str(target)]


def act(store: Path, *events: NewEvent) -> None:
    async def work() -> None:
        async with Store.open(store) as opened:
            await opened.events.append(events, "ana", datetime.now(UTC))

    asyncio.run(work())


def place(home: Path) -> dict[str, dict[str, object]]:
    """What the agent keeps of its ways."""
    found = rows(home / "mentions.db", "SELECT value FROM cursors WHERE name = 'alerts'")
    return dict(json.loads(found[0][0])["ways"]) if found else {}


def begin(home: Path, started: list[subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    process = start(home, "agent")
    started.append(process)
    pid = "SELECT pid FROM agent"
    wait_for(lambda: held(home) and number(home / "mentions.db", pid) == process.pid, "the agent runs")
    return process


def test_a_command_is_told_of_a_rise_that_the_agent_made(
    home: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    target = home / "told"
    act(home, raise_level(Level.ROUTINE, Level.EMERGENT, "before there was a pager"))
    configure(home, command=hook(target))
    begin(home, started)
    act(home, state_fact(Fact.EXPOSED, True, "a mail of Jane Doe"))
    wait_for(lambda: target.exists() and target.read_text().endswith("\n"), "the command ran")
    level, _, document = target.read_text().partition(" ")
    alert = json.loads(document)
    ((event,),) = rows(
        home / "crisis.db", "SELECT id FROM events WHERE kind = 'level.raised' AND actor = 'agent'"
    )
    assert (level, alert["id"], alert["by"]) == ("Crisis", event, "floor")
    assert (alert["test"], alert["before"], alert["number"]) == (False, "Emergent issue", 3)
    assert "Jane" not in document
    assert target.read_text().count("\n") == 1


def test_a_server_that_fails_is_tried_until_it_takes_the_alert_once(
    home: Path, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGER_KEY", "a-secret-of-two-and-thirty-bytes")
    with pager(500, 503) as server:
        monkeypatch.setenv("PAGER_URL", server.url)
        # A command that hangs holds up neither the webhook nor the assessment.
        configure(home, webhook="env:PAGER_URL", webhook_secret="env:PAGER_KEY", command=["sleep", "600"])
        begin(home, started)
        act(home, raise_level(Level.ROUTINE, Level.INCIDENT, "secret words"))
        wait_for(lambda: server.taken, "it was taken at the third attempt")
        assert [each.status for each in server.heard] == [500, 503, 200]
        assert len({each.alert["id"] for each in server.heard}) == 1
        assert all(each.signed("a-secret-of-two-and-thirty-bytes") for each in server.heard)
        wait_for(lambda: not place(home)["webhook"]["waiting"], "that is kept")
        assert place(home)["command"]["waiting"], "the other one hangs still"
        act(home, state_fact(Fact.EXPOSED, True, "a mail"))
        wait_for(lambda: len(server.taken) == 2, "a higher level is told at once")
        assert server.taken[1]["level"] == "Crisis"
        stored = b"".join(each.read_bytes() for each in home.glob("*.db*"))
        assert b"T0KEN-T0KEN" not in stored


def test_an_agent_that_was_killed_delivers_after_its_restart_what_was_not_delivered(
    home: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    with pager(then=500) as server:
        configure(home, webhook=server.url)
        first = begin(home, started)
        act(home, raise_level(Level.ROUTINE, Level.CRISIS, "as it is"))
        wait_for(lambda: server.heard, "the first attempt")
        first.kill()
        first.wait()
        assert not server.taken
        server.then = 200
        second = begin(home, started)
        wait_for(lambda: server.taken, "the one that was not delivered")
        wait_for(lambda: not place(home)["webhook"]["waiting"], "that is kept")
        assert {each.alert["id"] for each in server.heard} == {server.taken[0]["id"]}
        second.kill()
        second.wait()
        begin(home, started)
        act(home, raise_level(Level.CRISIS, Level.EMERGENCY, "worse"))
        wait_for(lambda: len(server.taken) > 1, "the next one")
        assert [each["level"] for each in server.taken] == ["Crisis", "Emergency"], "none came twice"


def test_a_pager_is_taken_up_while_the_agent_runs(home: Path, started: list[subprocess.Popen[bytes]]) -> None:
    begin(home, started)
    act(home, raise_level(Level.ROUTINE, Level.EMERGENT, "before there was a pager"))
    configure(home, command=hook(home / "told"))
    wait_for(lambda: "command" in place(home), "the command is known")
    act(home, raise_level(Level.EMERGENT, Level.INCIDENT, "after"))
    wait_for((home / "told").exists, "the command ran")
    assert (home / "told").read_text().startswith("Incident ")


def test_nothing_leaves_a_drill(home: Path, started: list[subprocess.Popen[bytes]]) -> None:
    prepared = python(
        """
        import asyncio, sys
        from crisis_tui.cli.drill import prepare
        from crisis_tui.paths import resolve
        from data.library import read

        asyncio.run(prepare(resolve(sys.argv[1]), read.drill("viral-review"), speed=1, fresh=False))
        """,
        home,
    )
    assert prepared.returncode == 0, prepared.stderr
    with pager() as server:
        configure(home, command=hook(home / "told"), webhook=server.url)
        started.append(start(home, "agent", "--drill", "viral-review"))
        drill = home / "drills" / "viral-review"
        raised = "SELECT count(*) FROM level_changes"
        wait_for(lambda: number(drill / "mentions.db", "SELECT pid FROM agent"), "the drill runs")
        act(drill, state_fact(Fact.EXPOSED, True, "a mail"))
        wait_for(lambda: number(drill / "crisis.db", raised), "the level rose in the drill")
        first = number(drill / "mentions.db", "SELECT beat_ms FROM agent")
        wait_for(lambda: number(drill / "mentions.db", "SELECT beat_ms FROM agent") > first, "5 s later")
        assert not server.heard
        assert not (home / "told").exists()
        assert place(drill) == {}


def test_an_agent_that_looks_once_alerts_too(home: Path) -> None:
    configure(home, command=hook(home / "told"))
    assert cli(home, "agent", "--once").returncode == 0
    act(home, state_fact(Fact.EXPOSED, True, "a mail"))
    assert cli(home, "agent", "--once").returncode == 0
    assert cli(home, "agent", "--once").returncode == 0
    assert (home / "told").read_text().count("\n") == 1


def test_the_test_says_what_came_of_each_way(home: Path) -> None:
    with pager(404) as server:
        configure(home, command=hook(home / "told"), webhook=server.url, from_level="crisis")
        failed = cli(home, "alert", "--test")
        assert failed.returncode == 1
        said = failed.stdout.decode().splitlines()
        assert said[0] == "command: delivered"
        assert said[1].startswith("webhook: 127.0.0.1:")
        assert "refuses the alert (404)" in said[1]
        alert = json.loads((home / "told").read_text().partition(" ")[2])
        assert (alert["test"], alert["level"]) == (True, "Crisis")
        assert alert["text"].startswith("TEST ")
        assert server.heard[0].alert == alert
        assert cli(home, "agent", "--once").returncode == 0  # makes a store
        done = cli(home, "alert", "--test", "--json")
        assert (done.returncode, json.loads(done.stdout)["ok"]) == (0, True)
        doctor = cli(home, "doctor").stdout.decode()
        assert "ok    alert webhook: took the last alert (test, " in doctor
        assert "T0KEN" not in (failed.stdout + failed.stderr + done.stdout).decode() + doctor
    assert cli(home, "alert", "--test").returncode == 1
    shown = cli(home, "alert")
    assert shown.returncode == 1
    assert b"alert webhook: The pager could not be reached: 127.0.0.1:" in shown.stdout
    configure(home, command="page")
    assert cli(home, "alert", "--test").returncode == 1, "a way that is not what was meant is a failure"
    configure(home)
    nothing = cli(home, "alert", "--test")
    assert (nothing.returncode, b"No pager was tried" in nothing.stdout) == (0, True)
