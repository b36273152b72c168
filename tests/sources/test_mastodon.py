"""Mastodon and its kin: nothing is missed whatever a server's pages are like; each fault has its name."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from data.sources.base import (
    AuthError,
    Batch,
    CursorInvalidError,
    Hinting,
    PermanentError,
    RateLimitedError,
    Refreshing,
    Source,
    SourceError,
    TransientError,
)
from data.sources.mastodon import walk as mastodon_walk
from data.sources.mastodon.ids import SNOWFLAKE, ULID, scheme_of
from data.sources.mastodon.network import Settings
from data.sources.mastodon.posts import mention_of
from tests.sources.mastodon_server import (
    NOON,
    Fedi,
    backlog,
    gotosocial_id,
    ids,
    mastodon_id,
    reading,
    snac_id,
    status,
)
from tests.sources.server import Reply, Request, drain, listener

TOKEN = "env:TOKEN"
TAGS: dict[str, Any] = {"token": TOKEN, "read": ["tags"]}


class Clock:
    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at


async def until_it_fails(
    source: Source, cursor: str | None = None
) -> tuple[list[Batch], str | None, SourceError | None]:
    """What one poll gave before it failed, the cursor then, and the fault."""
    batches: list[Batch] = []
    try:
        async for batch in source.poll(cursor):
            batches.append(batch)
            cursor = batch.cursor or cursor
    except SourceError as error:
        return batches, cursor, error
    return batches, cursor, None


def same(answer: Reply, request: Request) -> Reply:
    return answer


def instance_is_old(request: Request) -> Reply:
    return Reply({"error": "not found"}, 404)


@pytest.mark.parametrize(
    ("name", "key", "honours"),
    [
        (mastodon_id, int, ("min_id", "max_id")),
        (gotosocial_id, str, ("min_id", "max_id")),
        (snac_id, str, ("max_id",)),
        (mastodon_id, int, ("max_id",)),
    ],
    ids=["mastodon", "gotosocial", "snac", "min_id ignored"],
)
async def test_a_backlog_survives_a_kill_between_any_two_batches(
    name: Any, key: Any, honours: tuple[str, ...], tmp_path: Path
) -> None:
    fedi = Fedi(backlog(500, name=name), key=key, honours=honours)
    wanted = {str(n) for n in range(500)}
    async with reading(fedi, tmp_path) as (server, make):
        whole, _ = await drain(make())
        assert set(ids(whole)) == wanted
        for stop in range(1, len(whole)):
            before = []
            cursor = None
            async for batch in make().poll(None):
                before.append(batch)
                cursor = batch.cursor if batch.cursor is not None else cursor
                if len(before) == stop:
                    break
            after, _ = await drain(make(), cursor)
            assert set(ids(before)) | set(ids(after)) == wanted, f"killed after batch {stop}"
        assert len(server.asked) < 120 * len(whole)


async def test_each_page_comes_oldest_first_and_only_what_is_new_comes_again(tmp_path: Path) -> None:
    fedi = Fedi(backlog(100))
    async with reading(fedi, tmp_path) as (server, make):
        one = make()
        batches, cursor = await drain(one)
        assert ids(batches) == [str(n) for n in reversed(range(100))]
        fedi.posts.append(status(NOON, 777))
        asked = len(server.asked)
        batches, _ = await drain(one, cursor)
        assert "777" in ids(batches)
        assert len(server.asked) - asked < 12


@pytest.mark.parametrize(("name", "key"), [(mastodon_id, int), (gotosocial_id, str)])
@pytest.mark.parametrize("busy", [5, 300])
async def test_a_post_that_is_filed_behind_the_place_is_found(
    name: Any, key: Any, busy: int, tmp_path: Path
) -> None:
    fedi, clock = Fedi(backlog(busy, name=name), key=key), Clock()
    async with reading(fedi, tmp_path, now=clock) as (_, make):
        one = make()
        _, cursor = await drain(one)
        for minutes in (30, 58):
            late = NOON - timedelta(minutes=minutes)
            fedi.posts.append(status(late, 9000 + minutes, id=name(late, 9000 + minutes)))
            clock.at += timedelta(minutes=1)
            found, cursor = await drain(one, cursor)
            clock.at += timedelta(minutes=10)
            more, cursor = await drain(one, cursor)
            assert str(9000 + minutes) in ids([*found, *more])


async def test_a_late_post_is_found_after_an_outage_in_which_it_came(tmp_path: Path) -> None:
    fedi, clock = Fedi(backlog(300)), Clock()
    async with reading(fedi, tmp_path, now=clock) as (_, make):
        _, cursor = await drain(make())
        fedi.posts.append(status(NOON - timedelta(minutes=50), 9000))
        hours = [NOON + timedelta(minutes=2 * n) for n in range(1, 150)]
        fedi.posts += [status(at, 10_000 + n) for n, at in enumerate(hours)]
        clock.at = NOON + timedelta(hours=5)
        found = []
        async for batch in make().poll(cursor):  # killed as soon as the newest post is there
            found.append(batch)
            cursor = batch.cursor or cursor
            if "10148" in ids(found):
                break
        assert "9000" not in ids(found)
        more, _ = await drain(make(), cursor)
        assert "9000" in ids(more)


async def test_a_sweep_that_is_cut_short_goes_on_where_it_was_and_forgets_nobody(tmp_path: Path) -> None:
    fedi, clock = Fedi(backlog(400)), Clock()
    async with reading(fedi, tmp_path, now=clock) as (_, make):
        _, cursor = await drain(make())
        pages = 0

        def failing(request: Request) -> Reply:
            nonlocal pages
            pages += "min_id" in request.query
            return Reply({"error": "x"}, 500) if pages > 2 else Reply(fedi._page(fedi.posts, request))

        fedi.special["/api/v1/timelines"] = failing
        _, cursor, error = await until_it_fails(make(), cursor)
        assert isinstance(error, TransientError)
        assert "sweep" in (cursor or "")
        fedi.special.clear()
        # It comes late to a place that this sweep has left behind already.
        fedi.posts.append(status(NOON - timedelta(minutes=59), 9000))
        minutes = [NOON + timedelta(seconds=20 * n) for n in range(1, 90)]
        fedi.posts += [status(at, 10_000 + n) for n, at in enumerate(minutes)]
        clock.at = NOON + timedelta(minutes=30)
        one = make()
        rest, cursor = await drain(one, cursor)
        assert "9000" not in ids(rest)
        clock.at += timedelta(minutes=11)
        more, _ = await drain(one, cursor)
        assert "9000" in ids(more)


async def test_a_busy_timeline_is_swept_now_and_then_and_else_costs_few_requests(tmp_path: Path) -> None:
    fedi, clock = Fedi(backlog(400)), Clock()
    async with reading(fedi, tmp_path, now=clock) as (server, make):
        one = make()
        _, cursor = await drain(one)
        _, cursor = await drain(one, cursor)
        costs = []
        for minute in range(1, 25):
            clock.at = NOON + timedelta(minutes=minute)
            before = len(server.asked)
            _, cursor = await drain(one, cursor)
            costs.append(len(server.asked) - before)
        assert Counter(cost > 3 for cost in costs)[True] <= 3
        assert sum(costs) < 60


async def test_posts_of_the_future_do_not_move_the_place(tmp_path: Path) -> None:
    fedi = Fedi([*backlog(10), *(status(datetime(2036, 1, 1, tzinfo=UTC), 9000 + n) for n in range(50))])
    async with reading(fedi, tmp_path) as (_, make):
        one = make()
        batches, cursor = await drain(one)
        assert set(ids(batches)) >= {str(n) for n in range(10)}
        fedi.posts.append(status(NOON - timedelta(seconds=1), 77))
        batches, _ = await drain(one, cursor)
        assert "77" in ids(batches)


@pytest.mark.parametrize("name", [mastodon_id, snac_id])
async def test_a_page_that_comes_again_for_ever_is_told(name: Any, tmp_path: Path) -> None:
    fedi = Fedi(backlog(200, name=name), key=str, honours=())
    async with reading(fedi, tmp_path) as (server, make):
        with pytest.raises(PermanentError, match="#acme gives the same page again and again"):
            await drain(make())
        assert len(server.asked) < 10


@pytest.mark.parametrize("link", [False, True])
async def test_a_short_page_that_comes_again_is_the_end_unless_the_server_names_a_next_one(
    link: bool, tmp_path: Path
) -> None:
    headers = {"link": '<http://x.example/?max_id=7>; rel="next"'} if link else {}
    fedi = Fedi()
    fedi.special["/api/v1/timelines/tag"] = lambda request: Reply(backlog(20, name=snac_id), headers=headers)
    async with reading(fedi, tmp_path) as (server, make):
        batches, _, error = await until_it_fails(make())
    assert set(ids(batches)) == {str(n) for n in range(20)}
    assert ("again and again" in str(error)) is link
    assert len(server.asked) < 10


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def test_a_server_that_closes_its_connections_without_a_word_is_read_all_the_same(
    tmp_path: Path,
) -> None:
    fedi = Fedi(backlog(200, name=snac_id), key=str, honours=("max_id",))

    def one_each(request: Request) -> Reply:
        if request.headers.get("connection") != "close":
            return Reply(raw=hang_up)
        return Reply(fedi._page(fedi.posts, request))

    fedi.special["/api/v1/timelines"] = one_each
    async with reading(fedi, tmp_path) as (server, make):
        batches, _ = await drain(make())
    assert set(ids(batches)) == {str(n) for n in range(200)}
    assert len([each for each in server.asked if each.headers.get("connection") != "close"]) == 2


async def test_a_server_that_only_hangs_up_is_not_asked_for_ever(tmp_path: Path) -> None:
    fedi = Fedi(special={"/api/v1/timelines": lambda request: Reply(raw=hang_up)})
    async with reading(fedi, tmp_path) as (server, make):
        with pytest.raises(TransientError, match="broke off its answer"):
            await drain(make())
    assert [each.path for each in server.asked].count("/api/v1/timelines/tag/acme") == 2


def arrived(at: datetime, n: int) -> str:
    """An id of snac: when the post came, then a hash."""
    return f"{round(at.timestamp())}{n * 7919:032x}"


async def test_many_late_posts_on_top_do_not_hide_what_came_before_them(tmp_path: Path) -> None:
    fedi, clock = Fedi(), Clock()
    posts = [status(NOON, n, id=arrived(NOON, n)) for n in range(3)]

    def newest_first(request: Request) -> Reply:
        rows = posts[::-1]
        places = [n for n, each in enumerate(rows) if each["id"] == request.query.get("max_id")]
        start = places[0] + 1 if places else len(rows) if "max_id" in request.query else 0
        return Reply(rows[start : start + 40])

    fedi.special["/api/v1/timelines/tag"] = newest_first
    fedi.special["/api/v2/instance"] = instance_is_old
    async with reading(fedi, tmp_path, now=clock) as (_, make):
        one = make()
        _, cursor = await drain(one)
        clock.at = NOON + timedelta(minutes=2)
        came = NOON + timedelta(minutes=1)
        posts += [status(came, 100 + n, id=arrived(came, 100 + n)) for n in range(5)]
        # Another server delivers what it wrote in the last hours, after an outage.
        hours = [came - timedelta(hours=3, seconds=n) for n in range(90)]
        posts += [status(at, 200 + n, id=arrived(came, 200 + n)) for n, at in enumerate(hours)]
        posts.append(status(came - timedelta(days=90), 999, id=arrived(came, 999)))
        batches, _ = await drain(one, cursor)
        assert {str(n) for n in [*range(100, 105), *range(200, 290)]} <= set(ids(batches))
        assert "999" not in ids(batches)


async def test_pages_without_end_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mastodon_walk, "MOST_PAGES", 20)
    fedi = Fedi()

    def endless(request: Request) -> Reply:
        start = int(request.query.get("max_id", "0x9000000")[3:] or 0)
        return Reply([status(NOON, n, id=f"0x9{n:06d}") for n in range(start + 1, start + 41)])

    fedi.special["/api/v1/timelines/tag"] = endless
    async with reading(fedi, tmp_path) as (_, make):
        with pytest.raises(PermanentError, match="pages without end"):
            await drain(make())


async def test_a_server_without_pages_gives_all_at_once(tmp_path: Path) -> None:
    posts = backlog(100, name=snac_id)
    fedi = Fedi()
    fedi.special["/api/v1/timelines/tag"] = lambda request: Reply(posts[: int(request.query["limit"])])
    fedi.special["/api/v2/instance"] = instance_is_old
    async with reading(fedi, tmp_path) as (_, make):
        batches, _ = await drain(make())
    assert set(ids(batches)) == {str(n) for n in range(100)}


async def test_the_first_look_goes_back_as_far_as_it_should(tmp_path: Path) -> None:
    fedi = Fedi([status(NOON - timedelta(hours=hours), hours) for hours in range(60)])
    async with reading(fedi, tmp_path, since_hours=6) as (_, make):
        batches, _ = await drain(make())
    assert {str(n) for n in range(7)} <= set(ids(batches)) <= {str(n) for n in range(8)}


async def test_a_post_is_read_whole(tmp_path: Path) -> None:
    post = status(
        NOON,
        1,
        content="<p>It peels!</p>",
        spoiler_text="Kitchen",
        edited_at="2026-11-20T12:01:00Z",
        in_reply_to_id="12",
        media_attachments=[{"type": "image", "url": "https://home.example/a.png", "description": "a pan"}],
    )
    post["account"] = {"acct": "ada", "display_name": "Ada", "followers_count": 7, "bot": True}
    async with reading(Fedi([post]), tmp_path) as (server, make):
        batches, _ = await drain(make())
    (batch,) = [batch for batch in batches if batch.mentions]
    (mention,) = batch.mentions
    assert (mention.network, mention.id) == ("mastodon", "https://far.example/users/ada/statuses/1")
    assert mention.text == "Kitchen\n\nIt peels!"
    assert (mention.author, mention.author_name, mention.followers) == ("ada@home.example", "Ada", 7)
    assert (mention.likes, mention.reposts, mention.replies, mention.lang) == (3, 2, 1, "en")
    assert (mention.url, mention.in_reply_to) == ("https://far.example/@ada/1", "12")
    extra = json.loads(mention.extra or "")
    assert (extra["bot"], extra["visibility"], extra["media"][0]["description"]) == (True, "public", "a pan")
    assert batch.known
    assert batch.handles == {mention.id: f"{make().host} {post['id']} {mention.id}"}
    assert server.asked[-1].headers.get("authorization") is None


async def test_only_what_is_listened_for_is_taken_and_hidden_hashtags_count(tmp_path: Path) -> None:
    plain = {"content": "<p>no tag in sight</p>"}
    posts = [
        status(NOON, 1, **plain),
        status(NOON, 2, **plain, tags=[{"name": "other"}]),
        status(NOON, 3, content="#acme is hiring"),
    ]
    async with reading(Fedi(posts), tmp_path, heard=listener("#acme", exclude=["hiring"])) as (_, make):
        batches, _ = await drain(make())
    assert set(ids(batches)) == {"1"}


async def test_notifications_are_always_ours_and_boosts_are_the_post_itself(tmp_path: Path) -> None:
    words = {"content": "where is my parcel?", "tags": []}
    fedi = Fedi(
        [status(NOON, 9, reblog=status(NOON - timedelta(days=2), 5))],
        [
            {"id": "3", "type": "favourite", "created_at": "2026-11-20T11:00:00Z", "status": status(NOON, 3)},
            {
                "id": "2",
                "type": "quote",
                "created_at": "2026-11-20T11:00:00Z",
                "status": status(NOON, 2, **words),
            },
            {
                "id": "1",
                "type": "mention",
                "created_at": "2026-11-20T10:00:00Z",
                "status": status(NOON, 1, **words),
            },
        ],
    )
    async with reading(fedi, tmp_path, token=TOKEN, read=["notifications", "home"]) as (server, make):
        batches, cursor = await drain(make())
        assert set(ids(batches)) == {"1", "2", "5"}
        assert {each.headers["authorization"] for each in server.asked} == {"Bearer secret-of-env:TOKEN"}
    at = json.loads(cursor or "")["at"]
    assert set(at) == {"notifications", "home"}


async def test_five_hundred_numbered_notifications_survive_a_kill(tmp_path: Path) -> None:
    at = [NOON - timedelta(seconds=10 * n) for n in range(500)]
    rows = [
        {"id": str(900 - n), "type": "mention", "created_at": at[n].isoformat(), "status": status(at[n], n)}
        for n in range(500)
    ]
    fedi = Fedi(notifications=rows)
    async with reading(fedi, tmp_path, token=TOKEN, read=["notifications"]) as (_, make):
        fedi.special["/api/v1/notifications"] = lambda request: (
            Reply({"error": "Too many requests"}, 429)
            if request.query.get("max_id", "999") < "700"
            else Reply(fedi._page(rows, request))
        )
        before, cursor, error = await until_it_fails(make())
        assert isinstance(error, RateLimitedError)
        assert len(ids(before)) < 300
        del fedi.special["/api/v1/notifications"]
        rest, _ = await drain(make(), cursor)
    assert set(ids([*before, *rest])) == {str(n) for n in range(500)}


async def test_a_server_that_knows_no_quotes_is_asked_for_mentions(tmp_path: Path) -> None:
    row = {"id": "1", "type": "mention", "created_at": "2026-11-20T10:00:00Z", "status": status(NOON, 1)}
    fedi = Fedi()
    fedi.special["/api/v1/notifications"] = lambda request: (
        Reply({"error": "bad type"}, 400)
        if ("types[]", "quote") in request.pairs
        else Reply([] if "max_id" in request.query else [row])
    )
    async with reading(fedi, tmp_path, token=TOKEN, read=["notifications"]) as (_, make):
        batches, _ = await drain(make())
    assert set(ids(batches)) == {"1"}


async def test_searches_bring_posts_page_by_page(tmp_path: Path) -> None:
    fedi = Fedi(found=[each | {"content": "acme pan"} for each in backlog(130)])
    heard = listener("acme pan", "#acme")
    async with reading(fedi, tmp_path, heard=heard, token=TOKEN, read=["search"]) as (server, make):
        batches, cursor = await drain(make())
    assert set(ids(batches)) == {str(n) for n in range(130)}
    assert {each.query["q"] for each in server.asked if each.path == "/api/v2/search"} == {'"acme pan"'}
    assert "search:acme pan" in (cursor or "")


@pytest.mark.parametrize("unique", [mastodon_id, gotosocial_id, snac_id])
@pytest.mark.parametrize("empty", [True, False], ids=["offset gives nothing", "offset is ignored"])
async def test_a_search_that_does_not_count_is_paged_by_id(empty: bool, unique: Any, tmp_path: Path) -> None:
    fedi = Fedi(key=int if unique is mastodon_id else str)
    posts = backlog(130, name=unique)
    fedi.special["/api/v2/search"] = lambda request: Reply(
        {"statuses": [] if empty and "offset" in request.query else fedi._page(posts, request)}
    )
    async with reading(fedi, tmp_path, heard=listener("pan"), token=TOKEN, read=["search"]) as (_, make):
        one = make()
        batches, cursor = await drain(one)
        assert set(ids(batches)) == {str(n) for n in range(130)}
        posts.append(status(NOON, 777, id=unique(NOON, 777)))
        for source in (one, make()):
            batches, _ = await drain(source, cursor)
            assert "777" in ids(batches)
    assert not any(batch.note for batch in batches)


async def test_what_a_search_without_pages_does_not_show_is_a_gap_once(tmp_path: Path) -> None:
    fedi, posts = Fedi(), backlog(40)
    fedi.special["/api/v2/search"] = lambda request: Reply({"statuses": posts})
    async with reading(fedi, tmp_path, heard=listener("pan"), token=TOKEN, read=["search"]) as (server, make):
        batches, cursor = await drain(make())
        assert set(ids(batches)) == {str(n) for n in range(40)}
        (gap,) = [each.gap for each in batches if each.gap is not None]
        assert gap.start == NOON - timedelta(hours=24)
        assert gap.end == datetime.fromisoformat(posts[-1]["created_at"])
        asked = len(server.asked)
        assert asked < 10
        again, _ = await drain(make(), cursor)
    assert [(each.gap, each.note) for each in again] == [(None, "")] * len(again)
    assert len(server.asked) - asked < 6


@pytest.mark.parametrize("answer", [Reply({"statuses": []}), Reply("<h1>Not Found</h1>", 404)])
@pytest.mark.parametrize(("terms", "noted"), [(("acme", "#acme"), False), (("acme",), True)])
async def test_a_server_without_search_matters_only_where_nothing_else_is_read(
    answer: Reply, terms: tuple[str, ...], noted: bool, tmp_path: Path
) -> None:
    fedi = Fedi(backlog(3), special={"/api/v2/search": lambda request: answer})
    async with reading(fedi, tmp_path, heard=listener(*terms), token=TOKEN) as (_, make):
        batches, _ = await drain(make())
    assert ("add a term that begins with #" in batches[-1].note) is noted
    assert bool(batches[-1].note) is noted


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Reply({"error": "This action is outside the authorized scopes"}, 403), "read:search"),
        (Reply({"error": "no"}, 422), "does not understand us"),
        (Reply({"error": "broken"}, 500), "a fault of its own"),
        (Reply({"statuses": []}), "full-text search"),
    ],
)
async def test_a_search_that_fails_leaves_the_rest_alone(answer: Reply, words: str, tmp_path: Path) -> None:
    fedi = Fedi(backlog(3))
    fedi.special["/api/v2/search"] = lambda request: answer
    heard = listener("#acme", "acme", "pan", "peels")
    async with reading(fedi, tmp_path, heard=heard, token=TOKEN, read=["tags", "search"]) as (_, make):
        batches, _ = await drain(make())
    assert set(ids(batches)) == {"0", "1", "2"}
    assert [words in batch.note for batch in batches if batch.note] == [True]


async def test_one_hashtag_that_is_forbidden_leaves_the_others_alone(tmp_path: Path) -> None:
    fedi = Fedi(backlog(3))
    fedi.special["/api/v1/timelines/tag/gone"] = lambda request: Reply({"error": "gone"}, 404)
    async with reading(fedi, tmp_path, tags=["#gone", "acme"]) as (_, make):
        batches, _ = await drain(make())
    assert set(ids(batches)) == {"0", "1", "2"}
    assert "tag/gone does not exist (404)" in batches[-1].note


async def test_a_hashtag_that_falls_silent_is_told(tmp_path: Path) -> None:
    fedi = Fedi(backlog(3))
    async with reading(fedi, tmp_path) as (_, make):
        batches, cursor = await drain(make())
        assert not any(batch.note for batch in batches)
        fedi.special["/api/v1/timelines/tag"] = lambda request: Reply([])
        for _ in range(2):
            batches, cursor = await drain(make(), cursor)
            assert "is empty, though it had posts" in batches[-1].note


async def test_a_hashtag_whose_posts_were_deleted_is_nothing_to_tell(tmp_path: Path) -> None:
    fedi = Fedi(backlog(3))
    async with reading(fedi, tmp_path) as (server, make):
        _, cursor = await drain(make())
        fedi.posts.clear()
        for _ in range(2):
            batches, cursor = await drain(make(), cursor)
            assert [batch.note for batch in batches] == ["", ""]
    assert len([each for each in server.asked if each.path.startswith("/api/v1/statuses/")]) == 1


async def test_notifications_that_a_person_cleared_are_nothing_to_tell(tmp_path: Path) -> None:
    row = {"id": "1", "type": "mention", "created_at": "2026-11-20T10:00:00Z", "status": status(NOON, 1)}
    fedi = Fedi(notifications=[row])
    async with reading(fedi, tmp_path, token=TOKEN, read=["notifications"]) as (_, make):
        _, cursor = await drain(make())
        fedi.notifications.clear()
        batches, _ = await drain(make(), cursor)
    assert [batch.note for batch in batches] == ["", ""]


@pytest.mark.parametrize("before", [0, 1, 50])
async def test_more_notifications_than_the_server_shows_leave_a_gap(before: int, tmp_path: Path) -> None:
    def row(n: int) -> dict[str, Any]:
        at = NOON - timedelta(hours=2) + timedelta(seconds=20 * n)
        return {
            "id": str(n + 1),
            "type": "mention",
            "created_at": at.isoformat(),
            "status": status(at, n),
        }

    fedi = Fedi(notifications=[row(n) for n in range(before)])
    fedi.special["/api/v1/notifications"] = lambda request: Reply(
        fedi._page(fedi.notifications[-64:], request)
    )
    async with reading(fedi, tmp_path, token=TOKEN, read=["notifications"]) as (_, make):
        _, cursor = await drain(make())
        fedi.notifications += [row(n) for n in range(before, before + 100)]
        batches, cursor = await drain(make(), cursor)
        assert set(ids(batches)) >= {str(n) for n in range(before + 36, before + 100)}
        again, _ = await drain(make(), cursor)
    gaps = [each.gap for each in [*batches, *again] if each.gap is not None]
    spans = [(each.start, each.end) for each in gaps]
    start, end = (datetime.fromisoformat(row(n)["created_at"]) for n in (before - 1, before + 36))
    # Where nothing was read before, nobody knows how long the list was.
    assert spans == ([(start, end)] if before else [])
    assert all("did not reach back far enough" in each.reason for each in gaps)


async def test_an_answer_that_was_always_empty_is_nothing_to_tell(tmp_path: Path) -> None:
    async with reading(Fedi(), tmp_path) as (_, make):
        batches, cursor = await drain(make())
        again, _ = await drain(make(), cursor)
    assert [(each.read, each.note) for each in [*batches, *again]] == [(0, "")] * 4
    assert cursor is not None


async def test_hashtags_that_are_switched_off_are_told(tmp_path: Path) -> None:
    off = {
        "configuration": {"timelines_access": {"hashtag_feeds": {"local": "disabled", "remote": "disabled"}}}
    }
    fedi = Fedi(special={"/api/v2/instance": lambda request: Reply(off)})
    async with reading(fedi, tmp_path) as (_, make):
        batches, _ = await drain(make())
    assert "has switched its hashtags off" in batches[-1].note


LIMITED = {
    "x-ratelimit-limit": "300",
    "x-ratelimit-remaining": "0",
    "x-ratelimit-reset": "2036-11-20T12:03:00.5Z",
}


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (Reply({"error": "The access token is invalid"}, 401), AuthError, "does not accept our credentials"),
        (Reply({"error": "outside the authorized scopes"}, 403), AuthError, "make a token with the scopes"),
        (Reply("<h1>Blocked</h1>", 403), PermanentError, "forbids it"),
        (Reply({"error": "x"}, 400), PermanentError, "does not understand us"),
        (Reply({"error": "Too many requests"}, 429, LIMITED), RateLimitedError, "asks us to wait"),
        (Reply({"error": "busy"}, 503, {"retry-after": "30"}), RateLimitedError, "asks us to wait"),
        (Reply("bad gateway", 502), TransientError, "a fault of its own"),
        (Reply("<html>hello</html>"), TransientError, "no JSON"),
        (Reply({"posts": []}), TransientError, "no list of posts"),
        (Reply([{"text": "x"}]), TransientError, "none of which has an id"),
    ],
)
async def test_each_fault_has_its_name(
    answer: Reply, error: type[SourceError], words: str, tmp_path: Path
) -> None:
    fedi = Fedi(special={"/api/v1/timelines": lambda request: answer})
    async with reading(fedi, tmp_path, **TAGS) as (_, make):
        with pytest.raises(error, match=words) as raised:
            await drain(make())
    assert "secret-of" not in str(raised.value)
    if isinstance(raised.value, RateLimitedError):
        assert raised.value.until > datetime.now(UTC)


async def test_without_a_token_a_server_that_wants_one_says_so(tmp_path: Path) -> None:
    for answer in (Reply({"error": "Unauthorized"}, 401), Reply({"error": "x"}, 421)):
        fedi = Fedi(special={"/api/v1/timelines": partial(same, answer)})
        async with reading(fedi, tmp_path) as (_, make):
            with pytest.raises(AuthError, match='asks for a token; add "token"'):
                await drain(make())


async def test_what_was_read_before_a_fault_stays_and_is_not_read_again(tmp_path: Path) -> None:
    fedi = Fedi(backlog(500))
    async with reading(fedi, tmp_path) as (server, make):

        def dying(request: Request) -> Reply:
            tired = len(server.asked) > 5
            return Reply({"error": "x"}, 500) if tired else Reply(fedi._page(fedi.posts, request))

        fedi.special["/api/v1/timelines"] = dying
        found, cursor, error = await until_it_fails(make())
        assert isinstance(error, TransientError)
        del fedi.special["/api/v1/timelines"]
        assert 80 <= len(ids(found)) < 200
        rest, _ = await drain(make(), cursor)
    assert set(ids([*found, *rest])) == {str(n) for n in range(500)}
    assert len(ids(rest)) < 500


async def test_it_stops_before_the_server_has_to_refuse(tmp_path: Path) -> None:
    fedi, clock = Fedi(backlog(500)), Clock()
    left = {**LIMITED, "x-ratelimit-remaining": "15", "x-ratelimit-reset": "2026-11-20T12:03:00Z"}
    fedi.special["/api/v1/timelines"] = lambda request: Reply(fedi._page(fedi.posts, request), 200, left)
    async with reading(fedi, tmp_path, now=clock) as (server, make):
        one = make()
        with pytest.raises(RateLimitedError) as raised:
            await drain(one)
        assert raised.value.until == datetime(2026, 11, 20, 12, 3, tzinfo=UTC)
        assert len(server.asked) == 2
        clock.at = NOON + timedelta(minutes=4)
        del fedi.special["/api/v1/timelines"]
        batches, _ = await drain(one)
        assert set(ids(batches)) == {str(n) for n in range(500)}


async def test_the_budget_is_told(tmp_path: Path) -> None:
    head = {**LIMITED, "x-ratelimit-remaining": "120"}
    fedi = Fedi(special={"/api/v1/timelines": lambda request: Reply([], 200, head)})
    async with reading(fedi, tmp_path) as (_, make):
        batches, _ = await drain(make())
    budget = batches[-1].budget
    assert budget is not None
    assert (budget.remaining, budget.limit, budget.resets_at) == (
        120,
        300,
        datetime(2036, 11, 20, 12, 3, 0, 500_000, tzinfo=UTC),
    )


async def test_no_server_at_all(tmp_path: Path) -> None:
    async with reading(Fedi(), tmp_path, url="http://127.0.0.1:9") as (_, make):
        with pytest.raises(TransientError, match="refuses the connection"):
            await drain(make())


async def test_damaged_posts_are_kept_aside_with_a_reason(tmp_path: Path) -> None:
    damages: list[dict[str, Any]] = [
        {"content": 7},
        {"content": None},
        {"created_at": "yesterday"},
        {"created_at": None},
        {"uri": "https://far.example/\x1b[2J"},
        {"created_at": "0001-01-01T00:00:00Z"},
    ]
    bad = [status(NOON, n, **damage) for n, damage in enumerate(damages, 1)]
    odd = [
        status(NOON, 20, account="nobody", tags=3, media_attachments={"a": 1}, language=5, poll="x"),
        status(NOON, 21, replies_count="many", favourites_count=-1, reblogs_count=True, url=17),
    ]
    async with reading(Fedi([*bad, *odd]), tmp_path) as (_, make):
        batches, _ = await drain(make())
    rejected = {each.raw: each for batch in batches for each in batch.rejected}
    assert {json.loads(raw)["id"] for raw in rejected} == {each["id"] for each in bad}
    for each in rejected.values():
        assert each.source == "fedi"
        assert each.size == len(each.raw)
        assert each.reason.startswith("post")
    assert set(ids(batches)) == {"20", "21"}
    (first,) = {each.id: each for b in batches for each in b.mentions if each.id.endswith("21")}.values()
    assert (first.replies, first.likes, first.reposts) == (None, None, None)


async def test_hostile_text_in_every_field_is_harmless(tmp_path: Path) -> None:
    evil = "\x1b]52;c;b3duZWQ=\x07\x00\x9b31m\u202e#acme"
    fields = dict.fromkeys(
        ("content", "spoiler_text", "language", "url", "visibility", "edited_at", "text"), evil
    )
    post = status(NOON, 1, **fields, tags=[{"name": evil}], media_attachments=[{"description": evil}])
    post["account"] = {"acct": evil, "display_name": evil, "url": evil}
    fedi = Fedi([post])
    async with reading(fedi, tmp_path) as (_, make):
        batches, _ = await drain(make())
        (mention,) = [each for batch in batches for each in batch.mentions]
        shown = [mention.text, mention.author, mention.author_name, mention.url, mention.lang, mention.extra]
        for text in filter(None, shown):
            assert not any(
                (ord(c) < 32 and c != "\n") or 0x7F <= ord(c) < 0xA0 or c == "\u202e" for c in text
            )
        fedi.special["/api/v1/timelines"] = lambda request: Reply({"error": evil}, 422)
        with pytest.raises(PermanentError) as raised:
            await drain(make())
        assert str(raised.value).isprintable()


async def test_an_old_cursor_goes_on_and_a_broken_one_is_told(tmp_path: Path) -> None:
    old = json.dumps({"v": 1, "at": {"tag:acme": {"low": 0, "later": 1}, "tag:left": {"low": 3}, "x": 5}})
    async with reading(Fedi(backlog(30)), tmp_path) as (_, make):
        batches, cursor = await drain(make(), old)
        assert set(ids(batches)) == {str(n) for n in range(30)}
        assert set(json.loads(cursor or "")["at"]) == {"tag:acme"}
        for broken in ("{", "[]", "7", '{"at": 3}'):
            with pytest.raises(CursorInvalidError):
                await drain(make(), broken)


@pytest.mark.parametrize("batch", [True, False])
async def test_edits_deletions_and_counts_are_seen_again(batch: bool, tmp_path: Path) -> None:
    fedi = Fedi(backlog(6), batch=batch)
    async with reading(fedi, tmp_path, **TAGS) as (server, make):
        one = make()
        batches, _ = await drain(one)
        handles = {uri: handle for each in batches for uri, handle in each.handles.items()}
        gone = fedi.posts.pop(2)
        fedi.posts[0] |= {
            "content": "edited",
            "edited_at": "2026-11-20T12:05:00.000Z",
            "favourites_count": 90,
        }
        elsewhere = "other.example 17 https://far.example/17"
        found = await make().refresh([*handles.values(), elsewhere])
        changes = {each.id: each for each in found.changes}
        assert set(changes) == set(handles)
        assert changes[gone["uri"]].mention is None
        edited = changes[fedi.posts[0]["uri"]]
        assert edited.mention is not None
        assert (edited.mention.text, edited.mention.likes) == ("edited", 90)
        assert edited.at == datetime(2026, 11, 20, 12, 5, tzinfo=UTC)
        before = len(server.asked)
        await one.refresh(list(handles.values())[:5])
        await one.refresh([gone["id"]])
        assert len(server.asked) - before < (6 if batch else 12)


async def test_an_edit_that_gives_a_post_another_id_is_seen(tmp_path: Path) -> None:
    fedi = Fedi([status(NOON, 1, id=arrived(NOON, 1))], key=str, batch=False)
    async with reading(fedi, tmp_path, **TAGS) as (_, make):
        batches, _ = await drain(make())
        ((uri, handle),) = [pair for each in batches for pair in each.handles.items()]
        edited = fedi.posts[0] | {"id": arrived(NOON + timedelta(seconds=9), 1), "content": "edited"}
        # Whatever stands before the hash, snac finds the post; it gives it with its present id.
        fedi.special["/api/v1/statuses/"] = lambda request: Reply(edited)
        found = await make().refresh([handle])
        assert [(each.id, each.mention and each.mention.text) for each in found.changes] == [(uri, "edited")]
        fedi.special["/api/v1/statuses/"] = lambda request: Reply(edited | {"uri": "https://far.example/9"})
        assert not (await make().refresh([handle])).changes


async def test_a_post_that_only_the_batch_leaves_out_is_not_gone(tmp_path: Path) -> None:
    fedi = Fedi(backlog(3))
    fedi.special["/api/v1/statuses/" + fedi.posts[1]["id"]] = lambda request: Reply({"error": "x"}, 500)
    async with reading(fedi, tmp_path, **TAGS) as (_, make):
        one = make()
        batches, _ = await drain(one)
        handles = {uri: handle for each in batches for uri, handle in each.handles.items()}
        hidden = fedi.posts.copy()
        fedi.special["/api/v1/statuses"] = lambda request: (
            Reply([])
            if request.path == "/api/v1/statuses"
            else Reply(hidden[0])
            if request.path.endswith(hidden[0]["id"])
            else Reply({"error": "x"}, 500)
        )
        found = await one.refresh([handles[each["uri"]] for each in hidden[:2]])
    assert [(each.id, each.mention is None) for each in found.changes] == [(hidden[0]["uri"], False)]


async def test_a_server_that_forgot_everything_deletes_nothing(tmp_path: Path) -> None:
    fedi = Fedi(backlog(3), batch=False)
    async with reading(fedi, tmp_path, **TAGS) as (_, make):
        one = make()
        batches, _ = await drain(one)
        handles = [handle for each in batches for handle in each.handles.values()]
        fedi.special["/"] = lambda request: Reply("<h1>parked domain</h1>", 404)
        with pytest.raises(TransientError, match="knows none of the posts"):
            await one.refresh(handles)
        fedi.special["/"] = lambda request: Reply({"error": "x"}, 429)
        with pytest.raises(RateLimitedError):
            await one.refresh(handles)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"url": "mastodon.example"}, "must be an address such as"),
        ({"url": "https://ada:pw@mastodon.example"}, "must be an address such as"),
        ({"url": "https://mastodon.example", "read": ["search"]}, 'needs a "token"'),
        ({"url": "https://mastodon.example", "stream": True}, 'needs a "token"'),
        ({"url": "https://mastodon.example", "token": "abc"}, "secret by reference"),
        ({"url": "wss://mastodon.example"}, "must begin with https"),
    ],
)
def test_settings_that_can_not_work_are_told(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Settings.model_validate({"name": "fedi", **settings})


async def test_what_is_read_follows_from_terms_and_token(tmp_path: Path) -> None:
    heard = listener("#Acme", "acme pan", "#acme", "peel*")
    async with reading(Fedi(), tmp_path, heard=heard, tags=["#Pans"]) as (_, make):
        assert [each.key for each in make().timelines] == ["tag:pans", "tag:acme"]
        assert isinstance(make(), Refreshing)
        assert not isinstance(make(), Hinting)
    async with reading(Fedi(), tmp_path, heard=heard, token=TOKEN) as (_, make):
        keys = [each.key for each in make().timelines]
        assert keys == ["notifications", "tag:acme", "search:acme pan", "search:peel"]
    async with reading(Fedi(), tmp_path, heard=listener("acme")) as (_, make):
        with pytest.raises(PermanentError, match="nothing to read"):
            await drain(make())


@given(st.integers(1_200_000_000_000, 4_000_000_000_000), st.integers(0, 65_535))
def test_ids_tell_the_time_and_sort_by_it(ms: int, n: int) -> None:
    at = datetime.fromtimestamp(ms / 1000, UTC)
    for scheme, native in ((SNOWFLAKE, mastodon_id(at, n)), (ULID, gotosocial_id(at, n))):
        assert abs((scheme.ms(native) or 0) - ms) <= 1
        assert scheme.ms(scheme.floor(ms)) == ms
        assert scheme.key(scheme.floor(ms - 2)) < scheme.key(native) < scheme.key(scheme.floor(ms + 2))
        assert scheme_of([(native, ms)]) is scheme
    assert scheme_of([(snac_id(at, n), ms), ("17", ms)]) is None


@given(
    st.dictionaries(
        st.sampled_from(list(status(NOON, 1))),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers()
            | st.floats()
            | st.text(st.characters(exclude_categories=[])),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "acct", "url"]), inner)
            ),
            max_leaves=4,
        ),
    )
)
def test_any_post_is_a_mention_or_a_reason(changes: dict[str, Any]) -> None:
    try:
        mention = mention_of({**status(NOON, 1), **changes}, "home.example", {})
    except ValueError:
        return
    assert mention.model_dump_json()
