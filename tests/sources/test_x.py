"""X: nothing is missed, nothing is paid twice without need, and its two spellings are both read."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from data.matcher import Listener
from data.sources.base import (
    AuthError,
    Batch,
    PermanentError,
    RateLimitedError,
    Refreshing,
    Source,
    SourceError,
    TransientError,
)
from data.sources.x import network as x
from data.sources.x import place as x_place
from data.sources.x.posts import Page, Post, id_at, mention
from tests.sources.fake_x import NOW, FakeX, post, refuse
from tests.sources.lend import lent
from tests.sources.server import Handler, Reply, Request, Server, drain, listener, serving

RECORDED = Path(__file__).resolve().parents[3] / "shared/data/recorded/x"


@asynccontextmanager
async def reading(
    handler: Handler,
    private: Path,
    *,
    who: Listener | None = None,
    now: Callable[[], datetime] = lambda: NOW,
    **settings: Any,
) -> AsyncIterator[tuple[Source, Server]]:
    async with serving(handler) as server, lent(private, listener=who or listener("acme"), now=now) as tools:
        given = {"name": "x", "kind": "x", "token": "env:X", "url": server.url, **settings}
        yield x.source(x.Settings.model_validate(given), tools), server


def ids(batches: list[Batch]) -> list[str]:
    return [each.id for batch in batches for each in batch.mentions]


async def gather(source: Source, cursor: str | None, into: list[Batch]) -> None:
    async for batch in source.poll(cursor):
        into.append(batch)


def cost(batches: list[Batch]) -> Decimal:
    return sum((each.cost_usd for each in batches), Decimal(0))


def backlog(size: int) -> list[dict[str, Any]]:
    return [post(NOW - timedelta(minutes=3, seconds=20 * place)) for place in range(size)]


async def test_backlog_survives_a_kill_after_every_batch_and_is_paid_once(tmp_path: Path) -> None:
    fake = FakeX(backlog(500))
    async with reading(fake, tmp_path) as (source, _):
        batches, _ = await drain(source)
        assert len(batches) == 5
        assert {each["id"] for each in fake.posts} == set(ids(batches))
        assert cost(batches) == Decimal("2.5")
    for kill in range(1, 5):
        fake.read.clear()
        cursor: str | None = None
        found: set[str] = set()
        async with reading(fake, tmp_path) as (source, _):
            walk = source.poll(None)
            for _ in range(kill):
                batch = await anext(walk)
                cursor = batch.cursor or cursor
                found |= set(ids([batch]))
        newest = post(NOW - timedelta(seconds=170 - kill))
        fake.posts.append(newest)
        async with reading(fake, tmp_path) as (source, _):
            rest, cursor = await drain(source, cursor)
            again, _ = await drain(source, cursor)
        assert found | set(ids(rest)) == {each["id"] for each in fake.posts}
        # The posts of the last minutes are read again, all others once.
        twice = {each for each in fake.read if fake.read.count(each) > 1}
        assert all(int(each) >= int(id_at(round((NOW.timestamp() - 310) * 1000))) for each in twice)
        assert len(ids(again)) < 10
        fake.posts.remove(newest)


async def test_quiet_brand_costs_nothing_and_shows_no_gap_after_a_week(tmp_path: Path) -> None:
    fake = FakeX([post(NOW - timedelta(minutes=5))])
    moment = NOW
    async with reading(fake, tmp_path, now=lambda: moment) as (source, server):
        first, cursor = await drain(source)
        assert len(ids(first)) == 1
        for day in range(1, 10):
            moment = fake.now = NOW + timedelta(days=day)
            batches, cursor = await drain(source, cursor)
            assert cost(batches) == 0
            assert [each.gap for each in batches] == [None]
        fake.posts.append(post(moment - timedelta(days=1), "acme again"))
        batches, cursor = await drain(source, cursor)
        assert ids(batches) == [fake.posts[-1]["id"]]
        assert "start_time" in server.asked[-1].query


async def test_post_that_the_search_shows_a_minute_late_is_found(tmp_path: Path) -> None:
    fake = FakeX([post(NOW - timedelta(seconds=40))])
    moment = NOW
    async with reading(fake, tmp_path, now=lambda: moment) as (source, _):
        _, cursor = await drain(source)
        moment += timedelta(minutes=2)
        fake.posts.append(post(NOW - timedelta(seconds=100)))
        batches, _ = await drain(source, cursor)
        assert fake.posts[-1]["id"] in ids(batches)


async def test_absence_of_more_than_a_week_is_told_as_a_gap(tmp_path: Path) -> None:
    fake = FakeX([post(NOW - timedelta(minutes=5))])
    moment = NOW
    async with reading(fake, tmp_path, now=lambda: moment) as (source, _):
        _, cursor = await drain(source)
        moment = fake.now = NOW + timedelta(days=10)
        fake.posts += [post(NOW + timedelta(days=1)), post(NOW + timedelta(days=8))]
        batches, cursor = await drain(source, cursor)
        assert ids(batches) == [fake.posts[-1]["id"]]
        gaps = [each.gap for each in batches if each.gap]
        assert len(gaps) == 1
        assert NOW - timedelta(minutes=6) < gaps[0].start < NOW
        assert gaps[0].end == moment - timedelta(days=7) + timedelta(minutes=1)
        batches, _ = await drain(source, cursor)
        assert not any(each.gap for each in batches)


async def test_interrupted_walk_goes_on_after_more_than_a_week(tmp_path: Path) -> None:
    fake = FakeX(backlog(300))
    moment = NOW
    async with reading(fake, tmp_path, now=lambda: moment) as (source, _):
        cursor = (await anext(source.poll(None))).cursor
        moment = fake.now = NOW + timedelta(days=12)
        fake.posts.append(post(moment - timedelta(hours=1)))
        batches, _ = await drain(source, cursor)
        assert ids(batches) == [fake.posts[-1]["id"]]
        assert [each.gap for each in batches if each.gap]


async def test_place_that_x_refuses_is_found_again_by_time(tmp_path: Path) -> None:
    fake = FakeX(backlog(20))

    def handler(request: Request) -> Reply:
        for name in ("since_id", "until_id"):
            if name in request.query:
                return refuse(400, "Invalid Request", f"'{name}' must be larger.", **{name: ["1"]})
        return fake(request)

    async with reading(handler, tmp_path) as (source, _):
        fake.page = 8
        cursor = (await anext(source.poll(None))).cursor
        fake.posts.append(post(NOW - timedelta(minutes=1)))
        batches, cursor = await drain(source, cursor)
        assert set(ids(batches)) == {each["id"] for each in fake.posts}
        batches, _ = await drain(source, cursor)
        assert fake.posts[-1]["id"] in ids(batches)


async def test_pages_without_end_are_stopped_after_what_was_found_was_given(tmp_path: Path) -> None:
    page = {"data": backlog(10), "meta": {"next_token": "again", "result_count": 10}}
    async with reading(lambda _: Reply(page), tmp_path) as (source, server):
        found: list[Batch] = []
        with pytest.raises(PermanentError, match="circles"):
            await gather(source, None, found)
        assert len(set(ids(found))) == 10
        assert len(server.asked) == 2
        assert cost(found) == Decimal("0.1"), "the page that came twice is paid twice"


async def test_empty_pages_without_end_are_stopped(tmp_path: Path) -> None:
    count = iter(range(1000))
    async with reading(lambda _: Reply({"meta": {"next_token": f"t{next(count)}"}}), tmp_path) as (source, _):
        with pytest.raises(PermanentError, match="circles"):
            await drain(source)
    assert next(count) < 10


async def test_pages_that_ignore_where_we_stand_end_there(tmp_path: Path) -> None:
    count = iter(range(10_000))

    def endless(_: Request) -> Reply:
        at = NOW - timedelta(hours=next(count))
        return Reply({"data": [post(at)], "meta": {"next_token": f"{at}"}})

    async with reading(endless, tmp_path, since_hours=24) as (source, _):
        batches, _ = await drain(source)
    assert 24 <= len(ids(batches)) <= 27


async def test_edit_keeps_its_post_and_says_the_newest_text(tmp_path: Path) -> None:
    first = post(NOW - timedelta(minutes=20), "acme is bad")
    second = post(NOW - timedelta(minutes=10), "acme is good")
    history = [first["id"], second["id"]]
    first["edit_history_tweet_ids"] = second["edit_history_tweet_ids"] = history
    async with reading(FakeX([first, second]), tmp_path, refresh=True) as (source, _):
        batches, _ = await drain(source)
        (found,) = [each for batch in batches for each in batch.mentions]
        assert (found.id, found.text) == (first["id"], "acme is good")
        assert batches[0].handles == {first["id"]: f"{first['id']}:{second['id']}"}
        assert isinstance(source, Refreshing)
        # Asked by its first version, which X still gives, the post says what its last version says.
        change = (await source.refresh([first["id"]])).changes
        assert [(each.id, each.mention and each.mention.text) for each in change] == [
            (first["id"], "acme is good")
        ]


async def test_old_version_alone_is_no_edit(tmp_path: Path) -> None:
    old = post(NOW - timedelta(minutes=20), "acme is bad")
    old["edit_history_tweet_ids"] = [old["id"], str(int(old["id"]) + 5)]
    async with reading(FakeX([old]), tmp_path) as (source, _):
        batches, _ = await drain(source)
    assert [each.known for each in batches if each.mentions] == [False]
    assert ids(batches) == [old["id"]]


async def test_refresh_tells_deletions_and_what_it_costs(tmp_path: Path) -> None:
    kept, gone = post(NOW - timedelta(hours=2)), post(NOW - timedelta(hours=3))
    async with reading(FakeX([kept]), tmp_path, refresh=True) as (source, server):
        assert isinstance(source, Refreshing)
        batch = await source.refresh([kept["id"], f"1:{gone['id']}", "no id"])
        assert {each.id: each.mention is None for each in batch.changes} == {kept["id"]: False, "1": True}
        assert batch.cost_usd == Decimal("0.005")
        assert set(server.asked[0].query["ids"].split(",")) == {kept["id"], gone["id"]}
    async with reading(FakeX([]), tmp_path) as (source, _):
        assert not isinstance(source, Refreshing), "looking again is paid, so only on demand"


async def test_suspended_author_is_no_deletion(tmp_path: Path) -> None:
    fault = {"errors": [{"value": "12", "title": "Authorization Error", "detail": "not authorized"}]}
    async with reading(lambda _: Reply(fault), tmp_path, refresh=True) as (source, _):
        assert isinstance(source, Refreshing)
        assert (await source.refresh(["12"])).changes == []


async def test_all_fields_in_both_spellings(tmp_path: Path) -> None:
    at = NOW - timedelta(minutes=9)
    counts = {"like_count": 3, "reply_count": 2, "quote_count": 4, "impression_count": 900}
    users = [
        {
            "id": "7",
            "username": "ann",
            "name": "Ann",
            "verified": True,
            "created_at": "2020-05-01T10:00:00.000Z",
            "public_metrics": {"followers_count": 12},
        }
    ]
    old = post(
        at,
        "short…",
        lang="en",
        public_metrics={**counts, "retweet_count": 5},
        referenced_tweets=[{"type": "replied_to", "id": "99"}],
        note_tweet={"text": "long &amp;lt; text &lt;acme&gt;"},
    )
    new = {
        **{key: value for key, value in old.items() if "tweet" not in key},
        "public_metrics": {**counts, "repost_count": 5},
        "referenced_posts": old["referenced_tweets"],
        "note_post": old["note_tweet"],
        "edit_history_post_ids": old["edit_history_tweet_ids"],
    }
    read = []
    for each in (old, new):
        async with reading(FakeX([each], users), tmp_path) as (source, _):
            batches, _ = await drain(source)
            read += batches[0].mentions
    assert read[0] == read[1]
    assert read[0].model_dump(exclude={"extra", "raw_text", "html"}) == {
        "network": "x",
        "id": old["id"],
        "text": "long &lt; text <acme>",
        "created_at": at,
        "author": "ann",
        "author_name": "Ann",
        "author_created_at": datetime(2020, 5, 1, 10, tzinfo=UTC),
        "followers": 12,
        "url": f"https://x.com/ann/status/{old['id']}",
        "lang": "en",
        "likes": 3,
        "reposts": 5,
        "replies": 2,
        "views": 900,
        "in_reply_to": "99",
    }
    assert json.loads(read[0].extra or "")["quotes"] == 4


@pytest.mark.parametrize(("given", "taken"), [("tweet", "post"), ("post", "tweet")])
async def test_field_names_that_x_refuses_are_changed_for_good(
    tmp_path: Path, given: str, taken: str
) -> None:
    fake = FakeX(backlog(3))

    def handler(request: Request) -> Reply:
        if f"{given}.fields" in request.query:
            words = f"The query parameter [{given}.fields] is not one of [query,{taken}.fields]"
            return refuse(400, "Invalid Request", words, **{f"{given}.fields": ["created_at"]})
        return fake(request)

    async with reading(handler, tmp_path, fields=given) as (source, server):
        batches, cursor = await drain(source)
        assert len(ids(batches)) == 3
        await drain(source, cursor)
        refused = [f"{given}.fields" in each.query for each in server.asked]
        assert refused == [True, False, False]
        assert f"referenced_{taken}s" in server.asked[-1].query[f"{taken}.fields"]


async def test_field_names_that_are_ignored_are_changed_and_the_time_is_told_by_the_id(
    tmp_path: Path,
) -> None:
    at = NOW - timedelta(minutes=9)
    fake = FakeX([{"id": post(at)["id"], "text": "acme"}])
    async with reading(fake, tmp_path) as (source, server):
        batches, cursor = await drain(source)
        assert batches[0].mentions[0].created_at == at
        assert batches[0].mentions[0].url == f"https://x.com/i/status/{ids(batches)[0]}"
        await drain(source, cursor)
        assert "post.fields" in server.asked[-1].query


FAULTS: list[tuple[str, Reply, type[SourceError], str]] = [
    ("credentials", refuse(401, "Unauthorized", "Unauthorized"), AuthError, "token"),
    (
        "rights",
        refuse(
            403, "Unsupported Authentication", "Authenticating with OAuth 2.0 Application-Only is forbidden"
        ),
        AuthError,
        "Application-Only",
    ),
    ("credits", refuse(402, "CreditsDepleted", "no credits left"), PermanentError, "credits"),
    ("cap", refuse(429, "UsageCapExceeded", "Usage cap exceeded: Monthly"), PermanentError, "credits"),
    (
        "query",
        refuse(400, "Invalid Request", "no viable \x1b[31m alternative", query=["("]),
        PermanentError,
        "viable",
    ),
    (
        "limit",
        Reply({"title": "Too Many Requests"}, 429, {"x-rate-limit-reset": str(int(NOW.timestamp()) + 600)}),
        RateLimitedError,
        "wait",
    ),
    ("fault", Reply("<html>oops</html>", 502), TransientError, "502"),
    ("page", Reply("<html>maintenance</html>"), TransientError, "no JSON"),
    ("list", Reply([1, 2]), TransientError, "no answer of X"),
    ("odd", Reply({"data": "posts"}), TransientError, "no answer of X"),
]


@pytest.mark.parametrize(
    ("answer", "kind", "words"), [each[1:] for each in FAULTS], ids=[f[0] for f in FAULTS]
)
async def test_faults_say_what_to_do_and_give_nothing_away(
    tmp_path: Path, answer: Reply, kind: type[SourceError], words: str
) -> None:
    async with reading(lambda _: answer, tmp_path) as (source, server):
        with pytest.raises(kind, match=words) as caught:
            await drain(source)
        assert server.asked[0].headers["authorization"] == "Bearer secret-of-env:X"
    assert "secret-of" not in str(caught.value)
    assert "query=" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


async def test_spent_budget_stops_before_x_must_refuse_and_goes_on_later(tmp_path: Path) -> None:
    reset = NOW + timedelta(minutes=9)
    fake = FakeX(backlog(250), headers={"x-rate-limit-remaining": "0", "x-rate-limit-limit": "450"})
    fake.headers["x-rate-limit-reset"] = str(int(reset.timestamp()))
    moment, found = NOW, set[str]()
    cursor: str | None = None
    async with reading(fake, tmp_path, now=lambda: moment) as (source, server):
        for asked in range(1, 4):
            batches: list[Batch] = []
            with pytest.raises(RateLimitedError) as caught:
                await gather(source, cursor, batches)
            assert batches[-1].budget
            assert batches[-1].budget.resets_at == reset
            cursor, found = batches[-1].cursor, found | set(ids(batches))
            assert caught.value.until == reset
            assert len(server.asked) == asked
            moment = reset
            reset += timedelta(minutes=9)
            fake.headers["x-rate-limit-reset"] = str(int(reset.timestamp()))
    assert len(found) == 250


async def test_mentions_of_an_account_are_cheap_and_have_an_end(tmp_path: Path) -> None:
    fake = FakeX(backlog(800))
    async with reading(fake, tmp_path, read="mentions", user_id=42) as (source, server):
        batches, cursor = await drain(source)
        assert cost(batches) == Decimal("0.8")
        assert server.asked[0].path == "/2/users/42/mentions"
        assert "query" not in server.asked[0].query
        assert "pagination_token" in server.asked[1].query
        gaps = [each.gap for each in batches if each.gap]
        assert len(gaps) == 1
        assert "800" in gaps[0].reason
        batches, _ = await drain(source, cursor)
        assert not any(each.gap for each in batches)


async def test_new_terms_go_on_where_the_old_ones_stood(tmp_path: Path) -> None:
    fake = FakeX(backlog(40))
    async with reading(fake, tmp_path) as (source, _):
        _, cursor = await drain(source)
    fake.read.clear()
    fake.posts.append(post(NOW - timedelta(minutes=1)))
    async with reading(fake, tmp_path, who=listener("acme", "rocket")) as (source, _):
        batches, _ = await drain(source, cursor)
    assert fake.posts[-1]["id"] in ids(batches)
    assert len(fake.read) < 5, "what was read under the old terms is not paid again"


@pytest.mark.parametrize(
    "cursor", ["{}", "[]", '{"low": 1, "high": 2}', "t3_x", '{"places": {"a": {"b": 1}}}']
)
async def test_cursor_of_another_kind_starts_anew(tmp_path: Path, cursor: str) -> None:
    async with reading(FakeX(backlog(3)), tmp_path) as (source, _):
        batches, _ = await drain(source, cursor)
    assert len(ids(batches)) == 3


async def test_server_that_counts_its_posts_from_one(tmp_path: Path) -> None:
    """Other programs that speak this API have ids without a time in them."""
    posts = [{**post(NOW - timedelta(minutes=9 - place)), "id": str(place)} for place in range(3)]
    for each in posts:
        each["edit_history_tweet_ids"] = [each["id"]]

    def handler(request: Request) -> Reply:
        found = [each for each in posts if int(each["id"]) > int(request.query.get("since_id", -1))]
        return Reply({"data": found, "meta": {"result_count": len(found)}})

    async with reading(handler, tmp_path) as (source, server):
        batches, cursor = await drain(source)
        assert len(ids(batches)) == 3
        posts.append({**post(NOW), "id": "3", "edit_history_tweet_ids": ["3"]})
        batches, _ = await drain(source, cursor)
        assert ids(batches) == ["3"]
        assert server.asked[-1].query["since_id"] == "2"


async def test_excluded_posts_are_paid_but_not_kept(tmp_path: Path) -> None:
    fake = FakeX([post(NOW - timedelta(hours=1)), post(NOW - timedelta(hours=2), "acme lottery")])
    who = listener("acme", exclude=["lottery"])
    async with reading(fake, tmp_path, who=who) as (source, _):
        batches, _ = await drain(source)
    assert ids(batches) == [fake.posts[0]["id"]]
    assert cost(batches) == Decimal("0.01")


HOSTILE = "\x1b]52;c;aGk=\x07\x00\u202e\ud800"
_JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.text(max_size=20),
    st.just(HOSTILE),
    st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=5)), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)
_PARTS = (
    *("id", "text", "created_at", "author_id", "lang", "public_metrics", "referenced_tweets", "note_tweet"),
    *("edit_history_tweet_ids", "entities", "conversation_id"),
)


async def test_hostile_text_in_every_field_is_harmless_and_stops_nothing(tmp_path: Path) -> None:
    good = post(NOW - timedelta(hours=1))
    users = [{"id": "7", "username": f"@{HOSTILE}", "name": HOSTILE}]
    posts = [{**post(NOW - timedelta(hours=2, minutes=n)), part: HOSTILE} for n, part in enumerate(_PARTS)]
    posts.append({**post(NOW - timedelta(hours=3)), "text": HOSTILE, "note_tweet": {"text": HOSTILE}})
    page = {"data": [good, *posts, None, 7, "x", {}], "includes": {"users": users}, "meta": {"next_token": 5}}
    page["errors"] = [HOSTILE, {"detail": HOSTILE}]
    answers = iter([Reply(page), Reply({"errors": [{"detail": HOSTILE}]})])
    async with reading(lambda _: next(answers), tmp_path) as (source, _):
        batches, _ = await drain(source)
    assert good["id"] in ids(batches)
    assert len(batches[0].rejected) == 5
    assert batches[-1].note
    shown = "".join(
        f"{each.text}{each.author}{each.author_name}{each.url}{each.lang}{each.id}"
        for batch in batches
        for each in batch.mentions
    )
    shown += "".join(each.reason for batch in batches for each in batch.rejected) + batches[-1].note
    assert not set(shown) & set("\x1b\x07\x00\u202e\ud800")


@given(
    st.dictionaries(st.sampled_from(_PARTS), _JUNK), st.dictionaries(st.text(max_size=9), _JUNK, max_size=3)
)
def test_fields_of_the_wrong_type_never_raise_what_is_not_expected(
    changed: dict[str, Any], meta: dict[str, Any]
) -> None:
    item = {**post(NOW - timedelta(hours=1)), **changed}
    page = Page.model_validate({"data": [item], "meta": meta, "includes": {"users": [changed]}})
    try:
        found = mention(Post.model_validate(item), page)
    except ValidationError:
        return
    assert found.network == "x"


@given(st.lists(st.text(min_size=1, max_size=700), max_size=60))
def test_queries_hold_every_term_and_are_never_too_long(terms: list[str]) -> None:
    queries = x_place.queries(terms)
    assert all(len(each) <= x_place.QUERY and each.endswith(" -is:retweet") for each in queries)
    for each in queries:
        assert each.count('"') % 2 == 0
        outside = re.sub(r'"[^"]*"', "p", each.removesuffix(" -is:retweet"))
        assert re.fullmatch(r"[#@$]?\w+|\([#@$]?\w+( OR [#@$]?\w+)+\)", outside), each


def test_queries_read_as_x_expects() -> None:
    assert x_place.queries(["acme", "#acme", "@acme", "acme corp", "or", "rock*", 'say "hi"', "***"]) == [
        '(acme OR #acme OR @acme OR "acme corp" OR "or" OR rock OR "say hi") -is:retweet'
    ]
    many = x_place.queries(f"brandname{number}" for number in range(100))
    assert len(many) == 3
    assert "".join(many).count("brandname") == 100
    assert x_place.queries([]) == []


async def test_several_queries_have_a_place_each(tmp_path: Path) -> None:
    fake = FakeX(backlog(150))
    who = listener(*(f"brandname{number}" for number in range(50)))
    async with reading(fake, tmp_path, who=who) as (source, server):
        walk = source.poll(None)
        for _ in range(3):
            cursor = (await anext(walk)).cursor
        asked = len(server.asked)
        assert len({each.query["query"] for each in server.asked}) == 2
        await drain(source, cursor)
        rest = [each.query for each in server.asked[asked:]]
    assert ["until_id" in each for each in rest] == [False, True, False]


async def test_without_terms_or_query_it_says_so(tmp_path: Path) -> None:
    async with reading(FakeX(), tmp_path, who=Listener(())) as (source, _):
        with pytest.raises(PermanentError, match="nothing to ask"):
            await drain(source)


def test_settings() -> None:
    base = {"name": "x", "kind": "x", "token": "env:X"}
    found = x.Settings.model_validate(base)
    assert (found.seconds, found.monthly_cost_cap_usd, found.url) == (120.0, Decimal(50), "https://api.x.com")
    assert x.Settings.model_validate({**base, "url": "http://127.0.0.1:80/"}).url == "http://127.0.0.1:80"
    for wrong in (
        {"token": "AAAA"},
        {"read": "mentions"},
        {"since_hours": 169},
        {"user_id": "../2"},
        {"url": "ftp://x"},
        {"url": "https://me:pass@x.com"},
        {"fields": "toot"},
        {"usd_per_post": -1},
    ):
        with pytest.raises(ValidationError):
            x.Settings.model_validate({**base, **wrong})


def recorded(name: str) -> dict[str, Any]:
    place = RECORDED / name
    if not place.is_file():
        pytest.skip(f"there is no recorded traffic at {place}")
    body = re.search(r"!!binary \|\n((?: {8}\S+\n)+)", place.read_text())
    assert body
    found = json.loads(gzip.decompress(base64.b64decode(body.group(1))))
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("name", ["search_recent_tweets", "get_users_mentions", "get_users_tweets"])
async def test_recorded_pages_are_read(tmp_path: Path, name: str) -> None:
    page = recorded(f"test_client_{name}.yaml")
    answers = iter([Reply(page), Reply({"meta": {"result_count": 0}})])
    long_ago = datetime.fromisoformat("2022-10-07T22:45:00Z")
    async with reading(lambda _: next(answers), tmp_path, now=lambda: long_ago, since_hours=168) as (
        source,
        server,
    ):
        batches, cursor = await drain(source)
    assert sorted(ids(batches)) == sorted(each["id"] for each in page["data"])
    assert not any(each.rejected for each in batches)
    assert all(each.created_at.year == 2022 for batch in batches for each in batch.mentions)
    assert page["meta"]["newest_id"] in (cursor or "")
    assert server.asked[-1].query["next_token"] == page["meta"]["next_token"]


async def test_recorded_lookup_is_read(tmp_path: Path) -> None:
    page = recorded("test_client_get_tweets.yaml")
    known = [each["id"] for each in page["data"]]
    async with reading(lambda _: Reply(page), tmp_path, refresh=True) as (source, _):
        assert isinstance(source, Refreshing)
        batch = await source.refresh(known)
    assert [each.id for each in batch.changes] == known
