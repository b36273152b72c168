"""What the screen looks like in every state, against stored pictures in plain text.

`CRISIS_TUI_WRITE_FRAMES=1` writes the pictures anew; look at the difference
before it is kept.
"""

from __future__ import annotations

import asyncio
import difflib
import os
import re
from pathlib import Path

import pytest

from data.models.level import Level
from tests.dashboard.tour import Frame, walk
from widgets.fit import cells

STORED = Path(__file__).with_name("frames")
WRITE = os.environ.get("CRISIS_TUI_WRITE_FRAMES") == "1"
TITLES = (
    "Handles of the Ember pan come off and people burn their hands",
    "Approve templates, goodwill limits, hand-offs",
    "Set the level and say why in one line",
    "Acknowledge in public: seen, on it, next time",
    "I have written to Brightpan support nine times since Thursday and every",
)
NAMES = sorted(path.stem for path in STORED.glob("*.txt"))


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Frame]:
    """Every frame of one walk through the dashboard."""
    found = asyncio.run(walk(tmp_path_factory.mktemp("tour")))
    if WRITE:
        for path in STORED.glob("*.txt"):
            path.unlink()
        for name, frame in found.items():
            (STORED / f"{name}.txt").write_text(frame.text + "\n", encoding="utf-8")
    return found


def test_the_walk_takes_the_stored_frames(frames: dict[str, Frame]) -> None:
    assert WRITE or sorted(frames) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_frame_is_as_stored(frames: dict[str, Frame], name: str) -> None:
    stored = (STORED / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    changes = list(difflib.unified_diff(stored, frames[name].lines, "stored", "now", lineterm="", n=2))
    assert not changes, "\n".join(["the frame has changed:", *changes])


@pytest.mark.parametrize("name", NAMES)
def test_every_line_fits_and_no_word_is_lost(frames: dict[str, Frame], name: str) -> None:
    frame = frames[name]
    assert len(frame.lines) == frame.height
    assert all(cells(line) <= frame.width for line in frame.lines)
    if name.startswith(("palette", "dialog", "offer")):
        return  # a box lies over the panes and cuts what is below
    for line in frame.lines:
        for title in TITLES:
            shown = next((n for n in range(len(title), 7, -1) if title[:n] in line), 0)
            if shown:
                rest = line[line.index(title[:shown]) + shown :].lstrip()
                assert shown == len(title) or rest[:1] == "…" or not _cut(line, title[:shown]), line


def _cut(line: str, beginning: str) -> bool:
    """Whether a line ends a title at something other than the break of a wrapped line."""
    after = line[line.index(beginning) + len(beginning) :]
    return bool(after) and not after.startswith(" ") and not beginning.endswith(" ")


@pytest.mark.parametrize("name", NAMES)
def test_a_next_action_is_always_in_view(frames: dict[str, Frame], name: str) -> None:
    frame = frames[name]
    if name.startswith("small"):
        assert "needs at least 60x15" in frame.text
        return
    if name.startswith(("help", "dry-run")):
        assert "ESC GOES BACK" in frame.text
        return
    if name.startswith("why"):
        assert "y copy" in frame.lines[-1]
        assert "Esc back" in frame.lines[-1]
        return
    if name.startswith("feeds"):
        assert "r look now" in frame.lines[-1]
        return
    if name.startswith("story"):
        assert "Enter read" in frame.lines[-1]
        assert "Esc back" in frame.lines[-1]
        return
    if name.startswith("watches"):
        assert "Enter change" in frame.lines[-1]
        return
    if name.startswith(("dialog", "offer")):
        assert "Esc leaves." in frame.text
        return
    if name.startswith("palette"):
        assert "Search for commands" in frame.text
        return
    told = name.startswith(
        (
            *("refused", "proposed", "history", "drill", "unanswered", "gap", "edited", "span"),
            *("taught", "triaged"),
        )
    )
    assert "Next: " in frame.text or told
    hints = ("Next: ", "Enter read", "? help", "x close", "^R save", "s start", "y copy")
    assert any(hint in frame.lines[-1] for hint in hints) or name.startswith("refused")


@pytest.mark.parametrize("name", NAMES)
def test_colour_is_never_alone(frames: dict[str, Frame], name: str) -> None:
    """Every coloured piece says in words or marks what its colour says."""
    frame = frames[name]
    for text, style in frame.pieces:
        if style.color is None or not text.strip():
            continue
        if style.bold and style.reverse:
            assert re.search(r"[A-Z0-9▌@]", text), text
    in_crisis = ("crisis", "unanswered", "mention", "search", "refused", "proposed")
    if name.startswith(in_crisis) and "story" not in name:
        assert f"{Level.CRISIS.glyph} CRISIS" in frame.lines[0]
    if name.startswith(("crisis", "mention", "search")) and "story" not in name:
        assert "! OVERDUE 15m" in frame.lines[0]
        assert "UNSAVED" in frame.lines[-1]
    if name.startswith("drill"):
        assert frame.lines[0].startswith(" DRILL ")
    if name.startswith("history"):
        assert "HISTORY 2026-11-21" in frame.lines[0]
    if name.startswith("crisis-checklist"):
        assert {"[ ]", "[>]", "[x]", "[-]"} <= set(re.findall(r"\[.\]", frame.text))
        assert "3 OVERDUE" in frame.lines[1]
    if "-feed-" in name and not name.startswith("empty"):
        marks = [line for line in frame.lines if re.match(r"[ ▌]\d\d:\d\d +\w+ +[-=+?] ", line)]
        assert len(marks) >= 7


def test_the_pane_with_the_keys_is_marked_without_colour(frames: dict[str, Frame]) -> None:
    for name, frame in frames.items():
        if not name.startswith(("small", "palette", "dialog", "offer")):
            assert len(re.findall(r"▌(?:\d )?[A-Z]{3}", frame.text)) == 1, name
