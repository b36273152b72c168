"""What the agent lends its sources: connections, secrets, who listens, and a private folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from crisis_tui import __version__
from crisis_tui.secrets import secret
from data.matcher import Listener
from data.models.watch import Watch
from data.sources.base import Tools
from data.sources.http import Http

USER_AGENT = f"crisis-tui/{__version__}"
PRIVATE = "private"
"""Folder beside the store, mode 0700, for what must survive a restart and not stand in the store."""


class Lender:
    """Lends, and closes what was lent at the end."""

    def __init__(self, store: Path, now: Callable[[], datetime]) -> None:
        self._private = store / PRIVATE
        self._now = now
        self._opened: list[Http] = []

    def tools(self, watches: Iterable[Watch]) -> Tools:
        """What one source gets."""
        return Tools(
            http=self._http,
            listener=Listener(watches),
            secret=secret,
            now=self._now,
            private=self._private,
        )

    async def close(self) -> None:
        """Close every connection."""
        while self._opened:
            await self._opened.pop().close()

    def _http(self) -> Http:
        self._opened.append(Http(USER_AGENT))
        return self._opened[-1]
