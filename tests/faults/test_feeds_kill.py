"""kill -9 while a network is read, for every way in which servers page: none is missing, none is there twice.

The server lives in this process and so survives the agent. Each life of the
agent ends at a request of it that was drawn, before or after the answer is
sent or some milliseconds later; then the next one begins. The seed is printed;
set CRISIS_TUI_SEED to run the same moments again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.faults.test_kill import acknowledged_or_nothing, check_whole
from tests.sources.fake_reddit import FakeReddit, link
from tests.sources.fake_x import FakeX
from tests.sources.fake_x import post as x_post
from tests.sources.feeds import item, json_feed, json_item, rss
from tests.sources.mastodon_server import Fedi, mastodon_id, status
from tests.sources.server import Reply, Request, serving
from tests.sources.test_appstore import Apple, review
from tests.sources.test_bluesky import Network
from tests.sources.test_bluesky import post as bluesky_post
from tests.sources.test_discourse import Forum
from tests.sources.test_discourse import post as forum_post
from tests.sources.test_hackernews import Index, comment
from tests.store.kit import cli, number, rows, start

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("CRISIS_TUI_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
POSTS = 500
KILLS = 5
"""Of each shape; a round that grows kills as often again."""
MOST_MS = 60
"""The latest moment of a kill after an answer; a feed of one page is taken apart and stored for longer."""
STEP = timedelta(seconds=20)

Post = dict[str, Any]
Handler = Callable[[Request], Reply]


@dataclass
class World:
    """A network: `shelf` holds its posts, the oldest first, and `handler` shows them as its server does.

    Who reads it all asks for each `page` of posts, and `beside` that for what is none.
    """

    settings: str
    handler: Handler
    shelf: list[Post]
    post: Callable[[int, datetime], Post]
    id_of: Callable[[Post, str], str]
    page: int
    beside: int = 0
    most_ms: int = MOST_MS
    count: int = 0

    def publish(self, count: int, *, until: datetime) -> None:
        """So many more posts, the last of them at this moment."""
        for back in range(count - 1, -1, -1):
            self.shelf.append(self.post(self.count, until - back * STEP))
            self.count += 1


def iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def mastodon() -> World:
    """Ids that tell a time; pages upwards from `min_id`."""
    fedi = Fedi()
    return World(
        'kind = "mastodon"\nurl = "{url}"\ntags = ["acme"]',
        fedi,
        fedi.posts,
        lambda n, at: status(at, n, id=mastodon_id(at, n)),
        lambda post, _: str(post["uri"]),
        page=40,
        beside=2,
    )


def opaque() -> World:
    """The API of Mastodon with hex ids that tell nothing, no Link header, and no `min_id`."""
    fedi = Fedi(honours=("max_id",), key=str)
    return World(
        'kind = "mastodon"\nurl = "{url}"\ntags = ["acme"]',
        fedi,
        fedi.posts,
        lambda n, at: status(at, n, id=f"{n:08x}{n * 0x9E3779B97F4A % 2**64:016x}"),
        lambda post, _: str(post["uri"]),
        page=40,
        beside=2,
    )


def bluesky(read: str) -> World:
    """Pages behind an opaque cursor, after a login."""
    network = Network()
    shelf: list[Post] = []

    def handler(request: Request) -> Reply:
        network.posts, network.told = shelf, shelf[::-1]
        return network(request)

    def post(n: int, at: datetime) -> Post:
        record = {"createdAt": iso(at), "text": f"acme is down {n}"}
        return bluesky_post(n, 0, record=record, indexedAt=iso(at), reason="mention")

    return World(
        f'kind = "bluesky"\nurl = "{{url}}"\nhandle = "acme.test"\npassword = "env:BSKY"\nread = ["{read}"]',
        handler,
        shelf,
        post,
        lambda post, _: str(post["uri"]),
        page=100,
        beside=2,
    )


def x() -> World:
    """`next_token` within a walk, `since_id` and `until_id` between walks."""
    fake = FakeX(page=50, now=datetime.now(UTC))
    return World(
        'kind = "x"\nurl = "{url}"\ntoken = "env:X"',
        fake,
        fake.posts,
        lambda n, at: x_post(at, f"acme is down {n}"),
        lambda post, _: str(post["id"]),
        page=50,
    )


def reddit() -> World:
    """Pages below the name of a post (`after`)."""
    fake = FakeReddit()
    return World(
        'kind = "reddit"\nurl = "{url}"\nlogin_url = "{url}"\nclient_id = "app"\n'
        'client_secret = "env:REDDIT"\nusername = "ann"\nsubreddits = ["news"]\nsearch = false',
        fake,
        fake.links,
        lambda n, at: link(n, at, f"acme is down {n}"),
        lambda post, _: str(post["name"]),
        page=100,
        beside=2,
    )


def discourse() -> World:
    """Pages below an id (`before`)."""
    forum = Forum([])
    shelf: list[Post] = []

    def handler(request: Request) -> Reply:
        forum.posts = {each["id"]: each for each in shelf}
        return forum(request)

    return World(
        'kind = "discourse"\nurl = "{url}"',
        handler,
        shelf,
        lambda n, at: forum_post(n + 1, 0, f"Acme lost order {n}", created_at=iso(at), updated_at=iso(at)),
        lambda post, host: f"{host}:{post['id']}",
        page=50,
        beside=1,
    )


def hackernews() -> World:
    """Windows of time, which are halved until one answer holds them."""
    index = Index([])

    def handler(request: Request) -> Reply:
        if "hitsPerPage" in request.query:
            request.query["hitsPerPage"] = "60"
        return index(request)

    return World(
        'kind = "hackernews"\nurl = "{url}"\nitems_url = "{url}"',
        handler,
        index.hits,
        lambda n, at: comment(n, int(at.timestamp()), f"Acme is <i>down</i> {n}"),
        lambda post, _: str(post["objectID"]),
        page=14,
    )


def appstore() -> World:
    """Ten numbered pages and no more."""
    apple = Apple()
    apple.countries["us"] = shelf = list[Post]()
    return World(
        'kind = "appstore"\nurl = "{url}"\napp_id = 284882215',
        apple,
        shelf,
        lambda n, at: review(n, 0, f"Acme crashes {n}", updated={"label": iso(at)}),
        lambda post, _: str(post["id"]["label"]),
        page=50,
    )


def one_page(kind: str) -> World:
    """A feed that is a single document."""
    shelf: list[Post] = []

    def handler(_request: Request) -> Reply:
        return Reply((rss if kind == "rss" else atom)(each["xml"] for each in reversed(shelf)))

    def post(n: int, at: datetime) -> Post:
        if kind == "rss":
            xml = item(n, pubDate=format_datetime(at))
        else:
            xml = (
                f"<entry><id>https://news.example/{n}</id><title>Story {n} of Acme</title>"
                f'<link href="https://news.example/{n}"/><updated>{iso(at)}</updated></entry>'
            )
        return {"xml": xml, "id": f"https://news.example/{n}"}

    return World(
        'kind = "feed"\nurl = "{url}/feed.xml"',
        handler,
        shelf,
        post,
        lambda post, _: str(post["id"]),
        page=POSTS,
        most_ms=600,
    )


def atom(entries: Iterable[str]) -> str:
    """An Atom document."""
    body = "".join(entries)
    return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>{body}</feed>'


def json_pages() -> World:
    """Documents that name the next one (`next_url`)."""
    shelf: list[Post] = []
    size = 50

    def handler(request: Request) -> Reply:
        place = int(request.query.get("page", 0))
        part = shelf[::-1][place * size : (place + 1) * size]
        below = f"http://{request.headers['host']}/feed.json?page={place + 1}"
        more = {"next_url": below} if (place + 1) * size < len(shelf) else {}
        return Reply(json_feed(part, **more), headers={"content-type": "application/feed+json"})

    return World(
        'kind = "feed"\nurl = "{url}/feed.json"',
        handler,
        shelf,
        lambda n, at: json_item(n, date_published=iso(at)),
        lambda post, _: str(post["id"]),
        page=size,
        most_ms=100,
    )


SHAPES: dict[str, Callable[[], World]] = {
    "mastodon": mastodon,
    "opaque ids": opaque,
    "bluesky notifications": lambda: bluesky("notifications"),
    "bluesky search": lambda: bluesky("search"),
    "x": x,
    "reddit": reddit,
    "discourse": discourse,
    "hackernews": hackernews,
    "appstore": appstore,
    "rss": lambda: one_page("rss"),
    "atom": lambda: one_page("atom"),
    "json feed": json_pages,
}

GROWING = {
    "mastodon": 1_300,
    "opaque ids": 1_300,
    "bluesky notifications": 1_300,
    "bluesky search": 1_300,
    "x": 1_300,
    "reddit": 800,
    "discourse": 1_300,
    "hackernews": 1_300,
    "json feed": 900,
}
"""Walks that store what they hold before they are at their end, and how many posts that takes."""


@dataclass
class Reaper:
    """Stands before a server and kills the agent at the request that was drawn.

    A life makes about so many `requests`; a kill comes at most `most_ms` after the answer.
    """

    moments: random.Random
    requests: int
    most_ms: int = MOST_MS
    agent: subprocess.Popen[bytes] | None = None
    asked: int = 0
    drawn: int = 0
    after_ms: float | None = None

    def draw(self) -> None:
        """A moment for the next life, often its last request, after which most is stored."""
        anywhere = 1 + int(self.requests * self.moments.random())
        self.asked, self.drawn = 0, self.moments.choice((anywhere, anywhere, anywhere, self.requests))
        self.after_ms = {
            "before": None,
            "with": 0.0,
            "after": self.most_ms * self.moments.random(),
        }[self.moments.choice(("before", "with", "after", "after"))]

    def spare(self) -> None:
        """Let the next life come to its end."""
        self.asked = self.drawn = 0

    def look(self) -> None:
        """A request came, and is answered as soon as this returns."""
        self.asked += 1
        if self.asked != self.drawn or self.agent is None:
            return
        loop = asyncio.get_running_loop()
        if self.after_ms is None:
            self.agent.kill()
        elif self.after_ms == 0:
            loop.call_soon(self.agent.kill)  # which comes when the answer is on its way
        else:
            loop.call_later(self.after_ms / 1_000, self.agent.kill)

    def __str__(self) -> str:
        when = "before" if self.after_ms is None else f"{self.after_ms:.0f} ms after"
        return f"{when} {self.drawn}"


async def dies(home: Path, reaper: Reaper) -> bool:
    """One life of the agent; True if it was killed, False if it came to its end."""
    reaper.agent = agent = start(home, "agent", "--once")
    try:
        _, complaint = await asyncio.to_thread(agent.communicate, None, 60)
    finally:
        agent.kill()
        await asyncio.to_thread(agent.wait)
    assert complaint == b""
    assert agent.returncode in (0, -signal.SIGKILL)
    return agent.returncode != 0


@dataclass
class Trial:
    """Kills `KILLS` agents, on one store until that holds all that is `expected`, then on another.

    `begin` prepares a store, `publish` adds posts while no agent lives.
    """

    folder: Path
    settings: str
    reaper: Reaper
    expected: Callable[[], set[str]]
    publish: Callable[[], None] = lambda: None
    begin: Callable[[Path], Awaitable[None]] | None = None

    async def run(self) -> None:
        told: list[str] = []
        for number_of_store in range(KILLS * 4):
            home = self.folder / f"home{number_of_store}"
            home.mkdir()
            watch = '[watch.brand]\nterms = ["acme"]\n'
            (home / "config.toml").write_text(f'{watch}\n[[source]]\nname = "source"\n{self.settings}\n')
            if self.begin is not None:
                await self.begin(home)
            told += await self._until_all_is_there(home, KILLS - len(told))
            if len(told) == KILLS:
                break
        print(f"seed {SEED}; killed at these requests (with so many posts stored): {', '.join(told)}")
        assert len(told) == KILLS

    async def _until_all_is_there(self, home: Path, most: int) -> list[str]:
        """Kill at most so many times; the moments of the kills."""
        seen = acknowledged_or_nothing(home)
        told: list[str] = []
        while len(told) < most and seen != self.expected():
            self.reaper.draw()
            killed = await dies(home, self.reaper)
            now = acknowledged_or_nothing(home)
            assert seen <= now <= self.expected()
            seen = now
            if killed:
                told.append(f"{self.reaper} ({len(seen)})")
                self.publish()
            else:
                assert seen == self.expected(), "who comes to the end has read all"
        self.reaper.spare()
        if seen != self.expected():
            assert not await dies(home, self.reaper)
        assert not await dies(home, self.reaper)
        holds(home, self.expected())
        return told


def holds(home: Path, expected: set[str]) -> None:
    """Exactly these posts are there, and what is made from them agrees."""
    database = home / "mentions.db"
    found = [row[0] for row in rows(database, "SELECT id FROM mentions")]
    assert sorted(found) == sorted(expected)
    check_whole(home)
    by_minute = "SELECT created_ms / 60000, network, count(*) FROM mentions GROUP BY 1, 2 ORDER BY 1, 2"
    kept = "SELECT minute, network, mentions FROM minutes ORDER BY 1, 2"
    assert rows(database, kept) == rows(database, by_minute)
    by_word = "SELECT count(*) FROM mentions_fts WHERE mentions_fts MATCH 'acme'"
    assert number(database, by_word) == len(expected)
    for table in ("gaps", "edits", "quarantine"):
        assert number(database, f"SELECT count(*) FROM {table}") == 0, table
    answer = json.loads(cli(home, "mentions", "--query", "acme", "--limit", "5", "--json").stdout)
    assert answer["total"] == len(expected)


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the servers here take for a password."""
    for name in ("BSKY", "REDDIT", "X"):
        monkeypatch.setenv(name, f"secret-of-env:{name}")


