"""Under load: 1,000 posts a second in a folder and 200 over HTTP, while somebody reads in the dashboard."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import secrets
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench.process import ROOT, cpu_so_far, environment, python
from bench.report import Row
from bench.startup import FILLED
from bench.terminal import Terminal
from crisis_tui.agent.lock import held

LOAD_S = 60.0
IDLE_S = 15.0
KEYS_A_SECOND = 4
POLL_S = 15.0
"""The shortest time between two looks that the networks over HTTP allow."""

DOWN, UP = "j", "k"
_LOST_KEY_S = 5.0
_MARKED = re.compile(rb"\x1b\[([0-9]+)H(?:\x1b\[[0-9;]*m)*\xe2\x96\x8c")
"""The mark of the cursor as it is painted: at the start of a row to which the terminal's cursor was sent."""

_SETTINGS = """
organisation = "Acme"
[watch.brand]
terms = ["acme", "#acme"]
[[source]]
name = "inbox"
kind = "drop"
path = "{inbox}"
[[source]]
name = "hook"
kind = "webhook"
listen = "127.0.0.1:{port}"
secret = "file:{secret}"
every = 1.0
"""
_POLLED = """
[[source]]
name = "{name}"
kind = "{kind}"
url = "{url}"
every = {every}
"""


@dataclass
class Found:
    """What one run showed; moments in seconds since 1970, times in seconds.

    By way in: `offered` is what `bench.load` printed, `seen` is when the last
    post was found in the store, and `walks` when each look at a server began.
    `idle` and `busy` are times from a key to its paint, `cpu` what each program
    used under load.
    """

    seconds: float = 0.0
    offered: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)
    walks: dict[str, list[float]] = field(default_factory=dict)
    idle: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    stored: int = 0
    cpu: dict[str, float] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many posts were offered."""
        return sum(each["count"] for each in self.offered.values())

    @property
    def pushed_lag(self) -> float:
        """From the last post in the folder and at the receiver to the later of the two being in the store."""
        return max(float(self.seen[name] - self.offered[name]["at"]) for name in ("inbox", "hook"))

    @property
    def polled_lag(self) -> float:
        """The same for what is polled, from the start of the look that could see the last post."""
        return max(
            self.seen[name] - min(at for at in walks if at >= self.offered[name]["at"])
            for name, walks in self.walks.items()
        )


def rows(home: Path) -> Iterator[Row]:
    """A dashboard that is read in, with an agent beside it that is idle, then busy."""
    found = measured(home)
    idle, busy = median(found.idle) * 1000, median(found.busy) * 1000
    rate = found.count / found.seconds
    yield Row(f"key to paint at {rate:,.0f} posts/s, beside idle", busy, idle, "ms", 1.5)
    yield Row("lag of folder and webhook at the end", found.pushed_lag, 2.0, "s", 1.0)
    yield Row("lag of polled servers, from their look", found.polled_lag, 2.0, "s", 1.0)
    yield Row("posts lost", found.count - found.stored, 0, "posts", 1.0)


def measured(home: Path, load_s: float = LOAD_S, idle_s: float = IDLE_S) -> Found:
    """Read in the dashboard on a store without sources, first in peace, then under load.

    Raises:
        RuntimeError: a part of it ended, or something never happened.
    """
    found = Found()
    with tempfile.TemporaryDirectory(prefix="crisis-tui-bench-") as name, contextlib.ExitStack() as stack:
        folder, port = Path(name), _free_port()
        inbox, secret = folder / "inbox", folder / "secret"
        inbox.mkdir()
        secret.touch(0o600)
        secret.write_text(secrets.token_hex(32))
        load = _started(stack, "-m", "bench.load", str(inbox), str(secret), str(load_s))
        urls = json.loads(_line(load))
        settings = _SETTINGS.format(inbox=inbox, port=port, secret=secret)
        for name, url in urls.items():
            kind = "discourse" if name.startswith("forum") else "mastodon"
            settings += _POLLED.format(name=name, kind=kind, url=url, every=POLL_S)
        (home / "config.toml").write_text(settings)
        agent = _started(stack, "-m", "crisis_tui", "--home", str(home), "agent")
        _wait(lambda: held(home) and _listens(port), "the agent to listen", agent)
        terminal = stack.enter_context(Terminal(python("-m", "crisis_tui", "--home", str(home))))
        terminal.wait_for(lambda output: FILLED in output)
        terminal.settle(1.5)
        reader = _Reader(terminal)
        found.idle = list(reader.read_for(idle_s))
        before = int(_one(home, "SELECT max(seq) FROM mentions"))
        spent = {"agent": cpu_so_far(agent.pid), "dashboard": terminal.cpu, "load": cpu_so_far(load.pid)}
        _tell(load, str(port))
        found.busy = list(reader.read_for(load_s - 1))  # so that the end of the load is not slept through
        found.cpu = {
            "agent": cpu_so_far(agent.pid) - spent["agent"],
            "dashboard": terminal.cpu - spent["dashboard"],
            "load": cpu_so_far(load.pid) - spent["load"],
        }
        said = json.loads(_line(load))
        found.seconds, found.offered = said["seconds"], said["channels"]
        _see_the_last(home, found, agent)
        _tell(load, "")
        found.walks = json.loads(_line(load))
        found.stored = int(_one(home, "SELECT count(*) FROM mentions WHERE seq > ?", before))
    return found


class _Reader:
    """A person who goes down and up in the feed, a key each quarter of a second or so."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._pace = random.Random(1)  # not in step with the dashboard, which looks four times a second
        self._places = {key: self._learn(key) for key in (DOWN, UP)}

    def read_for(self, seconds: float) -> Iterator[float]:
        """The seconds from each key to its paint."""
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            for key in (DOWN, UP):
                begun = time.perf_counter()
                yield self._move(key)
                pause = self._pace.uniform(0.8, 1.2) / KEYS_A_SECOND
                while (left := begun + pause - time.perf_counter()) > 0:
                    self._terminal.pump(left)

    def _learn(self, key: str) -> int:
        """The row on which the mark is painted after a key; a mention may take several rows."""
        before = len(self._terminal.output)
        self._terminal.send(key)
        painted = _MARKED.findall(bytes(self._terminal.output[before:]))
        return min(int(row) for row in painted)

    def _move(self, key: str) -> float:
        before, begun = len(self._terminal.output), time.perf_counter()
        os.write(self._terminal.master, key.encode())
        while time.perf_counter() < begun + _LOST_KEY_S:
            if self._terminal.pump(0.05):
                at = time.perf_counter()
                painted = _MARKED.findall(bytes(self._terminal.output[before:]))
                if self._places[key] in map(int, painted):
                    return at - begun
        raise RuntimeError(f"nothing came of a key for {_LOST_KEY_S:g} s")


