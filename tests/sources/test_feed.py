"""News feeds: what comes in, what comes once, what is told when something is missing."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from data.models.mention import Mention
from data.sources.base import (
    AuthError,
    Batch,
    PermanentError,
    RateLimitedError,
    SourceError,
    Tools,
    TransientError,
)
from data.sources.feed.entries import Entry, native_ids, unwrapped
from data.sources.feed.network import Settings
from data.sources.feed.place import FeedPlace
from data.sources.feed.reader import command
from tests.sources.feeds import DAWN, dated, feed, item, json_feed, json_item, rss, stories
from tests.sources.lend import lent
from tests.sources.server import Reply, Request, drain, listener, serving

LATER = DAWN + timedelta(days=2)


class Clock:
    """A time that a test moves."""

    def __init__(self) -> None:
        self.now = LATER

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def tools(tmp_path: Path, clock: Clock) -> AsyncIterator[Tools]:
    async with lent(tmp_path, now=clock) as lending:
        yield lending


class Page:
    """A server's answer that a test changes between two looks."""

    def __init__(self, body: Any = "", **headers: str) -> None:
        self.body = body
        self.headers = headers
        self.status = 200

    def __call__(self, _request: Request) -> Reply:
        names = {name.replace("_", "-"): value for name, value in self.headers.items()}
        return Reply(self.body, self.status, names)


def posts(batches: list[Batch]) -> list[Mention]:
    return [post for batch in batches for post in batch.mentions]


def ends(batches: list[Batch]) -> list[str]:
    """The last part of each post's address."""
    return [(post.url or "").rpartition("/")[2] for post in posts(batches)]


async def failure(url: str, tools: Tools, cursor: str | None = None) -> SourceError:
    with pytest.raises(SourceError) as caught:
        await drain(feed(url, tools), cursor)
    return caught.value


async def test_what_an_entry_says_is_in_the_mention(tools: Tools) -> None:
    page = Page(
        rss(
            [
                item(
                    7,
                    title="Acme & Söhne recall",
                    description="<p>First.</p><p>Second &amp; <b>last</b>.</p>",
                    author="Jane Doe",
                    category="recall",
                )
            ]
        )
    )
    async with serving(page) as server:
        batches, _ = await drain(feed(server.url + "/rss?token=geheim", tools))
    (post,) = posts(batches)
    assert (post.network, post.id, post.url) == (
        "news", "https://news.example/7", "https://news.example/7",
    )  # fmt: skip
    assert post.text == "Acme & Söhne recall\n\nFirst.\n\nSecond & last."
    assert (post.created_at, post.author, post.author_name, post.lang) == (dated(7), None, "Jane Doe", "en")
    assert "<b>last</b>" in (post.html or "")
    extra = json.loads(post.extra or "")
    assert (extra["title"], extra["feed"], extra["tags"]) == ("Acme & Söhne recall", "The news", ["recall"])
    assert "geheim" not in post.model_dump_json()


