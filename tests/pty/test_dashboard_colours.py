"""With 256 colours, with 16 and with none the same words and marks are there, and what matters stands out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.dashboard.program import fill, home, many, program

_COLOUR = re.compile(rb"(?:^|;)(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;|$)")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with an incident that is late."""
    place = home(tmp_path_factory.mktemp("colours") / "home")
    fill(place, many(60, 1), incident=True)
    return place


@pytest.mark.parametrize(
    "env", [{}, {"TERM": "xterm"}, {"NO_COLOR": "1"}, {"TERM": "vt100"}], ids=["256", "16", "none", "vt100"]
)
def test_words_marks_and_weight_say_it_all(place: Path, env: dict[str, str]) -> None:
    with program(place, **env) as terminal:
        terminal.send("3")
        terminal.wait_for_text("▌3 CHECKLIST", "! OVERDUE", "s start")
        terminal.settle()
        text = terminal.text()
        lines = text.splitlines()
        assert re.search(r"[.+!] (ROUTINE|EMERGENT ISSUE|INCIDENT|CRISIS)", lines[0])
        assert "! OVERDUE" in lines[0]
        cells = terminal.cells()

        def look(words: str, after: int = 0) -> tuple[bool, bool]:
            """Whether some words are bold, and whether they are reversed."""
            y = next(n for n, line in enumerate(lines) if words in line and n >= after)
            row = "".join(cell.glyph or " " for cell in cells[y])
            cell = cells[y][row.index(words)]
            return cell.bold, cell.reverse

        assert look("3 CHECKLIST") == (True, True), "the pane with the keys"
        assert look("2 SEVERITY") == (True, False)
        assert look("! OVERDUE")[0]
        assert sum(cell.reverse for row in cells for cell in row) < 300, "a calm screen"
        codes = re.findall(rb"\x1b\[([0-9;]*)m", bytes(terminal.output))
        coloured = [code for code in codes if _COLOUR.search(code)]
        assert bool(coloured) is (env in ({}, {"TERM": "xterm"}))
        terminal.send("ctrl+q")
        assert terminal.wait_for_exit() == 0
