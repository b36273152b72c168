"""A small Reddit: a login, lists newest first, and a look-up by fullname."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.sources.server import Reply, Request

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def link(number: int, at: datetime, title: str = "acme is down", **more: Any) -> dict[str, Any]:
    """A post."""
    name = f"t3_a{number}"
    return {
        "name": name,
        "title": title,
        "selftext": "",
        "author": "ann",
        "subreddit": "news",
        "is_self": True,
        "permalink": f"/r/news/comments/a{number}/acme/",
        "created_utc": at.timestamp(),
        "edited": False,
        "score": 3,
        "num_comments": 2,
        **more,
    }


def comment(number: int, at: datetime, body: str = "acme is down", **more: Any) -> dict[str, Any]:
    """A comment."""
    return {
        "name": f"t1_c{number}",
        "body": body,
        "author": "bob",
        "subreddit": "news",
        "link_id": "t3_a1",
        "parent_id": "t3_a1",
        "permalink": f"/r/news/comments/a1/acme/c{number}/",
        "created_utc": at.timestamp(),
        "edited": False,
        "score": -4,
        **more,
    }


@dataclass
class FakeReddit:
    """What it lists, who may not be read, and which tokens it has given."""

    links: list[dict[str, Any]] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    found: list[dict[str, Any]] = field(default_factory=list)
    closed: dict[str, int] = field(default_factory=dict)
    ceiling: int = 1000
    headers: dict[str, str] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    valid: set[str] = field(default_factory=set)

    def __call__(self, request: Request) -> Reply:
        if request.path == "/api/v1/access_token":
            return self._login(request)
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.valid:
            return Reply({"message": "Unauthorized", "error": 401}, 401)
        if request.path == "/api/info":
            ids = request.query["id"].split(",")
            return _listing([each for each in [*self.links, *self.comments] if each["name"] in ids], None)
        if request.path == "/search":
            return self._page(self.found, request)
        names = request.path.split("/")[2].split("+")
        if shut := [each for each in names if each in self.closed]:
            status = self.closed[shut[0]]
            reason = {403: "private", 404: "banned"}[status]
            return Reply({"message": "Forbidden", "reason": reason, "error": status}, status)
        return self._page(self.comments if request.path.endswith("/comments") else self.links, request)

    def _login(self, request: Request) -> Reply:
        expected = base64.b64encode(b"app:secret-of-env:REDDIT").decode()
        if request.headers.get("authorization") != f"Basic {expected}":
            return Reply({"message": "Unauthorized", "error": 401}, 401)
        assert request.form == {"grant_type": "client_credentials"}
        self.tokens.append(f"token{len(self.tokens)}")
        self.valid.add(self.tokens[-1])
        return Reply({"access_token": self.tokens[-1], "token_type": "bearer", "expires_in": 3600})

    def _page(self, posts: list[dict[str, Any]], request: Request) -> Reply:
        listed = sorted(posts, key=lambda each: -float(each["created_utc"]))[: self.ceiling]
        names = [each["name"] for each in listed]
        start = 0
        if after := request.query.get("after"):
            # A list that begins after what is not listed any more is empty.
            start = names.index(after) + 1 if after in names else len(names)
        part = listed[start : start + int(request.query["limit"])]
        more = start + len(part) < len(listed)
        return _listing(part, part[-1]["name"] if part and more else None, self.headers)


def _listing(posts: list[dict[str, Any]], after: str | None, headers: dict[str, str] | None = None) -> Reply:
    children = [{"kind": each["name"][:2], "data": each} for each in posts]
    return Reply({"kind": "Listing", "data": {"children": children, "after": after}}, headers=headers or {})
