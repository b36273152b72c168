"""The process that reads feeds, as the sources see it: one for all, kept warm, ended when it must be."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import json
import os
import select
import signal
import struct
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import data
from data.sources.base import TransientError
from data.sources.feed.worker import NO_MEMORY
from data.sources.http import place

DOCUMENT_S = 5.0
"""Processor time in seconds that one document may take; an ordinary feed takes 0.01 s."""

MEMORY_BYTES = 18 * 1024 * 1024
"""Memory that one document may take beyond what the idle process has; with the code that it makes
the process load, resident memory grows by less than 20 MB (measured). Feeds of 3 MB can be read with it."""

_STALLED = 2.0
"""So many times that long it may take by the clock, because other processes may have the processor."""

_START_S = 20.0
_CHUNK = 64 * 1024
_FRAME_MAX = 1024 * 1024
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "TMPDIR")


@dataclass(frozen=True)
class Document:
    """What a body holds, as `feed_document` puts it; `format` of the head is empty for what is no feed."""

    head: dict[str, Any]
    entries: list[dict[str, Any]]
    peak_kb: int = 0


class _UnreadableError(Exception):
    """The document can't be read; `str()` says why."""


def command(memory: int = MEMORY_BYTES) -> tuple[list[str], dict[str, str]]:
    """How to start the process from this very installation, also from a zipapp: arguments and environment.

    The environment is a small one: it may hold secrets, and the process reads what strangers wrote.
    """
    root = str(Path(data.__file__).resolve().parent.parent)
    path = os.pathsep.join(dict.fromkeys((root, *(each for each in sys.path if Path(each).is_absolute()))))
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or (name.startswith("PYTHON") and name != "PYTHONINSPECT")
    }
    return [sys.executable, "-P", "-m", "data.sources.feed.worker", str(memory)], {**kept, "PYTHONPATH": path}


class _Process:
    """The process, and frames to and from it that wait no longer than a deadline.

    Raises:
        TimeoutError: at the deadline.
        EOFError: it ended, or says what it should not.
        OSError: it ended.
    """

    def __init__(self, memory: int) -> None:
        arguments, environment = command(memory)
        self._child = subprocess.Popen(  # noqa: S603 - our own program with our own arguments
            arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd="/",
            bufsize=0,
            start_new_session=True,  # a signal to our terminal is not for the reader
        )
        self.pid = self._child.pid
        self._pipes = tuple(cast(IO[bytes], each) for each in (self._child.stdin, self._child.stdout))
        self._to, self._from = (each.fileno() for each in self._pipes)
        for each in (self._to, self._from):
            os.set_blocking(each, False)

    def runs(self) -> bool:
        return self._child.poll() is None

    def kill(self) -> None:
        self._child.kill()

    def end(self) -> int:
        """Let it end, by force if it does not by itself; returns how it ended."""
        try:
            code = self._child.wait(1.0)
        except subprocess.TimeoutExpired:
            self._child.kill()
            code = self._child.wait()
        for each in self._pipes:
            each.close()
        return code

    def tell(self, content: bytes, deadline: float) -> None:
        for part in (struct.pack(">I", len(content)), content):
            view = memoryview(part)
            while view:
                _wait(self._to, select.POLLOUT, deadline)
                with contextlib.suppress(BlockingIOError):
                    view = view[os.write(self._to, view[:_CHUNK]) :]

    def hear(self, deadline: float) -> dict[str, Any]:
        size = struct.unpack(">I", self._exactly(4, deadline))[0]
        if size > _FRAME_MAX:
            raise EOFError
        try:
            found = json.loads(self._exactly(size, deadline))
        except ValueError:
            raise EOFError from None
        if not isinstance(found, dict):
            raise EOFError
        return found

    def _exactly(self, size: int, deadline: float) -> bytes:
        found = bytearray()
        while len(found) < size:
            _wait(self._from, select.POLLIN, deadline)
            part = os.read(self._from, min(size - len(found), _CHUNK))
            if not part:
                raise EOFError
            found += part
        return bytes(found)


