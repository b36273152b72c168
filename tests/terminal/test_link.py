"""Writing to a terminal that may not read."""

from __future__ import annotations

import contextlib
import os
import termios
import threading
from collections.abc import Iterator

import pytest

from crisis_tui.terminal import link, modes


@pytest.fixture
def pair() -> Iterator[tuple[int, int]]:
    master, slave = os.openpty()
    attributes = termios.tcgetattr(slave)
    attributes[1] &= ~termios.OPOST
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
    yield master, slave
    for fd in (master, slave):
        os.close(fd)


def read(master: int, count: int) -> bytes:
    data = b""
    while len(data) < count:
        data += os.read(master, count - len(data))
    return data


def test_what_is_written_arrives_in_order(pair: tuple[int, int]) -> None:
    out = link.Link(pair[1])
    for n in range(50):
        assert out.write(f"{n:04}")
    assert read(pair[0], 200) == b"".join(b"%04d" % n for n in range(50))
    assert out.stop(5)


def test_a_stalled_terminal_blocks_nobody_and_then_gets_everything(pair: tuple[int, int]) -> None:
    out = link.Link(pair[1])
    drained = threading.Event()
    assert not out.when_drained(drained.set)
    assert out.write("x" * 200_000)
    assert out.when_drained(drained.set)
    assert out.backlog
    assert not out.write("y" * link.MOST_BYTES)
    assert out.write("z")
    assert not drained.is_set()
    assert read(pair[0], 200_001) == b"x" * 200_000 + b"z"
    assert drained.wait(5)
    assert out.backlog == 0
    assert out.stop(5)


def test_stopping_gives_up_on_a_terminal_that_does_not_read(pair: tuple[int, int]) -> None:
    out = link.Link(pair[1])
    out.write("x" * 200_000)
    assert not out.stop(0.05)
    assert not out.write("more")
    assert modes.restore(pair[1], pair[1], None, patience=0.05)
    os.set_blocking(pair[0], False)
    seen = b""
    with contextlib.suppress(BlockingIOError):
        while True:
            seen += os.read(pair[0], 65536)
    assert seen.endswith(modes.RESTORE)


def test_a_terminal_that_went_away_is_told_once() -> None:
    master, slave = os.openpty()
    gone = threading.Event()
    out = link.Link(slave, gone.set)
    os.close(master)
    out.write("x")
    assert gone.wait(5)
    assert not out.write("y")
    assert not out.stop(1)
    assert not modes.restore(slave, slave, None)
    os.close(slave)


def test_lone_surrogates_do_not_stop_the_thread(pair: tuple[int, int]) -> None:
    out = link.Link(pair[1])
    out.write("\ud83d")
    out.write("ok")
    assert read(pair[0], 3) == b"?ok"
    assert out.stop(5)


def test_restore_gives_the_line_discipline_back(pair: tuple[int, int]) -> None:
    before = termios.tcgetattr(pair[1])
    changed = termios.tcgetattr(pair[1])
    changed[3] &= ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(pair[1], termios.TCSANOW, changed)
    assert modes.restore(pair[1], pair[1], before)
    assert termios.tcgetattr(pair[1]) == before


def test_a_file_is_no_terminal_to_restore(tmp_path: object) -> None:
    with open(os.devnull, "wb") as file:  # noqa: PTH123
        assert not modes.restore(file.fileno(), file.fileno(), None)
