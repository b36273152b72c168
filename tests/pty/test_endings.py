"""However it ends, the terminal is given back."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.pty.harness import Terminal
from tests.pty.test_display import beats, sample


@pytest.mark.parametrize("signum", [signal.SIGHUP, signal.SIGTERM])
def test_a_signal_saves_and_restores(tmp_path: Path, signum: signal.Signals) -> None:
    with sample(tmp_path) as terminal:
        terminal.signal(signum)
        assert terminal.wait_for_exit(3) == 128 + signum
        assert (tmp_path / "saved").exists()
        assert terminal.output.endswith(b"\x1b[?1049l\x1b[?25h")
        assert terminal.restored()


def test_a_terminal_that_is_gone_saves_and_ends(tmp_path: Path) -> None:
    with sample(tmp_path) as terminal:
        terminal.hang_up()
        code = terminal.process.wait(4)
        assert code == 128 + signal.SIGHUP
        assert (tmp_path / "saved").exists()


@pytest.mark.parametrize("signum", [signal.SIGHUP, signal.SIGTERM])
def test_a_signal_on_a_stalled_link_saves_ends_and_restores(tmp_path: Path, signum: signal.Signals) -> None:
    with sample(tmp_path) as terminal:
        _stall(terminal, tmp_path)
        terminal.signal(signum)
        assert terminal.process.wait(5) == 128 + signum
        assert (tmp_path / "saved").exists()
        assert terminal.restored()
        while terminal.pump(0.1):
            pass
        assert b"\x1b[?1049l" in terminal.output[-400:]
        assert b"\x1b[?25h" in terminal.output[-400:]


def test_quitting_on_a_stalled_link_ends(tmp_path: Path) -> None:
    with sample(tmp_path) as terminal:
        _stall(terminal, tmp_path)
        terminal.send("ctrl+q")
        assert terminal.process.wait(5) == 0
        assert terminal.restored()


def _stall(terminal: Terminal, folder: Path) -> None:
    """Make the program write more than is read, until output waits inside it."""
    terminal.send("f4")
    terminal.wait_for_text("flood 3")
    until = time.monotonic() + 10
    while beats(folder)[1] == 0:
        assert time.monotonic() < until, "the link never stalled"


@pytest.mark.slow
@pytest.mark.parametrize("stuck", ["save", "loop"])
def test_a_program_that_hangs_is_ended_by_the_watchdog(tmp_path: Path, stuck: str) -> None:
    with sample(tmp_path, SAMPLE_STUCK=stuck) as terminal:
        begun = time.monotonic()
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_for_exit(8) == 128 + signal.SIGTERM
        assert time.monotonic() - begun < (2.5 if stuck == "save" else 5)
        assert b"\x1b[?1049l" in terminal.output[-400:]
        assert b"\x1b[?25h" in terminal.output[-400:]
        assert terminal.restored()


def test_a_fault_prints_one_sentence_and_no_secret(tmp_path: Path) -> None:
    with sample(tmp_path) as terminal:
        terminal.send("f5")
        assert terminal.wait_for_exit() == 1
        told = terminal.output.rpartition(b"\x1b[?25h")[2].decode()
        assert "RuntimeError" in told
        assert "canary" not in told
        assert "Traceback" not in told
        (log,) = tmp_path.glob("crash-*.log")
        assert str(log) in told.replace("\r\n", "")
        assert "canary" not in log.read_text()
        assert terminal.restored()


def test_a_signal_while_the_editor_is_open_ends_the_editor_and_the_program(tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho $$ > "$0.pid"\nexec sleep 60\n')
    editor.chmod(0o700)
    with sample(tmp_path / "files", EDITOR=str(editor)) as terminal:
        terminal.send("f3")
        pid_file = tmp_path / "editor.pid"
        terminal.wait_for(lambda: pid_file.exists() and pid_file.read_text().strip() != "")
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_for_exit(5) == 128 + signal.SIGTERM
        assert (tmp_path / "files" / "saved").exists()
        assert list((tmp_path / "files").glob("edit-*.txt"))
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid_file.read_text()), 0)
        assert terminal.restored()


@pytest.mark.parametrize("multiplexer", ["", "tmux"])
def test_copying_reaches_the_terminal_and_the_file(tmp_path: Path, multiplexer: str) -> None:
    env = {"TMUX": "/tmp/x,1,0"} if multiplexer else {}
    with sample(tmp_path, **env) as terminal:
        terminal.send("f6")
        terminal.wait_for_text("Copied")
        assert b"\x1b]52;c;c29tZSB0ZXh0Cm9mIHR3byBsaW5lcw==\x07" in terminal.output
        assert (b"\x1bPtmux;\x1b\x1b]52" in terminal.output) is bool(multiplexer)
        assert (tmp_path / "clipboard.txt").read_text() == "some text\nof two lines"


def test_stopping_and_going_on_paints_everything_again(tmp_path: Path) -> None:
    with sample(tmp_path) as terminal:
        good = terminal.cells()
        terminal.signal(signal.SIGTSTP)
        terminal.wait_for(terminal.stopped)
        assert terminal.output.endswith(b"\x1b[?1049l\x1b[?25h")
        terminal._stream.feed(b"\x1b[2J\x1b[Hshell")
        terminal.signal(signal.SIGCONT)
        terminal.wait_for_text("ready")
        terminal.settle()
        assert terminal.cells() == good
