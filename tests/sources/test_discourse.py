"""Discourse: the posts of a forum, through real requests to servers that page as its versions do."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.matcher import Listener
from data.models.feed import Change
from data.models.mention import Mention
from data.sources.base import AuthError, Batch, PermanentError, RateLimitedError, SourceError, TransientError
from data.sources.discourse.network import PAGES, Discourse, Settings, source
from tests.sources.lend import lent
from tests.sources.server import Reply, Request, Server, drain, listener, serving

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def post(number: int, ago: float, text: str = "Acme lost my order", **more: Any) -> dict[str, Any]:
    """A post so many minutes ago."""
    return {
        "id": number,
        "name": "Ada L.",
        "username": "ada",
        "created_at": (NOW - timedelta(minutes=ago)).isoformat().replace("+00:00", "Z"),
        "updated_at": (NOW - timedelta(minutes=ago)).isoformat().replace("+00:00", "Z"),
        "cooked": f"<p>{text}</p>",
        "raw": text,
        "post_number": 2,
        "post_type": 1,
        "reply_to_post_number": None,
        "reply_count": 1,
        "reads": 12,
        "score": 3.4,
        "topic_id": 7,
        "topic_slug": "orders",
        "topic_title": "Orders",
        "version": 1,
        "post_url": f"/t/orders/7/{number}",
        "actions_summary": [{"id": 2, "count": 5}, {"id": 3, "count": 9}],
        "hidden": False,
        "user_deleted": False,
        "deleted_at": None,
        **more,
    }


class Forum:
    """`/posts.json` as the versions of Discourse page it: `<` now, `<=` before 2025, 50 ids before 2023."""

    def __init__(self, posts: list[dict[str, Any]], version: str = "new") -> None:
        self.posts = {each["id"]: each for each in posts}
        self.version = version
        self.single: dict[str, Reply] = {}

    def __call__(self, request: Request) -> Reply:
        if request.path != "/posts.json":
            return self.single.get(
                request.path, Reply({"errors": ["not here"], "error_type": "not_found"}, 404)
            )
        before = int(request.query.get("before", 0)) or max(self.posts, default=0) + 1
        highest = before - 1 if self.version == "new" else before
        lowest = highest - 49 if self.version == "windows" else 0
        found = [self.posts[number] for number in sorted(self.posts, reverse=True)]
        if self.version == "windows":
            found.sort(key=lambda each: each["created_at"], reverse=True)
        return Reply({"latest_posts": [each for each in found if lowest <= each["id"] <= highest][:50]})


@contextlib.asynccontextmanager
async def reading(
    handler: Callable[[Request], Reply], hears: Listener, now: datetime = NOW, **more: Any
) -> AsyncIterator[tuple[Server, Callable[[], Discourse]]]:
    async with serving(handler) as server, lent(Path("unused"), listener=hears, now=lambda: now) as tools:
        given = Settings.model_validate({"name": "forum", "url": f"{server.url}/", **more})
        yield server, lambda: source(given, tools)


def ids(batches: list[Batch]) -> list[int]:
    return [int(each.id.rpartition(":")[2]) for batch in batches for each in batch.mentions]


async def test_a_post_is_read_with_all_that_is_known_of_it() -> None:
    opening = post(10, 9, "It never *came*.", post_number=1, topic_title="Where is my Acme order?")
    answer = post(11, 8, "Ask Acme!", post_number=2, reply_to_post_number=1, username="bob", locale="en")
    async with reading(Forum([opening, answer]), listener("acme")) as (server, new):
        batches, _ = await drain(new())
    first, second = batches[0].mentions
    host = f"127.0.0.1:{server.port}"
    assert (first.network, first.id) == ("discourse", f"{host}:10")
    assert first.text == "Where is my Acme order?\n\nIt never *came*."
    assert (first.author, first.author_name, first.url) == ("ada", "Ada L.", f"{server.url}/t/orders/7/10")
    assert (first.likes, first.replies, first.views, first.html) == (5, 1, 12, "<p>It never *came*.</p>")
    assert first.created_at == NOW - timedelta(minutes=9)
    assert json.loads(first.extra or "")["topic_title"] == "Where is my Acme order?"
    assert (second.text, second.lang, second.in_reply_to) == ("Ask Acme!", "en", f"{host}:10")
    assert batches[0].handles == {f"{host}:10": "10", f"{host}:11": "11"}
    assert batches[0].known


async def test_a_forum_of_others_is_filtered_and_one_of_ours_is_not() -> None:
    forum = Forum([post(1, 9, "Acme broke"), post(2, 8, "it broke"), post(3, 7, "closed", post_type=3)])
    async with reading(forum, listener("acme")) as (_, new):
        assert ids((await drain(new()))[0]) == [1]
    async with reading(forum, listener("acme"), all=True) as (_, new):
        assert ids((await drain(new()))[0]) == [1, 2]


async def test_without_the_text_as_written_the_html_is_read() -> None:
    bare = post(1, 5) | {"cooked": "<p>Acme<br>is down</p>", "raw": None}
    async with reading(Forum([bare]), listener("acme")) as (_, new):
        batches, _ = await drain(new())
    assert batches[0].mentions[0].text == "Acme\nis down"


def stored_until(batches: list[Batch], cut: int) -> tuple[set[int], str | None]:
    """What a store holds, and where it stands, if the process is killed after so many batches."""
    cursors = [batch.cursor for batch in batches[:cut] if batch.cursor is not None]
    return set(ids(batches[:cut])), cursors[-1] if cursors else None


@pytest.mark.parametrize("version", ["new", "old", "windows"])
async def test_a_backlog_survives_a_kill_between_any_two_batches(version: str) -> None:
    everything = [post(number, (2100 - number) / 2) for number in range(1, 2100)]
    forum = Forum(everything, version)
    async with reading(forum, listener("acme")) as (_, new):
        batches, _ = await drain(new())
        assert set(ids(batches)) == set(range(1, 2100))
        assert len(batches) >= 3
        for cut in range(len(batches)):
            forum.posts = {each["id"]: each for each in everything}
            stored, cursor = stored_until(batches, cut)
            forum.posts[2100] = post(2100, 0)
            rest, end = await drain(new(), cursor)
            assert stored | set(ids(rest)) == set(range(1, 2101))
            again, _ = await drain(new(), end)
            assert set(ids(again)) == {number for number in range(1, 2101) if number >= 2100 - 60 * 2}


@given(
    gaps=st.lists(st.integers(1, 120), min_size=1, max_size=30),
    version=st.sampled_from(["new", "old", "windows"]),
)
@settings(max_examples=20, deadline=None)
async def test_ids_with_holes_hide_no_post(gaps: list[int], version: str) -> None:
    """A page of an old forum is empty where a stretch of ids is not for us, and more stands below it."""
    numbers = [sum(gaps[: end + 1]) for end in range(len(gaps))]
    forum = Forum([post(number, 1 + 5000 / number) for number in numbers], version)
    async with reading(forum, listener("acme"), since_hours=100) as (_, new):
        batches, _ = await drain(new())
    assert sorted(ids(batches)) == numbers


async def test_late_posts_are_found() -> None:
    """One is filed 30 minutes behind the place, one days back, one among older ids."""
    forum = Forum([post(number, 200 - number) for number in range(100, 190)])
    async with reading(forum, listener("acme")) as (_, new):
        _, cursor = await drain(new())
        forum.posts[190] = post(190, 40)
        forum.posts[191] = post(191, 3 * 24 * 60)
        forum.posts[150] = post(150, 50, "Acme again")
        batches, cursor = await drain(new(), cursor)
        assert {190, 191, 150} <= set(ids(batches))
        again, _ = await drain(new(), cursor)
    assert 191 not in ids(again)


async def test_edits_and_deletions_of_the_last_hour_are_seen() -> None:
    forum = Forum([post(number, 30 - number) for number in range(1, 5)])
    async with reading(forum, listener("acme")) as (_, new):
        _, cursor = await drain(new())
        forum.posts[1] |= {"raw": "Acme found it", "version": 2}
        forum.posts[2] |= {"user_deleted": True}
        forum.posts[3] |= {"hidden": True}
        forum.posts[4] |= {"deleted_at": "2026-11-22T11:59:00Z"}
        batches, _ = await drain(new(), cursor)
    (batch,) = batches
    assert [each.text for each in batch.mentions] == ["Acme found it"]
    assert batch.known
    assert gone(batch.changes) == {2, 3, 4}


def gone(changes: list[Change]) -> set[int]:
    return {int(each.id.rpartition(":")[2]) for each in changes if each.mention is None}


async def test_what_became_of_older_posts_is_asked_one_by_one() -> None:
    forum = Forum([post(99, 5)])
    forum.single = {
        "/posts/1.json": Reply(post(1, 900, "Acme found it", version=2)),
        "/posts/2.json": Reply({"error_type": "invalid_access"}, 403),
        "/posts/4.json": Reply(post(4, 900, user_deleted=True)),
        "/posts/5.json": Reply({k: v for k, v in post(5, 900, post_number=1).items() if k != "topic_title"}),
        "/t/7.json": Reply({"id": 7, "title": "Acme & me"}),
        "/posts/6.json": Reply(post(6, 900) | {"created_at": 5}),
    }
    async with reading(forum, listener("acme")) as (server, new):
        batch = await new().refresh(["1", "2", "3", "4", "5", "6", "../admin"])
    texts = {each.id.rpartition(":")[2]: each.mention.text for each in batch.changes if each.mention}
    assert texts == {"1": "Acme found it", "5": "Acme & me\n\nAcme lost my order"}
    assert gone(batch.changes) == {2, 3, 4}
    assert not any("admin" in request.path for request in server.asked)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply({"errors": ["You need to be logged in"], "error_type": "not_logged_in"}, 403), AuthError),
        (Reply("<html>moved", 404), PermanentError),
        (Reply("", 429, {"retry-after": "30"}), RateLimitedError),
        (Reply("", 502), TransientError),
    ],
)
async def test_a_forum_that_shut_us_out_has_deleted_nothing(reply: Reply, error: type[SourceError]) -> None:
    async with reading(lambda request: reply, listener("acme")) as (_, new):
        with pytest.raises(error):
            await new().refresh(["1", "2"])


async def test_a_private_forum_says_what_to_set_and_a_bad_key_is_never_shown() -> None:
    closed = Reply({"errors": ["You need to be logged in to do that.\x1b[31m"]}, 403)
    async with reading(lambda request: closed, listener("acme")) as (_, new):
        with pytest.raises(AuthError, match=r'members only; set "api_key" and "api_username"'):
            await drain(new())
    async with reading(
        lambda request: closed, listener("acme"), api_key="env:KEY", api_username="watcher"
    ) as (server, new):
        with pytest.raises(AuthError, match="refuses the API key") as found:
            await drain(new())
    assert "secret-of" not in str(found.value)
    assert "\x1b" not in str(found.value)
    assert server.asked[0].headers["api-key"] == "secret-of-env:KEY"
    assert server.asked[0].headers["api-username"] == "watcher"


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply("<html>denied", 403), PermanentError),
        (Reply("no", 401), AuthError),
        (Reply("", 500), TransientError),
        (Reply("<html>"), TransientError),
        (Reply([]), TransientError),
        (Reply({"latest_posts": {}}), TransientError),
        (Reply({}), TransientError),
    ],
)
async def test_a_fault_is_told_in_one_sentence(reply: Reply, error: type[SourceError]) -> None:
    async with reading(lambda request: reply, listener("acme"), api_key="env:KEY") as (_, new):
        with pytest.raises(error) as found:
            await drain(new())
    assert str(found.value).endswith(".")
    assert "secret-of" not in str(found.value)


async def test_a_limit_is_kept_to_and_what_was_read_before_it_is_stored() -> None:
    forum = Forum([post(number, (500 - number) / 60) for number in range(1, 500)])
    allowed = [3]

    def limited(request: Request) -> Reply:
        allowed[0] -= 1
        return forum(request) if allowed[0] >= 0 else Reply({}, 429, {"retry-after": "77"})

    async with reading(limited, listener("acme")) as (_, new):
        walk = new().poll(None)
        batches = [await anext(walk)]
        with pytest.raises(RateLimitedError) as found:
            await anext(walk)
        stored, cursor = stored_until(batches, len(batches))
        assert len(stored) == 150
        assert 60 < (found.value.until - datetime.now(UTC)).total_seconds() < 80
        allowed[0] = 10**6
        rest, _ = await drain(new(), cursor)
    assert stored | set(ids(rest)) == set(range(1, 500))


async def test_pages_that_repeat_or_never_end_are_left() -> None:
    same = [post(number, 1) for number in range(500, 550)]
    async with reading(lambda request: Reply({"latest_posts": same}), listener("acme")) as (server, new):
        with pytest.raises(PermanentError, match="same posts"):
            await drain(new())
    assert len(server.asked) == 2

    def endless(request: Request) -> Reply:
        before = int(request.query.get("before", 10**12))
        return Reply({"latest_posts": [post(before - back, 1) for back in range(1, 4)]})

    async with reading(endless, listener("acme")) as (server, new):
        with pytest.raises(TransientError, match="more posts"):
            await drain(new())
    assert len(server.asked) == PAGES


async def test_an_empty_forum_is_quiet() -> None:
    async with reading(Forum([]), listener("acme")) as (server, new):
        batches, cursor = await drain(new())
        assert ids(batches) == []
        assert len(server.asked) == 1
        assert ids((await drain(new(), cursor))[0]) == []


@pytest.mark.parametrize(
    "cursor", ["", "{}", "[]", "7", "no json", '{"low": null}', '{"low": 1, "below": "x"}']
)
async def test_a_place_that_can_not_be_read_starts_anew(cursor: str) -> None:
    async with reading(Forum([post(1, 5), post(2, 9000)]), listener("acme"), since_hours=1) as (_, new):
        batches, _ = await drain(new(), cursor)
    assert ids(batches) == [1]


async def test_a_place_without_the_ids_of_today_is_accepted() -> None:
    low = round((NOW - timedelta(minutes=10)).timestamp() * 1000)
    older = json.dumps({"low": low, "high": None, "below": None})
    async with reading(Forum([post(1, 5), post(2, 100)]), listener("acme")) as (_, new):
        batches, _ = await drain(new(), older)
    assert ids(batches) == [1]


async def test_what_can_not_be_read_is_kept_apart_and_stops_nothing() -> None:
    bad = [
        {"id": "x"},
        None,
        "acme",
        post(4, 1) | {"created_at": "soon"},
        post(5, 1) | {"post_url": "//evil/"},
    ]
    async with reading(
        lambda request: Reply({"latest_posts": [] if request.query else bad}), listener("acme")
    ) as (server, new):
        batches, _ = await drain(new())
    assert ids(batches) == [5]
    assert batches[0].mentions[0].url == f"{server.url}/p/5"
    assert len(batches[0].rejected) == 4
    assert json.loads(batches[0].rejected[-1].raw)["created_at"] == "soon"


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30)
_ANY = st.recursive(_SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner))


@given(fields=st.dictionaries(st.sampled_from([*post(1, 1)]), _ANY, max_size=9))
@settings(max_examples=30, deadline=None)
async def test_no_field_of_whatever_type_breaks_the_reader(fields: dict[str, Any]) -> None:
    odd = {**post(7, 5), **fields}
    page = {"latest_posts": [post(2**61, 1), odd]}
    async with reading(
        lambda request: Reply(page if "before" not in request.query else {"latest_posts": []}), Listener(())
    ) as (_, new):
        batches, _ = await drain(new())
    assert 2**61 in ids(batches)


def shown(mention: Mention) -> str:
    return f"{mention.text}{mention.author}{mention.author_name}{mention.url}{mention.extra}"


async def test_no_escape_sequence_comes_through() -> None:
    evil = "acme \x1b]52;c;aGk=\x07\x1b[31m\x00\x9b2J\u202e"
    odd = post(1, 5, evil, username=evil, name=evil, topic_title=evil, post_url=f"/t/{evil}", post_number=1)
    async with reading(Forum([odd]), listener("acme")) as (_, new):
        batches, _ = await drain(new())
    assert not set("\x1b\x00\x07\x9b\u202e") & set(shown(batches[0].mentions[0]))


def test_a_secret_in_the_settings_is_refused() -> None:
    with pytest.raises(ValueError, match="by reference only"):
        Settings.model_validate({"name": "f", "url": "https://forum.example", "api_key": "0123abcd"})
