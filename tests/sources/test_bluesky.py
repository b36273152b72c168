"""Bluesky: nothing missed, nothing believed that an author may invent, and one login for a long time."""

from __future__ import annotations

import contextlib
import json
import stat
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from data.matcher import Listener
from data.models.mention import Mention
from data.sources.base import (
    AuthError,
    Batch,
    PermanentError,
    RateLimitedError,
    SourceError,
    TransientError,
)
from data.sources.bluesky import network as bluesky
from data.sources.bluesky.posts import BadPostError, mention, read
from data.sources.registry import make, settings_of
from tests.sources.lend import lent
from tests.sources.server import Reply, Request, Server, drain, listener, serving

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
PASSWORD = "secret-of-env:BSKY"
OWN = "app.bsky.notification.listNotifications"
SEARCH = "app.bsky.feed.searchPosts"


def ago(minutes: float) -> str:
    return (NOW - timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


def post(number: int, minutes: float, text: str = "acme is down", **more: Any) -> dict[str, Any]:
    did = f"did:plc:author{number % 7}"
    record = {"text": text, "createdAt": ago(minutes), "langs": ["en"], **more.pop("record", {})}
    return {
        "uri": f"at://{did}/app.bsky.feed.post/3k{number}",
        "cid": f"bafy{number}",
        "author": {"did": did, "handle": f"author{number % 7}.test", "displayName": "An Author"},
        "record": record,
        "indexedAt": ago(minutes),
        "likeCount": 3,
        "repostCount": 2,
        "replyCount": 1,
        **more,
    }


class Network:
    """A server with posts and notifications, sessions and the faults that a test gives it."""

    def __init__(self) -> None:
        self.posts: list[dict[str, Any]] = []
        self.told: list[dict[str, Any]] = []
        self.tokens: set[str] = set()
        self.renewable: set[str] = set()
        self.logins = self.renewals = 0
        self.faults: dict[str, Reply] = {}
        self.blocked: set[str] = set()
        self.scroll = 10**9
        self.knows_since = True

    def __call__(self, request: Request) -> Reply:
        method = request.path.removeprefix("/xrpc/")
        if method in self.faults:
            return self.faults[method]
        if method == "com.atproto.server.createSession":
            if json.loads(request.body) != {"identifier": "acme.test", "password": PASSWORD}:
                return Reply({"error": "AuthenticationRequired", "message": f"not {PASSWORD}"}, 401)
            self.logins += 1
            return self.session(f"login{self.logins}")
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if method == "com.atproto.server.refreshSession":
            if token not in self.renewable:
                return Reply({"error": "ExpiredToken", "message": f"{token} has expired"}, 400)
            self.renewals += 1
            return self.session(f"renewal{self.renewals}")
        if token not in self.tokens:
            return Reply({"error": "ExpiredToken", "message": f"Token {token} has expired"}, 400)
        answers: dict[str, Callable[[Request], Any]] = {
            OWN: lambda asked: self.page("notifications", self.told, asked),
            SEARCH: self.found,
            "app.bsky.feed.getPosts": self.asked_for,
            "app.bsky.actor.getProfiles": self.profiles,
        }
        headers = {"ratelimit-remaining": "2990", "ratelimit-limit": "3000", "ratelimit-reset": "4000000000"}
        return Reply(answers[method](request), headers=headers)

    def session(self, name: str) -> Reply:
        self.tokens, self.renewable = {f"access-{name}"}, {f"refresh-{name}"}
        return Reply({"accessJwt": f"access-{name}", "refreshJwt": f"refresh-{name}", "did": "did:plc:us"})

    def page(self, name: str, items: list[dict[str, Any]], request: Request) -> dict[str, Any]:
        start, limit = int(request.query.get("cursor", 0)), int(request.query["limit"])
        more = {"cursor": str(start + limit)} if start + limit < min(len(items), self.scroll) else {}
        return {name: items[start : start + limit], **more}

    def found(self, request: Request) -> dict[str, Any]:
        word = request.query["q"].strip('"').lower()
        items = [each for each in self.posts if word in str(each["record"]["text"]).lower()]
        if self.knows_since:
            since, until = request.query.get("since", ""), request.query.get("until", "9")
            items = [each for each in items if since <= each["record"]["createdAt"] < until]
        return self.page("posts", sorted(items, key=lambda each: each["indexedAt"], reverse=True), request)

    def asked_for(self, request: Request) -> dict[str, Any]:
        wanted = [value for name, value in request.pairs if name == "uris"]
        assert len(wanted) <= 25
        return {"posts": [each for each in self.posts if each["uri"] in wanted]}

    def profiles(self, request: Request) -> dict[str, Any]:
        wanted = [value for name, value in request.pairs if name == "actors"]
        assert 0 < len(wanted) <= 25
        return {
            "profiles": [
                {"did": did, "followersCount": 77, "viewer": {"blockedBy": did in self.blocked}}
                for did in wanted
            ]
        }


@contextlib.asynccontextmanager
async def connected(
    network: Callable[[Request], Any],
    private: Path,
    terms: Listener | None = None,
    **settings: Any,
) -> AsyncIterator[tuple[bluesky.BlueskySource, Server]]:
    async with serving(network) as server:
        given = {
            "name": "sky",
            "url": server.url,
            "handle": "@acme.test",
            "password": "env:BSKY",
            **settings,
        }
        async with lent(private, listener=terms or listener("acme"), now=lambda: NOW) as tools:
            made = make(settings_of("bluesky").model_validate({"kind": "bluesky", **given}), tools)
            assert isinstance(made, bluesky.BlueskySource)
            yield made, server


def ids(batches: list[Batch]) -> set[str]:
    return {each.id for batch in batches for each in batch.mentions}


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def private(tmp_path: Path) -> Path:
    return tmp_path / "private"


async def test_a_post_becomes_a_mention_with_all_that_is_known(network: Network, private: Path) -> None:
    parent = {"uri": "at://did:plc:x/app.bsky.feed.post/3kp", "cid": "c"}
    facet = {"index": {"byteStart": 0, "byteEnd": 999}, "features": [{"uri": "https://a.test"}, {"tag": "t"}]}
    more = {"reply": {"parent": parent, "root": parent}, "facets": [facet]}
    network.posts = [post(1, 5, record=more), post(2, 6, "nothing of ours")]
    async with connected(network, private) as (source, _):
        batches, _ = await drain(source)
    (found,) = [each for batch in batches for each in batch.mentions]
    assert found.model_dump(exclude={"extra", "created_at"}) == {
        "network": "bluesky",
        "id": "at://did:plc:author1/app.bsky.feed.post/3k1",
        "text": "acme is down",
        "author": "author1.test",
        "author_name": "An Author",
        "author_created_at": None,
        "followers": 77,
        "url": "https://bsky.app/profile/did:plc:author1/post/3k1",
        "lang": "en",
        "likes": 3,
        "reposts": 2,
        "replies": 1,
        "views": None,
        "in_reply_to": parent["uri"],
        "html": None,
        "raw_text": None,
    }
    assert found.created_at == NOW - timedelta(minutes=5)
    extra = json.loads(found.extra or "")
    assert (extra["cid"], extra["links"], extra["tags"]) == ("bafy1", ["https://a.test"], ["t"])
    assert all(batch.known for batch in batches)
    assert batches[0].budget is not None
    assert batches[0].budget.remaining == 2990


async def test_notifications_are_ours_whatever_they_say(network: Network, private: Path) -> None:
    network.told = [
        {**post(1, 1, "hello"), "reason": "mention"},
        {**post(2, 2, "hello"), "reason": "like"},
        {"uri": "at://did:plc:z/app.bsky.graph.follow/3k", "reason": "follow", "indexedAt": ago(3)},
        {**post(4, 4, "hello"), "reason": "reply"},
        {**post(5, 5, "hello"), "reason": "quote"},
    ]
    async with connected(network, private, Listener(())) as (source, server):
        batches, _ = await drain(source)
    assert {each[-1] for each in ids(batches)} == {"1", "4", "5"}
    assert not [each for batch in batches for each in batch.rejected]
    asked = next(each for each in server.asked if each.path.endswith(OWN))
    assert [value for name, value in asked.pairs if name == "reasons"] == ["mention", "reply", "quote"]


async def test_mentions_below_pages_of_likes_are_found(network: Network, private: Path) -> None:
    likes = [{"uri": f"at://x/like/{n}", "reason": "like", "indexedAt": ago(n / 10)} for n in range(250)]
    network.told = [*likes, {**post(1, 30), "reason": "mention"}]
    async with connected(network, private, read=["notifications"]) as (source, _):
        batches, _ = await drain(source)
    assert len(ids(batches)) == 1


@pytest.mark.parametrize("read_by", ["notifications", "search"])
@pytest.mark.parametrize("stop", range(1, 4))
async def test_a_backlog_survives_a_kill_between_two_batches(
    network: Network, private: Path, read_by: str, stop: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bluesky, "BATCH", 250)
    network.posts = [post(n, n) for n in range(500)]
    network.told = [{**each, "reason": "mention"} for each in network.posts]
    network.faults["app.bsky.actor.getProfiles"] = Reply("no", 500)
    got: list[Batch] = []
    cursor: str | None = None
    async with connected(network, private, read=[read_by]) as (source, _):
        async with contextlib.aclosing(source.poll(None)) as walk:  # type: ignore[type-var]
            async for batch in walk:
                got.append(batch)
                cursor = batch.cursor
                if len(got) == stop:
                    break
        network.posts.insert(0, post(900, 0))
        network.told.insert(0, {**post(900, 0), "reason": "mention"})
        rest, cursor = await drain(source, cursor)
        again, _ = await drain(source, cursor)
    assert len(ids(got + rest)) == 501
    assert len(ids(again)) <= 62
    assert network.logins == 1


async def test_a_search_that_can_not_be_scrolled_to_its_end_goes_on_by_time(
    network: Network, private: Path
) -> None:
    network.posts = [post(n, n) for n in range(700)]
    network.scroll = 200
    async with connected(network, private, read=["search"]) as (source, _):
        assert len(ids((await drain(source))[0])) == 700


async def test_a_server_that_ignores_times_is_filtered_here(network: Network, private: Path) -> None:
    network.posts = [post(n, n * 60) for n in range(120)]
    network.knows_since = False
    async with connected(network, private, read=["search"]) as (source, server):
        batches, cursor = await drain(source)
        assert len(ids(batches)) == 26  # a day, and the hour that each look goes back
        del server.asked[:]
        assert len(ids((await drain(source, cursor))[0])) == 2
        assert len(server.asked) == 1


@pytest.mark.parametrize("read_by", ["notifications", "search"])
async def test_pages_that_go_round_in_circles_end(private: Path, read_by: str, network: Network) -> None:
    def circle(request: Request) -> Reply:
        if request.path.endswith((OWN, SEARCH)):
            items = [{**post(n, n), "reason": "reply"} for n in range(3)]
            return Reply({"posts": items, "notifications": items, "cursor": "same"})
        return network(request)

    async with connected(circle, private, read=[read_by]) as (source, server):
        got: list[Batch] = []

        async def walk() -> None:
            async for batch in source.poll(None):
                got.append(batch)

        with pytest.raises(PermanentError, match="round in circles"):
            await walk()
        assert len(ids(got)) == 3
        assert len([each for each in server.asked if each.path.endswith((OWN, SEARCH))]) == 2


async def test_pages_without_end_are_cut_and_told_as_a_gap(private: Path, network: Network) -> None:
    def endless(request: Request) -> Reply:
        if request.path.endswith(SEARCH):
            at = int(request.query.get("cursor", 0))
            return Reply({"posts": [post(at, at / 1000)], "cursor": str(at + 1)})
        return network(request)

    async with connected(endless, private, read=["search"]) as (source, _):
        batches, _ = await drain(source)
    assert len(ids(batches)) == 200
    gap = batches[-1].gap
    assert gap is not None
    assert "20,000" in gap.reason
    assert gap.start == NOW - timedelta(hours=24)


@pytest.mark.parametrize("read_by", ["notifications", "search"])
async def test_posts_filed_under_an_earlier_time_are_found(
    network: Network, private: Path, read_by: str
) -> None:
    network.posts = [post(1, 1)]
    network.told = [{**post(1, 1), "reason": "mention"}]
    async with connected(network, private, read=[read_by]) as (source, _):
        _, cursor = await drain(source)
        late = post(2, 31)
        network.posts.append(late)
        network.told.append({**late, "reason": "mention"})
        assert late["uri"] in ids((await drain(source, cursor))[0])


@pytest.mark.parametrize(
    ("written", "believed"),
    [
        (ago(90), ago(90)),
        ("2036-01-01T00:00:00Z", ago(2)),
        ("1970-01-01T00:00:00Z", ago(2)),
        ("0001-01-01T00:00:00+14:00", ago(2)),
        ("soon", ago(2)),
        (17, ago(2)),
        (None, ago(2)),
    ],
)
async def test_a_time_that_can_not_be_is_not_believed(
    network: Network, private: Path, written: Any, believed: str
) -> None:
    strange = {**post(2, 2, record={"createdAt": written}), "reason": "mention"}
    network.told = [{**post(1, 1), "reason": "reply"}, strange, {**post(3, 3), "reason": "quote"}]
    async with connected(network, private, read=["notifications"]) as (source, _):
        batches, cursor = await drain(source)
        found = {each.id: each for batch in batches for each in batch.mentions}
        assert len(found) == 3
        assert found[strange["uri"]].created_at == datetime.fromisoformat(believed)
        assert json.loads(cursor or "")["notifications"]["low"] <= NOW.timestamp() * 1000
        network.told.insert(0, {**post(9, 0), "reason": "mention"})
        assert post(9, 0)["uri"] in ids((await drain(source, cursor))[0])


async def test_one_login_lasts_over_restarts_and_is_readable_by_nobody_else(
    network: Network, private: Path
) -> None:
    async with serving(network) as server:
        for _ in range(3):
            async with lent(private, listener=listener("acme"), now=lambda: NOW) as tools:
                settings = bluesky.Settings(
                    name="sky", url=server.url, handle="acme.test", password="env:BSKY"
                )
                await drain(bluesky.source(settings, tools))
    assert network.logins == 1
    (kept,) = private.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


async def test_a_session_that_ran_out_is_renewed_and_only_then_begun_anew(
    network: Network, private: Path
) -> None:
    async with connected(network, private) as (source, _):
        await drain(source)
        network.tokens.clear()
        await drain(source)
        assert (network.logins, network.renewals) == (1, 1)
        network.tokens.clear()
        network.renewable.clear()
        await drain(source)
        assert (network.logins, network.renewals) == (2, 1)


async def test_a_renewal_that_fails_for_a_moment_is_no_reason_to_log_in(
    network: Network, private: Path
) -> None:
    async with connected(network, private) as (source, _):
        await drain(source)
        network.tokens.clear()
        network.faults["com.atproto.server.refreshSession"] = Reply({"error": "InternalServerError"}, 500)
        with pytest.raises(TransientError):
            await drain(source)
    assert network.logins == 1


async def test_a_server_that_ends_every_session_is_not_logged_in_to_for_ever(private: Path) -> None:
    network = Network()

    def forgetful(request: Request) -> Reply:
        reply = network(request)
        network.tokens.clear()
        network.renewable.clear()
        return reply

    async with connected(forgetful, private) as (source, _):
        for _ in range(20):
            with pytest.raises(SourceError) as error:
                await drain(source)
            assert "access-" not in str(error.value)
    assert network.logins <= 6


async def test_a_damaged_session_file_is_as_none(network: Network, private: Path) -> None:
    async with connected(network, private) as (source, server):
        await drain(source)
        (kept,) = private.iterdir()
        kept.write_text('{"access": 7')
        async with lent(private, listener=listener("acme"), now=lambda: NOW) as tools:
            settings = bluesky.Settings(name="sky", url=server.url, handle="acme.test", password="env:BSKY")
            await drain(bluesky.source(settings, tools))
    assert network.logins == 2


async def test_a_wrong_password_is_said_without_it(network: Network, private: Path) -> None:
    async with connected(network, private, password="env:OTHER") as (source, _):
        with pytest.raises(AuthError, match=r"acme\.test.*app password") as error:
            await drain(source)
    assert "secret-of" not in str(error.value)
    assert network.logins == 0


async def test_words_of_the_server_that_repeat_a_token_are_left_out(network: Network, private: Path) -> None:
    async with connected(network, private) as (source, _):
        await drain(source)
        echo = Reply({"error": "Odd", "message": "your token access-login1 and refresh-login1"}, 500)
        network.faults = {OWN: echo, SEARCH: echo}
        with pytest.raises(TransientError) as error:
            await drain(source)
    assert "login1" not in str(error.value)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply({"error": "RateLimitExceeded"}, 429, {"retry-after": "120"}), RateLimitedError),
        (Reply({"error": "RateLimitExceeded"}, 429, {"ratelimit-reset": "4000000000"}), RateLimitedError),
        (Reply({"error": "AuthMissing"}, 401), AuthError),
        (Reply({"error": "UpstreamFailure"}, 502), TransientError),
        (Reply("<html>no</html>", 403, {"content-type": "text/html"}), PermanentError),
        (Reply("<html>fine</html>"), TransientError),
        (Reply(b""), TransientError),
        (Reply([1, 2]), TransientError),
        (Reply({"posts": "none", "notifications": {}}), TransientError),
        (Reply({"error": "InvalidRequest", "message": "\x1b[31mno\x00"}, 400), PermanentError),
    ],
)
async def test_faults_say_what_to_do_next(
    network: Network, private: Path, reply: Reply, kind: type[SourceError]
) -> None:
    network.faults = {OWN: reply, SEARCH: reply}
    async with connected(network, private) as (source, _):
        with pytest.raises(kind) as error:
            await drain(source)
    said = str(error.value)
    assert said.endswith((".", "…"))
    assert said.isprintable()
    assert "access-" not in said
    assert "secret" not in said


