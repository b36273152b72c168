"""The parts that sit in the app, headless."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from textual.app import ComposeResult
from textual.filter import LineFilter
from textual.widgets import Static
from textual.worker import WorkerFailed

from crisis_tui.terminal.crash import CrashGuard, record
from crisis_tui.terminal.display import QuietDisplay, QuietScreen
from crisis_tui.terminal.plain import frame_text
from crisis_tui.terminal.scrub import ScrubFilter


class Little(QuietDisplay[None], CrashGuard[None]):
    CSS = "Static { height: 1; }"

    def compose(self) -> ComposeResult:
        yield Static("first 漢字", markup=False)
        yield Static("second \x1b]52;c;eA==\x1b\\ end", markup=False)

    def get_line_filters(self) -> list[LineFilter]:
        return [*super().get_line_filters(), ScrubFilter()]

    def action_fault(self) -> None:
        secret = "canary"
        raise ValueError(f"fault of {len(secret)}")


async def test_frame_text_is_what_is_painted_and_scrubbed() -> None:
    app = Little()
    async with app.run_test(size=(40, 5)) as pilot:
        await pilot.pause()
        assert frame_text(app) == ["first 漢字", "second ]52;c;eA==\\ end", "", "", ""]
        assert frame_text(app.screen) == frame_text(app)


async def test_a_quiet_screen_does_not_repaint_at_a_move_of_focus() -> None:
    assert not QuietScreen.focused._repaint


def test_a_crash_file_is_private_and_has_no_locals(tmp_path: Path) -> None:
    def fails() -> None:
        secret = "hunter2-" + "canary"
        raise ValueError(f"length {len(secret)}")

    with pytest.raises(ValueError) as caught:
        fails()
    sentence = record(caught.value, tmp_path / "logs")
    (path,) = (tmp_path / "logs").iterdir()
    assert str(path) in sentence
    assert "ValueError" in sentence
    assert "length" not in sentence
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = path.read_text()
    assert "ValueError: length 14" in content
    assert "hunter2-canary" not in content


def test_a_failed_worker_is_told_by_its_own_fault(tmp_path: Path) -> None:
    assert "KeyError" in record(WorkerFailed(KeyError("x")), tmp_path)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "could not be written" in record(ValueError(), tmp_path / "file")


async def test_a_fault_reaches_the_tests_but_not_the_terminal(tmp_path: Path) -> None:
    app = Little()
    app.crash_folder = tmp_path
    with pytest.raises(ValueError, match="fault of 6"):
        await _fault(app)


async def _fault(app: Little) -> None:
    async with app.run_test() as pilot:
        app.call_later(app.action_fault)
        await pilot.pause()
