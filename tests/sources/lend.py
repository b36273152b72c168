"""What a source is lent in tests: requests over real connections, a listener, secrets that are known."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from data.matcher import Listener
from data.sources.base import Secret, Tools
from data.sources.http import Http


def known_secret(reference: str) -> Secret:
    """`env:TOKEN` gives `secret-of-env:TOKEN`."""

    async def give() -> SecretStr:
        return SecretStr(f"secret-of-{reference}")

    return give


@contextlib.asynccontextmanager
async def lent(
    private: Path,
    *,
    listener: Listener | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> AsyncIterator[Tools]:
    """Tools whose connections are closed at the end."""
    opened: list[Http] = []

    def http() -> Http:
        opened.append(Http("crisis-tui-tests"))
        return opened[-1]

    try:
        yield Tools(
            http=http, listener=listener or Listener(()), secret=known_secret, now=now, private=private
        )
    finally:
        for each in opened:
            await each.close()