async def test_google_alerts_lead_to_the_news_itself(tools: Tools) -> None:
    target = "https://news.example/a?b=1&c=%20d"
    link = f"https://www.google.com/url?rct=j&amp;sa=t&amp;url={quote(target, safe='')}&amp;ct=ga&amp;usg=x"
    body = f"""<?xml version="1.0" encoding="utf-8"?>
    <feed xmlns="http://www.w3.org/2005/Atom" xmlns:idx="urn:atom-extension:indexing">
    <id>tag:google.com,2005:reader/user/1/state/com.google/alerts/2</id><title>Google Alert - acme</title>
    <entry><id>tag:google.com,2013:googlealerts/feed:123</id>
    <title type="html">&lt;b&gt;Acme&lt;/b&gt; recalls &amp;#39;all&amp;#39; of it</title>
    <link href="{link}"/><published>2026-11-20T09:00:00Z</published><updated>2026-11-20T09:30:00Z</updated>
    <content type="html">The firm &lt;b&gt;Acme&lt;/b&gt;&amp;nbsp;...</content>
    <author><name></name></author></entry></feed>"""
    async with serving(Page(body)) as server:
        batches, _ = await drain(feed(server.url, tools))
    (post,) = posts(batches)
    assert (post.id, post.url) == ("tag:google.com,2013:googlealerts/feed:123", target)
    assert post.text == "Acme recalls 'all' of it\n\nThe firm Acme ..."
    assert (post.network, post.author, post.author_name) == ("news", None, None)
    assert post.created_at == datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("link", "leads_to"),
    [
        ("https://www.google.de/url?q=http://a.example/x&sa=U", "http://a.example/x"),
        ("https://www.google.com/url?url=javascript:alert(1)", None),
        ("https://www.google.com/search?q=http://a.example/", None),
        ("https://google.example/url?url=http://a.example/", None),
        ("javascript:alert(1)", ""),
        ("file:///etc/passwd", ""),
        ("http://[", ""),
        ("/relative", ""),
    ],
)
def test_links_are_web_addresses_or_none(link: str, leads_to: str | None) -> None:
    assert unwrapped(link) == (link if leads_to is None else leads_to)


async def test_a_json_feed_is_read_by_its_type_or_its_first_character(tools: Tools) -> None:
    found = json_item(
        3, authors=[{"name": "@jane"}], tags=["a", 7], language="de", content_text="not this", id=3.0, extra=1
    )
    for headers in ({"content_type": "application/feed+json"}, {"content_type": "text/plain"}, {}):
        async with serving(Page(json_feed([found]), **headers)) as server:
            batches, _ = await drain(feed(server.url, tools))
        (post,) = posts(batches)
        assert post.text == "Story 3 of Acme\n\nWords of 3"
        assert post.id.endswith(":3.0")
        assert (post.author, post.author_name, post.lang, post.created_at) == (
            "jane",
            "@jane",
            "de",
            dated(3),
        )


async def test_a_second_look_brings_what_is_new_and_what_reads_differently(tools: Tools) -> None:
    page = Page(stories(3, 2, 1))
    async with serving(page) as server:
        first, cursor = await drain(feed(server.url, tools))
        again, cursor = await drain(feed(server.url, tools), cursor)
        # 1 has left the page, which is no deletion.
        page.body = rss([item(4), item(3), item(2, description="other words")])
        third, cursor = await drain(feed(server.url, tools), cursor)
        last, _ = await drain(feed(server.url, tools), cursor)
    assert ends(first) == ["1", "2", "3"]
    assert posts(again) == []
    assert ends(third) == ["2", "4"]
    assert posts(third)[0].text.endswith("other words")
    assert all(batch.known and not batch.changes and batch.gap is None for batch in (*first, *third))
    assert posts(last) == []


async def test_an_entry_that_comes_late_is_found_wherever_it_stands(tools: Tools) -> None:
    page = Page(stories(90, 60, 30))
    async with serving(page) as server:
        _, cursor = await drain(feed(server.url, tools))
        page.body = rss([item(90), item(60), item(59), item(30)])
        batches, _ = await drain(feed(server.url, tools), cursor)
    assert ends(batches) == ["59"]


async def test_what_was_not_changed_is_not_sent_again(tools: Tools, clock: Clock) -> None:
    def handler(request: Request) -> Reply:
        if request.headers.get("if-none-match") == 'W/"one"':
            assert request.headers["if-modified-since"] == "Fri, 20 Nov 2026 06:00:00 GMT"
            return Reply(status=304)
        headers = {"etag": 'W/"one"', "last-modified": "Fri, 20 Nov 2026 06:00:00 GMT"}
        return Reply(stories(2, 1), headers={**headers, "x-ratelimit-remaining": "7"})

    async with serving(handler) as server:
        first, cursor = await drain(feed(server.url, tools))
        clock.now += timedelta(minutes=5)
        (unchanged,), later = await drain(feed(server.url, tools), cursor)
        (third,), _ = await drain(feed(server.url, tools), later)
        assert len(server.asked) == 3
    assert first[0].budget is not None
    assert first[0].budget.remaining == 7
    assert (unchanged.mentions, unchanged.cursor is None, third.mentions) == ([], False, [])


