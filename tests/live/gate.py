"""A gate before a server: hands all on unchanged, and keeps when each request came and what became of it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx

from tests.sources.server import Reply, Request, serving

ADDRESS = "203.0.113.7"
"""Who comes through the gate, to a server that counts by address: nobody else's requests are used up."""

AS = {"x-forwarded-for": ADDRESS}
"""Servers on loopback take this for the word of a proxy of theirs."""

_OF_ONE_CONNECTION = ("connection", "content-encoding", "content-length", "host", "transfer-encoding")


@dataclasses.dataclass
class Passed:
    """One request; `status` is 0 until it is answered, `reset` the end of a limit that the answer names."""

    at: datetime
    path: str
    status: int = 0
    reset: datetime | None = None


class Gate:
    """All that passed, in order; who reads through it asks `url` instead of the server."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.url = ""
        self.passed: list[Passed] = []
        self._client = client

    async def __call__(self, request: Request) -> Reply:
        """Let one request pass."""
        passed = Passed(datetime.now(UTC), request.path)
        self.passed.append(passed)
        answer = await self._client.request(
            request.method,
            request.path,
            params=tuple(request.pairs),
            headers={**_kept(request.headers), **AS},
            content=request.body,
        )
        passed.reset = reset_of(answer)
        passed.status = answer.status_code
        return Reply(answer.content, answer.status_code, _kept(answer.headers))


def _kept(headers: httpx.Headers | dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _OF_ONE_CONNECTION}


def reset_of(answer: httpx.Response) -> datetime | None:
    """When a limit ends, as the server writes it."""
    seconds = answer.headers.get("ratelimit-reset")
    return None if seconds is None else datetime.fromtimestamp(int(seconds), UTC)


@contextlib.asynccontextmanager
async def guarded(client: httpx.AsyncClient) -> AsyncIterator[Gate]:
    """A gate before the client's server for as long as the block runs."""
    gate = Gate(client)
    async with serving(gate) as server:
        gate.url = server.url
        yield gate


async def used_up(client: httpx.AsyncClient) -> int:
    """Ask as who comes through the gate until the server refuses; how often it answered before.

    The limit is 3,000 requests in five minutes (docs.bsky.app, Rate Limits).
    """
    answered = 0
    for _ in range(100):
        asking = (client.get("/xrpc/com.atproto.server.describeServer", headers=AS) for _ in range(50))
        statuses = [each.status_code for each in await asyncio.gather(*asking)]
        answered += statuses.count(200)
        if 429 in statuses:
            return answered
    raise AssertionError(f"{answered:,} requests were answered and none refused")
