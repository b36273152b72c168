"""What happened while no agent was there is told by the next, which also keeps to what a server asked for."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from data.models.mention import StoredMention
from data.store import Store
from tests.dashboard.program import program
from tests.faults.test_feeds_shared import running
from tests.sources.mastodon_server import Fedi, mastodon_id, status
from tests.sources.server import Reply, Request
from tests.store.kit import cli, number, rows, start, wait_for

SETTINGS = """
[watch.brand]
terms = ["acme"]

[[source]]
name = "fedi"
kind = "mastodon"
url = "{url}"
tags = ["acme"]
"""


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Agents of a test, ended with it."""
    agents: list[subprocess.Popen[bytes]] = []
    yield agents
    for each in agents:
        each.kill()
        each.communicate()


def home_of(folder: Path, url: str) -> Path:
    home = folder / "home"
    home.mkdir()
    (home / "config.toml").write_text(SETTINGS.format(url=url))
    return home


def toot(n: int, at: datetime, text: str, **more: Any) -> dict[str, Any]:
    return status(at, n, id=mastodon_id(at, n), content=f"<p>{text} #acme</p>", **more)


def uri(n: int) -> str:
    return f"https://far.example/users/ada/statuses/{n}"


def stored(home: Path) -> dict[str, StoredMention]:
    """What the store holds, by id."""

    async def read() -> list[StoredMention]:
        async with Store.open(home) as store:
            return await store.mentions.page(limit=100)

    return {each.mention.id: each for each in asyncio.run(read())}


def away(database: Path, minutes: int) -> None:
    """As if the agent had been dead for so long; a post seen within five minutes is not asked for again."""
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE tracked SET checked_ms = checked_ms - ?", (minutes * 60_000,))


def test_edits_deletions_and_late_posts_of_the_time_offline(
    tmp_path: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    now = datetime.now(UTC)
    fedi = Fedi([toot(n, now - timedelta(minutes=n, seconds=5), f"Pan {n} peels") for n in range(8)])
    with running(fedi) as server:
        home = home_of(tmp_path, server.url)
        database = home / "mentions.db"
        started.append(start(home, "agent"))
        wait_for(lambda: number(database, "SELECT count(*) FROM mentions") == 8, "all are read")
        started[0].kill()
        started[0].wait()

        fedi.posts[2] |= {
            "content": "<p>Pan 2 is fine after all #acme</p>",
            "edited_at": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        }
        del fedi.posts[3]
        fedi.posts.append(toot(8, now - timedelta(minutes=30), "Pan 8 burned long ago"))
        fedi.posts.append(toot(9, datetime.now(UTC), "Pan 9 is new"))
        away(database, minutes=10)

        started.append(start(home, "agent"))
        gone = "SELECT count(*) FROM states WHERE deleted_ms IS NOT NULL"
        wait_for(lambda: number(database, gone), "the deletion is noticed")
        wait_for(lambda: number(database, "SELECT count(*) FROM readings") == 10, "all is read and scored")

        found = stored(home)
        assert {*found} == {uri(n) for n in range(10)}
        edited, deleted, late = found[uri(2)], found[uri(3)], found[uri(8)]
        assert (edited.mention.text, edited.text_now) == (
            "Pan 2 peels #acme",
            "Pan 2 is fine after all #acme",
        )
        assert edited.edited_at is not None
        assert edited.deleted_at is None
        assert (deleted.mention.text, deleted.text_now) == ("Pan 3 peels #acme", None)
        assert deleted.deleted_at is not None
        assert late.late
        others = [each for each in found.values() if each not in (edited, deleted, late)]
        assert not any(each.late or each.text_now or each.edited_at or each.deleted_at for each in others)

        answer = json.loads(cli(home, "mentions", "--json").stdout)
        told = {each["id"]: each for each in answer["mentions"]}
        assert answer["total"] == len(told) == 10
        first = {each.get("text_original", each["text"]) for each in told.values()}
        assert first >= {f"Pan {n} peels #acme" for n in range(8)}
        assert told[uri(2)]["text"] == "Pan 2 is fine after all #acme"
        assert [name for name, each in told.items() if "edited_at" in each] == [uri(2)]
        assert [name for name, each in told.items() if "deleted_at" in each] == [uri(3)]
        assert [name for name, each in told.items() if each.get("late")] == [uri(8)]

        with program(home) as terminal:
            terminal.wait_for_text("(edited) Pan 2 is fine", "(deleted) Pan 3 peels")


def test_the_next_agent_waits_for_the_moment_that_the_server_named(
    tmp_path: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    fedi = Fedi([toot(n, datetime.now(UTC) - timedelta(minutes=n), f"Pan {n} peels") for n in range(8)])
    asked: list[datetime] = []
    reset: list[datetime] = []

    def handler(request: Request) -> Reply:
        asked.append(datetime.now(UTC))
        if not request.path.startswith("/api/v1/timelines/") or reset:
            return fedi(request)
        reset.append(datetime.now(UTC) + timedelta(seconds=6))
        headers = {
            "x-ratelimit-limit": "300",
            "x-ratelimit-remaining": "0",
            "x-ratelimit-reset": reset[0].isoformat().replace("+00:00", "Z"),
        }
        return Reply({"error": "Too many requests"}, 429, headers)

    with running(handler) as server:
        home = home_of(tmp_path, server.url)
        database = home / "mentions.db"
        started.append(start(home, "agent"))
        wait_for(lambda: number(database, "SELECT count(*) FROM limits"), "the limit is kept")
        started[0].kill()
        started[0].wait()
        before = len(asked)
        lives = 0

        def lives_once() -> int:
            nonlocal lives
            lives += 1
            assert cli(home, "agent", "--once").stderr == b""
            if len(asked) == before:
                assert rows(database, "SELECT state FROM feeds") == [("waiting",)]
            return number(database, "SELECT count(*) FROM mentions")

        wait_for(lives_once, "the moment has come and all is read")
    print(f"{lives} agents; asked {(asked[before] - reset[0]).total_seconds():.2f} s after the moment named")
    assert lives > 1
    assert min(asked[before:]) >= reset[0]
    assert number(database, "SELECT count(*) FROM mentions") == 8