async def test_a_host_that_is_not_there(private: Path) -> None:
    async with lent(private) as tools:
        settings = bluesky.Settings(
            name="sky", url="http://127.0.0.1:9", handle="a.test", password="env:BSKY"
        )
        with pytest.raises(TransientError, match="refuses the connection"):
            await drain(bluesky.source(settings, tools))


@pytest.mark.parametrize("status", [403, 501, 502])
async def test_notifications_come_where_search_does_not_work(
    network: Network, private: Path, status: int
) -> None:
    network.told = [{**post(1, 1), "reason": "mention"}]
    network.faults[SEARCH] = Reply({"error": "UpstreamFailure"}, status)
    async with connected(network, private) as (source, _):
        batches, _ = await drain(source)
    assert len(ids(batches)) == 1
    assert SEARCH in batches[-1].note
    assert not batches[-1].mentions


async def test_one_term_that_the_server_refuses_does_not_stop_the_others(
    network: Network, private: Path
) -> None:
    network.posts = [post(1, 1, "good")]

    def refusing(request: Request) -> Reply:
        if request.query.get("q") == "bad":
            return Reply({"error": "InvalidRequest"}, 400)
        return network(request)

    async with connected(refusing, private, listener("bad", "good"), read=["search"]) as (source, _):
        batches, _ = await drain(source)
    assert len(ids(batches)) == 1
    assert batches[-1].note