async def test_a_feed_that_moved_on_while_nobody_looked_leaves_a_gap(tools: Tools, clock: Clock) -> None:
    page = Page(stories(3, 2, 1))
    async with serving(page) as server:
        clock.now = dated(10)
        _, cursor = await drain(feed(server.url, tools))
        clock.now = dated(100)
        page.body = stories(90, 80, 70)
        (batch,), cursor = await drain(feed(server.url, tools), cursor)
        page.body = stories(110, 90, 80)
        (overlapping,), _ = await drain(feed(server.url, tools), cursor)
    assert batch.gap is not None
    assert (batch.gap.start, batch.gap.end) == (dated(10), dated(70))
    assert ends([batch]) == ["70", "80", "90"]
    assert overlapping.gap is None


async def test_a_feed_that_is_empty_all_at_once_is_not_well(tools: Tools, clock: Clock) -> None:
    page = Page(stories(2, 1), etag='"full"')
    async with serving(page) as server:
        clock.now = dated(10)
        _, cursor = await drain(feed(server.url, tools))
        page.body, page.headers = (
            "<Rss><Items></Items></Rss>",
            {"etag": '"empty"', "cache_control": "max-age=900"},
        )
        for _ in range(2):
            (batch,), cursor = await drain(feed(server.url + "", tools), cursor)
            assert "no entries" in batch.note
        assert [request.headers.get("if-none-match") for request in server.asked] == [None, '"full"', None]
        clock.now = dated(100)
        page.body = stories(90, 80)
        (back,), _ = await drain(feed(server.url, tools), cursor)
    assert back.gap is not None
    assert back.gap.start == dated(10)
    assert back.note == ""


async def test_a_feed_that_ends_in_its_middle_is_not_well_and_its_half_entry_is_read_whole_later(
    tools: Tools,
) -> None:
    whole = stories(1, 2, 3)
    cut = whole[: whole.index("Words of 3")]
    bodies = [cut, cut, whole, whole]
    conditions: list[bool] = []

    def handler(request: Request) -> Reply:
        conditions.append("if-none-match" in request.headers)
        headers = {"content-type": "application/rss+xml", "etag": '"same"', "cache-control": "max-age=3000"}
        return Reply(bodies[len(conditions) - 1], headers=headers)

    async with serving(handler) as server:
        source = feed(server.url, tools, all=True)
        first, cursor = await drain(source)
        assert ends(first) == ["1", "2"]
        assert first[-1].note == (
            f"127.0.0.1:{server.port} ends in its middle: 2 entries of it were read;"
            " it is read anew at the next look."
        )
        again, cursor = await drain(source, cursor)
        assert (ends(again), bool(again[-1].note)) == ([], True)
        rest, cursor = await drain(source, cursor)
        assert (ends(rest), rest[-1].note) == (["3"], "")
    assert conditions == [False, False, False]


async def test_a_new_feed_may_be_empty(tools: Tools) -> None:
    async with serving(Page(stories())) as server:
        (batch,), _ = await drain(feed(server.url, tools))
    assert (batch.mentions, batch.note, batch.gap) == ([], "", None)


