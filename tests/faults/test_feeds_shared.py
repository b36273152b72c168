"""Ten dashboards on one store ask the networks as often as one does, and go on when one is killed."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests.dashboard.program import PROGRAM, agent_of
from tests.pty.harness import Terminal
from tests.sources.feeds import item, rss
from tests.sources.mastodon_server import Fedi, mastodon_id, status
from tests.sources.server import Reply, Request, Server, serving

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc"),
]

DASHBOARDS = 10
EVERY = 15
"""The least seconds between two looks that both kinds allow."""
POLLS = 3
SETTINGS = """
organisation = "Brightpan"

[watch.brand]
terms = ["acme"]

[[source]]
name = "fedi"
kind = "mastodon"
url = "{url}"
tags = ["acme"]
every = {every}

[[source]]
name = "news"
kind = "feed"
url = "{url}/feed.xml"
every = {every}
"""


class Networks:
    """A Mastodon server and a feed on one host; `looks` are the moments at which each began to be read."""

    def __init__(self) -> None:
        self.fedi = Fedi()
        self.items: list[str] = []
        self.looks: dict[str, list[float]] = {"fedi": [], "news": []}
        self.introductions = 0

    def toot(self, text: str) -> None:
        at, n = datetime.now(UTC), len(self.fedi.posts)
        self.fedi.posts.append(status(at, n, id=mastodon_id(at, n), content=f"<p>{text} #acme</p>"))

    def story(self, title: str) -> None:
        self.items.insert(0, item(len(self.items), title=title, pubDate=format_datetime(datetime.now(UTC))))

    def __call__(self, request: Request) -> Reply:
        if request.path == "/feed.xml":
            self.looks["news"].append(time.monotonic())
            return Reply(rss(self.items), headers={"content-type": "application/rss+xml"})
        if request.path == "/api/v2/instance":
            self.introductions += 1
        elif request.path.startswith("/api/v1/timelines/") and not {"min_id", "max_id"} & {*request.query}:
            self.looks["fedi"].append(time.monotonic())
        return self.fedi(request)


@contextlib.contextmanager
def running(handler: Callable[[Request], Reply]) -> Iterator[Server]:
    """A server with a loop of its own, which answers while this thread looks at terminals."""
    ready = threading.Event()
    made: list[tuple[Server, asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def main() -> None:
        async with serving(handler) as server:
            stop = asyncio.Event()
            made.append((server, asyncio.get_running_loop(), stop))
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    assert ready.wait(10)
    server, loop, stop = made[0]
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


def wait(terminals: list[Terminal], condition: Callable[[], bool], what: str, seconds: float) -> None:
    """Read what all the terminals are sent until the condition holds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"waited {seconds:g} s for: {what}\n{terminals[0].text()}"
        for each in terminals:
            each.pump(0.005)


def shown(terminal: Terminal) -> int:
    """How many posts a dashboard says there are; those that are new to it stand above what it shows."""
    found = re.search(r"1 FEED\W+(\d+) of (\d+)", terminal.text())
    return int(found[2]) if found else 0


def agents(place: Path) -> dict[int, int]:
    """Every process that is an agent of this store, with its parent."""
    found: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if b"--child" in words and str(place).encode() in words:
                found[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    return found


def one_poller(looks: list[float]) -> bool:
    """Was nothing looked at sooner than one agent does?"""
    return all(later - before > EVERY - 1 for before, later in itertools.pairwise(looks))


def test_ten_dashboards_make_the_calls_of_one(tmp_path: Path) -> None:
    place = tmp_path / "home"
    place.mkdir()
    networks = Networks()
    networks.toot("Kettle leaks")
    networks.story("Acme before the court")
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(running(networks))
        (place / "config.toml").write_text(SETTINGS.format(url=server.url, every=EVERY))
        terminals = [
            stack.enter_context(Terminal([*PROGRAM, "--home", str(place)], 120, 40, env={"TZ": "UTC"}))
            for _ in range(DASHBOARDS)
        ]
        wait(
            terminals,
            lambda: all(shown(each) == 2 for each in terminals),
            "all dashboards show what was read",
            seconds=40,
        )
        looks = networks.looks
        wait(
            terminals,
            lambda: all(len(each) >= POLLS for each in looks.values()),
            "some looks",
            seconds=(POLLS - 1) * EVERY + 10,
        )
        before = {name: [*each] for name, each in looks.items()}
        asked = len(server.asked)
        print(f"{DASHBOARDS} dashboards, {asked} requests; seconds between looks: {_gaps(before)}")
        assert all(len(each) == POLLS and one_poller(each) for each in before.values())
        assert networks.introductions == 1
        ((agent, parent),) = agents(place).items()
        assert agent == agent_of(place)
        (owner,) = [each for each in terminals if each.process.pid == parent]

        networks.toot("Toaster sparks")
        networks.story("Acme recalls its toasters")
        owner.process.kill()
        killed = time.monotonic()
        left = [each for each in terminals if each is not owner]
        wait(
            left,
            lambda: all(len(each) > POLLS for each in looks.values()),
            "another agent reads",
            seconds=10,
        )
        print(f"read on after {max(each[POLLS] for each in looks.values()) - killed:.1f} s")
        wait(left, lambda: all(shown(each) == 4 for each in left), "the others show it", seconds=10)
        wait(left, lambda: len(agents(place)) == 1, "those that came too late are gone", seconds=10)
        ((agent, parent),) = agents(place).items()
        assert agent == agent_of(place)
        assert parent in {each.process.pid for each in left}
        # A second one would have read at once too.
        wait(left, lambda: time.monotonic() > killed + 10, "that a second one would have begun", seconds=11)
        assert {name: len(each) for name, each in looks.items()} == dict.fromkeys(looks, POLLS + 1)
        assert networks.introductions == 2


def _gaps(looks: dict[str, list[float]]) -> dict[str, list[float]]:
    return {
        name: [round(later - before, 1) for before, later in itertools.pairwise(each)]
        for name, each in looks.items()
    }
