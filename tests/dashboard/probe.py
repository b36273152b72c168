"""The program with a heart that tells when the event loop was away, and how much waits for the terminal.

Each beat that came late, and each change of what waits, is a line in the file
that CRISIS_TUI_PROBE names: the moment (monotonic), the gap in s, the bytes.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import Any

from crisis_tui.cli import dashboard, main
from crisis_tui.terminal.link import Link

LATE = 0.1
BEAT = 0.02


class _Watched(Link):
    links: list[Link] = []  # noqa: RUF012

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.links.append(self)


async def _heart() -> None:
    beat, before = time.monotonic(), 0
    with open(os.environ["CRISIS_TUI_PROBE"], "a", buffering=1) as told:  # noqa: ASYNC230, PTH123
        while True:
            await asyncio.sleep(BEAT)
            now = time.monotonic()
            backlog = max((link.backlog for link in _Watched.links), default=0)
            if now - beat > LATE or backlog != before:
                told.write(f"{now} {now - beat} {backlog}\n")
            beat, before = now, backlog


async def _probed(*given: Any) -> Any:
    from crisis_tui.terminal import driver

    vars(driver)["Link"] = _Watched
    heart = asyncio.create_task(_heart())
    try:
        return await _SHOW(*given)
    finally:
        heart.cancel()


_SHOW = dashboard._show

if __name__ == "__main__":
    vars(dashboard)["_show"] = _probed
    sys.exit(main())
