"""The agent as a process: one for each store, gone with its parent, back within seconds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crisis_tui.agent.child import AgentChild, command
from crisis_tui.agent.lock import AgentLock, held
from data.library import read
from tests.store.kit import cli, environment, line, number, python, rows, start, wait_for

TAIL = '[[source]]\nname = "stream"\nkind = "tail"\npath = "{path}"\nevery = 0.1\n'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text(TAIL.format(path=tmp_path / "stream.ndjson"))
    return home


@pytest.fixture
def started(home: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes of a test, ended with it."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def stored(home: Path) -> int:
    return number(home / "mentions.db", "SELECT count(*) FROM mentions")


def test_the_lock_is_for_one_and_dies_with_it(tmp_path: Path) -> None:
    assert not held(tmp_path)
    lock = AgentLock(tmp_path)
    assert lock.acquire()
    assert held(tmp_path)
    other = AgentLock(tmp_path)
    assert not other.acquire()
    lock.release()
    assert not held(tmp_path)
    assert other.acquire()
    other.release()


def test_an_agent_collects_and_a_second_one_says_so(
    home: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    stream = home.parent / "stream.ndjson"
    started.append(start(home, "agent"))
    wait_for(lambda: held(home), "the agent holds its lock")
    stream.write_bytes(line(1))
    wait_for(lambda: stored(home) == 1, "the first mention")
    with stream.open("ab") as file:
        file.write(line(2))
    wait_for(lambda: stored(home) == 2, "the second mention")
    wait_for(lambda: number(home / "mentions.db", "SELECT count(*) FROM readings") == 2, "both are read")
    wait_for(lambda: number(home / "mentions.db", "SELECT count(*) FROM assessments"), "an assessment")
    assert number(home / "mentions.db", "SELECT pid FROM agent") == started[0].pid
    second = cli(home, "agent")
    assert second.returncode == 1
    assert second.stderr == b"crisis-tui: An agent runs on this store already; nothing to do.\n"
    child = cli(home, "agent", "--child")
    assert (child.returncode, child.stderr) == (0, b"")
    started[0].kill()
    started[0].wait()
    assert not held(home)


@pytest.mark.parametrize("number_of_signal", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_an_agent_ends_in_order_when_told(
    home: Path, started: list[subprocess.Popen[bytes]], number_of_signal: signal.Signals
) -> None:
    started.append(start(home, "agent"))
    wait_for(lambda: number(home / "mentions.db", "SELECT count(*) FROM agent"), "a sign of life")
    started[0].send_signal(number_of_signal)
    _, complaint = started[0].communicate(timeout=10)
    assert (started[0].returncode, complaint) == (0, b"")
    assert not (home / "crisis.db-wal").exists()


def test_once_polls_once_and_ends(home: Path) -> None:
    (home.parent / "stream.ndjson").write_bytes(line(1) + b"bad\n" + line(2))
    done = cli(home, "agent", "--once")
    assert (done.returncode, done.stderr) == (0, b"")
    assert stored(home) == 2
    assert number(home / "mentions.db", "SELECT count(*) FROM readings") == 2
    assert rows(home / "mentions.db", "SELECT line FROM quarantine") == [(2,)]
    assert cli(home, "agent", "--once").returncode == 0
    assert stored(home) == 2


def test_a_source_that_can_not_be_read_does_not_end_the_others(
    home: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    stream = home.parent / "stream.ndjson"
    (home / "config.toml").write_text(
        TAIL.format(path=stream)
        + '[[source]]\nname = "broken"\nkind = "tail"\npath = "/dev/null/x"\nevery = 0.1\n'
        + '[[source]]\nname = "inbox"\nkind = "drop"\npath = "/dev/null/y"\nevery = 0.1\n'
    )
    started.append(start(home, "agent"))
    count = "SELECT count(*) FROM feeds WHERE state = 'broken'"
    wait_for(lambda: number(home / "mentions.db", count) == 3, "all three are told to be broken")
    stream.write_bytes(line(1))
    wait_for(lambda: stored(home) == 1, "the good one is read")
    assert started[0].poll() is None


PARENT = """
import sys, time
from pathlib import Path
from crisis_tui.agent.child import AgentChild

