"""The stream of Mastodon over a real WebSocket: what it tells at once, and how it breaks."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request as Upgrade
from websockets.http11 import Response

from data.sources.base import (
    AuthError,
    Batch,
    Hinting,
    PermanentError,
    RateLimitedError,
    SourceError,
    TransientError,
    UnreachableError,
)
from data.sources.mastodon.network import StreamingMastodon
from data.sources.mastodon.stream import stream_url
from tests.sources.mastodon_server import NOON, Fedi, ids, reading, status
from tests.sources.server import Reply, drain, listener


@dataclass
class Stream:
    """A WebSocket server; `talk` is what it does with a listener once all subscriptions are in."""

    talk: Callable[[ServerConnection], Awaitable[None]]
    subscriptions: int = 2
    refusal: tuple[int, str, dict[str, str]] | None = None
    port: int = 0
    asked: list[Upgrade] = field(default_factory=list)
    told: list[Any] = field(default_factory=list)

    def upgrade(self, connection: ServerConnection, request: Upgrade) -> Response | None:
        self.asked.append(request)
        if self.refusal is None:
            return None
        code, body, headers = self.refusal
        response = connection.respond(HTTPStatus(code), body)
        for name, value in headers.items():
            response.headers[name] = value
        return response

    async def serve(self, connection: ServerConnection) -> None:
        for _ in range(self.subscriptions):
            self.told.append(json.loads(await connection.recv()))
        await self.talk(connection)


@contextlib.asynccontextmanager
async def streaming(
    stream: Stream, tmp_path: Path, fedi: Fedi | None = None, **settings: Any
) -> AsyncIterator[StreamingMastodon]:
    fedi = fedi or Fedi()
    async with serve(
        stream.serve, "127.0.0.1", 0, process_request=stream.upgrade, close_timeout=0.1
    ) as listening:
        stream.port = next(iter(listening.sockets)).getsockname()[1]
        where = f"ws://127.0.0.1:{stream.port}"
        fedi.special["/api/v2/instance"] = lambda request: Reply(
            {"domain": "home.example", "configuration": {"urls": {"streaming": where}}}
        )
        async with reading(
            fedi, tmp_path, heard=listener("#acme"), token="env:TOKEN", stream=True, read=["tags"], **settings
        ) as (_, make):
            made = make()
            assert isinstance(made, StreamingMastodon)
            yield made


async def heard(source: StreamingMastodon) -> tuple[list[Batch], SourceError]:
    """All hints until the stream broke, and how it broke."""
    batches: list[Batch] = []
    try:
        async for batch in source.hints():
            batches.append(batch)
    except SourceError as error:
        return batches, error
    raise AssertionError("a stream never ends well")


def says(*messages: tuple[str, Any]) -> Callable[[ServerConnection], Awaitable[None]]:
    """Sends these events and closes."""

    async def talk(connection: ServerConnection) -> None:
        for kind, payload in messages:
            text = payload if isinstance(payload, str) else json.dumps(payload)
            await connection.send(json.dumps({"stream": ["user"], "event": kind, "payload": text}))

    return talk


async def test_posts_edits_and_deletions_are_told_at_once(tmp_path: Path) -> None:
    mine, known = {"content": "no tag", "tags": []}, status(NOON, 1)
    stream = Stream(
        says(
            ("update", status(NOON, 2)),
            ("update", status(NOON, 3, **mine)),
            ("status.update", status(NOON, 2, content="#acme edited", edited_at="2026-11-20T12:00:00Z")),
            ("status.update", status(NOON, 1, **mine)),
            ("delete", known["id"]),
            ("delete", "17"),
            ("notification", {"id": "1", "type": "mention", "status": status(NOON, 4, **mine)}),
            ("notification", {"id": "2", "type": "favourite", "status": status(NOON, 5)}),
            ("filters_changed", ""),
            ("update", status(NOON, 6, content=7)),
            ("update", "{no JSON"),
        )
    )
    async with streaming(stream, tmp_path, Fedi([known])) as source:
        assert isinstance(source, Hinting)
        await drain(source)
        batches, error = await heard(source)
    assert isinstance(error, TransientError)
    assert [ids([batch]) for batch in batches] == [["2"], [], ["2"], [], [], [], ["4"], [], [], [], []]
    changes = [(n, each.id, each.mention) for n, batch in enumerate(batches) for each in batch.changes]
    assert [change[:2] for change in changes] == [(3, known["uri"]), (4, known["uri"])]
    assert changes[0][2] is not None
    assert changes[0][2].text == "no tag"
    assert changes[1][2] is None
    assert [n for n, batch in enumerate(batches) if batch.rejected] == [9, 10]
    assert all(batch.cursor is None for batch in batches)
    assert stream.told == [
        {"type": "subscribe", "stream": "user"},
        {"type": "subscribe", "stream": "hashtag", "tag": "acme"},
    ]
    (asked,) = stream.asked
    assert asked.path == "/api/v1/streaming"
    assert asked.headers["authorization"] == "Bearer secret-of-env:TOKEN"


async def test_frames_that_are_no_events_are_signs_of_life(tmp_path: Path) -> None:
    frames: list[str | bytes] = ["", "7", "[]", "{", "{}", b"\x00\xff", '{"event": 3}', '{"event": "update"}']

    async def talk(connection: ServerConnection) -> None:
        for frame in frames:
            await connection.send(frame)

    async with streaming(Stream(talk), tmp_path) as source:
        batches, _ = await heard(source)
    assert len(batches) == len(frames)
    assert not any(batch.mentions or batch.changes for batch in batches)


async def test_a_quiet_stream_is_asked_whether_it_lives(tmp_path: Path) -> None:
    async def talk(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with streaming(Stream(talk), tmp_path) as source:
        source.ping_s = 0.01
        hints = source.hints()
        batches = [await anext(hints) for _ in range(3)]
        await hints.aclose()  # type: ignore[attr-defined]
    assert [batch.read for batch in batches] == [0, 0, 0]
    assert source.silence_s >= 3 * StreamingMastodon.ping_s


async def test_a_server_that_died_without_a_word_is_noticed(tmp_path: Path) -> None:
    async def talk(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await connection.wait_closed()

    async with streaming(Stream(talk), tmp_path) as source:
        source.ping_s = 0.05
        _, error = await heard(source)
    assert isinstance(error, UnreachableError)
    assert "is silent" in str(error)


@pytest.mark.parametrize(
    ("refusal", "error", "words"),
    [
        ((401, '{"error":"Invalid access token"}', {}), AuthError, "credentials: Invalid access token"),
        ((403, "", {}), AuthError, "does not let our token listen"),
        ((404, "", {}), PermanentError, 'set "stream_url"'),
        ((429, "", {"retry-after": "60"}), RateLimitedError, "asks us to wait"),
        ((502, "", {}), TransientError, "a fault of its own"),
        ((302, "", {"location": "ws://127.0.0.1:1/elsewhere"}), SourceError, "302"),
    ],
)
async def test_a_stream_that_is_refused_says_why(
    refusal: tuple[int, str, dict[str, str]], error: type[SourceError], words: str, tmp_path: Path
) -> None:
    stream = Stream(says(), refusal=refusal)
    async with streaming(stream, tmp_path) as source:
        _, raised = await heard(source)
    assert isinstance(raised, error)
    assert words in str(raised)
    assert "secret-of" not in str(raised)
    assert len(stream.asked) == 1


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        ({"error": "Unauthorized", "status": 401}, AuthError),
        ({"error": "Unknown \x1b[2J stream", "status": 400}, TransientError),
    ],
)
async def test_an_error_in_a_frame_ends_the_stream(
    frame: dict[str, Any], error: type[SourceError], tmp_path: Path
) -> None:
    async def talk(connection: ServerConnection) -> None:
        await connection.send(json.dumps(frame))
        await connection.wait_closed()

    async with streaming(Stream(talk), tmp_path) as source:
        _, raised = await heard(source)
    assert isinstance(raised, error)
    assert str(raised).isprintable()


async def test_a_frame_that_is_too_large_and_no_server_are_told(tmp_path: Path) -> None:
    async def talk(connection: ServerConnection) -> None:
        await connection.send("x" * (1024 * 1024 + 1))

    async with streaming(Stream(talk), tmp_path) as source:
        _, error = await heard(source)
    assert isinstance(error, TransientError)
    async with streaming(Stream(says()), tmp_path, stream_url="ws://127.0.0.1:9") as source:
        _, error = await heard(source)
    assert isinstance(error, UnreachableError)
    assert "127.0.0.1:9 can't be reached" in str(error)


@pytest.mark.parametrize(
    ("base", "advertised", "override", "found"),
    [
        ("https://a.example", "wss://stream.a.example", None, "wss://stream.a.example/api/v1/streaming"),
        ("https://a.example", None, None, "wss://a.example/api/v1/streaming"),
        ("http://localhost:8080", "wss://localhost:8080", None, "ws://localhost:8080/api/v1/streaming"),
        ("http://localhost:3000", "ws://localhost:4000", None, "ws://localhost:4000/api/v1/streaming"),
        ("https://a.example", "wss://b.example", "ws://127.0.0.1:1", "ws://127.0.0.1:1/api/v1/streaming"),
        (
            "https://a.example",
            "https://a.example/api/v1/streaming/",
            None,
            "wss://a.example/api/v1/streaming",
        ),
    ],
)
def test_where_the_stream_is(base: str, advertised: str | None, override: str | None, found: str) -> None:
    assert stream_url(base, advertised, override) == found


def test_a_token_never_goes_to_a_stream_without_tls() -> None:
    with pytest.raises(PermanentError, match="without TLS"):
        stream_url("https://a.example", "ws://a.example", None)
