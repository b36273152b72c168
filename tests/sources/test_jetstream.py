"""The stream of all posts: only ours are kept, and nothing is missed between two connections."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError
from websockets.asyncio.server import ServerConnection, serve

from data.matcher import Listener
from data.models.watch import Watch
from data.sources.base import (
    Batch,
    CursorInvalidError,
    PermanentError,
    RateLimitedError,
    Source,
    SourceError,
    TransientError,
    UnreachableError,
)
from data.sources.jetstream.network import JetstreamSource, Settings
from data.sources.registry import make
from tests.sources.lend import lent
from tests.sources.server import Reply, Request, listener, serving

RECORDED = Path(__file__).resolve().parents[3] / "shared/data/recorded/bluesky/jetstream-v1.jsonl"
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
V2 = "/xrpc/network.bsky.jetstream.subscribeEvents"


def us(seconds_ago: float) -> int:
    return round((NOW - timedelta(seconds=seconds_ago)).timestamp() * 1_000_000)


def commit(key: str, seconds_ago: float, text: str | None = "acme is down", how: str = "create") -> Any:
    body: dict[str, Any] = {"operation": how, "collection": "app.bsky.feed.post", "rkey": key, "rev": "3r"}
    if how != "delete":
        body |= {"cid": f"bafy{key}", "record": {"text": text, "createdAt": "2026-11-25T11:00:00Z"}}
    return {"did": "did:plc:a", "time_us": us(seconds_ago), "kind": "commit", "commit": body}


def second_version(event: dict[str, Any]) -> dict[str, Any]:
    time = datetime.fromtimestamp(event["time_us"] / 1e6, UTC).isoformat().replace("+00:00", "Z")
    payload = {"$type": f"{V2[6:]}#commit", "seq": 7, "did": event["did"], "time": time, **event["commit"]}
    return {"$type": "message", "payload": payload}


class Stream:
    """A Jetstream: keeps its events, gives them from the cursor on, and stays open or not."""

    def __init__(self, *events: Any) -> None:
        self.events: list[Any] = list(events)
        self.asked: list[dict[str, list[str]]] = []
        self.closes = True
        self.url = ""

    async def __call__(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        self.asked.append(parse_qs(urlsplit(socket.request.path).query))
        start = int(self.asked[-1].get("cursor", ["0"])[0])
        for event in self.events:
            if isinstance(event, str | bytes):
                await socket.send(event)
            elif event.get("time_us", start) >= start:
                await socket.send(json.dumps(event))
        if not self.closes:
            await socket.wait_closed()


@contextlib.asynccontextmanager
async def streaming(stream: Stream) -> AsyncIterator[Stream]:
    async with serve(stream, "127.0.0.1", 0) as server:
        stream.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/subscribe"
        yield stream


async def heard(
    stream: Stream,
    private: Path,
    cursor: str | None = None,
    *,
    terms: Listener | None = None,
    now: datetime = NOW,
    **more: Any,
) -> tuple[list[Batch], str | None]:
    """What one connection gives until the server closes it."""
    settings = Settings.model_validate({"name": "live", "url": stream.url, **more})
    async with lent(private, listener=terms or listener("acme"), now=lambda: now) as tools:
        return await until_closed(make(settings, tools), cursor)


async def until_closed(source: Source, cursor: str | None) -> tuple[list[Batch], str | None]:
    got: list[Batch] = []
    with contextlib.suppress(TransientError):
        async for batch in source.poll(cursor):
            got.append(batch)
            cursor = batch.cursor
    return got, cursor


def keys(batches: Sequence[Batch]) -> list[str]:
    return [each.id.rsplit("/", 1)[1] for batch in batches for each in batch.mentions]


def changes(batches: Sequence[Batch]) -> dict[str, str | None]:
    return {
        each.id.rsplit("/", 1)[1]: each.mention.text if each.mention else None
        for batch in batches
        for each in batch.changes
    }


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded stream is not here")
async def test_the_recorded_stream(tmp_path: Path) -> None:
    frames = RECORDED.read_text().splitlines()
    texts = [json.loads(each).get("commit", {}).get("record", {}).get("text") for each in frames]
    (text,) = [each for each in texts if each]
    async with streaming(Stream(*frames)) as stream:
        nothing, _ = await heard(stream, tmp_path)
        got, cursor = await heard(stream, tmp_path, terms=listener(text.split()[1]))
    assert keys(nothing) == []
    (found,) = [each for batch in got for each in batch.mentions]
    assert found.text == text
    assert found.in_reply_to is not None
    assert found.lang == "en"
    assert json.loads(cursor or "")["time_us"] == max(json.loads(each)["time_us"] for each in frames)
    assert not [each for batch in got for each in batch.rejected]


@pytest.mark.parametrize("version", [lambda event: event, second_version])
async def test_both_versions_of_the_protocol(
    tmp_path: Path, version: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    events = [
        commit("one", 30),
        commit("other", 29, "nothing of ours"),
        commit("gone", 28, how="delete"),
        commit("edited", 27, "acme is up", how="update"),
        commit("strayed", 26, "no longer about it", how="update"),
    ]
    async with streaming(Stream(*map(version, events))) as stream:
        if version is second_version:
            stream.url = stream.url.replace("/subscribe", V2)
        got, cursor = await heard(stream, tmp_path)
    assert keys(got) == ["one", "edited"]
    assert changes(got) == {"gone": None, "strayed": "no longer about it"}
    assert all(batch.known for batch in got)
    assert json.loads(cursor or "") == {
        "host": urlsplit(stream.url).netloc,
        "time_us": us(26),
        "met": True,
    }
    wanted = {"kinds": ["commit"], "collections": ["app.bsky.feed.post"]}
    assert stream.asked == [
        wanted if version is second_version else {"wantedCollections": ["app.bsky.feed.post"]}
    ]
    (found, _) = [each for batch in got for each in batch.mentions]
    assert found.id == "at://did:plc:a/app.bsky.feed.post/one"
    assert found.url == "https://bsky.app/profile/did:plc:a/post/one"
    assert found.created_at == datetime(2026, 11, 25, 11, tzinfo=UTC)


async def test_a_backlog_survives_a_kill_between_any_two_batches(tmp_path: Path) -> None:
    stream = Stream(*(commit(f"k{n}", 500 - n) for n in range(500)))
    async with streaming(stream):
        start = json.dumps({"host": "another.test", "time_us": us(501), "met": False})
        whole, _ = await heard(stream, tmp_path, start)
        assert len(whole) >= 3
        for stop in range(1, len(whole)):
            got: list[Batch] = []
            cursor: str | None = start
            async with lent(tmp_path, listener=listener("acme"), now=lambda: NOW) as tools:
                source = JetstreamSource(Settings(name="live", url=stream.url), tools)
                async with contextlib.aclosing(source.poll(start)) as batches:  # type: ignore[type-var]
                    async for batch in batches:
                        got.append(batch)
                        cursor = batch.cursor
                        if len(got) == stop:
                            break
            rest, _ = await heard(stream, tmp_path, cursor)
            assert set(keys(got + rest)) == {f"k{n}" for n in range(500)}
            assert not [batch.gap for batch in rest if batch.gap]


async def test_reading_goes_on_ten_seconds_before_its_place(tmp_path: Path) -> None:
    async with streaming(Stream(commit("a", 20), commit("b", 5))) as stream:
        _, cursor = await heard(stream, tmp_path)
        stream.events.insert(1, commit("late", 12))
        got, _ = await heard(stream, tmp_path, cursor)
    assert keys(got) == ["late", "b"]
    assert stream.asked[1]["cursor"] == [str(us(15))]


async def test_a_place_is_kept_before_the_first_event(tmp_path: Path) -> None:
    async with streaming(Stream()) as stream:
        got, cursor = await heard(stream, tmp_path)
        assert len(got) == 1
        stream.events = [commit("first", -120)]
        got, _ = await heard(stream, tmp_path, cursor, now=NOW + timedelta(hours=1))
    assert keys(got) == ["first"]
    assert stream.asked[1]["cursor"] == [str(us(10))]
    assert [batch.gap for batch in got if batch.gap] == []


async def test_a_server_that_starts_later_than_asked_leaves_a_gap(tmp_path: Path) -> None:
    cursor = json.dumps({"host": "x", "time_us": us(4 * 3600), "met": True})
    async with streaming(Stream(commit("a", 3600))) as stream:
        got, _ = await heard(stream, tmp_path, cursor)
    (gap,) = [batch.gap for batch in got if batch.gap]
    assert (gap.start, gap.end) == (NOW - timedelta(hours=4), NOW - timedelta(hours=1))


async def test_more_than_a_server_keeps_is_a_gap(tmp_path: Path) -> None:
    start = json.dumps({"host": "x", "time_us": us(50 * 3600), "met": True})
    async with streaming(Stream(commit("a", 36 * 3600 - 5), commit("b", 5))) as stream:
        got, cursor = await heard(stream, tmp_path, start)
        again, _ = await heard(stream, tmp_path, cursor)
    (gap,) = [batch.gap for batch in got if batch.gap]
    assert (gap.start, gap.end) == (NOW - timedelta(hours=50), NOW - timedelta(hours=36))
    assert stream.asked[0]["cursor"] == [str(us(36 * 3600))]
    assert [batch.gap for batch in again if batch.gap] == []


async def test_a_quiet_hour_is_no_gap(tmp_path: Path) -> None:
    async with streaming(Stream(commit("a", 7200), commit("b", 60))) as stream:
        _, cursor = await heard(stream, tmp_path)
        stream.events.append(commit("c", 1))
        got, _ = await heard(stream, tmp_path, cursor)
    assert keys(got) == ["b", "c"]
    assert [batch.gap for batch in got if batch.gap] == []


async def test_a_clock_that_runs_ahead_does_not_take_the_place_along(tmp_path: Path) -> None:
    async with streaming(Stream(commit("a", -86_000))) as stream:
        got, cursor = await heard(stream, tmp_path)
    assert keys(got) == ["a"]
    assert json.loads(cursor or "")["time_us"] == us(0)


async def test_what_is_gone_and_comes_back_in_one_batch_is_there(tmp_path: Path) -> None:
    events = [
        commit("back", 9, how="delete"),
        commit("back", 8),
        commit("short", 7),
        commit("short", 6, how="delete"),
        commit("wavers", 5, "something else", how="update"),
        commit("wavers", 4, how="update"),
    ]
    async with streaming(Stream(*events)) as stream:
        got, _ = await heard(stream, tmp_path)
    assert keys(got) == ["back", "short", "wavers"]
    assert changes(got) == {"short": None}


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("acme", "ACME!"),
        ("at&t", "why, AT&T <b>"),
        ("café", "the CAFE\u0301 burns"),
        ("会社", "この会社は"),
        ("#acme", "see #Acme"),
        ("two words", "two\nwords"),
    ],
)
async def test_terms_are_heard_as_everywhere_else(tmp_path: Path, term: str, text: str) -> None:
    events = [commit("ours", 9, text), commit("other", 8, "xacmex")]
    async with streaming(Stream(*events)) as stream:
        got, _ = await heard(stream, tmp_path, terms=listener(term))
    assert keys(got) == ["ours"]


async def test_what_a_watch_excludes_is_not_kept(tmp_path: Path) -> None:
    events = [commit("ours", 9), commit("other", 8, "acme spam"), commit("foreign", 7)]
    events[2]["commit"]["record"]["langs"] = ["de"]
    async with streaming(Stream(*events)) as stream:
        got, _ = await heard(stream, tmp_path, terms=listener("acme", exclude=("spam",), languages=("en",)))
    assert keys(got) == ["ours"]


async def test_without_terms_the_whole_network_is_not_kept(tmp_path: Path) -> None:
    async with streaming(Stream(commit("a", 1))) as stream:
        for terms in (Listener(()), listener(), listener("*"), Listener([Watch(own_accounts=("acme",))])):
            with pytest.raises(PermanentError, match="terms"):
                await heard(stream, tmp_path, terms=terms)
        assert stream.asked == []
        mixed = Listener([Watch(terms=("acme",), own_accounts=("brand",)), Watch()])
        stream.events = [commit("a", 3), commit("b", 2, "hey @brand"), commit("c", 1, "no")]
        got, _ = await heard(stream, tmp_path, terms=mixed)
    assert keys(got) == ["a", "b"]


async def test_frames_that_can_not_be_read_are_kept_apart(tmp_path: Path) -> None:
    hostile = "acme \x1b]52;c;ZXZpbA==\x07\x00\u202e"
    events: list[Any] = [
        "no json \x1b[31m",
        "[1, 2]",
        b"\xff\xfe",
        json.dumps({"kind": "commit", "time_us": "x", "commit": 5}),
        commit("a", 9, hostile),
        {**commit("b", 8), "did": None},
        {**commit("c", 7), "did": "did:plc:\x1b"},
        commit("d", 6, None),
        {"kind": "identity", "did": "did:plc:a", "time_us": us(5), "identity": {"handle": "x"}},
        {"kind": "account", "did": "did:plc:a", "time_us": us(4), "account": {"status": "deleted"}},
        commit("e", 3),
    ]
    events[6]["commit"]["record"]["createdAt"] = 7
    async with streaming(Stream(*events)) as stream:
        got, cursor = await heard(stream, tmp_path)
    assert keys(got) == ["a", "e"]
    rejected = [each for batch in got for each in batch.rejected]
    assert [each.raw for each in rejected][:2] == [b"no json \x1b[31m", b"[1, 2]"]
    assert len(rejected) == 5
    assert json.loads(cursor or "")["time_us"] == us(3)
    (found, _) = [each for batch in got for each in batch.mentions]
    assert not any(ord(c) < 32 for c in found.text)


async def test_a_look_ends_after_its_time_and_gives_what_it_has(tmp_path: Path) -> None:
    stream = Stream(*(commit(f"k{n}", 9) for n in range(3)))
    stream.closes = False
    settings = {"name": "live", "hold_s": 0.3}
    async with streaming(stream), lent(tmp_path, listener=listener("acme"), now=lambda: NOW) as tools:
        source = make(Settings.model_validate({**settings, "url": stream.url}), tools)
        got = [batch async for batch in source.poll(None)]
    assert keys(got) == ["k0", "k1", "k2"]


@pytest.mark.parametrize("closes", [True, False])
async def test_a_stream_that_ends_or_falls_silent_is_a_passing_fault(tmp_path: Path, closes: bool) -> None:
    stream = Stream(commit("a", 1))
    stream.closes = closes
    got: list[Batch] = []
    async with streaming(stream), lent(tmp_path, listener=listener("acme"), now=lambda: NOW) as tools:
        source = JetstreamSource(Settings(name="live", url=stream.url), tools, silence_s=0.2)

        async def listen() -> None:
            async for batch in source.poll(None):
                got.append(batch)

        with pytest.raises(TransientError, match="closed" if closes else "sent nothing"):
            await listen()
    assert keys(got) == ["a"]


async def test_the_server_says_why_it_ends(tmp_path: Path) -> None:
    stream = Stream({"$type": "error", "error": "ConsumerTooSlow"})
    async with streaming(stream), lent(tmp_path, listener=listener("acme"), now=lambda: NOW) as tools:
        source = make(Settings(name="live", url=stream.url), tools)
        with pytest.raises(TransientError, match="ConsumerTooSlow"):
            [batch async for batch in source.poll(None)]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply({"error": "CursorTooOld"}, 400), CursorInvalidError),
        (Reply("no", 404), PermanentError),
        (Reply("no", 429, {"retry-after": "60"}), RateLimitedError),
        (Reply("no", 503), TransientError),
        (Reply("a page"), TransientError),
    ],
)
async def test_faults_at_the_door_say_what_to_do_next(
    tmp_path: Path, reply: Reply, kind: type[SourceError]
) -> None:
    def answer(_: Request) -> Reply:
        return reply

    async with serving(answer) as server, lent(tmp_path, listener=listener("acme")) as tools:
        settings = Settings(name="live", url=server.url.replace("http", "ws") + "/subscribe")
        with pytest.raises(kind) as error:
            [batch async for batch in make(settings, tools).poll(None)]
    assert "cursor=" not in str(error.value)
    assert "?" not in str(error.value)


async def test_a_host_that_is_not_there(tmp_path: Path) -> None:
    async with lent(tmp_path, listener=listener("acme")) as tools:
        source = make(Settings(name="live", url="ws://127.0.0.1:9/subscribe"), tools)
        with pytest.raises(UnreachableError):
            [batch async for batch in source.poll(None)]


async def test_ending_the_program_ends_the_stream(tmp_path: Path) -> None:
    stream = Stream(commit("a", 1))
    stream.closes = False
    opened = asyncio.Event()

    async def listen(source: Source) -> None:
        async for _ in source.poll(None):
            opened.set()

    async with streaming(stream), lent(tmp_path, listener=listener("acme"), now=lambda: NOW) as tools:
        task = asyncio.create_task(listen(make(Settings(name="live", url=stream.url), tools)))
        await opened.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("cursor", ["", "null", "[]", "{", '{"time_us": 5}', '{"time_us": true}'])
async def test_a_cursor_that_can_not_be_read_starts_now(tmp_path: Path, cursor: str) -> None:
    async with streaming(Stream(commit("a", 1))) as stream:
        got, _ = await heard(stream, tmp_path, cursor)
    assert keys(got) == ["a"]
    assert "cursor" not in stream.asked[0]


@pytest.mark.parametrize("url", ["https://x.test/subscribe", "jetstream.test", "wss://x.test/?cursor=1"])
def test_an_address_that_is_no_stream_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"name": "live", "url": url})
