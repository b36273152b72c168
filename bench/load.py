"""Programs that post all at once: a drop folder, a signed webhook, and servers that are polled.

Run as a program of its own: `python -m bench.load INBOX SECRET SECONDS`. It
prints where its servers are, begins when a line on its input names the port
of the receiver, prints what it offered, and serves until it gets another line;
then it prints when each walk over a server began. All is JSON, a line each.
"""

from __future__ import annotations

import asyncio
import bisect
import contextlib
import hashlib
import hmac
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bench.posts import COMMON, Posts

INBOX_EVERY_S, INBOX_POSTS = 0.5, 500
"""1,000 posts a second, in files."""

HOOK_EVERY_S, HOOK_POSTS = 0.2, 20
"""100 posts a second, in signed bodies."""

POLLED_EVERY_S, POLLED_POSTS = 0.2, 5
"""25 posts a second on each server."""

SERVERS = ("forum-a", "forum-b", "fedi-a", "fedi-b")

_MANY = 1_000_000
_ABOVE_ALL = 1 << 80


@dataclass
class Channel:
    """What came one way: how many posts, and of the last one its name in the store and its moment."""

    count: int = 0
    network: str = ""
    last: str = ""
    at: float = 0.0

    def offered(self, network: str, name: str, at: float) -> None:
        """One more was offered."""
        self.count += 1
        self.network, self.last, self.at = network, name, at


class Words:
    """Posts with the lengths and fields that feeds bring, dated when they are asked for."""

    def __init__(self, prefix: str, network: str, seed: int) -> None:
        self._prefix = prefix
        self._network = network
        self._posts: Iterator[dict[str, Any]] = iter(Posts(_MANY, seed=seed))
        self._number = count(1)

    def post(self, at: float) -> dict[str, Any]:
        """One post as an object of the ingest format, which speaks of us."""
        post = next(self._posts)
        post |= {
            "network": self._network,
            "id": f"{self._prefix}-{next(self._number)}",
            "created_at": _moment(at),
            "text": f"{post['text']} #{COMMON}",
        }
        post.pop("in_reply_to", None)
        return post


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Forum:
    """The newest posts of a Discourse forum, 50 a page."""

    def __init__(self, name: str, seed: int) -> None:
        self.channel = Channel()
        self.walks: list[float] = []
        self.url = ""
        self._words = Words(name, "discourse", seed)
        self._posts: list[bytes] = []

    def add(self, at: float) -> None:
        """One more post."""
        post, number = self._words.post(at), len(self._posts) + 1
        fields = {
            "id": number,
            "name": post["author_name"],
            "username": post["author"],
            "created_at": post["created_at"],
            "updated_at": post["created_at"],
            "cooked": f"<p>{post['text']}</p>",
            "raw": post["text"],
            "post_number": number + 1,
            "post_type": 1,
            "reply_count": post["replies"],
            "reads": 12,
            "topic_id": 7,
            "topic_title": "Orders",
            "topic_slug": "orders",
            "version": 1,
            "post_url": f"/t/orders/7/{number}",
            "actions_summary": [{"id": 2, "count": post["likes"]}],
            "hidden": False,
            "user_deleted": False,
            "deleted_at": None,
        }
        self._posts.append(json.dumps(fields).encode())
        self.channel.offered("discourse", f"{urlsplit(self.url).netloc}:{number}", at)

    def answer(self, path: str, query: dict[str, str]) -> bytes | None:
        """A page of posts below `before`."""
        if path != "/posts.json":
            return None
        if "before" not in query:
            self.walks.append(time.time())
        end = min(int(query.get("before", _MANY)) - 1, len(self._posts))
        page = self._posts[max(0, end - 50) : end]
        return b'{"latest_posts": [' + b", ".join(page[::-1]) + b"]}"


class Fedi:
    """The hashtag of a Mastodon server, 40 posts a page."""

    def __init__(self, name: str, seed: int) -> None:
        self.channel = Channel()
        self.walks: list[float] = []
        self.url = ""
        self._name = name
        self._words = Words(name, "mastodon", seed)
        self._ids: list[int] = []
        self._posts: list[bytes] = []

    def add(self, at: float) -> None:
        """One more post."""
        post, number = self._words.post(at), len(self._posts) + 1
        native, uri = (round(at * 1000) << 16) + number, f"https://{self._name}.example/statuses/{number}"
        fields = {
            "id": str(native),
            "uri": uri,
            "url": post["url"],
            "created_at": post["created_at"],
            "edited_at": None,
            "content": f"<p>{post['text']}</p>",
            "language": "en",
            "spoiler_text": "",
            "visibility": "public",
            "in_reply_to_id": None,
            "account": {"acct": post["author"], "display_name": post["author_name"], "bot": False}
            | {"followers_count": post["followers"]},
            "replies_count": post["replies"],
            "reblogs_count": post["reposts"],
            "favourites_count": post["likes"],
            "tags": [{"name": COMMON}],
            "media_attachments": [],
            "reblog": None,
        }
        self._ids.append(native)
        self._posts.append(json.dumps(fields).encode())
        self.channel.offered("mastodon", uri, at)

    def answer(self, path: str, query: dict[str, str]) -> bytes | None:
        """What the server says of itself, or a page of the hashtag."""
        if path == "/api/v2/instance":
            return json.dumps({"domain": f"{self._name}.example", "configuration": {}}).encode()
        if not path.startswith("/api/v1/timelines/tag/"):
            return None
        if query.keys() == {"limit"}:
            self.walks.append(time.time())
        limit = min(int(query["limit"]), 40)
        low = bisect.bisect_right(self._ids, int(query.get("min_id", 0)))
        high = bisect.bisect_left(self._ids, int(query.get("max_id", _ABOVE_ALL)))
        # Upwards from an id come those next to it, else the newest.
        low, high = (low, min(high, low + limit)) if "min_id" in query else (max(low, high - limit), high)
        return b"[" + b", ".join(self._posts[low:high][::-1]) + b"]"


