"""What the whole program sends over the line, on a store of 100,000 mentions."""

from __future__ import annotations

import itertools
import shutil
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dashboard import probe
from tests.dashboard.program import KEYS, PATIENCE, early_in_a_minute, fill, home, many, program
from tests.pty.harness import Terminal
from tests.pty.test_display import same, step

STORED = 100_000
MOVE, TYPED, PANE, FIRST = 600, 400, 3_000, 30_000
STALL_S = 8.0

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with many mentions and an incident, assessed once, with nothing going on."""
    place = home(tmp_path_factory.mktemp("big"))
    fill(place, many(STORED), incident=True)
    return place


@pytest.fixture(scope="module")
def quiet(big: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """One dashboard on it for all measures."""
    place = tmp_path_factory.mktemp("quiet") / "home"
    shutil.copytree(big, place)
    with program(place, waits_for=f"1 of {STORED:,}") as terminal:
        yield terminal


def costs(terminal: Terminal, keys: list[str]) -> list[int]:
    """What each key makes the program send."""
    return [len(terminal.measure(KEYS.get(key, key))) for key in keys]


def test_the_first_frame_is_small(quiet: Terminal) -> None:
    assert quiet.text().count("\n") == 39
    print(f"first frame, settled: {len(quiet.output)} bytes")
    assert len(quiet.output) <= FIRST


def test_moving_in_the_list_is_cheap(quiet: Terminal) -> None:
    early_in_a_minute(quiet, 30)
    costs(quiet, ["1", "home"]) if "1 of" not in quiet.text() else None
    sent = costs(quiet, ["down"] * 50)
    print(f"50 moves: median {statistics.median(sent)}, mean {statistics.mean(sent):.0f}, most {max(sent)}")
    assert statistics.median(sent) <= MOVE
    assert statistics.mean(sent) <= MOVE


def test_other_panes_are_cheap(quiet: Terminal) -> None:
    early_in_a_minute(quiet, 12)
    sent = costs(quiet, ["2", "3", "1", "tab", "tab", "shift+tab", "shift+tab", "4", "escape"])
    print(f"pane switches: {sent}")
    assert max(sent) <= PANE


def test_typing_is_cheap(quiet: Terminal) -> None:
    early_in_a_minute(quiet, 20)
    costs(quiet, ["4", "W"])
    sent = costs(quiet, list("e know of it and ask"))
    costs(quiet, ["escape"])
    print(f"typed characters: median {statistics.median(sent)}, most {max(sent)}")
    assert max(sent) <= TYPED


def test_idle_is_silent(quiet: Terminal) -> None:
    early_in_a_minute(quiet, 11)
    before = len(quiet.output)
    until = time.monotonic() + 10
    while time.monotonic() < until:
        quiet.pump(0.2)
    assert len(quiet.output) == before


def beats(told: Path) -> list[list[float]]:
    """What the probe told, each as [the moment, the gap of the event loop in s, the bytes that waited]."""
    lines = told.read_text().splitlines() if told.exists() else []
    return [[float(word) for word in line.split()] for line in lines]


def waits_since(told: Path, seconds: float) -> bool:
    """Whether the same number of bytes has waited for some time, whatever else the probe told since."""
    since, waiting = time.monotonic(), 0.0
    for at, _, backlog in beats(told):
        if backlog != waiting:
            since, waiting = at, backlog
    return waiting > 0 and since < time.monotonic() - seconds


def test_a_reader_that_stalls_stops_nothing(big: Path, tmp_path: Path) -> None:
    place, told = tmp_path / "home", tmp_path / "probe"
    shutil.copytree(big, place)
    argv = [sys.executable, probe.__file__]
    with program(place, argv=argv, waits_for=f"1 of {STORED:,}", CRISIS_TUI_PROBE=str(told)) as terminal:
        started = time.monotonic()
        keys = itertools.cycle([*["pagedown"] * 20, "?", "q"])

        def type_on() -> None:
            """Keys that make the program paint, while nobody reads it."""
            terminal.send(next(keys))
            time.sleep(0.02)

        while not waits_since(told, 0.5):
            assert time.monotonic() < started + PATIENCE, "the link never stalled"
            type_on()
        stalled = time.monotonic()
        while time.monotonic() < stalled + STALL_S:
            type_on()
        ended = time.monotonic()
        assert waits_since(told, STALL_S), "the link was not stalled all along"
        while next(keys) != "q":
            pass
        terminal.send("q")
        terminal.settle(1.0, 30)
        gaps = [gap for at, gap, _ in beats(told) if started <= at <= ended]
        print(f"stalled after {stalled - started:.1f} s; longest gap: {max(gaps, default=0.0):.3f} s")
        assert max(gaps, default=0.0) < 0.5
        caught_up = terminal.cells()
        terminal.measure("ctrl+l")
        assert terminal.cells() == caught_up
        assert f" 1 of {STORED:,}" not in terminal.text(), "it moved on while nobody read"


def test_the_screen_is_the_one_stock_textual_paints(big: Path, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf "\\033[2J\\033[HINSIDE"\nprintf " mehr 漢字" >> "$1"\n')
    editor.chmod(0o700)
    for name in ("a", "b"):
        shutil.copytree(big, tmp_path / name)
    ready = f"1 of {STORED:,}"
    with (
        program(tmp_path / "a", waits_for=ready, EDITOR=str(editor)) as ours,
        program(tmp_path / "b", waits_for=ready, EDITOR=str(editor), CRISIS_TUI_FRAME_DIFF="0") as stock,
    ):
        both = (ours, stock)
        same(*both)
        for keys, text in (
            (["down", "down", "pagedown"], ""),
            (["enter"], "MENTION"),
            ([KEYS["escape"]], "1 FEED"),
            (["/"], "Search the mentions"),
            (['"nine times"', "enter"], "search:"),
            ([KEYS["escape"]], "1 FEED"),
            (["?"], "KEYS"),
            (["pagedown"], "KEYS"),
            (["q"], "1 FEED"),
            (["3", "down", "down"], ""),
            (["x"], "What proves it"),
            (["画面 👍 ok"], "画面"),
            ([KEYS["escape"]], "CHECKLIST"),
            (["o"], "What kind of crisis"),
            (["down", "3"], "What happened"),
            ([KEYS["escape"]], "CHECKLIST"),
            (["4", "漢字と e\u0301 text "], "漢字"),
            (["enter", "second line"], "second line"),
            (["\x07"], "Taken over"),
        ):
            step(both, *keys, text=text)
        assert b"INSIDE" in ours.output
        assert "INSIDE" not in ours.text()
        for size in ((100, 30), (80, 24), (60, 20), (50, 10), (132, 43)):
            for terminal in both:
                terminal.resize(*size)
            step(both, text="" if size[0] > 59 else "needs at least")
        step(both, KEYS["escape"], text="1 FEED")
        step(both, "\x10", text="Search for commands")
        step(both, KEYS["escape"], text="1 FEED")
        for terminal in both:
            terminal.send("ctrl+q")
            assert terminal.wait_for_exit() == 0
            assert terminal.restored()
        print(f"the session: {len(ours.output)} bytes, stock {len(stock.output)}")
        assert len(ours.output) < len(stock.output) / 3