@pytest.mark.parametrize(
    "body",
    [
        "<!doctype html><html><head><title>Acme</title></head><body><p>Sign in</p></body></html>",
        "",
        "  \n",
        "Service is down",
        '{"error": "no such feed"}',
        '{"items": ',
        "[" * 100_000,
        '{"a":' * 100_000,
        '<?xml version="1.0"?><opml version="2.0"><body/></opml>',
        "\x00" * 5_000,
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
    ],
)
async def test_what_is_no_feed_is_said_to_be_none(tools: Tools, body: str | bytes) -> None:
    async with serving(Page(body)) as server:
        error = await failure(server.url + "/feed?key=geheim", tools)
    assert isinstance(error, TransientError)
    assert f"127.0.0.1:{server.port}/feed answers with" in str(error)
    assert str(error).endswith("check the address of the feed.")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, AuthError),
        (403, PermanentError),
        (404, PermanentError),
        (410, PermanentError),
        (429, RateLimitedError),
        (500, TransientError),
        (503, TransientError),
        (304, TransientError),
    ],
)
async def test_each_status_is_one_sentence(tools: Tools, status: int, kind: type[SourceError]) -> None:
    page = Page("<html>token geheim</html>")
    page.status = status
    async with serving(page) as server:
        error = await failure(server.url + "/feed?key=geheim", tools)
    assert type(error) is kind
    assert "geheim" not in str(error)
    assert str(error).endswith(".")


async def test_a_feed_that_moved_for_good_is_asked_for_at_its_new_place(tools: Tools) -> None:
    gone: list[str] = []

    def handler(request: Request) -> Reply:
        if request.path in gone:
            return Reply(status=410)
        if request.path == "/old":
            return Reply(status=301, headers={"location": "/new?key=geheim"})
        return Reply(stories(len(server.asked)))

    async with serving(handler) as server:
        _, cursor = await drain(feed(server.url + "/old", tools))
        _, cursor = await drain(feed(server.url + "/old", tools), cursor)
        assert [request.path for request in server.asked] == ["/old", "/new", "/new"]
        gone.append("/new")
        error = await failure(server.url + "/old", tools, cursor)
        assert [request.path for request in server.asked[3:]] == ["/new", "/old", "/new"]
    assert isinstance(error, PermanentError)
    assert "geheim" not in str(error)


async def test_a_detour_for_now_is_not_remembered(tools: Tools) -> None:
    def handler(request: Request) -> Reply:
        return Reply(stories(1)) if request.path == "/b" else Reply(status=302, headers={"location": "/b"})

    async with serving(handler) as server:
        _, cursor = await drain(feed(server.url + "/a", tools))
        await drain(feed(server.url + "/a", tools), cursor)
        assert [request.path for request in server.asked] == ["/a", "/b", "/a", "/b"]


@pytest.mark.parametrize(
    ("headers", "ttl", "waits"),
    [
        ({"cache_control": "public, max-age=600"}, "", 600),
        ({"cache_control": "max-age=600", "age": "200"}, "", 400),
        ({"cache_control": "max-age=600, no-cache"}, "", 0),
        ({"cache_control": "max-age=31536000"}, "", 3600),
        ({"cache_control": "max-age=soon", "retry_after": "never"}, "x", 0),
        ({"retry_after": "120"}, "", 120),
        ({"retry_after": "86400"}, "", 3600),
        ({}, "30", 1800),
        ({"etag": '"x"'}, "30", 0),
        ({"cache_control": "max-age=0"}, "30", 0),
    ],
)
async def test_a_feed_says_how_long_it_stays_fresh(
    tools: Tools, clock: Clock, headers: dict[str, str], ttl: str, waits: int
) -> None:
    page = Page(rss([item(1)], f"<ttl>{ttl}</ttl>"), **headers)
    start = clock.now
    async with serving(page) as server:
        _, cursor = await drain(feed(server.url, tools))
        if waits:
            clock.now = start + timedelta(seconds=waits - 1)
            assert await drain(feed(server.url, tools), cursor) == ([], cursor)
            assert len(server.asked) == 1
        clock.now = start + timedelta(seconds=waits)
        await drain(feed(server.url, tools), cursor)
        assert len(server.asked) == 2
        # A clock that was wrong when the place was kept does not silence the feed.
        clock.now = start - timedelta(days=2)
        await drain(feed(server.url, tools), cursor)
        assert len(server.asked) == 3