child = AgentChild(Path(sys.argv[1]), ["--home", sys.argv[1]])
print(child.ensure(), flush=True)
sys.stdin.read()
child.stop()
"""


@pytest.mark.parametrize("ending", ["leaves", "killed"])
def test_a_child_ends_with_its_parent(
    home: Path, started: list[subprocess.Popen[bytes]], ending: str
) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
    )
    started.append(parent)
    assert parent.stdout is not None
    assert parent.stdin is not None
    assert parent.stdout.readline() == b"True\n"
    pid = wait_for(lambda: number(home / "mentions.db", "SELECT pid FROM agent"), "the child works")
    if ending == "killed":
        parent.kill()
    else:
        parent.stdin.close()
    wait_for(lambda: not held(home), "the lock is free")
    wait_for(lambda: not alive(pid), "the child is gone")


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_killed_child_is_started_again_but_never_a_second_one(home: Path) -> None:
    child = AgentChild(home, ["--home", str(home)])
    try:
        assert child.ensure()
        assert not child.ensure()
        pid = wait_for(lambda: number(home / "mentions.db", "SELECT pid FROM agent"), "the first works")
        other = AgentChild(home, ["--home", str(home)])
        assert not other.ensure()
        os.kill(pid, signal.SIGKILL)
        wait_for(child.ensure, "another one is started", seconds=5)
        again = wait_for(
            lambda: (found := number(home / "mentions.db", "SELECT pid FROM agent")) != pid and found,
            "it works",
        )
        assert held(home)
    finally:
        child.stop()
    assert not alive(again)
    assert not held(home)
    child.stop()


def test_the_child_runs_from_this_installation_wherever_one_stands(tmp_path: Path) -> None:
    """A folder with a module named like one of ours must not lend it to the agent."""
    arguments, env = command(["--home", str(tmp_path)], "viral-review")
    assert arguments[-2:] == ["--drill", "viral-review"]
    (tmp_path / "sqlite3.py").write_text("raise SystemExit('loaded from the working folder')")
    done = subprocess.run(
        [*arguments[:-2][:-1], "--once"], cwd=tmp_path, env=env, capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_drill_s_clock_runs_with_its_agent_and_stops_with_it(
    home: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    prepared = python(
        """
        import asyncio, sys
        from crisis_tui.cli.drill import prepare
        from crisis_tui.paths import resolve
        from data.library import read

        asyncio.run(prepare(resolve(sys.argv[1]), read.drill("viral-review"), speed=10, fresh=False))
        """,
        home,
    )
    assert prepared.returncode == 0, prepared.stderr
    database = home / "drills" / "viral-review" / "mentions.db"

    def clock() -> tuple[int, int | None]:
        ((drill_ms, real_ms),) = rows(database, "SELECT drill_ms, real_ms FROM drill_clock")
        return drill_ms, real_ms

    began, running = clock()
    assert running is None
    quiet = number(database, "SELECT count(*) FROM mentions")
    started.append(start(home, "agent", "--drill", "viral-review"))
    wait_for(lambda: number(database, "SELECT count(*) FROM mentions") > quiet, "the crisis begins")
    assert clock()[1] is not None
    started[0].terminate()
    _, complaint = started[0].communicate(timeout=10)
    assert complaint == b""
    stopped, running = clock()
    assert running is None
    assert stopped > began
    latest = number(database, "SELECT max(created_ms) FROM mentions")
    assert latest <= stopped
    assert stored(home) == 0
    onset = number(database, "SELECT onset_ms FROM drill_clock")
    due = [row for row in read.drill("viral-review").rows() if onset + row["t"] * 1000 <= stopped]
    assert number(database, "SELECT count(*) FROM mentions") <= len(due)
    assert json.loads(cli(database.parent, "audit", "verify", "--json").stdout)["ok"]
