"""Reddit: lists are read down to where they were read before, and one that is shut stops no other."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
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
from data.sources.reddit import network as reddit
from data.sources.reddit.posts import Thing, mention
from tests.sources.fake_reddit import NOW, FakeReddit, comment, link
from tests.sources.lend import lent
from tests.sources.server import Handler, Reply, Request, Server, drain, listener, serving

RECORDED = Path(__file__).resolve().parents[3] / "shared/data/recorded/reddit"
HOSTILE = "\x1b]52;c;aGk=\x07\x00\u202e\ud800"


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
        given = {
            "name": "reddit",
            "kind": "reddit",
            "client_id": "app",
            "client_secret": "env:REDDIT",
            "username": "u/brand_watch",
            "url": server.url,
            "login_url": server.url,
            "subreddits": ["news"],
            "search": False,
            **settings,
        }
        yield reddit.source(reddit.Settings.model_validate(given), tools), server


def ids(batches: list[Batch]) -> list[str]:
    return [each.id for batch in batches for each in batch.mentions]


async def gather(source: Source, cursor: str | None, into: list[Batch]) -> None:
    async for batch in source.poll(cursor):
        into.append(batch)


def backlog(size: int) -> FakeReddit:
    moments = [NOW - timedelta(minutes=2 * place) for place in range(size)]
    return FakeReddit(
        [link(place, at) for place, at in enumerate(moments)],
        [comment(place, at) for place, at in enumerate(moments)],
        [link(10_000 + place, at) for place, at in enumerate(moments)],
    )


def names(fake: FakeReddit) -> set[str]:
    return {each["name"] for each in (*fake.links, *fake.comments, *fake.found)}


async def test_backlog_survives_a_kill_after_every_batch(tmp_path: Path) -> None:
    async with reading(backlog(500), tmp_path, search=True) as (source, _):
        whole, _ = await drain(source)
        assert len(whole) == 6
        assert set(ids(whole)) == names(backlog(500))
    for kill in range(1, 6):
        fake = backlog(500)
        async with reading(fake, tmp_path, search=True) as (source, _):
            found: set[str] = set()
            cursor: str | None = None
            walk = source.poll(None)
            for _ in range(kill):
                batch = await anext(walk)
                cursor, found = batch.cursor, found | set(ids([batch]))
        fake.links.append(link(9_999, NOW + timedelta(seconds=9)))
        async with reading(fake, tmp_path, search=True) as (source, _):
            rest, _ = await drain(source, cursor)
        assert found | set(ids(rest)) == names(fake)


async def test_way_down_that_is_lost_is_begun_again(tmp_path: Path) -> None:
    """The post after which the rest would come is deleted while we are away."""
    fake = backlog(500)
    fake.comments.clear()
    fake.found.clear()
    async with reading(fake, tmp_path) as (source, _):
        first = await anext(source.poll(None))
    fake.links = [each for each in fake.links if each["name"] != "t3_a299"]
    async with reading(fake, tmp_path) as (source, _):
        rest, _ = await drain(source, first.cursor)
    assert set(ids([first, *rest])) >= names(fake)


async def test_late_post_is_found(tmp_path: Path) -> None:
    """Moderators let a post through half an hour after it was written."""
    fake = backlog(50)
    async with reading(fake, tmp_path) as (source, _):
        _, cursor = await drain(source)
        fake.links.append(link(777, NOW - timedelta(minutes=30, seconds=1)))
        batches, _ = await drain(source, cursor)
    assert "t3_a777" in ids(batches)


async def test_quiet_list_is_asked_once_and_what_is_known_is_not_walked_through(tmp_path: Path) -> None:
    fake = backlog(400)
    async with reading(fake, tmp_path) as (source, server):
        _, cursor = await drain(source)
        asked = len(server.asked)
        batches, _ = await drain(source, cursor)
        assert len(server.asked) - asked == 2
        assert len(ids(batches)) < 100


async def test_list_that_is_cut_off_is_told_as_a_gap_once(tmp_path: Path) -> None:
    fake = FakeReddit([link(0, NOW - timedelta(hours=5))])
    async with reading(fake, tmp_path) as (source, _):
        batches, cursor = await drain(source)
        assert not any(each.gap for each in batches)
        later = NOW + timedelta(days=3)
        fake.links += [link(place, later - timedelta(minutes=place)) for place in range(1, 2000)]
    async with reading(fake, tmp_path, now=lambda: later) as (source, _):
        batches, cursor = await drain(source, cursor)
        assert len(set(ids(batches))) == 1000
        gaps = [each.gap for each in batches if each.gap]
        assert [(each.start, each.end) for each in gaps] == [
            (NOW - timedelta(hours=5), later - timedelta(minutes=1000))
        ]
        batches, _ = await drain(source, cursor)
        assert not any(each.gap for each in batches)


async def test_pages_without_end_are_stopped_after_what_was_found_was_given(tmp_path: Path) -> None:
    def handler(request: Request) -> Reply:
        if request.path == "/api/v1/access_token":
            return fake(request)
        return Reply({"data": {"children": [{"kind": "t3", "data": fake.links[0]}], "after": "t3_zz"}})

    fake = backlog(1)
    batches: list[Batch] = []
    async with reading(handler, tmp_path) as (source, server):
        with pytest.raises(PermanentError, match="circles"):
            await gather(source, None, batches)
        assert "t3_a0" in ids(batches)
        assert len(server.asked) < 10


async def test_ever_new_pages_are_stopped_and_reading_goes_on_below_them(tmp_path: Path) -> None:
    count = iter(range(100_000))

    def handler(request: Request) -> Reply:
        if request.path == "/api/v1/access_token":
            return fake(request)
        number = next(count)
        post = link(number, NOW - timedelta(seconds=number))
        return Reply({"data": {"children": [{"kind": "t3", "data": post}], "after": post["name"]}})

    fake, batches = FakeReddit(), list[Batch]()
    async with reading(handler, tmp_path) as (source, server):
        with pytest.raises(PermanentError, match="do not end"):
            await gather(source, None, batches)
        assert len(ids(batches)) > 20
        assert next(count) < 100
        asked = len(server.asked)
        with pytest.raises(PermanentError, match="do not end"):
            await gather(source, batches[-1].cursor, batches)
        assert server.asked[asked].query["after"].startswith("t3_a")


async def test_all_fields(tmp_path: Path) -> None:
    at = NOW - timedelta(minutes=9)
    fake = FakeReddit(
        [link(1, at, selftext="it & us <all>", selftext_html="<p>it</p>", url="https://x", upvote_ratio=0.5)],
        [comment(2, at, "acme!", edited=at.timestamp() + 60)],
    )
    async with reading(fake, tmp_path) as (source, server):
        batches, _ = await drain(source)
    post, answer = (each for batch in batches for each in batch.mentions)
    assert post.model_dump(exclude={"extra", "raw_text"}) == {
        "network": "reddit",
        "id": "t3_a1",
        "text": "acme is down\n\nit & us <all>",
        "created_at": at,
        "author": "ann",
        "author_name": None,
        "author_created_at": None,
        "followers": None,
        "url": "https://www.reddit.com/r/news/comments/a1/acme/",
        "lang": None,
        "likes": 3,
        "reposts": None,
        "replies": 2,
        "views": None,
        "in_reply_to": None,
        "html": "<p>it</p>",
    }
    assert (answer.id, answer.text, answer.likes, answer.in_reply_to) == ("t1_c2", "acme!", 0, "t3_a1")
    more = json.loads(answer.extra or "")
    assert more["score"] == -4
    assert datetime.fromisoformat(more["edited_at"]) == at + timedelta(minutes=1)
    agent = server.asked[-1].headers["user-agent"]
    assert agent.startswith("linux:crisis-tui:")
    assert agent.endswith(" (by /u/brand_watch)")
    assert server.asked[0].headers["user-agent"] == agent
    assert server.asked[-1].query["raw_json"] == "1"


async def test_only_what_somebody_listens_for_is_kept(tmp_path: Path) -> None:
    at = NOW - timedelta(hours=1)
    fake = FakeReddit(
        [
            link(1, at, "weather"),
            link(2, at, "weather", selftext="Acme"),
            link(3, at, "look at this", is_self=False, url="https://www.acme.example/"),
        ],
        [
            comment(4, at, "nothing"),
            comment(5, at, "ACME?"),
        ],
    )
    async with reading(fake, tmp_path) as (source, _):
        batches, _ = await drain(source)
    assert sorted(ids(batches)) == ["t1_c5", "t3_a2", "t3_a3"]


async def test_deletions_in_lists_and_in_refresh(tmp_path: Path) -> None:
    at = NOW - timedelta(hours=1)
    fake = FakeReddit(
        [
            link(1, at, author="[deleted]", selftext="[removed]"),
            link(2, at, removed_by_category="moderator"),
            link(3, at, author="[deleted]", removed_by_category=None),
            link(4, at, selftext="acme again", edited=at.timestamp() + 30),
        ],
        [comment(5, at, "[deleted]", author="[deleted]"), comment(6, at, "acme", author="[deleted]")],
    )
    async with reading(fake, tmp_path) as (source, server):
        batches, _ = await drain(source)
        assert sorted(ids(batches)) == ["t1_c6", "t3_a3", "t3_a4"]
        gone = {each.id for batch in batches for each in batch.changes if each.mention is None}
        assert gone == {"t3_a1", "t3_a2", "t1_c5"}
        assert isinstance(source, Refreshing)
        batch = await source.refresh([*sorted(names(fake)), "t3_never"])
        assert {each.id for each in batch.changes if each.mention is None} == gone
        (edited,) = [each for each in batch.changes if each.id == "t3_a4"]
        assert edited.at == at + timedelta(seconds=30)
        assert edited.mention
        assert edited.mention.text == "acme is down\n\nacme again"
        assert "t3_never" not in {each.id for each in batch.changes}
        assert len(server.asked) == 4


async def test_shut_subreddits_stop_no_other_and_are_named(tmp_path: Path) -> None:
    fake = backlog(20)
    fake.closed = {"secret": 403, "gone": 404}
    moment = NOW
    settings: dict[str, Any] = {"subreddits": ["secret", "r/news", "gone"]}
    async with reading(fake, tmp_path, now=lambda: moment, **settings) as (source, server):
        batches, cursor = await drain(source)
        assert set(ids(batches)) >= {each["name"] for each in (*fake.links, *fake.comments)}
        assert "r/secret (private)" in batches[-1].note
        assert "r/gone (banned)" in batches[-1].note
        assert server.asked[-1].path == "/r/news/comments"
        asked = len(server.asked)
        await drain(source, cursor)
        assert len(server.asked) - asked == 2, "who is shut is not asked again at once"
        fake.closed = {}
        moment += timedelta(hours=2)
        batches, _ = await drain(source, cursor)
        assert not batches[-1].note
    fake.closed = {"news": 403}
    async with reading(fake, tmp_path, search=True) as (source, _):
        found: list[Batch] = []
        with pytest.raises(PermanentError, match=r"r/news \(private\)"):
            await gather(source, None, found)
        assert set(ids(found)) == {each["name"] for each in fake.found}, "the search goes on without it"


async def test_subreddit_that_there_is_not_is_named(tmp_path: Path) -> None:
    def handler(request: Request) -> Reply:
        if request.path == "/api/v1/access_token":
            return fake(request)
        if request.path.startswith("/r/"):
            return Reply(b"", 302, {"location": "/subreddits/search?q=nwes"})
        return Reply({"data": {"children": [{"kind": "t5", "data": {"name": "t5_1"}}], "after": "t5_1"}})

    fake = FakeReddit()
    async with reading(handler, tmp_path, subreddits=["nwes"]) as (source, _):
        with pytest.raises(PermanentError, match=r"r/nwes \(no such subreddit\)"):
            await drain(source)


async def test_token_is_kept_until_it_ends_and_renewed_once_if_it_is_refused(tmp_path: Path) -> None:
    fake = backlog(5)
    moment = NOW
    async with reading(fake, tmp_path, now=lambda: moment) as (source, _):
        _, cursor = await drain(source)
        await drain(source, cursor)
        assert len(fake.tokens) == 1
        moment += timedelta(minutes=59, seconds=30)
        await drain(source, cursor)
        assert len(fake.tokens) == 2
        fake.valid.clear()
        batches, _ = await drain(source, cursor)
        assert len(fake.tokens) == 3
        assert batches


async def test_token_that_is_never_taken_is_an_error_of_credentials(tmp_path: Path) -> None:
    fake = FakeReddit()

    def handler(request: Request) -> Reply:
        return fake(request) if request.path.endswith("token") else Reply({"error": 401}, 401)

    async with reading(handler, tmp_path) as (source, server):
        with pytest.raises(AuthError, match="token"):
            await drain(source)
        assert len(server.asked) == 4


LOGIN_FAULTS: list[tuple[Reply, type[SourceError], str]] = [
    (Reply({"message": "Unauthorized", "error": 401}, 401), AuthError, "client_id"),
    (Reply({"error": "unsupported_grant_type"}), AuthError, "unsupported_grant_type"),
    (Reply("<html>whoa there, pardner!</html>", 403), RateLimitedError, "turns our network away"),
    (Reply({"token_type": "bearer"}), TransientError, "no token"),
    (Reply("<html>hi</html>"), TransientError, "no token"),
    (Reply("", 503), TransientError, "503"),
    (Reply("", 429, {"retry-after": "60"}), RateLimitedError, "wait"),
]


@pytest.mark.parametrize(("answer", "kind", "words"), LOGIN_FAULTS)
async def test_faults_of_the_login(
    tmp_path: Path, answer: Reply, kind: type[SourceError], words: str
) -> None:
    async with reading(lambda _: answer, tmp_path) as (source, server):
        with pytest.raises(kind, match=words) as caught:
            await drain(source)
        assert len(server.asked) == 1
    assert "secret-of" not in str(caught.value)


FAULTS: list[tuple[Reply, type[SourceError], str]] = [
    (
        Reply({"message": "Too Many", "error": 429}, 429, {"x-ratelimit-reset": "77"}),
        RateLimitedError,
        "wait",
    ),
    (Reply("<html>whoa there, pardner!</html>", 403), RateLimitedError, "turns our network away"),
    (Reply("oops", 500), TransientError, "500"),
    (Reply("<html>hi</html>"), TransientError, "no JSON"),
    (Reply([]), TransientError, "no list"),
    (Reply({"data": {"children": {}}}), TransientError, "no list"),
    (Reply({"message": f"Bad {HOSTILE}", "error": 400}, 400), PermanentError, "Bad"),
]


@pytest.mark.parametrize(("answer", "kind", "words"), FAULTS)
async def test_faults_of_the_lists(
    tmp_path: Path, answer: Reply, kind: type[SourceError], words: str
) -> None:
    fake = FakeReddit()

    def handler(request: Request) -> Reply:
        return fake(request) if request.path.endswith("token") else answer

    async with reading(handler, tmp_path) as (source, _):
        with pytest.raises(kind, match=words) as caught:
            await drain(source)
    assert not {"\x1b", "\x00", "?"} & set(str(caught.value))
    assert "token0" not in str(caught.value)


async def test_network_that_is_turned_away_keeps_away_for_an_hour(tmp_path: Path) -> None:
    async with reading(lambda _: Reply("whoa there, pardner!", 403), tmp_path) as (source, _):
        with pytest.raises(RateLimitedError) as caught:
            await drain(source)
    assert caught.value.until == NOW + timedelta(hours=1)


async def test_spent_budget_stops_after_what_was_found_was_given_and_goes_on_there(tmp_path: Path) -> None:
    fake = backlog(250)
    fake.headers = {"x-ratelimit-remaining": "0.0", "x-ratelimit-used": "600", "x-ratelimit-reset": "30"}
    moment, cursor, found = NOW, None, set[str]()
    async with reading(fake, tmp_path, now=lambda: moment) as (source, server):
        for _ in range(20):
            batches: list[Batch] = []
            asked = len(server.asked)
            with pytest.raises(RateLimitedError) as caught:
                await gather(source, cursor, batches)
            assert caught.value.until == moment + timedelta(seconds=30)
            assert len([each for each in server.asked[asked:] if each.path.startswith("/r/")]) == 1
            cursor = batches[-1].cursor if batches else cursor
            found |= set(ids(batches))
            if len(found) > 250:
                break
            moment += timedelta(seconds=30)
    assert {each["name"] for each in fake.links} <= found


async def test_empty_lists(tmp_path: Path) -> None:
    async with reading(FakeReddit(), tmp_path, search=True) as (source, _):
        batches, cursor = await drain(source)
        assert ids(batches) == []
        assert not any(each.gap or each.note for each in batches)
        again, _ = await drain(source, cursor)
        assert ids(again) == []


async def test_search_asks_for_all_terms(tmp_path: Path) -> None:
    who = listener("acme", "#acme", "acme rocket", "@brand", 'say "hi"', "***")
    fake = FakeReddit(found=[link(1, NOW - timedelta(hours=1))])
    async with reading(fake, tmp_path, who=who, search=True, subreddits=[]) as (source, server):
        batches, _ = await drain(source)
        assert ids(batches) == ["t3_a1"]
        asked = server.asked[-1].query
        assert asked["q"] == '(acme OR "acme rocket" OR brand OR "say hi")'
        assert (asked["sort"], asked["type"]) == ("new", "link")
    async with reading(fake, tmp_path, who=Listener(()), search=True, subreddits=[]) as (source, _):
        with pytest.raises(PermanentError, match="nothing to read"):
            await drain(source)


async def test_hostile_text_in_every_field_is_harmless_and_stops_nothing(tmp_path: Path) -> None:
    at = NOW - timedelta(hours=1)
    parts = [key for key in link(0, at) if key != "name"]
    fake = FakeReddit([link(0, at)])
    fake.links += [{**link(n, at - timedelta(minutes=n)), part: HOSTILE} for n, part in enumerate(parts, 1)]
    fake.links = [each for each in fake.links if each["created_utc"] != HOSTILE]
    bad: list[Any] = [
        {"kind": "t3", "data": {**link(90, at), "created_utc": HOSTILE}},
        {"kind": "t3", "data": {**link(91, at), "name": HOSTILE}},
        {"kind": "t3"},
        None,
        7,
    ]

    def handler(request: Request) -> Reply:
        answer = fake(request)
        if request.path.startswith("/r/") and isinstance(answer.body, dict):
            answer.body["data"]["children"][1:1] = bad
        return answer

    who = listener()
    async with reading(handler, tmp_path, who=who) as (source, _):
        batches, cursor = await drain(source)
        assert cursor
    assert set(ids(batches)) == {each["name"] for each in fake.links}
    assert len({each.raw for batch in batches for each in batch.rejected}) == len(bad)
    shown = "".join(
        f"{each.text}{each.author}{each.url}{each.id}" for batch in batches for each in batch.mentions
    )
    shown += "".join(each.reason for batch in batches for each in batch.rejected)
    assert not set(shown) & set("\x1b\x07\x00\u202e\ud800")


_JUNK = st.one_of(
    *(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=20)),
    *(st.just(HOSTILE), st.lists(st.integers(), max_size=2), st.dictionaries(st.text(), st.integers())),
)


@given(st.dictionaries(st.sampled_from([*Thing.model_fields]), _JUNK), st.booleans())
def test_fields_of_the_wrong_type_never_raise_what_is_not_expected(
    changed: dict[str, Any], post: bool
) -> None:
    at = NOW - timedelta(hours=1)
    try:
        thing = Thing.model_validate({**(link(1, at) if post else comment(1, at)), **changed})
        assert thing.gone in (True, False)
        found = mention(thing)
    except ValidationError:
        return
    json.loads(found.extra or "{}", parse_constant=pytest.fail)


@pytest.mark.parametrize(
    "cursor", ["{}", "[]", "t3_x", '{"places": {"a": {"b": 1}}}', '{"places": {"a": "{}"}}']
)
async def test_cursor_of_another_kind_starts_anew(tmp_path: Path, cursor: str) -> None:
    async with reading(backlog(3), tmp_path) as (source, _):
        batches, _ = await drain(source, cursor)
    assert len(ids(batches)) == 6


async def test_added_subreddit_is_read_from_the_start_and_the_others_go_on(tmp_path: Path) -> None:
    fake = backlog(3)
    async with reading(fake, tmp_path) as (source, _):
        _, cursor = await drain(source)
    later = NOW + timedelta(days=5)
    fake.links.append(link(50, NOW + timedelta(days=2)))
    async with reading(fake, tmp_path, now=lambda: later, subreddits=["news", "pics"]) as (source, _):
        batches, _ = await drain(source, cursor)
    assert "t3_a50" in ids(batches)


def test_settings() -> None:
    base = {"name": "r", "kind": "reddit", "client_id": "app", "client_secret": "env:R", "username": "ann"}
    assert reddit.Settings.model_validate(base).url == "https://oauth.reddit.com"
    assert reddit.Settings.model_validate({**base, "subreddits": ["/r/news/", "pics"]}).subreddits == (
        "news",
        "pics",
    )
    for wrong in (
        {"client_secret": "abc"},
        {"username": "a b"},
        {"username": "x\nhost: y"},
        {"search": False},
        {"subreddits": ["../api"]},
        {"subreddits": ["a+b"]},
        {"client_id": "a:b"},
        {"login_url": "reddit.com"},
    ):
        with pytest.raises(ValidationError):
            reddit.Settings.model_validate({**base, **wrong})


def recorded(name: str) -> list[dict[str, Any]]:
    place = RECORDED / name
    if not place.is_file():
        pytest.skip(f"there is no recorded traffic at {place}")
    traffic = json.loads(place.read_text())["interactions"]
    return [
        json.loads(each["response"]["body"]["string"])
        for each in traffic
        if "access_token" not in each["request"]["uri"]
    ]


@pytest.mark.parametrize("name", ["new", "comments", "hot", "controversial", "top", "rising"])
async def test_recorded_lists_are_read(tmp_path: Path, name: str) -> None:
    (page,) = recorded(f"TestSubredditListings.test_{name}.json")
    sent = [each["data"] for each in page["data"]["children"]]
    page["data"]["after"] = None
    fake = FakeReddit()

    def handler(request: Request) -> Reply:
        if request.path.endswith("token"):
            return fake(request)
        return Reply(page if request.path.endswith("/new") else {"data": {"children": []}})

    newest = datetime.fromtimestamp(max(each["created_utc"] for each in sent), UTC)
    settings: dict[str, Any] = {"since_hours": 720, "now": lambda: newest}
    async with reading(handler, tmp_path, who=Listener(()), **settings) as (source, _):
        batches, _ = await drain(source)
    floor = newest.timestamp() - 721 * 3600
    kept = {each["name"] for each in sent if each["created_utc"] >= floor}
    gone = {each.id for batch in batches for each in batch.changes}
    assert set(ids(batches)) | gone == kept
    assert not any(each.rejected for each in batches)
    assert all(each.text for batch in batches for each in batch.mentions)


async def test_recorded_lookup_is_read(tmp_path: Path) -> None:
    pages = iter(recorded("TestReddit.test_info.json"))
    fake = FakeReddit()

    def handler(request: Request) -> Reply:
        return fake(request) if request.path.endswith("token") else Reply(next(pages))

    async with reading(handler, tmp_path) as (source, _):
        assert isinstance(source, Refreshing)
        batch = await source.refresh(["t3_5dec00"])
    assert batch.changes
    assert not batch.rejected
    assert {each.id[:3] for each in batch.changes} == {"t1_", "t3_"}
