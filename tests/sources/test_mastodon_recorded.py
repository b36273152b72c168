"""What a current Mastodon server really sent, read by the source from a server that sends it again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from data.models.base import to_ms
from data.sources.mastodon.ids import SNOWFLAKE, scheme_of
from data.sources.mastodon.posts import mention_of
from tests.sources.mastodon_server import Fedi, reading
from tests.sources.server import Reply, Request, drain

FOLDER = Path(__file__).resolve().parents[3] / "shared/data/recorded/mastodon"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"there is no recorded traffic under {FOLDER}")

_PART = re.compile(
    r"^    method: (?P<method>\S+)\n    uri: (?P<uri>\S+)\n  response:\n"
    r"    body:\n      string: '(?P<body>.*?)'\n",
    re.MULTILINE | re.DOTALL,
)


def recorded(name: str) -> list[tuple[str, str, Any]]:
    """Method, address and JSON body of each request of a recording whose body YAML has in single quotes."""
    text = (FOLDER / f"{name}.yaml").read_text()
    found = []
    for part in text.split("- request:")[1:]:
        match = _PART.search(part)
        if match is not None:
            body = re.sub(r"\n +", " ", match["body"]).replace("''", "'")
            found.append((match["method"], match["uri"], json.loads(body)))
    assert found, f"nothing could be read of {name}"
    return found


def statuses(value: Any) -> Iterator[dict[str, Any]]:
    """All posts anywhere in an answer."""
    if isinstance(value, list):
        for each in value:
            yield from statuses(each)
    elif isinstance(value, dict):
        if "reblogs_count" in value and "content" in value:
            yield value
        for each in value.values():
            yield from statuses(each)


def test_every_recorded_post_is_read() -> None:
    count = 0
    for path in sorted(FOLDER.glob("*.yaml")):
        if path.stem.startswith("test_instance"):
            continue
        for _, _, body in recorded(path.stem):
            for post in statuses(body):
                mention = mention_of(post, "localhost:3000", {})
                assert mention.id == post["uri"]
                assert mention.author is not None
                assert mention.author.endswith("@localhost:3000")
                assert "<" not in mention.text
                assert scheme_of([(post["id"], to_ms(mention.created_at))]) is SNOWFLAKE
                count += 1
    assert count > 50


async def test_a_recorded_mention_comes_in(tmp_path: Path) -> None:
    found = recorded("test_notifications_mentions_only")
    (listed,) = [body for _, uri, body in found if urlsplit(uri).query == "types%5B%5D=mention"]
    posted = listed[0]["status"]
    instance = {path: body for _, uri, body in recorded("test_instance_v1") if (path := urlsplit(uri).path)}

    def answer(request: Request) -> Reply:
        if request.path == "/api/v1/notifications":
            return Reply([] if "max_id" in request.query else listed)
        body = instance.get(f"{request.path}/")
        return Reply({"error": "Not Found"}, 404) if body is None else Reply(body)

    at = datetime.fromisoformat(posted["created_at"]) + timedelta(minutes=5)
    settings: dict[str, Any] = {"token": "env:TOKEN", "read": ["notifications"]}
    async with reading(answer, tmp_path, now=lambda: at, **settings) as (_, make):
        batches, _ = await drain(make())
    mentions = {each.id: each for batch in batches for each in batch.mentions}
    assert set(mentions) == {posted["uri"]}
    assert mentions[posted["uri"]].author == f"{posted['account']['acct']}@localhost:3000"
    assert not any(batch.rejected or batch.note for batch in batches)


def test_the_server_of_the_tests_pages_as_the_real_one_did() -> None:
    found = [(uri, body) for _, uri, body in recorded("test_pagination_iterator") if "/timelines/tag/" in uri]
    posts = {each["id"]: each for _, body in found for each in body}
    fedi = Fedi(list(posts.values()))
    assert len(posts) > 20
    for uri, body in found:
        parts = urlsplit(uri)
        pairs = parse_qsl(parts.query)
        reply = fedi(Request("GET", parts.path, dict(pairs), pairs, {}, b""))
        assert [each["id"] for each in reply.body] == [each["id"] for each in body]
