"""Hacker News: what its index and its own interface give, through real requests."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.matcher import Listener
from data.models.mention import Mention
from data.models.watch import Watch
from data.sources.base import Batch, PermanentError, RateLimitedError, SourceError, TransientError
from data.sources.hackernews import HackerNews, Settings, queries, source
from tests.sources.lend import lent
from tests.sources.server import Reply, Request, Server, drain, listener, serving

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND = int(NOW.timestamp())


def comment(number: int, at: int, text: str = "Acme is <i>down</i>", **more: Any) -> dict[str, Any]:
    return {
        "objectID": str(number),
        "author": "pg",
        "comment_text": text,
        "created_at": datetime.fromtimestamp(at, UTC).isoformat(),
        "created_at_i": at,
        "parent_id": 8863,
        "points": None,
        "num_comments": None,
        "story_id": 8863,
        "story_title": "My YC app",
        "title": None,
        "url": None,
        "_tags": ["comment", "author_pg", "story_8863"],
        **more,
    }


class Index:
    """The index with its limits: half-open windows, newest first, no page behind 1,000 hits."""

    def __init__(self, hits: list[dict[str, Any]]) -> None:
        self.hits = hits
        self.items: dict[str, Any] = {}

    def __call__(self, request: Request) -> Reply:
        if request.path.startswith("/v0/item/"):
            found = self.items.get(request.path.removeprefix("/v0/item/").removesuffix(".json"))
            return found if isinstance(found, Reply) else Reply(found)
        filters = request.query["numericFilters"]
        low = int(re.findall(r"created_at_i>=(-?\d+)", filters)[0])
        high = [int(each) for each in re.findall(r"created_at_i<(\d+)", filters)]
        word = request.query["query"].strip('"').casefold()
        found = sorted(
            (
                hit
                for hit in self.hits
                if low <= hit["created_at_i"] < (high[0] if high else 2**40)
                and word in json.dumps(hit, ensure_ascii=False).casefold()
            ),
            key=lambda hit: -hit["created_at_i"],
        )
        size = min(int(request.query["hitsPerPage"]), 1000)
        start = int(request.query.get("page", 0)) * size
        return Reply(
            {"hits": found[:1000][start : start + size], "nbHits": len(found), "hitsPerPage": size, "page": 0}
        )


@contextlib.asynccontextmanager
async def reading(
    handler: Callable[[Request], Reply], hears: Listener, now: datetime = NOW, **more: Any
) -> AsyncIterator[tuple[Server, Callable[[], HackerNews]]]:
    async with serving(handler) as server, lent(Path("unused"), listener=hears, now=lambda: now) as tools:
        given = Settings.model_validate(
            {"name": "hn", "kind": "hackernews", "url": server.url, "items_url": server.url, **more}
        )
        yield server, lambda: source(given, tools)


def ids(batches: list[Batch]) -> list[str]:
    return [each.id for batch in batches for each in batch.mentions]


async def test_a_comment_and_a_story_are_read_as_people_see_them() -> None:
    story = {
        "objectID": "43",
        "author": "tim",
        "title": "Show HN: Rope &amp; pulley",
        "url": "https://acme.example/rope",
        "story_text": "<p>It holds.<p>Mostly.",
        "created_at_i": SECOND - 60,
        "points": 57,
        "num_comments": 3,
        "_tags": ["story"],
    }
    index = Index([story, comment(42, SECOND - 120)])
    async with reading(index, listener("acme")) as (server, new):
        batches, _ = await drain(new())
    assert all(batch.known for batch in batches)
    first, second = (each for batch in batches for each in batch.mentions)
    assert (first.network, first.id, first.text) == ("hackernews", "42", "Acme is down")
    assert first.url == "https://news.ycombinator.com/item?id=42"
    assert (first.author, first.in_reply_to, first.html) == ("pg", "8863", "Acme is <i>down</i>")
    assert json.loads(first.extra or "") == {"story_id": "8863", "story_title": "My YC app"}
    assert second.text == "Show HN: Rope & pulley\n\nhttps://acme.example/rope\n\nIt holds.\n\nMostly."
    assert (second.likes, second.replies, second.in_reply_to) == (57, 3, None)
    assert server.asked[0].path == "/api/v1/search_by_date"
    assert server.asked[0].query["tags"] == "(story,comment)"


async def test_what_the_index_matches_loosely_is_left_out() -> None:
    index = Index([comment(1, SECOND - 9, "the acmeist poets"), comment(2, SECOND - 8, "Acme broke")])
    async with reading(index, listener("acme")) as (_, new):
        batches, _ = await drain(new())
    assert ids(batches) == ["2"]


@pytest.mark.parametrize(
    ("terms", "asked"),
    [
        (["acme"], ("acme",)),
        (["acme cloud", "ACME"], ('"acme cloud"', "ACME")),
        (["#acme", "@acme", "acme"], ("acme",)),
        (["acme*"], ("acme",)),
        (["-acme"], ('"-acme"',)),
        (['say "acme"'], ('"say acme"',)),
        ([], ("",)),
    ],
)
def test_each_term_is_asked_for_in_the_syntax_of_the_index(terms: list[str], asked: tuple[str, ...]) -> None:
    assert queries(listener(*terms), None) == asked
    assert queries(listener(*terms), "their own") == ("their own",)


def test_a_watch_that_takes_everything_is_asked_for_everything() -> None:
    both = Listener([Watch.model_validate({"terms": ["acme"]}), Watch()])
    assert queries(both, None) == ("",)
    assert queries(listener("acme", own_accounts=["@AcmeHelp"]), None) == ("acme", "AcmeHelp")


def stored_until(batches: list[Batch], cut: int) -> tuple[set[str], str | None]:
    """What a store holds, and where it stands, if the process is killed after so many batches."""
    cursors = [batch.cursor for batch in batches[:cut] if batch.cursor is not None]
    return set(ids(batches[:cut])), cursors[-1] if cursors else None


async def test_a_backlog_survives_a_kill_between_any_two_batches() -> None:
    hits = [comment(number, SECOND - 80_000 + number * 50) for number in range(1, 1501)]
    async with reading(Index(hits), listener("acme")) as (_, new):
        batches, _ = await drain(new())
        assert ids(batches) == [str(number) for number in range(1, 1501)]
        assert len(batches) > 3
        for cut in range(len(batches)):
            stored, cursor = stored_until(batches, cut)
            rest, _ = await drain(new(), cursor)
            assert stored | set(ids(rest)) == {str(number) for number in range(1, 1501)}


@given(
    posts=st.lists(st.integers(SECOND - 3000, SECOND), min_size=1, max_size=40, unique=True),
    late=st.lists(st.integers(0, 59 * 60), max_size=5, unique=True),
    room=st.integers(2, 9),
)
@settings(max_examples=15, deadline=None)
async def test_nothing_is_missed_whatever_the_index_holds(
    posts: list[int], late: list[int], room: int
) -> None:
    """A page that holds little splits the windows far; then some posts are listed late."""
    index = Index([comment(at, at) for at in posts])

    def small(request: Request) -> Reply:
        request.query["hitsPerPage"] = str(room)
        return index(request)

    async with reading(small, listener("acme")) as (_, new):
        batches, cursor = await drain(new())
        assert sorted(ids(batches)) == sorted(map(str, posts))
        newest = max(posts)
        added = {newest - back for back in late} - set(posts)
        index.hits += [comment(at, at) for at in added]
        again, _ = await drain(new(), cursor)
        assert {str(at) for at in added} <= set(ids(again))


async def test_a_post_that_is_listed_30_minutes_late_is_found_by_a_new_process_and_within_half_an_hour() -> (
    None
):
    clock = [NOW]
    index = Index([comment(1, SECOND - 60)])
    async with (
        serving(index) as server,
        lent(Path("unused"), listener=listener("acme"), now=lambda: clock[0]) as tools,
    ):
        given = Settings.model_validate({"name": "hn", "url": server.url})
        running = source(given, tools)
        _, cursor = await drain(running)
        index.hits.append(comment(2, SECOND - 30 * 60))
        assert "2" in ids((await drain(source(given, tools), cursor))[0])
        assert "2" not in ids((await drain(running, cursor))[0])
        clock[0] += timedelta(minutes=30)
        assert "2" in ids((await drain(running, cursor))[0])


async def test_an_index_that_stood_still_for_hours_loses_nothing() -> None:
    index = Index([comment(1, SECOND - 60)])
    async with reading(index, listener("acme")) as (_, new):
        _, cursor = await drain(new())
    later = NOW + timedelta(hours=6)
    async with reading(index, listener("acme"), now=later) as (_, new):
        _, cursor = await drain(new(), cursor)
        index.hits.append(comment(2, SECOND + 60))
        batches, _ = await drain(new(), cursor)
    assert "2" in ids(batches)


async def test_a_clock_that_is_behind_hides_no_post() -> None:
    async with reading(Index([comment(1, SECOND + 600)]), listener("acme")) as (_, new):
        batches, _ = await drain(new())
    assert ids(batches) == ["1"]


async def test_the_first_look_goes_back_as_far_as_the_settings_say() -> None:
    index = Index([comment(1, SECOND - 3 * 3600), comment(2, SECOND - 1800)])
    async with reading(index, listener("acme"), since_hours=1) as (_, new):
        batches, _ = await drain(new())
    assert ids(batches) == ["2"]


@pytest.mark.parametrize("cursor", ["", "{}", "[]", "not json", '{"low": "x"}', '{"low": null}'])
async def test_a_place_that_can_not_be_read_starts_anew(cursor: str) -> None:
    async with reading(Index([comment(1, SECOND - 60)]), listener("acme")) as (_, new):
        batches, _ = await drain(new(), cursor)
    assert ids(batches) == ["1"]


async def test_a_server_whose_hits_never_end_is_told_and_left() -> None:
    def endless(request: Request) -> Reply:
        return Reply({"hits": [comment(1, SECOND)] * 500, "nbHits": 10_000_000, "hitsPerPage": 500})

    async with reading(endless, listener("acme")) as (server, new):
        with pytest.raises(PermanentError, match=r'Check "url"'):
            await drain(new())
    assert len(server.asked) < 50


async def test_an_empty_answer_is_a_quiet_day() -> None:
    async with reading(Index([]), listener("acme")) as (_, new):
        batches, cursor = await drain(new())
    assert ids(batches) == []
    assert cursor is not None


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(b"", 429, {"retry-after": "90"}), RateLimitedError),
        (Reply(b"no", 401), PermanentError),
        (Reply(b"", 500), TransientError),
        (Reply(b"", 503), TransientError),
        (Reply(b"<html>soon back</html>"), TransientError),
        (Reply([1, 2]), TransientError),
        (Reply({"hits": "none"}), TransientError),
        (Reply(None), TransientError),
    ],
)
async def test_a_fault_is_told_in_one_sentence_without_the_query(
    reply: Reply, error: type[SourceError]
) -> None:
    async with reading(lambda request: reply, listener("hushhush")) as (_, new):
        with pytest.raises(error) as found:
            await drain(new())
    assert "hushhush" not in str(found.value)
    assert str(found.value).endswith(".")


async def test_what_can_not_be_read_is_kept_apart_and_stops_nothing() -> None:
    bad = [
        comment(1, SECOND - 50) | {"objectID": None},
        comment(2, SECOND - 50) | {"comment_text": None},
        comment(3, SECOND - 50) | {"objectID": "3\n"},
        comment(4, 5),
        comment(5, SECOND - 50) | {"comment_text": ["acme"]},
    ]

    def all_of_it(request: Request) -> Reply:
        return Reply({"hits": [*bad, "acme", None, comment(9, SECOND - 40)], "nbHits": 8, "hitsPerPage": 500})

    async with reading(all_of_it, listener("acme")) as (_, new):
        batches, _ = await drain(new())
    assert ids(batches) == ["9"]
    refused = [each for batch in batches for each in batch.rejected]
    assert len(refused) == 7
    assert all(each.source == "hn" and each.line == 0 and each.size == len(each.raw) for each in refused)
    assert json.loads(refused[0].raw)["parent_id"] == 8863


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30)
_ANY = st.recursive(_SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner))


@given(
    fields=st.dictionaries(
        st.sampled_from([*comment(1, 1), "story_text", "title"]), _ANY | st.text(max_size=80), max_size=9
    )
)
@settings(max_examples=30, deadline=None)
async def test_no_field_of_whatever_type_breaks_the_reader(fields: dict[str, Any]) -> None:
    hit = {**comment(7, SECOND - 60), **fields}
    reply = {"hits": [hit, comment(9, SECOND - 40)], "nbHits": 2, "hitsPerPage": 500}
    async with reading(lambda request: Reply(reply), Listener(())) as (_, new):
        batches, _ = await drain(new())
    assert "9" in ids(batches)
    assert sum(batch.read for batch in batches) == (1 if str(hit["objectID"]) == "9" else 2)


def shown(mention: Mention) -> str:
    return f"{mention.text}{mention.author}{mention.author_name}{mention.url}"


async def test_no_escape_sequence_comes_through() -> None:
    evil = "acme \x1b]52;c;aGk=\x07\x1b[31m\x00\x9b2J\u202e"
    hit = comment(1, SECOND - 60, evil, author=evil, title=evil, url=evil, story_title=evil)
    async with reading(Index([hit]), listener("acme")) as (_, new):
        batches, _ = await drain(new())
    found = batches[0].mentions[0]
    assert "acme" in found.text
    assert not set("\x1b\x00\x07\x9b\u202e") & set(shown(found) + (found.extra or ""))


def item(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "by": "pg",
        "time": SECOND - 60,
        "type": "comment",
        "text": "Acme is <i>down</i>",
        "parent": 8863,
        **more,
    }


async def test_edits_deletions_and_counts_are_found() -> None:
    index = Index([comment(1, SECOND - 60)])
    index.items = {
        "1": item(1),
        "2": item(2, text="Acme is <b>up</b> again", kids=[7]),
        "3": {"id": 3, "deleted": True, "time": SECOND, "type": "comment"},
        "4": None,
        "5": item(5, dead=True, text="[flagged]"),
        "6": item(6, text="[delayed]"),
        "8": item(
            8, type="story", title="Acme", url="https://acme.example", text=None, score=9, descendants=4
        ),
        "9": item(9, time="yesterday"),
    }
    async with reading(index, listener("acme")) as (_, new):
        fresh, _ = await drain(new())
        batch = await new().refresh(["1", "2", "3", "4", "5", "6", "8", "9", "../x"])
    changes = {each.id: each.mention for each in batch.changes}
    assert set(changes) == {"1", "2", "3", "4", "5", "8"}
    assert all(each.network == "hackernews" for each in batch.changes)
    texts = {number: each.text for number, each in changes.items() if each is not None}
    assert texts == {
        "1": fresh[0].mentions[0].text,
        "2": "Acme is up again",
        "8": "Acme\n\nhttps://acme.example",
    }
    assert changes["8"] is not None
    assert (changes["8"].likes, changes["8"].replies) == (9, 4)


async def test_a_refresh_that_is_limited_says_nothing_of_any_post() -> None:
    index = Index([])
    index.items = {"1": item(1), "2": Reply(b"", 500), "3": Reply(b"", 429, {"retry-after": "30"})}
    async with reading(index, listener("acme")) as (_, new):
        with pytest.raises(RateLimitedError):
            await new().refresh(["1", "2", "3"])
        with pytest.raises(TransientError):
            await new().refresh(["1", "2"])


async def test_an_answer_that_is_of_another_post_deletes_nothing() -> None:
    index = Index([])
    index.items = {"1": {"error": "moved", "deleted": True}}
    async with reading(index, listener("acme")) as (_, new):
        with pytest.raises(TransientError, match="items_url"):
            await new().refresh(["1"])


@pytest.mark.parametrize(
    "url", ["ftp://x.example", "nowhere", "https://a:b@x.example", "http://x.example?k=1"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        Settings.model_validate({"name": "hn", "url": url})