CASES = [*((name, POSTS, 0) for name in SHAPES), *((name, posts, 3) for name, posts in GROWING.items())]


@pytest.mark.parametrize(("shape", "posts", "grows"), CASES)
async def test_pages(shape: str, posts: int, grows: int, tmp_path: Path) -> None:
    """`grows` posts more come whenever the agent is dead."""
    world = SHAPES[shape]()
    world.publish(posts, until=datetime.now(UTC) - timedelta(seconds=5))
    reaper = Reaper(
        random.Random(f"{SEED} {shape} {posts}"),
        requests=-(-posts // world.page) + world.beside,
        most_ms=world.most_ms,
    )

    def answer(request: Request) -> Reply:
        reply = world.handler(request)
        reaper.look()
        return reply

    async with serving(answer) as server:
        host = f"127.0.0.1:{server.port}"
        await Trial(
            tmp_path,
            world.settings.format(url=server.url),
            reaper,
            expected=lambda: {world.id_of(each, host) for each in world.shelf},
            publish=lambda: world.publish(grows, until=datetime.now(UTC)),
        ).run()
    assert len(world.shelf) == posts + grows * KILLS


class Stream:
    """A Jetstream that replays from the cursor on, event by event, each one when the one before was taken."""

    def __init__(self, reaper: Reaper) -> None:
        self.events: list[Post] = []
        self.url = ""
        self._reaper = reaper

    def publish(self, count: int, *, until: datetime) -> None:
        for back in range(count - 1, -1, -1):
            at, key = until - back * STEP, f"k{len(self.events)}"
            record = {"text": f"acme is down {key}", "createdAt": iso(at)}
            commit = {
                "operation": "create",
                "collection": "app.bsky.feed.post",
                "rkey": key,
                "record": record,
            }
            time_us = round(at.timestamp() * 1_000_000)
            self.events.append(
                {
                    "did": "did:plc:a",
                    "time_us": time_us,
                    "kind": "commit",
                    "commit": {**commit, "cid": "bafy"},
                }
            )

    def ids(self) -> set[str]:
        return {f"at://did:plc:a/app.bsky.feed.post/{each['commit']['rkey']}" for each in self.events}

    async def __call__(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        cursor = parse_qs(urlsplit(socket.request.path).query).get("cursor", ["0"])
        with contextlib.suppress(ConnectionClosed):
            for event in self.events:
                if event["time_us"] >= int(cursor[0]):
                    self._reaper.look()
                    await socket.send(json.dumps(event))
                    await (await socket.ping())
            await socket.wait_closed()


async def test_a_stream(tmp_path: Path) -> None:
    """What is written while nobody listens is replayed; the first event only tells where reading begins."""
    reaper = Reaper(random.Random(f"{SEED} stream"), requests=POSTS)
    stream = Stream(reaper)
    now = datetime.now(UTC)

    async def begin(home: Path) -> None:
        stream.events.clear()
        stream.publish(1, until=now - POSTS * STEP)
        reaper.spare()
        assert not await dies(home, reaper)
        assert acknowledged_or_nothing(home) == stream.ids()
        stream.publish(POSTS - 1, until=now - timedelta(seconds=1))

    async with serve(stream, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        settings = f'kind = "jetstream"\nurl = "ws://127.0.0.1:{port}/subscribe"\nhold_s = 1'
        await Trial(tmp_path, settings, reaper, expected=stream.ids, begin=begin).run()


def test_there_are_enough_kills() -> None:
    assert (len(CASES) + 1) * KILLS >= 50