async def test_only_what_somebody_listens_for_comes_in(tmp_path: Path) -> None:
    page = Page(rss([item(1), item(2, title="Weather"), item(3, title="ACME again")]), etag='"1"')

    def handler(request: Request) -> Reply:
        return Reply(status=304) if "if-none-match" in request.headers else page(request)

    async with serving(handler) as server:
        async with lent(tmp_path, listener=listener("acme"), now=lambda: LATER) as tools:
            first, cursor = await drain(feed(server.url, tools))
            everything, _ = await drain(feed(server.url, tools, all=True))
        # A term that is new is looked for in what is still there, though the feed has not changed.
        async with lent(tmp_path, listener=listener("weather"), now=lambda: LATER) as tools:
            second, cursor = await drain(feed(server.url, tools), cursor)
            third, _ = await drain(feed(server.url, tools), cursor)
    assert ends(first) == ["1", "3"]
    assert ends(everything) == ["1", "2", "3"]
    assert ends(second) == ["2"]
    assert posts(third) == []


async def test_a_post_that_was_given_is_given_again_when_it_is_edited_beyond_our_terms(
    tmp_path: Path,
) -> None:
    page = Page(rss([item(1)]))
    async with serving(page) as server, lent(tmp_path, listener=listener("acme"), now=lambda: LATER) as tools:
        _, cursor = await drain(feed(server.url, tools))
        page.body = rss([item(1, title="Another firm")])
        batches, _ = await drain(feed(server.url, tools), cursor)
    assert [post.text for post in posts(batches)] == ["Another firm\n\nWords of 1"]


async def test_ids_are_those_of_the_entries_and_of_one_feed_where_they_must_be(tools: Tools) -> None:
    items = [
        item(1, guid="tag:example.com,2026:1"),
        item(2, guid="17"),
        item(3, guid=None),
        item(4, guid=None, link=None),
        item(5, guid="x" * 3_000),
        item(6, guid="a\u202eb c\x0bd".replace("\x0b", "\x85")),
    ]
    async with serving(Page(rss(items))) as server, serving(Page(rss(items))) as other:
        first, _ = await drain(feed(server.url, tools))
        second, _ = await drain(feed(other.url, tools))
    here = {post.text[6]: post.id for post in posts(first)}
    there = {post.text[6]: post.id for post in posts(second)}
    assert len(here) == 6
    assert here["1"] == there["1"] == "tag:example.com,2026:1"
    assert here["3"] == there["3"] == "https://news.example/3"
    assert here["2"].endswith(":17")
    assert all(here[place] != there[place] for place in "2456")


async def test_a_feed_may_give_one_id_to_many(tools: Tools) -> None:
    page = Page(rss([item(3, guid="same"), item(2, guid="same"), item(1, guid="same"), item(1, guid="same")]))
    async with serving(page) as server:
        first, cursor = await drain(feed(server.url, tools))
        second, _ = await drain(feed(server.url, tools), cursor)
    assert ends(first) == ["1", "2", "3"]
    assert len({post.id for post in posts(first)}) == 3
    assert posts(second) == []


@given(
    st.lists(
        st.tuples(st.text(max_size=8), st.sampled_from(["", "http://a/1", "http://a/2"]), st.text(max_size=3))
    )
)
def test_entries_that_lead_elsewhere_never_share_an_id(found: list[tuple[str, str, str]]) -> None:
    entries = [Entry(identifier, link, title, "", "") for identifier, link, title in found]
    ids = native_ids(entries, "feed")
    assert ids == native_ids(entries, "feed")
    for native, one in zip(ids, entries, strict=True):
        for other, two in zip(ids, entries, strict=True):
            if native == other:
                assert one.link == two.link


