"""Faults of the program: one sentence on the terminal, the traceback in a private file."""

from __future__ import annotations

import contextlib
import os
import sys
import time
import traceback
from pathlib import Path
from typing import TypeVar

from rich.text import Text
from textual.app import App
from textual.worker import WorkerFailed

ReturnType = TypeVar("ReturnType")


def record(error: BaseException, folder: Path) -> str:
    """Write the traceback, without any local variable, to a new 0600 file in `folder`.

    Returns the sentence to show, which names the kind of fault and the file but
    never the text of the error, since that may quote secrets. Never raises.
    """
    if isinstance(error, WorkerFailed):
        error = error.error
    told = (
        f"crisis-tui stopped at a fault of its own ({type(error).__name__}). Everything saved before is safe."
    )
    lines = traceback.TracebackException.from_exception(error, capture_locals=False).format()
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    path = folder / f"crash-{stamp}-{os.getpid()}.log"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8", errors="replace") as file:
            file.writelines(lines)
    except OSError as failure:
        return f"{told} The details could not be written to {folder}: {failure.strerror}."
    return f"{told} The details are in {path}."


class CrashGuard(App[ReturnType]):
    """The base of an app that never prints a traceback, let alone local variables.

    Replaces `App._handle_exception` and `App._fatal_error`, which are private.
    """

    crash_folder: Path | None = None
    """Where crash files go; without it only the kind of the fault is told."""

    def _handle_exception(self, error: Exception) -> None:
        first = self._exception is None
        self._return_code = 1
        if first:
            self._exception = error
            self._exception_event.set()
        if first or not self._exit_renderables:
            self._exit_renderables.append(Text(self._told(error), no_wrap=True, overflow="ignore"))
        with contextlib.suppress(Exception):
            self.bell()
        self._close_messages_no_wait()

    def _fatal_error(self) -> None:
        error = sys.exc_info()[1]
        self._handle_exception(error if isinstance(error, Exception) else RuntimeError("unknown fault"))

    def _told(self, error: Exception) -> str:
        if self.crash_folder is not None:
            return record(error, self.crash_folder)
        return _sentence(error)


def _sentence(error: BaseException) -> str:
    return (
        f"crisis-tui stopped at a fault of its own ({type(error).__name__}). Everything saved before is safe."
    )
