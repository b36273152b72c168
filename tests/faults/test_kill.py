"""kill -9 at any moment: every batch that was stored is there, none twice, and the next one goes on.

What is meant by "acknowledged": a look into the store from outside saw it.
The seed is printed; set CRISIS_TUI_SEED to run the same moments again.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crisis_tui.agent.lock import held
from tests.store.kit import cli, environment, line, number, rows, start, wait_for

pytestmark = pytest.mark.slow

ROUNDS = 100
SEED = int(os.environ.get("CRISIS_TUI_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)

SETTINGS = """
[[source]]
name = "stream"
kind = "tail"
path = "{folder}/stream.ndjson"
every = 0.1

[[source]]
name = "inbox"
kind = "drop"
path = "{folder}/inbox"
every = 0.1
"""


class Writers:
    """Programs that feed the two sources for as long as the test runs."""

    def __init__(self, folder: Path) -> None:
        self.stream = folder / "stream.ndjson"
        self.inbox = folder / "inbox"
        self.inbox.mkdir()
        self.count = 0
        self._files = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._stop.wait(0.02):
            self.tail(60)
            if self.count % 180 == 0:
                self.drop(40)

    def tail(self, count: int) -> None:
        data = b"".join(line(self._next()) for _ in range(count))
        cut = len(data) - 17  # the last line is not whole for a moment
        with self.stream.open("ab", buffering=0) as file:
            file.write(data[:cut])
            file.write(data[cut:])

    def drop(self, count: int) -> None:
        self._files += 1
        part = self.inbox / ".part"
        part.write_bytes(b"".join(line(self._next()) for _ in range(count)) + b"damaged\n")
        part.rename(self.inbox / f"{self._files}.ndjson")

    def _next(self) -> int:
        self.count += 1
        return self.count

    @property
    def files(self) -> int:
        return self._files

    @contextmanager
    def running(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._thread.join()


def acknowledged(home: Path) -> set[str]:
    """The ids that stand in the store now."""
    return {row[0] for row in rows(home / "mentions.db", "SELECT id FROM mentions")}


def check_whole(home: Path) -> None:
    """Nothing is damaged, twice or half."""
    for name in ("crisis.db", "mentions.db"):
        assert rows(home / name, "PRAGMA integrity_check") == [("ok",)]
    twice = "SELECT count(*) FROM (SELECT 1 FROM mentions GROUP BY network, id HAVING count(*) > 1)"
    assert number(home / "mentions.db", twice) == 0
    counted = "SELECT coalesce(sum(mentions), 0) FROM minutes"
    stored = number(home / "mentions.db", "SELECT count(*) FROM mentions")
    assert number(home / "mentions.db", counted) == stored
    scored = "SELECT count(*) FROM readings WHERE tone <> 'unscored'"
    assert number(home / "mentions.db", "SELECT coalesce(sum(scored), 0) FROM minutes") == number(
        home / "mentions.db", scored
    )
    rows(home / "mentions.db", "INSERT INTO mentions_fts (mentions_fts, rank) VALUES ('integrity-check', 1)")


def test_the_agent_is_killed_again_and_again(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    moments = random.Random(SEED)
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text(SETTINGS.format(folder=tmp_path))
    writers = Writers(tmp_path)
    seen: set[str] = set()
    lives = 0
    with writers.running():
        for _ in range(ROUNDS):
            agent = start(home, "agent")
            wait_for(lambda: held(home), "the agent has its lock")
            # Some die while they open the store, most while they read.
            time.sleep(moments.choice((0.02, 0.1, 0.35)) * moments.random())
            if (home / "mentions.db").exists() and moments.random() < 0.5:
                seen |= acknowledged_or_nothing(home)
            agent.kill()
            _, complaint = agent.communicate()
            assert complaint == b""
            assert not held(home)
            lives += 1
            now = acknowledged_or_nothing(home)
            assert seen <= now
            seen = now
    check_whole(home)
    print(f"{len(seen):,} of {writers.count:,} were stored by agents that were killed")
    assert len(seen) > 0
    done = cli(home, "agent", "--once", timeout=120)
    assert (done.returncode, done.stderr) == (0, b"")
    assert acknowledged(home) == {str(n) for n in range(1, writers.count + 1)}
    assert number(home / "mentions.db", "SELECT count(*) FROM quarantine") == writers.files
    assert not list(writers.inbox.glob("*.ndjson"))
    assert len(list((writers.inbox / "done").iterdir())) == writers.files
    check_whole(home)
    audit = json.loads(cli(home, "audit", "verify", "--json").stdout)
    assert audit["ok"]
    assert json.loads(cli(home, "audit", "rebuild", "--check", "--json").stdout)["ok"]
    assert lives == ROUNDS


def acknowledged_or_nothing(home: Path) -> set[str]:
    """The same while the first agent may still be making the tables."""
    if not number(home / "mentions.db", "SELECT count(*) FROM sqlite_master WHERE name = 'mentions'"):
        return set()
    return acknowledged(home)


def test_ingest_is_killed_again_and_again(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    moments = random.Random(SEED)
    home = tmp_path / "home"
    path = tmp_path / "posts.ndjson"
    whole = {str(n) for n in range(12_000)}
    path.write_bytes(b"".join(line(int(n), text="x" * 500) for n in sorted(whole)))
    seen: set[str] = set()
    cut_short = 0
    for _ in range(25):
        process = start(home, "ingest", str(path), "--json", stdout=subprocess.PIPE)
        time.sleep(0.2 + 1.2 * moments.random())
        process.kill()
        out, complaint = process.communicate()
        assert complaint == b""
        cut_short += not out
        if home.exists():
            now = acknowledged_or_nothing(home)
            assert seen <= now
            assert len(now) % 1_000 == 0, "a batch is stored whole or not at all"
            seen = now
    assert cut_short
    counts = json.loads(cli(home, "ingest", str(path), "--json").stdout)
    assert counts["read"] == len(whole)
    assert counts["duplicates"] == len(seen)
    assert acknowledged(home) == whole
    check_whole(home)


def test_people_s_acts_survive_kills(tmp_path: Path) -> None:
    """What `append` returned for is in the log after kill -9, in a chain that verifies."""
    print(f"seed {SEED}")
    moments = random.Random(SEED)
    code = """
import asyncio, sys
from pathlib import Path
from data.store import Store
from tests.store.kit import NOON, note

async def main():
    async with Store.open(Path(sys.argv[1])) as store:
        while True:
            (event,) = await store.events.append([note("x" * 400)], "anna", NOON)
            print(event.id, flush=True)

asyncio.run(main())
"""
    said: list[str] = []
    for _ in range(20):
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], env=environment(), stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        said.append(process.stdout.readline().decode().strip())
        time.sleep(0.1 * moments.random())
        process.kill()
        said += process.stdout.read().decode().split("\n")[:-1]
        process.stdout.close()
        process.wait()
    kept = {row[0] for row in rows(tmp_path / "crisis.db", "SELECT id FROM events")}
    assert set(said) <= kept
    assert len(kept) - len(set(said)) <= 20
    assert json.loads(cli(tmp_path, "audit", "verify", "--json").stdout) == {
        "ok": True,
        "events": len(kept),
        "fault": None,
    }