Server = Forum | Fedi


@contextlib.asynccontextmanager
async def _serving(server: Server) -> AsyncIterator[None]:
    """Answer GETs on loopback, as plainly as HTTP allows; the connections stay open."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                target = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1].decode()
                parts = urlsplit(target)
                body = server.answer(parts.path, dict(parse_qsl(parts.query)))
                status = "404 Not Found" if body is None else "200 OK"
                head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: "
                writer.write(f"{head}{len(body or b'')}\r\n\r\n".encode() + (body or b""))
                await writer.drain()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield
    finally:
        listening.close()


class Inbox:
    """Files that are moved into a folder when they are whole."""

    def __init__(self, folder: Path) -> None:
        self.channel = Channel()
        self._folder = folder
        self._words = Words("drop", "news", 1)
        self._files = count(1)

    async def add(self) -> None:
        """One more file."""
        lines, at = [], time.time()
        for _ in range(INBOX_POSTS):
            post = self._words.post(at)
            lines.append(json.dumps(post, ensure_ascii=False))
        part = self._folder / ".part"
        part.write_text("\n".join(lines) + "\n", "utf-8")
        at = time.time()
        part.rename(self._folder / f"{next(self._files)}.ndjson")
        self.channel.offered("news", post["id"], at)
        self.channel.count += INBOX_POSTS - 1


class Hook:
    """Bodies that are sent to a receiver, signed."""

    def __init__(self, port: int, secret: bytes) -> None:
        self.channel = Channel()
        self._port = port
        self._secret = secret
        self._words = Words("hook", "reviews", 2)

    async def add(self) -> None:
        """One more body.

        Raises:
            RuntimeError: it was not accepted.
        """
        posts = [self._words.post(time.time()) for _ in range(HOOK_POSTS)]
        body, stamp = json.dumps(posts).encode(), round(time.time())
        signature = hmac.new(self._secret, b"%d." % stamp + body, hashlib.sha256).hexdigest()
        head = (
            f"POST /mentions HTTP/1.1\r\nHost: here\r\nContent-Length: {len(body)}\r\n"
            f"X-Crisis-Tui-Signature: sha256={signature}\r\nX-Crisis-Tui-Timestamp: {stamp}\r\n\r\n"
        )
        at = time.time()
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(head.encode() + body)
        answer = await reader.read()
        writer.close()
        if not answer.startswith(b"HTTP/1.1 202 "):
            raise RuntimeError(f"the receiver answered {answer[:300]!r}")
        self.channel.offered("reviews", posts[-1]["id"], at)
        self.channel.count += HOOK_POSTS - 1


async def _at_a_pace(every: float, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Do something so often for so long; what is late is made up for, so that the number is always right."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for turn in range(round(seconds / every)):
        await asyncio.sleep(max(0.0, begun + turn * every - loop.time()))
        await work()


async def _post(servers: list[Server]) -> None:
    for server in servers:
        for _ in range(POLLED_POSTS):
            server.add(time.time())


async def main(inbox: Path, secret: Path, seconds: float) -> None:
    """Be told to begin, offer everything, say what it was, and serve on until told to end."""
    servers: dict[str, Server] = {
        name: (Forum if name.startswith("forum") else Fedi)(name, seed)
        for seed, name in enumerate(SERVERS, start=10)
    }
    async with contextlib.AsyncExitStack() as stack:
        for server in servers.values():
            await stack.enter_async_context(_serving(server))
        print(json.dumps({name: server.url for name, server in servers.items()}), flush=True)
        port = int(await asyncio.to_thread(sys.stdin.readline))
        drop, hook = Inbox(inbox), Hook(port, secret.read_bytes())
        begun = time.time()
        async with asyncio.TaskGroup() as group:
            group.create_task(_at_a_pace(INBOX_EVERY_S, seconds, drop.add))
            group.create_task(_at_a_pace(HOOK_EVERY_S, seconds, hook.add))
            group.create_task(_at_a_pace(POLLED_EVERY_S, seconds, lambda: _post([*servers.values()])))
        channels = {"inbox": drop.channel, "hook": hook.channel}
        channels |= {name: server.channel for name, server in servers.items()}
        took = time.time() - begun
        found = {name: asdict(channel) for name, channel in channels.items()}
        print(json.dumps({"seconds": took, "channels": found}), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        print(json.dumps({name: server.walks for name, server in servers.items()}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])))
