"""People on a Bluesky server who post, answer, like and delete, as the tests tell them to."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.live.network import Account

POST = "app.bsky.feed.post"

_number = itertools.count()


def unique(word: str) -> str:
    """A word that no earlier run has used."""
    return f"{word}{datetime.now(UTC):%H%M%S%f}x{next(_number)}"


def written(moment: datetime) -> str:
    """A moment as the network writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Person:
    """Somebody logged in."""

    def __init__(self, client: httpx.AsyncClient, session: dict[str, Any]) -> None:
        self._client = client
        self._token = session["accessJwt"]
        self.did: str = session["did"]
        self.handle: str = session["handle"]

    async def call(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        """One procedure of the network."""
        answer = await self._client.post(
            f"/xrpc/{method}", json=body, headers={"authorization": f"Bearer {self._token}"}
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found

    async def put(self, collection: str, **fields: Any) -> dict[str, str]:
        """Make a record; its `uri` and `cid`."""
        record = {"$type": collection, "createdAt": written(datetime.now(UTC)), **fields}
        made = await self.call(
            "com.atproto.repo.createRecord", {"repo": self.did, "collection": collection, "record": record}
        )
        return {"uri": made["uri"], "cid": made["cid"]}

    async def post(
        self,
        text: str,
        *,
        to: Person | None = None,
        answers: dict[str, str] | None = None,
        at: datetime | None = None,
    ) -> dict[str, str]:
        """Post a text, naming somebody, in answer to a post, or said to be written at a moment."""
        fields: dict[str, Any] = {"langs": ["en"]}
        if to is not None:
            name = f"@{to.handle}"
            text = f"{name} {text}"
            fields["facets"] = [
                {
                    "index": {"byteStart": 0, "byteEnd": len(name.encode())},
                    "features": [{"$type": "app.bsky.richtext.facet#mention", "did": to.did}],
                }
            ]
        if answers is not None:
            fields["reply"] = {"root": answers, "parent": answers}
        if at is not None:
            fields["createdAt"] = written(at)
        return await self.put(POST, text=text, **fields)

    async def delete(self, uri: str) -> None:
        """Delete a post."""
        await self.call(
            "com.atproto.repo.deleteRecord",
            {"repo": self.did, "collection": POST, "rkey": uri.rsplit("/", 1)[1]},
        )


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Connections to a server for as long as the block runs."""
    async with httpx.AsyncClient(base_url=url, timeout=httpx.Timeout(30)) as client:
        yield client


async def login(client: httpx.AsyncClient, account: Account) -> httpx.Response:
    """Ask for a session."""
    return await client.post(
        "/xrpc/com.atproto.server.createSession",
        json={"identifier": account.handle, "password": account.password},
    )


async def person(client: httpx.AsyncClient, account: Account) -> Person:
    """Somebody, logged in."""
    answer = await login(client, account)
    assert answer.status_code == 200, answer.text
    return Person(client, answer.json())


def ago(**parts: float) -> datetime:
    """A moment so long before now."""
    return datetime.now(UTC) - timedelta(**parts)