async def test_a_search_for_nothing_is_told(network: Network, private: Path) -> None:
    async with connected(network, private, Listener(()), read=["search"]) as (source, _):
        with pytest.raises(PermanentError, match="terms"):
            await drain(source)


@pytest.mark.parametrize(
    ("term", "asked"), [("two words", "two words"), ("acm*", "acm"), ("#acme", "#acme"), ("a:b", "a:b")]
)
async def test_terms_are_asked_for_in_the_words_of_the_search(
    network: Network, private: Path, term: str, asked: str
) -> None:
    async with connected(network, private, listener(term), read=["search"]) as (source, server):
        await drain(source)
    assert [each.query["q"] for each in server.asked if each.path.endswith(SEARCH)] == [asked]


async def test_followers_are_asked_once_and_their_lack_harms_nothing(network: Network, private: Path) -> None:
    network.posts = [post(1, 1)]
    async with connected(network, private) as (source, server):
        _, cursor = await drain(source)
        await drain(source, cursor)
        assert len([each for each in server.asked if each.path.endswith("getProfiles")]) == 1
        network.faults["app.bsky.actor.getProfiles"] = Reply("<p>", 403)
        network.posts.append(post(2, 1))
        found = [each for batch in (await drain(source, cursor))[0] for each in batch.mentions]
    assert {each.followers for each in found} == {77, None}


