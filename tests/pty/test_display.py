"""The quiet display in a real terminal, against what stock Textual paints there."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pty.harness import KEYS, ROOT, Terminal

SAMPLE = [sys.executable, str(ROOT / "tests" / "pty" / "sample.py")]
GLYPH_STEPS = 8


@contextlib.contextmanager
def sample(folder: Path, **env: str) -> Iterator[Terminal]:
    """The sample program, painted and quiet."""
    folder.mkdir(exist_ok=True)
    with Terminal(SAMPLE, env={"SAMPLE_FOLDER": str(folder), **env}) as terminal:
        terminal.wait_for_text("ready", "row number 3")
        terminal.settle()
        yield terminal


def same(quiet: Terminal, stock: Terminal) -> None:
    """Wait until both show the same; the first differing cell tells when they never do."""
    stock.settle()

    def agree() -> bool:
        stock.pump(0)  # it may be the slower one
        return quiet.cells() == stock.cells()

    with contextlib.suppress(AssertionError):
        quiet.wait_for(agree, 10)
    for y, (got, want) in enumerate(zip(quiet.cells(), stock.cells(), strict=True)):
        for x, (one, other) in enumerate(zip(got, want, strict=True)):
            assert one == other, f"column {x}, line {y}\n{quiet.text()}"


def step(terminals: tuple[Terminal, Terminal], *keys: str, text: str = "") -> None:
    """Type the same in both, and compare what they show."""
    for terminal in terminals:
        terminal.send(*keys)
    for terminal in terminals:
        terminal.wait_for_text(text)
    same(*terminals)


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"COLORTERM": "truecolor"},
        {"TERM": "xterm"},
        {"NO_COLOR": "1"},
    ],
    ids=["256", "truecolor", "16", "none"],
)
@pytest.mark.slow
def test_every_picture_is_the_one_stock_textual_paints(tmp_path: Path, env: dict[str, str]) -> None:
    (tmp_path / "editor").write_text(
        '#!/bin/sh\nprintf "\\033[2J\\033[HINSIDE THE EDITOR"\necho edited >> "$1"\n'
    )
    (tmp_path / "editor").chmod(0o700)
    env = {**env, "EDITOR": str(tmp_path / "editor")}
    with (
        sample(tmp_path / "a", **env) as quiet,
        sample(tmp_path / "b", CRISIS_TUI_FRAME_DIFF="0", **env) as stock,
    ):
        both = (quiet, stock)
        same(*both)
        for n in range(GLYPH_STEPS):
            step(both, "f2", text=f"glyphs {n + 1}")
        step(both, "down", "down", "pagedown")
        step(both, "tab")
        step(both, "typed 漢字 ", text="typed 漢字")
        step(both, "enter", "x", "up", "y", text="y")
        step(both, "f7", text="a box")
        step(both, "f7")
        for size in ((100, 30), (80, 24), (132, 43)):
            for terminal in both:
                terminal.resize(*size)
            step(both, "f2", text="glyphs")
        step(both, "f3", text="edited")
        assert b"INSIDE THE EDITOR" in quiet.output
        assert "INSIDE THE EDITOR" not in quiet.text()
        step(both, "z", text="z")
        for terminal in both:
            terminal.send("ctrl+q")
            assert terminal.wait_for_exit() == 0
            assert terminal.restored()
        assert len(quiet.output) < len(stock.output) / 3


def test_short_equality_with_stock(tmp_path: Path) -> None:
    """The quick part of the comparison above, for every run of the tests."""
    with sample(tmp_path / "a") as quiet, sample(tmp_path / "b", CRISIS_TUI_FRAME_DIFF="0") as stock:
        same(quiet, stock)
        for n in range(5):
            step((quiet, stock), "f2", text=f"glyphs {n + 1}")


def test_bytes_for_what_people_do(tmp_path: Path) -> None:
    with sample(tmp_path) as terminal:
        assert len(terminal.output) <= 30_000
        assert len(terminal.measure("down")) <= 600
        assert len(terminal.measure("tab")) <= 5_000
        assert len(terminal.measure("x")) <= 400
        assert len(terminal.measure("f2")) <= 500
        before = len(terminal.output)
        terminal.settle(1.5)
        assert len(terminal.output) == before


def test_the_hardware_cursor_follows_the_typing(tmp_path: Path) -> None:
    with sample(tmp_path) as terminal:
        terminal.measure("tab")
        at = terminal.screen.cursor.x, terminal.screen.cursor.y
        terminal.measure("x")
        assert (terminal.screen.cursor.x, terminal.screen.cursor.y) == (at[0] + 1, at[1])


def test_keys_that_come_together_act_in_their_order(tmp_path: Path) -> None:
    """As a slow line delivers them: a letter must not overtake the arrow, or the Tab, before it."""
    keys = ["tab", *["one", "down", "two", "up", "three"] * 2, "shift+tab", "down", "tab", "last"]
    codes = [KEYS.get(key, key) for key in keys]
    with sample(tmp_path / "a") as together, sample(tmp_path / "b") as apart:
        for code in codes:
            apart.measure(code)
        together.send("".join(codes))
        same(together, apart)


def test_focus_reports_are_not_asked_for(tmp_path: Path) -> None:
    with sample(tmp_path) as terminal:
        assert b"?1004h" not in terminal.output
        assert b"?1003h" not in terminal.output


def test_no_colour_means_not_one_colour_code(tmp_path: Path) -> None:
    with sample(tmp_path, NO_COLOR="1") as terminal:
        terminal.measure("f2")
        terminal.measure("tab")
        for codes in re.findall(rb"\x1b\[([0-9;]*)m", bytes(terminal.output)):
            assert all(int(code or 0) < 30 for code in codes.split(b";")), codes


def test_nothing_hostile_reaches_the_terminal(tmp_path: Path) -> None:
    """Even where the app has no filter and the text was never cleaned."""
    hostile = "a\x1b]52;c;eA==\x1b\\b\x9b2J\x07c\u202ed\u200be" + "\u0301" * 50 + "\U000e0041f"
    with sample(tmp_path, SAMPLE_HOSTILE=hostile) as terminal:
        sent = terminal.measure("f2").decode()
        assert "a]52;c;eA==\\b2Jcde" in terminal.text()
        assert "\x1b]" not in sent
        assert not set("\x9b\x07\u202e\u200b\U000e0041") & set(sent)
        assert sent.count("\u0301") == 3


def test_redraw_mends_a_garbled_screen(tmp_path: Path) -> None:
    with sample(tmp_path) as terminal:
        good = terminal.cells()
        terminal._stream.feed(b"\x1b[5;5H\x1b[31;42mBroadcast message from root")
        assert terminal.cells() != good
        terminal.measure("ctrl+l")
        assert terminal.cells() == good


@pytest.mark.slow
def test_a_stalled_link_stops_nothing_and_then_shows_the_newest(tmp_path: Path) -> None:
    with sample(tmp_path) as terminal:
        terminal.measure("f2")
        terminal.send("f4")
        terminal.wait_for_text("flood 3")
        stalled_until = beats(tmp_path)[2] + 4.0
        terminal.send("f8")
        while beats(tmp_path)[2] < stalled_until:
            pass
        gap, backlog, _ = beats(tmp_path)
        assert backlog > 0, "the link never stalled"
        assert gap < 0.5
        terminal.send("f4")
        terminal.wait_for_text("flood off at")
        terminal.settle()
        last = re.search(r"flood off at (\d+)", terminal.text())
        assert last is not None
        assert f"flood {last[1]}\n" in terminal.text() + "\n"


def beats(folder: Path) -> tuple[float, int, float]:
    """(longest gap of the event loop in s, most bytes that waited, when that was written)."""
    path = folder / "gap"
    for _ in range(1000):
        words = path.read_text().split()
        if len(words) == 2:
            return float(words[0]), int(words[1]), path.stat().st_mtime
    raise AssertionError("no heartbeat")
