"""A Mastodon server over the network: run where its address and the token of an account there are given."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from data.models.mention import Mention
from data.sources.base import Hinting, Refreshing, Secret
from data.sources.http import Http
from data.sources.mastodon import network as mastodon
from tests.sources.lend import lent
from tests.sources.server import listener

URL = os.environ.get("CRISIS_TUI_TEST_MASTODON_URL", "").rstrip("/")
TOKEN = os.environ.get("CRISIS_TUI_TEST_MASTODON_TOKEN", "")

pytestmark = pytest.mark.skipif(
    not (URL and TOKEN), reason="CRISIS_TUI_TEST_MASTODON_URL and CRISIS_TUI_TEST_MASTODON_TOKEN are not set"
)

TRIES = 30
"""How often something is looked for, a second apart: servers file, edit and delete behind the scenes."""

HEADERS = {"authorization": f"Bearer {TOKEN}", "connection": "close"}
"""snac closes each connection after one answer without saying so."""


def token(_reference: str) -> Secret:
    async def give() -> SecretStr:
        return SecretStr(TOKEN)

    return give


class Person:
    """Whose token it is."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def do(self, method: str, path: str, form: dict[str, str] | None = None) -> dict[str, Any]:
        answer = await self._http.send(method, URL + path, form=form, headers=HEADERS)
        found = answer.json()
        assert isinstance(found, dict)
        return found

    async def delete(self, native: str) -> bool:
        """Delete a post; False where the server lets nobody do so over this API (older snac)."""
        answer = await self._http.send(
            "DELETE",
            f"{URL}/api/v1/statuses/{native}",
            headers=HEADERS,
            ok=range(200, 500),
        )
        assert answer.status in (200, 404, 405, 501), answer.status
        return answer.status == 200


@pytest.fixture
async def person() -> AsyncIterator[Person]:
    http = Http("crisis-tui-tests")
    yield Person(http)
    await http.close()


async def test_a_post_is_found_edited_and_deleted(tmp_path: Path, person: Person) -> None:
    tag = f"crisistui{datetime.now(UTC):%H%M%S%f}"
    given = {
        "name": "fedi",
        "kind": "mastodon",
        "url": URL,
        "token": "env:CRISIS_TUI_TEST_MASTODON_TOKEN",
        "read": ["tags", "notifications"],
        "stream": True,
    }
    async with lent(tmp_path, listener=listener(f"#{tag}")) as tools:
        source = mastodon.source(mastodon.Settings.model_validate(given), replace(tools, secret=token))
        assert isinstance(source, Refreshing)
        assert isinstance(source, Hinting)
        me = await person.do("GET", "/api/v1/accounts/verify_credentials")
        posted = await person.do(
            "POST", "/api/v1/statuses", {"status": f"My pan peels #{tag}", "visibility": "public"}
        )
        cursor, found, handles = None, dict[str, Mention](), dict[str, str]()
        try:
            for _ in range(TRIES):
                async for batch in source.poll(cursor):
                    assert not [each.reason for each in batch.rejected]
                    found |= {each.id: each for each in batch.mentions}
                    handles |= batch.handles
                    cursor = batch.cursor or cursor
                if posted["uri"] in found:
                    break
                await asyncio.sleep(1)
            mention = found[posted["uri"]]
            assert f"#{tag}" in mention.text
            assert (mention.author or "").startswith(f"{me['username']}@")
            edit = {"status": f"My pan shines #{tag}"}
            await person.do("PUT", f"/api/v1/statuses/{posted['id']}", edit)
            for _ in range(TRIES):
                (change,) = (await source.refresh([handles[mention.id]])).changes
                if change.mention is not None and "shines" in change.mention.text:
                    break
                await asyncio.sleep(1)
            assert change.mention is not None
            assert "shines" in change.mention.text
            assert change.at is not None
        finally:
            deleted = await person.delete(posted["id"])
        if not deleted:
            return
        for _ in range(TRIES):
            (change,) = (await source.refresh([handles[mention.id]])).changes
            if change.mention is None:
                break
            await asyncio.sleep(1)
        assert (change.id, change.mention) == (posted["uri"], None)