async def test_posts_looked_at_again_are_edited_gone_or_as_they_were(network: Network, private: Path) -> None:
    network.posts = [post(1, 1), post(2, 2), post(3, 3)]
    uris = [each["uri"] for each in network.posts]
    async with connected(network, private) as (source, _):
        network.posts = [
            {**post(1, 1, "acme is up"), "cid": "bafynew", "likeCount": 99},
            {**post(2, 2), "record": {"text": 5}},
        ]
        batch = await source.refresh(uris)
    assert {each.id: each.mention and each.mention.text for each in batch.changes} == {
        uris[0]: "acme is up",
        uris[2]: None,
    }
    assert batch.changes[0].mention is not None
    assert batch.changes[0].mention.likes == 99
    assert len(batch.rejected) == 1


async def test_when_all_are_absent_the_server_is_asked_twice(network: Network, private: Path) -> None:
    network.posts = [post(n, n) for n in range(25)]
    uris = [each["uri"] for each in network.posts]
    empty = [Reply({"posts": []})]

    def flapping(request: Request) -> Reply:
        return empty.pop() if request.path.endswith("getPosts") and empty else network(request)

    async with connected(flapping, private) as (source, _):
        batch = await source.refresh(uris)
        assert len(batch.changes) == 25
        assert all(each.mention for each in batch.changes)
        network.posts = []
        batch = await source.refresh(uris)
    assert [each.id for each in batch.changes if each.mention is None] == uris


