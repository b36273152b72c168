"""A real HTTP server on loopback whose answers a test decides, down to single bytes on the wire."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import h11

from data.matcher import Listener
from data.models.watch import Watch
from data.sources.base import Batch, Source


@dataclass
class Request:
    """What was asked. `query` holds the last value of each name, `pairs` all of them."""

    method: str
    path: str
    query: dict[str, str]
    pairs: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """The body as a form."""
        return dict(parse_qsl(self.body.decode()))


@dataclass
class Reply:
    """What is answered; `raw` is sent as it is instead of all else, piece by piece with pauses between."""

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: Callable[[asyncio.StreamWriter], Awaitable[None]] | None = None

    def encoded(self) -> bytes:
        """The body as bytes; what is neither bytes nor text goes as JSON."""
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


Handler = Callable[[Request], Reply | Awaitable[Reply]]


class Server:
    """Listens on 127.0.0.1; `asked` keeps every request in order."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.asked: list[Request] = []
        self.port = 0
        self.scheme = "http"
        self.serving: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.serving.add(task)
        task.add_done_callback(self.serving.discard)
        ends = (ConnectionError, asyncio.IncompleteReadError, h11.RemoteProtocolError, asyncio.CancelledError)
        try:
            with contextlib.suppress(*ends):
                connection = h11.Connection(h11.SERVER)
                while await self._one(connection, reader, writer):
                    connection.start_next_cycle()
        finally:
            writer.close()

    async def _one(
        self, connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        head: h11.Request | None = None
        body = b""
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                connection.receive_data(await reader.read(65536))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                break
            else:
                return False
        assert head is not None
        parts = urlsplit(head.target.decode())
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in head.headers}
        request = Request(head.method.decode(), parts.path, dict(pairs), pairs, headers, body)
        self.asked.append(request)
        answer = self.handler(request)
        reply = answer if isinstance(answer, Reply) else await answer
        if reply.raw is not None:
            await reply.raw(writer)
            return False
        content = reply.encoded()
        fields = {"content-length": str(len(content)), **reply.headers}
        writer.write(
            connection.send(h11.Response(status_code=reply.status, headers=list(fields.items()))) or b""
        )
        if request.method != "HEAD" and reply.status not in (204, 304):
            writer.write(connection.send(h11.Data(data=content)) or b"")
        writer.write(connection.send(h11.EndOfMessage()) or b"")
        await writer.drain()
        return connection.our_state is h11.DONE and connection.their_state is h11.DONE


@contextlib.asynccontextmanager
async def serving(handler: Handler, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """A server for as long as the block runs."""
    server = Server(handler)
    listening = await asyncio.start_server(server._serve, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    server.scheme = "https" if tls else "http"
    try:
        yield server
    finally:
        listening.close()
        open_still = [*server.serving]
        for task in open_still:
            task.cancel()
        await asyncio.gather(*open_still, return_exceptions=True)
        # A transport closes in the turn of the loop after it was told to.
        await asyncio.sleep(0)


def listener(*terms: str, **more: Any) -> Listener:
    """Somebody who listens for these terms."""
    return Listener([Watch.model_validate({"terms": terms, **more})])


async def drain(source: Source, cursor: str | None = None) -> tuple[list[Batch], str | None]:
    """Poll until caught up; the batches, and the cursor after them."""
    batches = []
    async for batch in source.poll(cursor):
        batches.append(batch)
        cursor = batch.cursor if batch.cursor is not None else cursor
    return batches, cursor
