"""A terminal that only counts: no emulator runs while a program is measured."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Sequence
from types import TracebackType

from bench.process import ROOT, cpu_so_far, environment

COLUMNS, ROWS = 120, 40

_ANSWERS = (
    (re.compile(rb"\x1b\[0?c"), b"\x1b[?62;22c"),
    (re.compile(rb"\x1b\[5n"), b"\x1b[0n"),
    (re.compile(rb"\x1b\[6n"), b"\x1b[1;1R"),
    (re.compile(rb"\x1b\[\?2026\$p"), b"\x1b[?2026;2$y"),
)
_SEQUENCE = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[P_\]][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][0-9A-B]|\x1b[=>78cDEHM]"
)
_UNFINISHED = re.compile(rb"\x1b[^\x1b]*\Z")


def visible(output: bytes) -> bytes:
    """What of the output draws something that can be seen: no sequences, controls or blanks."""
    text = _SEQUENCE.sub(b" ", output)
    return b" ".join(_UNFINISHED.sub(b"", text).translate(None, bytes(range(32)) + b"\x7f").split())


class Terminal:
    """One program in one pty."""

    def __init__(self, command: Sequence[str]) -> None:
        self.output = bytearray()
        self._answered = 0
        self.master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.started = time.perf_counter()
        self.child = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env=environment(),
            cwd=ROOT,
        )
        os.close(slave)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.child.kill()
        self.child.wait(10)
        with contextlib.suppress(OSError):
            os.close(self.master)

    @property
    def cpu(self) -> float:
        """CPU seconds of the program so far."""
        return cpu_so_far(self.child.pid)

    @property
    def wall(self) -> float:
        """Seconds since the program was started."""
        return time.perf_counter() - self.started

    def pump(self, seconds: float) -> bool:
        """Read what comes within some seconds, once; says whether anything came."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.master, 65_536)
        except OSError:
            return False
        self.output += data
        self._answer()
        return bool(data)

    def wait_for(self, condition: Callable[[bytes], object], seconds: float = 30.0) -> None:
        """Read until the output so far satisfies a condition.

        Raises:
            RuntimeError: it never did.
        """
        until = time.perf_counter() + seconds
        while not condition(bytes(self.output)):
            if time.perf_counter() > until or self.child.poll() is not None:
                seen = visible(bytes(self.output))[-800:].decode("utf-8", "replace")
                raise RuntimeError(f"the program never showed what was waited for; it showed: {seen}")
            self.pump(0.05)

    def settle(self, quiet: float = 0.4) -> None:
        """Read until nothing has come for a while."""
        while self.pump(quiet):
            pass

    def send(self, keys: str) -> int:
        """Type, wait until all is quiet, and return how many bytes were written in answer."""
        before = len(self.output)
        os.write(self.master, keys.encode())
        self.settle()
        return len(self.output) - before

    def _answer(self) -> None:
        tail = bytes(self.output[self._answered :])
        end = 0
        for pattern, reply in _ANSWERS:
            for match in pattern.finditer(tail):
                os.write(self.master, reply)
                end = max(end, match.end())
        # A query may come in two pieces.
        self._answered = max(self._answered + end, len(self.output) - 16)