def _wait(descriptor: int, event: int, deadline: float) -> None:
    poll = select.poll()
    poll.register(descriptor, event)
    left = deadline - time.monotonic()
    if left <= 0 or not poll.poll(left * 1000):
        raise TimeoutError


class FeedReader:
    """Parses one document at a time; the others wait their turn.

    Its thread only waits for the process, so a document that takes long holds
    up other feeds for `seconds` at most, and nothing else. `started` counts the
    processes.
    """

    def __init__(self, seconds: float = DOCUMENT_S, memory: int = MEMORY_BYTES) -> None:
        self.seconds = seconds
        self.memory = memory
        self.started = 0
        self._process: _Process | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="feeds")

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        process = self._process
        return None if process is None else process.pid

    async def read(
        self, body: bytes, *, url: str, content_type: str = "", language: str = "", base: str = ""
    ) -> Document:
        """Parse a body. `base` is what relative links in it start from, `url` what an error names.

        Raises:
            TransientError: it can't be read with the time and memory that one document may have.
        """
        ask = {"type": content_type, "language": language, "location": base, "seconds": self.seconds}
        job = self._thread.submit(self._read, [body], ask)
        del body
        try:
            return await asyncio.wrap_future(job)
        except _UnreadableError as error:
            raise TransientError(f"{place(url)} can't be read: {error}") from None
        except asyncio.CancelledError:
            # What has begun would hold up the next one for nothing.
            process = self._process
            if job.running() and process is not None:
                process.kill()
            raise

    def close(self) -> None:
        """End the process and the thread; nothing can be read any more."""
        process = self._process
        if process is not None:
            process.kill()
        self._thread.shutdown()
        self._end()

    def _read(self, body: list[bytes], ask: dict[str, Any]) -> Document:
        process = self._ready()
        deadline = time.monotonic() + self.seconds * _STALLED + 1
        entries: list[dict[str, Any]] = []
        try:
            process.tell(json.dumps(ask).encode(), deadline)
            process.tell(body.pop(), deadline)
            head = _unless_fault(process.hear(deadline))
            while len(entries) < head["count"]:
                entries.append(_unless_fault(process.hear(deadline)))
            tail = _unless_fault(process.hear(deadline))
        except (TimeoutError, OSError, EOFError) as error:
            raise _UnreadableError(self._cause(error)) from None
        if tail["last"]:
            self._end()
        return Document(head, entries, tail["peak_kb"])

    def _ready(self) -> _Process:
        """The running process, started if there is none."""
        if self._process is not None and self._process.runs():
            return self._process
        self._end()
        try:
            self._process = _Process(self.memory)
            self.started += 1
            self._process.hear(time.monotonic() + _START_S)
        except (TimeoutError, OSError, EOFError):
            self._end()
            raise _UnreadableError(
                "the process that reads feeds does not start; install the program anew."
            ) from None
        return self._process

    def _cause(self, error: Exception) -> str:
        """End the process; why it did not answer, as the rest of a sentence."""
        late = isinstance(error, TimeoutError)
        if late and self._process is not None:
            self._process.kill()
        code = self._end()
        if late or code == -signal.SIGXCPU:
            return (
                f"its feed takes too long to parse (more than {self.seconds:g} s); use a smaller feed of it."
            )
        if code == NO_MEMORY:
            return "its feed takes too much memory; use a smaller feed of it."
        if code == -signal.SIGKILL:
            return "its feed takes too much memory, or somebody killed the process that reads feeds."
        return f"its feed breaks the process that reads feeds (it ended with {code})."

    def _end(self) -> int | None:
        process, self._process = self._process, None
        return None if process is None else process.end()


def _unless_fault(found: dict[str, Any]) -> dict[str, Any]:
    fault = found.get("fault")
    if fault is not None:
        raise _UnreadableError(f"its feed can't be parsed ({fault}).")
    return found


_shared: FeedReader | None = None


def shared() -> FeedReader:
    """The reader of this process, made when first asked for and ended with us."""
    global _shared
    if _shared is None:
        _shared = FeedReader()
        atexit.register(_shared.close)
    return _shared
