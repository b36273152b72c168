"""A small X: search and mentions with its ids, pages and errors, as its documentation describes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from data.models.base import to_ms
from data.sources.x.posts import id_at, time_ms
from tests.sources.server import Reply, Request

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def post(at: datetime, text: str = "acme is down", *, step: int = 0, **more: Any) -> dict[str, Any]:
    """A post of a moment; `step` tells those of one millisecond apart."""
    number = str(int(id_at(to_ms(at))) + step)
    return {
        "id": number,
        "text": text,
        "created_at": at.isoformat().replace("+00:00", "Z"),
        "author_id": "7",
        "edit_history_tweet_ids": [number],
        **more,
    }


@dataclass
class FakeX:
    """Its posts, in any order, and what it was asked; `page` is how many it gives at once."""

    posts: list[dict[str, Any]] = field(default_factory=list)
    users: list[dict[str, Any]] = field(default_factory=list)
    page: int = 100
    now: datetime = NOW
    headers: dict[str, str] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)

    def __call__(self, request: Request) -> Reply:
        if request.path == "/2/tweets":
            return self._lookup(request.query["ids"].split(","))
        query = request.query
        oldest = to_ms(self.now - timedelta(days=7))
        if "since_id" in query and time_ms(query["since_id"]) < oldest:
            message = f"'since_id' must be a tweet id created after [{oldest}]."
            return refuse(400, "Invalid Request", message, since_id=[query["since_id"]])
        found = [each for each in self.posts if self._within(int(each["id"]), query)]
        found.sort(key=lambda each: -int(each["id"]))
        start = int(query.get("next_token", query.get("pagination_token", "t0"))[1:])
        part = found[start : start + self.page]
        self.read += [each["id"] for each in part]
        meta: dict[str, Any] = {"result_count": len(part)}
        answer: dict[str, Any] = {"meta": meta}
        if part:
            meta.update(newest_id=part[0]["id"], oldest_id=part[-1]["id"])
            answer["data"] = part
        if start + self.page < len(found):
            meta["next_token"] = f"t{start + self.page}"
        if self.users:
            answer["includes"] = {"users": self.users}
        return Reply(answer, headers=self.headers)

    @staticmethod
    def _within(number: int, query: dict[str, str]) -> bool:
        if "start_time" in query:
            start = to_ms(datetime.fromisoformat(query["start_time"]))
            if time_ms(str(number)) < start:
                return False
        return int(query.get("since_id", 0)) < number < int(query.get("until_id", 2**63))

    def _lookup(self, ids: list[str]) -> Reply:
        known = {each["id"]: each for each in self.posts}
        answer: dict[str, Any] = {}
        if found := [known[each] for each in ids if each in known]:
            answer["data"] = found
        answer["errors"] = [
            {
                "value": each,
                "resource_id": each,
                "parameter": "ids",
                "title": "Not Found Error",
                "type": "https://api.twitter.com/2/problems/resource-not-found",
            }
            for each in ids
            if each not in known
        ]
        return Reply(answer)


def refuse(status: int, title: str, words: str, **parameters: Any) -> Reply:
    """How X refuses."""
    return Reply(
        {
            "title": title,
            "detail": words,
            "type": "about:blank",
            "errors": [{"message": words, "parameters": parameters}] if parameters else [],
        },
        status=status,
    )
