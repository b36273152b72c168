"""kill -9 of the agent while it collects: nothing acknowledged is lost, nothing is there twice."""

from __future__ import annotations

import contextlib
import json
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crisis_tui.agent.lock import held

KILLS = int(os.environ.get("CRISIS_TUI_KILLS", "100"))
LINES = 1_500
START_S = 30.0


def _lines(first: int, count: int, now: datetime) -> bytes:
    rows = (
        {
            "network": ("x", "mastodon", "news")[place % 3],
            "id": str(place),
            "text": f"The pan of batch {place % 97} is broken again, support does not answer {place}",
            "created_at": (now - timedelta(seconds=place % 3_000)).isoformat(),
            "author": f"@u{place % 500}",
        }
        for place in range(first, first + count)
    )
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def _command(home: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "crisis_tui", "--home", str(home), *words]


@contextlib.contextmanager
def _reading(home: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(home / "mentions.db", timeout=30)
    try:
        yield connection
    finally:
        connection.close()


def _kill_at(home: Path, delay: float) -> None:
    """Start an agent, wait until it has the store, and kill it so many seconds later."""
    agent = subprocess.Popen(_command(home, "agent"), stderr=subprocess.PIPE)
    try:
        for _ in range(int(START_S / 0.01)):
            if held(home):
                break
            with contextlib.suppress(subprocess.TimeoutExpired):
                agent.wait(0.01)
                raise AssertionError(f"the agent ended by itself: {agent.stderr and agent.stderr.read()!r}")
        with contextlib.suppress(subprocess.TimeoutExpired):
            agent.wait(delay)
            raise AssertionError("the agent ended by itself")
    finally:
        agent.kill()
        agent.communicate(timeout=30)


def _acknowledged(connection: sqlite3.Connection) -> int:
    """Lines up to the place that the agent committed."""
    row = connection.execute("SELECT value FROM cursors WHERE name = 'source:stream'").fetchone()
    return int(json.loads(row[0])["line"]) - 1 if row else 0


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_and_nothing_is_there_twice(tmp_path: Path) -> None:
    seed = int(os.environ.get("CRISIS_TUI_SEED", random.randrange(2**32)))
    print(f"CRISIS_TUI_SEED={seed}")
    chance = random.Random(seed)
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    stream = tmp_path / "stream.ndjson"
    stream.touch()
    (home / "config.toml").write_text(
        f'[[source]]\nname = "stream"\nkind = "tail"\npath = "{stream}"\nevery = 0.1\n', "utf-8"
    )
    now = datetime.now(UTC)
    for kill in range(KILLS):
        with stream.open("ab") as file:
            file.write(_lines(kill * LINES, LINES, now))
        _kill_at(home, chance.uniform(0.0, 0.6))
        if not (home / "mentions.db").exists():
            continue
        with _reading(home) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'mentions'").fetchone():
                continue  # killed before the tables were made
            stored, different, first, last = connection.execute(
                "SELECT count(*), count(DISTINCT id), min(CAST(id AS INTEGER)), max(CAST(id AS INTEGER))"
                " FROM mentions"
            ).fetchone()
            acknowledged = _acknowledged(connection)
            counted = connection.execute("SELECT coalesce(sum(mentions), 0) FROM minutes").fetchone()[0]
        assert stored == different == acknowledged == counted, f"after kill {kill + 1}"
        assert acknowledged == 0 or (first, last) == (0, acknowledged - 1)

    subprocess.run(_command(home, "agent", "--once"), check=True, timeout=120)
    with _reading(home) as connection:
        assert connection.execute("SELECT count(*) FROM mentions").fetchone()[0] == KILLS * LINES
        assert connection.execute("SELECT count(*) FROM readings").fetchone()[0] == KILLS * LINES
        assert connection.execute("SELECT sum(scored) FROM minutes").fetchone()[0] <= KILLS * LINES
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    found = subprocess.run(
        _command(home, "audit", "verify", "--json"), check=True, capture_output=True, timeout=60
    )
    assert json.loads(found.stdout)["ok"] is True


@pytest.mark.slow
def test_an_ingest_that_was_killed_is_finished_by_running_it_again(tmp_path: Path) -> None:
    seed = int(os.environ.get("CRISIS_TUI_SEED", random.randrange(2**32)))
    print(f"CRISIS_TUI_SEED={seed}")
    chance = random.Random(seed)
    home = tmp_path / "home"
    posts = tmp_path / "posts.ndjson"
    posts.write_bytes(_lines(0, 20_000, datetime.now(UTC)))
    for _ in range(5):
        ingest = subprocess.Popen(_command(home, "ingest", str(posts)), stdout=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            ingest.wait(chance.uniform(0.3, 1.2))
        ingest.kill()
        ingest.wait(30)
    found = subprocess.run(
        _command(home, "ingest", str(posts), "--json"), check=True, capture_output=True, timeout=120
    )
    counts = json.loads(found.stdout)
    assert counts["read"] == counts["stored"] + counts["duplicates"] == 20_000
    with _reading(home) as connection:
        assert (
            connection.execute("SELECT count(*), count(DISTINCT id) FROM mentions").fetchone()
            == (20_000,) * 2
        )
        assert connection.execute("SELECT sum(mentions) FROM minutes").fetchone()[0] == 20_000
