"""A server that speaks the Mastodon API as Mastodon, GoToSocial or snac do, over real connections."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from data.matcher import Listener
from data.sources.base import Batch
from data.sources.mastodon.ids import ULID
from data.sources.mastodon.network import MastodonSource, Settings, source
from tests.sources.lend import lent
from tests.sources.server import Reply, Request, Server, listener, serving

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def mastodon_id(at: datetime, n: int) -> str:
    return str((round(at.timestamp() * 1000) << 16) + n)


def gotosocial_id(at: datetime, n: int) -> str:
    return ULID.floor(round(at.timestamp() * 1000))[:10] + f"{n:016d}"


def snac_id(at: datetime, n: int) -> str:
    return f"{round(at.timestamp())}{n * 7919 % 1000:03d}abcdef{n:08x}"


def status(at: datetime, n: int, **more: Any) -> dict[str, Any]:
    """A post as Mastodon sends it; `more` changes fields."""
    return {
        "id": mastodon_id(at, n),
        "uri": f"https://far.example/users/ada/statuses/{n}",
        "url": f"https://far.example/@ada/{n}",
        "created_at": at.isoformat().replace("+00:00", "Z"),
        "edited_at": None,
        "content": f"<p>My pan peels {n} <a href='https://far.example/tags/acme'>#<span>acme</span></a></p>",
        "language": "en",
        "spoiler_text": "",
        "visibility": "public",
        "in_reply_to_id": None,
        "account": {"acct": "ada@far.example", "display_name": "Ada", "followers_count": 7, "bot": False},
        "replies_count": 1,
        "reblogs_count": 2,
        "favourites_count": 3,
        "tags": [{"name": "acme"}],
        "media_attachments": [],
        "reblog": None,
        **more,
    }


@dataclass
class Fedi:
    """`posts` fill every hashtag in order of their ids; a handler in `special` answers a path instead."""

    posts: list[dict[str, Any]] = field(default_factory=list)
    notifications: list[dict[str, Any]] = field(default_factory=list)
    found: list[dict[str, Any]] = field(default_factory=list)
    special: dict[str, Callable[[Request], Reply]] = field(default_factory=dict)
    honours: tuple[str, ...] = ("min_id", "max_id")
    batch: bool = True
    key: Callable[[str], Any] = int

    def __call__(self, request: Request) -> Reply:
        for path, answer in self.special.items():
            if request.path.startswith(path):
                return answer(request)
        if request.path == "/api/v2/instance":
            return Reply({"domain": "home.example", "configuration": {}})
        if request.path.startswith("/api/v1/timelines/"):
            return Reply(self._page(self.posts, request))
        if request.path == "/api/v1/notifications":
            return Reply(self._page(self.notifications, request))
        if request.path == "/api/v2/search":
            offset, limit = int(request.query.get("offset", 0)), int(request.query["limit"])
            return Reply({"accounts": [], "statuses": self.found[offset : offset + limit], "hashtags": []})
        if request.path == "/api/v1/statuses":
            wanted = [value for name, value in request.pairs if name == "id[]"]
            rows = [each for each in self.posts if each["id"] in wanted]
            return Reply(rows) if self.batch else Reply({"error": "Method Not Allowed"}, 405)
        one = [each for each in self.posts if request.path == f"/api/v1/statuses/{each['id']}"]
        return Reply(one[0]) if one else Reply({"error": "Record not found"}, 404)

    def _page(self, items: list[dict[str, Any]], request: Request) -> list[dict[str, Any]]:
        rows = sorted(items, key=lambda each: self.key(each["id"]), reverse=True)
        limit = min(int(request.query["limit"]), 40)
        if "max_id" in request.query and "max_id" in self.honours:
            rows = [each for each in rows if self.key(each["id"]) < self.key(request.query["max_id"])]
        if "min_id" in request.query and "min_id" in self.honours:
            above = [each for each in rows if self.key(each["id"]) > self.key(request.query["min_id"])]
            return above[-limit:]
        return rows[:limit]


@contextlib.asynccontextmanager
async def reading(
    handler: Callable[[Request], Reply],
    private: Path,
    *,
    heard: Listener | None = None,
    now: Callable[[], datetime] = lambda: NOON,
    **settings: Any,
) -> AsyncIterator[tuple[Server, Callable[[], MastodonSource]]]:
    """A server, and what makes a source that reads it: each one is a process that knows nothing yet."""
    async with (
        serving(handler) as server,
        lent(private, listener=heard or listener("#acme"), now=now) as tools,
    ):

        def make() -> MastodonSource:
            made = source(
                Settings.model_validate({"name": "fedi", "url": f"{server.url}/", **settings}), tools
            )
            assert isinstance(made, MastodonSource)
            return made

        yield server, make


def ids(batches: list[Batch]) -> list[str]:
    """The numbers at the end of the ids of all mentions, in order."""
    return [each.id.rsplit("/", 1)[-1] for batch in batches for each in batch.mentions]


def backlog(count: int, *, name: Callable[[datetime, int], str] = mastodon_id) -> list[dict[str, Any]]:
    """Posts of the last hours, one every 20 seconds."""
    times = [(n, NOON - timedelta(seconds=20 * n + 5)) for n in range(count)]
    return [status(at, n, id=name(at, n)) for n, at in times]
