"""Copying over terminals and multiplexers."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest

from crisis_tui.terminal import clipboard, profile

TEXT = "Wir prüfen das gerade. 漢字\n" * 40


def copy(folder: Path, environ: dict[str, str], text: str = TEXT) -> tuple[clipboard.CopyOutcome, str]:
    written: list[str] = []
    found = profile.detect(environ)
    return clipboard.copy(text, profile=found, write=written.append, folder=folder), "".join(written)


def test_plain_terminal(tmp_path: Path) -> None:
    outcome, written = copy(tmp_path / "new", {"TERM": "xterm"})
    assert written == f"\x1b]52;c;{base64.b64encode(TEXT.encode()).decode()}\x07"
    assert outcome.path is not None
    assert outcome.path.read_text(encoding="utf-8") == TEXT
    assert stat.S_IMODE(outcome.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(outcome.path.parent.stat().st_mode) == 0o700
    assert str(outcome.path) in outcome.message
    assert outcome.sent


def test_tmux_gets_it_wrapped_and_bare_and_says_what_to_set(tmp_path: Path) -> None:
    outcome, written = copy(tmp_path, {"TERM": "tmux-256color", "TMUX": "x"})
    inner = f"52;c;{base64.b64encode(TEXT.encode()).decode()}\x07"
    assert written == f"\x1bPtmux;\x1b\x1b]{inner}\x1b\\\x1b]{inner}"
    assert "set-clipboard on" in outcome.message
    assert "allow-passthrough on" in outcome.message


def test_screen_gets_short_strings(tmp_path: Path) -> None:
    _, written = copy(tmp_path, {"TERM": "screen", "STY": "1"})
    chunks = written.split("\x1b\\")
    assert chunks.pop() == ""
    assert all(chunk.startswith("\x1bP") and len(chunk) <= 250 for chunk in chunks)
    joined = "".join(chunk.removeprefix("\x1bP") for chunk in chunks)
    assert joined == f"\x1b]52;c;{base64.b64encode(TEXT.encode()).decode()}\x07"


@pytest.mark.parametrize(("size", "sent"), [(clipboard.LIMIT, True), (clipboard.LIMIT + 1, False)])
def test_what_is_too_long_goes_to_the_file_only(tmp_path: Path, size: int, sent: bool) -> None:
    outcome, written = copy(tmp_path, {"TERM": "xterm"}, "x" * size)
    assert outcome.sent is bool(written) is sent
    assert len(written) <= 100_000
    assert outcome.path is not None
    assert outcome.path.stat().st_size == size


def test_a_folder_that_fails_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    outcome, written = copy(tmp_path / "file", {"TERM": "xterm"})
    assert written
    assert outcome.path is None
    assert "not to" in outcome.message


def test_a_link_in_the_way_is_replaced_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("mine")
    (tmp_path / clipboard.FILE_NAME).symlink_to(target)
    copy(tmp_path, {"TERM": "xterm"})
    assert target.read_text() == "mine"