async def test_times_that_are_none_or_wrong_are_now(tools: Tools) -> None:
    items = [
        item(1, pubDate=None),
        item(2, pubDate="yesterday or so"),
        item(3, pubDate="Thu, 01 Jan 1970 00:00:00 GMT"),
        item(4, pubDate="Thu, 01 Jan 2099 00:00:00 GMT"),
        item(5),
    ]
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>http://a.example/6</id><title>6</title>'
        f"<updated>{dated(6).isoformat()}</updated></entry></feed>"
    )
    async with serving(Page(rss(items))) as server, serving(Page(atom)) as other:
        batches, _ = await drain(feed(server.url, tools))
        updated, _ = await drain(feed(other.url, tools))
    times = {(post.url or "")[-1]: post.created_at for post in posts(batches)}
    assert times == {"5": dated(5), **dict.fromkeys("1234", LATER)}
    assert posts(updated)[0].created_at == dated(6)


async def test_texts_are_text_whatever_they_hold(tools: Tools) -> None:
    bad = "\x1b]0;owned\x07\x1b[2J\u202e\x9b31m"
    items = [json_item(1, title=bad, content_html=f"<p>{bad}\x00</p>", authors=[{"name": bad}], language=bad)]
    items += [json_item(2, id=bad, url=f"https://a.example/{bad}", tags=[bad], summary="\ud800")]
    items += [json_item(3, content_html="<p>" + "long words " * 9_000)]
    async with serving(Page(json_feed(items, title=bad))) as server:
        batches, _ = await drain(feed(server.url, tools))
    assert len(posts(batches)) == 3
    for post in posts(batches):
        shown = (
            post.text,
            post.id,
            post.author or "",
            post.author_name or "",
            post.url or "",
            post.lang or "",
        )
        assert not any(
            (c < " " and c != "\n") or "\x7f" <= c <= "\x9f" or c == "\u202e" for c in "".join(shown)
        )
    longest = max(posts(batches), key=lambda post: len(post.text)).text
    assert 19_000 < len(longest) <= 20_100
    assert longest.endswith("…")


async def test_items_that_can_not_be_read_are_kept_once_and_stop_no_others(tools: Tools) -> None:
    bad: list[Any] = [
        7,
        None,
        "x",
        [],
        {},
        {"id": 5},
        json_item(1, title=7),
        json_item(2, url=["a"]),
        json_item(3, id={}),
    ]
    good = [json_item(4), {"id": 5, "title": "only a title"}, {"content_text": "only a text"}]
    good += [json_item(6, authors="x", tags=3, language=[], date_published=9, summary={}, external_url=1)]
    async with serving(Page(json_feed([*bad, *good]))) as server:
        (batch,), cursor = await drain(feed(server.url, tools))
        (again,), _ = await drain(feed(server.url, tools), cursor)
    assert len(batch.mentions) == 4
    assert len(batch.rejected) == len(bad)
    assert {bad.raw for bad in batch.rejected} >= {b"7", b"null", b'"x"', b"[]"}
    assert all(each.source == "news" and each.reason for each in batch.rejected)
    assert (again.mentions, again.rejected) == ([], [])


def backlog(count: int, size: int) -> Callable[[Request], Reply]:
    """A JSON Feed of so many items, newest first, in pages of this size."""

    def handler(request: Request) -> Reply:
        start = int(request.query.get("from", "0"))
        items = [json_item(count - 1 - place) for place in range(start, min(start + size, count))]
        more = {"next_url": f"/feed?from={start + size}"} if start + size < count else {}
        return Reply(json_feed(items, **more), headers={"etag": '"all"'})

    return handler


