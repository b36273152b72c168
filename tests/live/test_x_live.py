"""X, or a program that speaks its API, over the network: run where its address and a token are given."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from data.sources.base import Batch, PermanentError, Refreshing, Secret
from data.sources.x import network as x
from tests.sources.lend import lent
from tests.sources.server import listener

URL = os.environ.get("CRISIS_TUI_TEST_X_URL", "")
TOKEN = os.environ.get("CRISIS_TUI_TEST_X_TOKEN", "")
TERM = os.environ.get("CRISIS_TUI_TEST_X_TERM", "the")

pytestmark = pytest.mark.skipif(
    not (URL and TOKEN), reason="CRISIS_TUI_TEST_X_URL and CRISIS_TUI_TEST_X_TOKEN are not set"
)

PAGES = 3
"""How many pages are read at most; at X itself they are paid for."""


def token(_reference: str) -> Secret:
    async def give() -> SecretStr:
        return SecretStr(TOKEN)

    return give


async def test_posts_are_found_and_looked_at_again(tmp_path: Path) -> None:
    given = {"name": "x", "kind": "x", "url": URL, "token": "env:CRISIS_TUI_TEST_X_TOKEN", "refresh": True}
    async with lent(tmp_path, listener=listener(TERM)) as tools:
        source = x.source(x.Settings.model_validate(given), replace(tools, secret=token))
        batches: list[Batch] = []
        # A server whose pages never end is found out, after what it had was given.
        with contextlib.suppress(PermanentError):
            async for batch in source.poll(None):
                batches.append(batch)
                if len(batches) == PAGES:
                    break
        mentions = [each for batch in batches for each in batch.mentions]
        assert mentions, f'nothing speaks of "{TERM}" there; name another word with CRISIS_TUI_TEST_X_TERM'
        assert not [each.reason for batch in batches for each in batch.rejected]
        assert all(batch.cursor for batch in batches)
        assert sum(batch.cost_usd for batch in batches) > 0
        assert isinstance(source, Refreshing)
        handles = {each.id: each.id for each in mentions}
        for batch in batches:
            handles.update(batch.handles)
        again = await source.refresh(list(handles.values())[: source.refresh_size])
        assert {each.id for each in again.changes} <= set(handles)
        assert any(each.mention is not None for each in again.changes)