async def test_a_post_whose_author_blocks_us_is_not_called_deleted(network: Network, private: Path) -> None:
    network.blocked = {"did:plc:author1"}
    async with connected(network, private) as (source, _):
        batch = await source.refresh([post(1, 1)["uri"], post(2, 2)["uri"]])
    assert [each.id for each in batch.changes] == [post(2, 2)["uri"]]


HOSTILE = "\x1b]52;c;ZXZpbA==\x07\x00\x9b31m\u202e\ud800"


async def test_hostile_text_in_every_field(network: Network, private: Path) -> None:
    strange = post(1, 1, f"acme {HOSTILE}", record={"langs": [HOSTILE], "tags": [HOSTILE]}, cid=HOSTILE)
    strange["author"] = {"did": HOSTILE, "handle": HOSTILE, "displayName": HOSTILE}
    network.posts = [
        strange,
        {**post(2, 2), "uri": f"at://did:plc:x/app.bsky.feed.post/{HOSTILE}"},
        post(3, 3),
    ]
    async with connected(network, private, read=["search"]) as (source, _):
        batches, _ = await drain(source)
    found = [each for batch in batches for each in batch.mentions]
    assert len(found) == 2
    assert len([each for batch in batches for each in batch.rejected]) == 1
    for each in found:
        for value in (each.text, each.author, each.author_name, each.url, each.lang, each.id):
            assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c == "\u202e" for c in value or "")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = ["uri", "cid", "author", "record", "indexedAt", "likeCount", "replyCount", "reason"]