async def test_a_backlog_is_read_down_to_its_end_whenever_it_is_cut_short(tools: Tools) -> None:
    async with serving(backlog(500, 100)) as server:
        whole, _ = await drain(feed(server.url + "/feed", tools))
        assert len(whole) == 5
        for cut in range(1, len(whole)):
            stored: set[str] = set()
            cursor: str | None = None
            polling = feed(server.url + "/feed", tools).poll(None)
            for _ in range(cut):
                batch = await anext(polling)
                stored |= {post.id for post in batch.mentions}
                cursor = batch.cursor
            await polling.aclose()  # type: ignore[attr-defined]
            rest, cursor = await drain(feed(server.url + "/feed", tools), cursor)
            given_twice = [post.id for post in posts(rest) if post.id in stored]
            stored |= {post.id for post in posts(rest)}
            assert len(stored) == 500
            assert given_twice == []
            before = len(server.asked)
            assert posts((await drain(feed(server.url + "/feed", tools), cursor))[0]) == []
            assert len(server.asked) == before + 1


async def test_only_as_many_pages_are_asked_for_as_hold_something_new(tools: Tools) -> None:
    count = [200]

    def handler(request: Request) -> Reply:
        return backlog(count[0], 20)(request)

    async with serving(handler) as server:
        _, cursor = await drain(feed(server.url + "/feed", tools))
        before = len(server.asked)
        count[0] = 230
        batches, cursor = await drain(feed(server.url + "/feed", tools), cursor)
        assert len(posts(batches)) == 30
        assert len(server.asked) - before == 3
        assert all(batch.gap is None for batch in batches)
        count[0] = 900
        batches, _ = await drain(feed(server.url + "/feed", tools), cursor)
    assert len(posts(batches)) == 400
    assert batches[-1].gap is not None


@pytest.mark.parametrize("next_url", ["/feed", "?again", "/other"])
async def test_pages_that_go_round_end(tools: Tools, next_url: str) -> None:
    def handler(_request: Request) -> Reply:
        return Reply(json_feed([json_item(2), json_item(1)], next_url=next_url))

    async with serving(handler) as server:
        batches, _ = await drain(feed(server.url + "/feed", tools))
        assert len(server.asked) <= 3
    assert ends(batches) == ["1", "2"]
    assert "circles" in batches[-1].note


async def test_pages_that_never_end_are_left_at_some_point(tools: Tools) -> None:
    def handler(request: Request) -> Reply:
        start = int(request.query.get("from", "10000"))
        items = [json_item(start - place) for place in range(5)]
        return Reply(json_feed(items, next_url=f"?from={start - 5}"))

    async with serving(handler) as server:
        batches, cursor = await drain(feed(server.url + "/feed", tools))
        assert len(server.asked) == 20
        assert len(posts(batches)) == 100
        again, _ = await drain(feed(server.url + "/feed", tools), cursor)
        assert len(server.asked) == 21
    assert posts(again) == []


@pytest.mark.parametrize(
    "next_url", ["http://127.0.0.2:9/x", "http://10.1.2.3/x", "file:///etc/passwd", "http://["]
)
async def test_a_page_leads_to_no_other_machine_of_ours(tools: Tools, next_url: str) -> None:
    async with serving(Page(json_feed([json_item(1)], next_url=next_url))) as server:
        batches, _ = await drain(feed(server.url + "/feed", tools))
    assert ends(batches) == ["1"]
    assert "not read" in batches[-1].note


