"""Starts the agent as a child when none runs on the store, again whenever one ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import crisis_tui
from crisis_tui.agent.lock import held
from data.store import files

LOOK_S = 2.0
"""How often a dashboard looks whether an agent runs; promised is a new one within 5 s."""

_LOG_BYTES = 256 * 1024


def command(home: list[str], drill: str | None) -> tuple[list[str], dict[str, str]]:
    """How to start the agent from this very installation, also from a zipapp: arguments and environment."""
    root = str(Path(crisis_tui.__file__).resolve().parent.parent)
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
    # -P: the folder in which somebody stands must not lend the agent its modules.
    arguments = [sys.executable, "-P", "-m", "crisis_tui", *home, "agent", "--child"]
    if drill is not None:
        arguments += ["--drill", drill]
    return arguments, {**os.environ, "PYTHONPATH": path}


class AgentChild:
    """Keeps an agent running for as long as this process lives.

    The child holds the reading end of a pipe of ours and ends when that
    closes, which also happens when we are killed.
    """

    def __init__(self, folder: Path, home: list[str], drill: str | None = None) -> None:
        self._folder = folder
        self._command = command(home, drill)
        self._child: subprocess.Popen[bytes] | None = None

    def ensure(self) -> bool:
        """Start one if none runs; returns whether one was started."""
        if self._child is not None and self._child.poll() is None:
            return False
        if held(self._folder):
            return False
        arguments, environment = self._command
        self._release()
        with self._log() as log:
            self._child = subprocess.Popen(  # noqa: S603 - our own program with our own arguments
                arguments,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=environment,
                start_new_session=True,  # a signal to our terminal is not for the agent
            )
        return True

    async def keep(self) -> None:
        """Look every `LOOK_S` seconds, for ever."""
        while True:
            with contextlib.suppress(OSError):
                self.ensure()
            await asyncio.sleep(LOOK_S)

    def stop(self, patience: float = 2.0) -> None:
        """End the child that we started, if we did, and wait for it."""
        if self._child is None:
            return
        if self._child.stdin is not None:
            self._child.stdin.close()
        try:
            self._child.wait(patience)
        except subprocess.TimeoutExpired:
            self._child.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(patience)
        self._child = None

    def _release(self) -> None:
        if self._child is not None and self._child.stdin is not None:
            self._child.stdin.close()

    @contextlib.contextmanager
    def _log(self) -> Iterator[int]:
        path = self._folder / "agent.log"
        descriptor = files.make_private(path)
        if os.fstat(descriptor).st_size > _LOG_BYTES:
            os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_END)
        try:
            yield descriptor
        finally:
            os.close(descriptor)
