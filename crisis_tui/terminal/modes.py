"""Giving the terminal back, also when nobody reads it any more."""

from __future__ import annotations

import contextlib
import os
import select
import termios
import time
from typing import Any

# CAN and ST end a sequence that was cut in half, so that the rest is obeyed.
RESTORE = (
    b"\x18\x1b\\\x1b[?2026l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l"
    b"\x1b[?1004l\x1b[?2004l\x1b[?2048l\x1b[?7h\x1b[m\x1b[?1049l\x1b[?25h"
)
"""Leaves the alternate screen, shows the cursor, ends every mode a full-screen program sets."""


def open_unblocking(fd: int) -> int | None:
    """Open the terminal behind `fd` again for writes that never block, or None.

    A description of our own: O_NONBLOCK on the inherited one would also be seen
    by the shell that started us. The caller closes it.
    """
    try:
        return os.open(os.ttyname(fd), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return None


def restore(output: int, keyboard: int, attributes: list[Any] | None, patience: float = 0.2) -> bool:
    """Put the terminal back as a shell wants it. Never raises, blocks `patience` seconds at most.

    `attributes` is what `termios.tcgetattr` gave before the program changed it.
    Says whether all of it could be written; output that nobody reads is thrown
    away to make room.
    """
    if attributes is not None:
        with contextlib.suppress(termios.error, OSError, ValueError):
            termios.tcsetattr(keyboard, termios.TCSANOW, attributes)
    try:
        if not os.isatty(output):
            return False
    except OSError:
        return False
    fd = open_unblocking(output)
    if fd is None:
        return False
    try:
        rest = _write(fd, RESTORE, patience)
        if rest:
            with contextlib.suppress(termios.error):
                termios.tcflush(fd, termios.TCOFLUSH)
            rest = _write(fd, RESTORE, 0.0)
        return not rest
    except OSError:
        return False
    finally:
        os.close(fd)


def _write(fd: int, data: bytes, patience: float) -> bytes:
    """Write what fits within some seconds, and return what did not."""
    until = time.monotonic() + patience
    poller = select.poll()
    poller.register(fd, select.POLLOUT)
    while data:
        try:
            data = data[os.write(fd, data) :]
        except BlockingIOError:
            left = until - time.monotonic()
            if left <= 0:
                break
            poller.poll(left * 1000)
    return data