INNER = ["text", "createdAt", "langs", "facets", "reply", "embed", "tags"]


@given(
    outer=st.dictionaries(st.sampled_from(KEYS), JSON), inner=st.dictionaries(st.sampled_from(INNER), JSON)
)
def test_fields_of_any_type_give_a_mention_or_a_reason(outer: dict[str, Any], inner: dict[str, Any]) -> None:
    raw = post(1, 1, record=inner)
    raw.update(outer)
    found: Mention | None = None
    with contextlib.suppress(BadPostError):
        found = mention(read(raw, NOW))
    assert found is None or found.created_at <= NOW + timedelta(days=1)


async def test_items_that_are_no_posts_are_kept_apart(network: Network, private: Path) -> None:
    network.told = [7, None, {"reason": "mention"}, {**post(1, 1), "reason": "mention"}]  # type: ignore[list-item]
    async with connected(network, private, read=["notifications"]) as (source, _):
        batches, _ = await drain(source)
    assert len(ids(batches)) == 1
    assert [each.raw for batch in batches for each in batch.rejected][-1] == b'{"reason": "mention"}'


@pytest.mark.parametrize("cursor", ["", "null", "[]", "{", '{"notifications": {"low": "x"}}', '{"v": 9}'])
async def test_a_cursor_that_can_not_be_read_starts_anew(
    network: Network, private: Path, cursor: str
) -> None:
    network.told = [{**post(1, 1), "reason": "mention"}]
    async with connected(network, private) as (source, _):
        assert len(ids((await drain(source, cursor))[0])) == 1


async def test_a_first_look_that_finds_nothing_is_where_the_next_one_starts(
    network: Network, private: Path
) -> None:
    async with connected(network, private) as (source, _):
        batches, cursor = await drain(source)
        assert ids(batches) == set()
        assert set(json.loads(cursor or "")) == {"notifications", "search:acme"}
        assert await drain(source, cursor) == ([], cursor)


async def test_a_term_that_is_new_is_searched_from_its_own_beginning(network: Network, private: Path) -> None:
    network.posts = [post(1, 600, "brand"), post(2, 5)]
    async with connected(network, private, read=["search"]) as (source, _):
        _, cursor = await drain(source)
    async with connected(network, private, listener("acme", "brand"), read=["search"]) as (source, _):
        batches, _ = await drain(source, cursor)
    assert post(1, 600)["uri"] in ids(batches)


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "ftp://x"},
        {"url": "bsky.social"},
        {"password": "abcd-efgh-ijkl-mnop"},
        {"read": []},
        {"read": ["likes"]},
        {"since_hours": 0},
        {"every": 5},
    ],
)
def test_settings_that_can_not_work_are_refused(settings: dict[str, Any]) -> None:
    given = {"name": "sky", "handle": "acme.test", "password": "env:BSKY", **settings}
    with pytest.raises(ValidationError):
        bluesky.Settings.model_validate(given)
