"""A terminal for tests: runs a program in a pty, answers it, and shows what it painted."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import pyte
from rich._unicode_data import load
from rich.cells import get_character_cell_size

ROOT = Path(__file__).resolve().parents[2]

KEYS = {
    "up": "\x1b[A",
    "down": "\x1b[B",
    "pagedown": "\x1b[6~",
    "enter": "\r",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "ctrl+l": "\x0c",
    "ctrl+q": "\x11",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
    "f5": "\x1b[15~",
    "f6": "\x1b[17~",
    "f7": "\x1b[18~",
    "f8": "\x1b[19~",
}

_ANSWERS: list[tuple[re.Pattern[bytes], bytes]] = [
    (re.compile(rb"\x1b\[0?c"), b"\x1b[?62;22c"),
    (re.compile(rb"\x1b\[>0?c"), b"\x1b[>1;4000;0c"),
    (re.compile(rb"\x1b\[5n"), b"\x1b[0n"),
    (re.compile(rb"\x1b\[6n"), b"\x1b[1;1R"),
    (re.compile(rb"\x1b\[\?2026\$p"), b"\x1b[?2026;2$y"),
]
# pyte prints the ends of private sequences, and takes CSI ? u for a cursor restore.
_PRIVATE = re.compile(
    rb"\x1b\[[<=>][0-9;:]*[A-Za-z]|\x1b\[\?[0-9;]*\$?[up]|\x1bP[^\x1b]*\x1b\\|\x18\x1b\\|\x1b\][^\x07]*\x07"
)
# A sequence of the above, or any other, that has not ended yet.
_UNFINISHED = re.compile(rb"(\x1b(\[[0-9;:<=>?$]*|P[^\x1b]*\x1b?|\][^\x07]*)?|\x18\x1b?)\Z")


class Cell(NamedTuple):
    """What is seen of one cell: blanks have no foreground unless something of it shows."""

    glyph: str
    foreground: str
    background: str
    bold: bool
    italic: bool
    underlined: bool
    reverse: bool


class Screen(pyte.Screen):
    """pyte with the widths that Textual lays out by, and marks that stay with their base."""

    _joining = False

    def width_of(self, character: str) -> int:
        """Columns this terminal gives a character."""
        return get_character_cell_size(character)

    def draw(self, data: str) -> None:
        """Show text at the cursor."""
        for character in data:
            if self._joining or self._extends(character):
                self._joining = character == "\u200d"
                self._extend(character)
                continue
            if self.cursor.x >= self.columns:
                self.cursor.x = self.columns - self.width_of(character)
            self._put(character)
        self.dirty.add(self.cursor.y)

    def _put(self, character: str) -> None:
        line = self.buffer[self.cursor.y]
        width = self.width_of(character)
        line[self.cursor.x] = self.cursor.attrs._replace(data=character)
        if width == 2 and self.cursor.x + 1 < self.columns:
            line[self.cursor.x + 1] = self.cursor.attrs._replace(data="")
        self.cursor.x = min(self.cursor.x + width, self.columns)

    def _lead(self) -> int | None:
        """The column of the glyph just before the cursor."""
        x = self.cursor.x - 1
        if x > 0 and not self.buffer[self.cursor.y][x].data:
            x -= 1
        return x if x >= 0 else None

    def _extends(self, character: str) -> bool:
        lead = self._lead()
        flag = "\U0001f1e6" <= character <= "\U0001f1ff"
        if flag and lead is not None and lead == self.cursor.x - 1:
            before = self.buffer[self.cursor.y][lead].data
            return len(before) == 1 and "\U0001f1e6" <= before <= "\U0001f1ff"
        return self.width_of(character) == 0

    def _extend(self, character: str) -> None:
        lead = self._lead()
        if lead is None:
            return
        line = self.buffer[self.cursor.y]
        before = line[lead]
        line[lead] = before._replace(data=before.data + character)
        widened = character == "\ufe0f" and before.data in load("auto").narrow_to_wide
        if (widened or "\U0001f1e6" <= character <= "\U0001f1ff") and self.cursor.x < self.columns:
            line[self.cursor.x] = before._replace(data="")
            self.cursor.x += 1


def cells(screen: Any) -> list[list[Cell]]:
    """What is seen of every cell of a pyte screen."""
    return [[_seen(screen.buffer[y][x]) for x in range(screen.columns)] for y in range(screen.lines)]


def _seen(char: Any) -> Cell:
    shows = char.reverse or char.underscore or char.strikethrough
    if char.data == " " and not shows:
        return Cell(" ", "", char.bg, False, False, False, False)
    return Cell(char.data, char.fg, char.bg, char.bold, char.italics, char.underscore, char.reverse)


class Terminal:
    """One program in one pty; every wait has an end, and fails with the screen."""

    def __init__(
        self, argv: Sequence[str], columns: int = 120, rows: int = 40, env: Mapping[str, str] | None = None
    ) -> None:
        """Start a program. `env` is added to a small, fixed environment."""
        self.output = bytearray()
        self.stamps: list[tuple[float, int]] = []
        self.screen = Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self._pending = b""
        self._answered = 0
        self.master, self.slave = os.openpty()
        os.set_blocking(self.master, False)
        self._set_size(columns, rows)
        self.attributes = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen(
            argv,
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            start_new_session=True,
            preexec_fn=_take_terminal,
            env=_environment(env or {}),
            cwd=ROOT,
        )

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        for fd in (self.master, self.slave):
            with contextlib.suppress(OSError):
                os.close(fd)

    def pump(self, seconds: float) -> bool:
        """Read what comes within some seconds, once. Says whether anything came."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.output += data
        self.stamps.append((time.monotonic(), len(data)))
        self._answer()
        self._show(data)
        return bool(data)

    def wait_for(self, condition: Callable[[], bool], seconds: float = 15.0) -> None:
        """Read until the condition holds; AssertionError with the screen when it never does."""
        until = time.monotonic() + seconds
        while not condition():
            left = until - time.monotonic()
            if left <= 0:
                raise AssertionError(f"not reached within {seconds} s; the screen:\n{self.text()}")
            self.pump(min(left, 0.05))

    def wait_for_text(self, *texts: str, seconds: float = 15.0) -> None:
        """Read until all the texts are on the screen."""
        self.wait_for(lambda: all(text in self.text() for text in texts), seconds)

    def wait_for_exit(self, seconds: float = 10.0) -> int:
        """Read until the program has ended; its exit code, negative for a signal."""
        self.wait_for(lambda: self.process.poll() is not None, seconds)
        while self.pump(0):
            pass
        code = self.process.returncode
        assert code is not None
        return code

    def settle(self, quiet: float = 0.3, seconds: float = 10.0) -> None:
        """Read until nothing has come for `quiet` seconds."""
        until = time.monotonic() + seconds
        while self.pump(quiet):
            assert time.monotonic() < until, "the program never went quiet"

    def measure(self, key: str) -> bytes:
        """Send a key and give back all that it made the program write."""
        before = len(self.output)
        self.send(key)
        self.wait_for(lambda: len(self.output) > before)
        self.settle()
        return bytes(self.output[before:])

    def send(self, *keys: str) -> None:
        """Type keys: names of KEYS, or text."""
        for key in keys:
            os.write(self.master, KEYS.get(key, key).encode())

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the window, forgetting what it showed."""
        self.settle(0.05)
        self._set_size(columns, rows)
        self.screen.resize(rows, columns)
        self.screen.erase_in_display(2)
        self.signal(signal.SIGWINCH)

    def signal(self, signum: int) -> None:
        """Send a signal to the program."""
        os.kill(self.process.pid, signum)

    def stopped(self) -> bool:
        """Whether the program has been stopped (and not continued)."""
        state = os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT | os.WNOHANG)
        return state is not None

    def hang_up(self) -> None:
        """Close the terminal under the program."""
        os.close(self.master)
        os.close(self.slave)

    def text(self) -> str:
        """The lines of the screen."""
        buffer, columns = self.screen.buffer, range(self.screen.columns)
        return "\n".join(
            "".join(buffer[y][x].data for x in columns).rstrip() for y in range(self.screen.lines)
        )

    def cells(self) -> list[list[Cell]]:
        """What is seen of every cell."""
        return cells(self.screen)

    def restored(self) -> bool:
        """Whether the line discipline is as it was before the program."""
        return termios.tcgetattr(self.slave) == self.attributes

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _answer(self) -> None:
        tail = bytes(self.output[self._answered :])
        end = 0
        for pattern, reply in _ANSWERS:
            for match in pattern.finditer(tail):
                os.write(self.master, reply)
                end = max(end, match.end())
        # A query may come in two pieces.
        self._answered = max(self._answered + end, len(self.output) - 16)

    def _show(self, data: bytes) -> None:
        data = self._pending + data
        cut = _UNFINISHED.search(data)
        self._pending = data[cut.start() :] if cut else b""
        self._stream.feed(_PRIVATE.sub(b"", data[: cut.start()] if cut else data))


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.environ.get("HOME", "/"),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        **more,
    }
