"""One agent for each store, held by an OS lock that dies with its process."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from data.store import files

NAME = "agent.lock"
_PATIENCE_S = 0.5


class AgentLock:
    """An flock on a file beside the store."""

    def __init__(self, folder: Path) -> None:
        self._descriptor = files.make_private(folder / NAME)

    def acquire(self) -> bool:
        """Take it, or learn that another agent has it; a look by `held` may delay the answer a little."""
        deadline = time.monotonic() + _PATIENCE_S
        while not _take(self._descriptor, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    def release(self) -> None:
        """Let it go."""
        os.close(self._descriptor)


def held(folder: Path) -> bool:
    """Does an agent run on this store?"""
    try:
        descriptor = os.open(folder / NAME, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _take(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _take(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
