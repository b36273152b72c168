"""The way out to the terminal: writes that never block whoever makes them."""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable

from crisis_tui.terminal import modes

MOST_BYTES = 262_144
"""How much may wait for a stalled terminal; what comes on top is dropped."""

_CHUNK = 4096
_GLANCE = 100  # ms between looks at a stalled terminal


class Link:
    """A thread that writes to one terminal, in order, as fast as it is read."""

    def __init__(self, fd: int, on_gone: Callable[[], None] | None = None) -> None:
        """Start writing to the terminal behind `fd`.

        `on_gone` is called once, from the thread, when the terminal is no more.
        """
        self._own = modes.open_unblocking(fd)
        self._fd = fd if self._own is None else self._own
        self._on_gone = on_gone
        self._queue: deque[bytes] = deque()
        self._waiting = 0
        self._change = threading.Condition()
        self._on_drained: Callable[[], None] | None = None
        self._ended = False
        self._gone = False
        self._thread = threading.Thread(target=self._run, name="terminal-output", daemon=True)
        self._thread.start()

    @property
    def backlog(self) -> int:
        """Bytes accepted that the terminal has not taken yet."""
        return self._waiting

    def write(self, text: str) -> bool:
        """Queue text without ever blocking. False when it was dropped.

        Text is taken whole or not at all, and always when nothing else waits.
        """
        data = text.encode("utf-8", "replace")
        with self._change:
            if self._ended or self._gone or (self._waiting and self._waiting + len(data) > MOST_BYTES):
                return False
            self._queue.append(data)
            self._waiting += len(data)
            self._change.notify_all()
        return True

    def when_drained(self, callback: Callable[[], None]) -> bool:
        """Have `callback` called once from the thread when nothing waits any more.

        False, and no call, when nothing waits now.
        """
        with self._change:
            if not self._waiting:
                return False
            self._on_drained = callback
        return True

    def stop(self, patience: float) -> bool:
        """Write what is left for at most `patience` seconds. Says whether all was written."""
        until = time.monotonic() + patience
        with self._change:
            self._on_drained = None
            while self._waiting and not self._gone and (left := until - time.monotonic()) > 0:
                self._change.wait(left)
            written = not self._waiting and not self._gone
            self._ended = True
            self._queue.clear()
            self._change.notify_all()
        # A thread stuck in the kernel is left behind: it is a daemon and owns no lock.
        self._thread.join(2 * _GLANCE / 1000)
        if self._own is not None and not self._thread.is_alive():
            os.close(self._own)
            self._own = None
        return written

    def _run(self) -> None:
        while (data := self._next()) is not None:
            try:
                self._put(data)
            except OSError:
                self._lose()
                return
            with self._change:
                self._waiting -= len(data)
                drained = self._on_drained if not self._waiting else None
                if drained is not None:
                    self._on_drained = None
                self._change.notify_all()
            if drained is not None:
                _call(drained)

    def _next(self) -> bytes | None:
        with self._change:
            while not self._queue and not self._ended:
                self._change.wait()
            return None if self._ended else self._queue.popleft()

    def _put(self, data: bytes) -> None:
        poller = select.poll()
        poller.register(self._fd, select.POLLOUT)
        while data and not self._ended:
            try:
                data = data[os.write(self._fd, data[:_CHUNK]) :]
            except BlockingIOError:
                poller.poll(_GLANCE)

    def _lose(self) -> None:
        with self._change:
            self._gone = True
            self._queue.clear()
            self._waiting = 0
            self._on_drained = None
            self._change.notify_all()
        if self._on_gone is not None:
            _call(self._on_gone)


def _call(callback: Callable[[], None]) -> None:
    # The event loop may have closed meanwhile, and then nobody waits for the call.
    with contextlib.suppress(RuntimeError):
        callback()