async def test_a_page_that_fails_costs_nothing_that_was_read(tools: Tools) -> None:
    broken = [True]

    def handler(request: Request) -> Reply:
        if broken[0] and request.query.get("from") == "40":
            return Reply(status=500)
        return backlog(60, 20)(request)

    async with serving(handler) as server:
        stored: set[str] = set()
        cursor: str | None = None
        polling = feed(server.url + "/feed", tools).poll(None)
        for _ in range(2):
            batch = await anext(polling)
            stored |= {post.id for post in batch.mentions}
            cursor = batch.cursor
        with pytest.raises(TransientError):
            await anext(polling)
        assert len(stored) == 40
        broken[0] = False
        rest, _ = await drain(feed(server.url + "/feed", tools), cursor)
    assert len(stored | {post.id for post in posts(rest)}) == 60


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "[]", "7", '"of"', "{}", '{"of": 3}', "[" * 100_000, '{"of": "HERE", "seen": {"a": 1}}',
     '{"of": "HERE", "seen": [1], "at": "x"}', '{"of": "HERE", "new": 1}', '{"of": "HERE", "moved": null}'],
)  # fmt: skip
async def test_a_cursor_that_is_none_of_ours_is_the_beginning(tools: Tools, cursor: str) -> None:
    async with serving(Page(stories(1))) as server:
        source = feed(server.url, tools)
        batches, _ = await drain(source, cursor.replace("HERE", source._of))
    assert ends(batches) == ["1"]


async def test_another_address_under_the_same_name_starts_anew(tools: Tools) -> None:
    async with serving(Page(stories(2, 1), etag='"1"')) as server:
        _, cursor = await drain(feed(server.url + "/a", tools))
        batches, _ = await drain(feed(server.url + "/b", tools), cursor)
        assert "if-none-match" not in server.asked[-1].headers
    assert ends(batches) == ["1", "2"]
    assert batches[0].gap is None


values: st.SearchStrategy[object] = st.one_of(
    st.none(),
    st.text(max_size=5),
    st.integers(),
    st.floats(),
    st.dictionaries(st.text(max_size=3), st.text(max_size=3)),
)


@given(st.dictionaries(st.sampled_from(list(FeedPlace.__dataclass_fields__)), values))
def test_any_cursor_is_read_and_written(fields: dict[str, object]) -> None:
    for listening in ("a", "b"):
        place = FeedPlace.parse(json.dumps({**fields, "of": "here"}), "here", listening)
        assert FeedPlace.parse(place.cursor(), "here", listening) == place
        place.waits(LATER)
        place.conditions()


def test_settings_say_what_is_wrong_without_telling_the_address() -> None:
    for url in ("ftp://a.example/geheim", "geheim", "http://", "http://[geheim", 7, ""):
        with pytest.raises(ValidationError) as caught:
            Settings.model_validate({"name": "x", "url": url})
        (error,) = caught.value.errors(include_input=False)
        assert "address of a feed" in error["msg"]
        assert "geheim" not in error["msg"]
    with pytest.raises(ValidationError):
        Settings.model_validate({"name": "x", "url": "http://a.example", "every": 14})
    settings = Settings.model_validate({"name": "x", "url": " http://a.example/?geheim ", "network": "Press"})
    assert (settings.seconds, settings.network, settings.all) == (300, "press", False)
    assert "geheim" not in repr(settings)


async def test_one_process_reads_all_feeds(tools: Tools) -> None:
    from data.sources.feed.reader import shared

    async with serving(Page(stories(1))) as one, serving(Page(stories(2))) as two:
        await drain(feed(one.url, tools))
        pid = shared().pid
        await asyncio.gather(*(drain(feed(server.url, tools)) for server in (one, two, one, two)))
        assert shared().pid == pid


_PARENT = """
import asyncio, sys
from data.sources.feed.reader import shared
async def main():
    await shared().read(b"<rss/>", url="http://a.example/")
    print(shared().pid, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


async def test_the_process_ends_with_its_parent_even_if_that_is_killed() -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PARENT, stdout=asyncio.subprocess.PIPE, env=command()[1]
    )
    assert parent.stdout is not None
    child = os.pidfd_open(int(await parent.stdout.readline()))
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(child, ended.set)
    try:
        parent.kill()
        await parent.wait()
        await asyncio.wait_for(ended.wait(), 20)
    finally:
        loop.remove_reader(child)
        os.close(child)


async def test_secrets_of_ours_are_not_in_the_process_that_reads_what_strangers_wrote(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ACME_TOKEN", "geheim")
    assert "geheim" not in "".join(command()[1].values())