def _see_the_last(home: Path, found: Found, agent: subprocess.Popen[str]) -> None:
    """Wait until the last post of each way in can be read by others than the agent."""

    def all_seen() -> bool:
        for name, each in found.offered.items():
            if name not in found.seen and _one(
                home, "SELECT 1 FROM mentions WHERE network = ? AND id = ?", each["network"], each["last"]
            ):
                found.seen[name] = time.time()
        return len(found.seen) == len(found.offered)

    _wait(all_seen, "the last posts to be stored", agent, 4 * POLL_S)


def _one(home: Path, sql: str, *values: object) -> Any:
    """The first value that a query gives, as another program would read it; None where there is none."""
    with contextlib.closing(sqlite3.connect(home / "mentions.db", timeout=30)) as connection:
        row = connection.execute(sql, values).fetchone()
    return row[0] if row else None


def _started(stack: contextlib.ExitStack, *arguments: str) -> subprocess.Popen[str]:
    """A program of this environment, ended with the stack."""
    child = stack.enter_context(
        subprocess.Popen(
            python(*arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
            cwd=ROOT,
        )
    )
    stack.callback(child.kill)
    return child


def _tell(child: subprocess.Popen[str], words: str) -> None:
    assert child.stdin is not None
    child.stdin.write(f"{words}\n")
    child.stdin.flush()


def _line(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    line = child.stdout.readline()
    if not line:
        raise RuntimeError(f"{child.args!r} ended with {child.wait()}")
    return line


def _wait(
    condition: Callable[[], bool], what: str, child: subprocess.Popen[str], seconds: float = 30.0
) -> None:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until or child.poll() is not None:
            raise RuntimeError(f"waited for {what} in vain")
        time.sleep(0.01)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
