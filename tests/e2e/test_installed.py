"""The wheel in an environment of its own, away from the sources."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e import walk
from tests.e2e.program import Program, unplugged

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["3.11", "3.12", "3.13", "3.14"])
def place(request: pytest.FixtureRequest, install: Callable[[str], Path]) -> Path:
    """An environment with the wheel in it."""
    return install(request.param)


@pytest.fixture
def program(place: Path, tmp_path: Path) -> Program:
    """The installed command, in an empty folder."""
    return Program([str(place / "bin" / "crisis-tui")], tmp_path)


def test_it_is_what_was_installed_that_runs(place: Path, tmp_path: Path) -> None:
    where = "import crisis_tui, data, widgets; print(crisis_tui.__file__, data.__file__, widgets.__file__)"
    found = subprocess.run(
        [place / "bin" / "python", "-c", where], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert all(each.startswith(str(place)) for each in found.stdout.split())


def test_the_commands(program: Program) -> None:
    walk.commands(program)


def test_a_drill_without_a_screen(program: Program) -> None:
    walk.drill(program)


def test_the_dashboard(program: Program) -> None:
    walk.dashboard(program)


def test_the_dashboard_in_a_folder_with_namesakes(program: Program) -> None:
    for name in ("data", "widgets", "crisis_tui", "textual"):
        (program.folder / f"{name}.py").write_text("raise SystemExit('not ours')\n")
    walk.dashboard(program)


def test_the_network_was_unplugged() -> None:
    if not unplugged():
        pytest.skip("unshare --net is not permitted here: the runs above had whatever network there is")
    listed = subprocess.run([*unplugged(), "cat", "/proc/net/route"], capture_output=True, check=True)
    assert len(listed.stdout.splitlines()) <= 1
