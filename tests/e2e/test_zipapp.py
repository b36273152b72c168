"""The single file, with nothing but a Python beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import machinery
from pathlib import Path

import pytest

from scripts import zipapp, zipapp_main
from tests.e2e import walk
from tests.e2e.conftest import python_of
from tests.e2e.program import WHEELS, Program
from tests.pty.harness import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(params=["3.11", "3.12", "3.13", "3.14"])
def program(request: pytest.FixtureRequest, pyz: tuple[Path, list[str]], tmp_path: Path) -> Program:
    """The file under one Python, which sees nothing of the running environment."""
    file, built = pyz
    python = python_of(request.param)
    bare = subprocess.run(
        [python, "-c", "import sys, os; print(os.path.realpath(sys.executable))"],
        capture_output=True,
        text=True,
        check=True,
    )
    number = request.param.replace(".", "")
    if not any(each.startswith(f".cpython-{number}-") for each in built):
        pytest.skip("the compiled parts for it were not fetched; make slow does that")
    return Program([bare.stdout.strip(), str(file)], tmp_path)


def test_the_commands_and_a_drill(program: Program) -> None:
    walk.commands(program)
    walk.drill(program)


def test_the_dashboard(program: Program) -> None:
    walk.dashboard(program)
    (unpacked,) = (program.home / ".cache" / "crisis-tui").glob("crisis-tui.pyz_*")
    assert unpacked.is_dir()


def test_a_home_that_cannot_be_written(pyz: tuple[Path, list[str]], tmp_path: Path) -> None:
    spare = tmp_path / "spare"
    spare.mkdir()
    environment = {"PATH": os.defpath, "HOME": "/proc/nowhere", "TMPDIR": str(spare)}
    command = [sys.executable, str(pyz[0]), "--version"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    (unpacked,) = spare.iterdir()
    assert unpacked.stat().st_mode & 0o777 == 0o700


def test_the_same_sources_make_the_same_file(pyz: tuple[Path, list[str]], tmp_path: Path) -> None:
    again = tmp_path / "crisis-tui.pyz"
    zipapp.build(ROOT / "requirements.lock", WHEELS, again)
    assert again.read_bytes() == pyz[0].read_bytes()


def test_nothing_of_this_machine_is_inside(pyz: tuple[Path, list[str]], tmp_path: Path) -> None:
    Program([sys.executable, str(pyz[0])], tmp_path).run("--version")
    inside = [each for each in (tmp_path / "home").rglob("*") if each.suffix != ".pyc" and each.is_file()]
    assert not [each for each in inside if str(ROOT).encode() in each.read_bytes()]
    assert not [each for each in inside if "tests" in each.parts[-4:-1]]


def test_without_fetched_wheels_it_is_for_this_python(tmp_path: Path) -> None:
    file = tmp_path / "crisis-tui.pyz"
    built = zipapp.build(ROOT / "requirements.lock", None, file)
    assert built == [machinery.EXTENSION_SUFFIXES[0]]
    walk.commands(Program([sys.executable, str(file)], tmp_path))


def test_a_python_without_a_build_is_told_so() -> None:
    assert zipapp_main.refusal([machinery.EXTENSION_SUFFIXES[0]]) == ""
    told = zipapp_main.refusal([".cpython-99-riscv64-linux-gnu.so"])
    assert "no build for Python" in told
    assert "it has: cpython-99-riscv64-linux-gnu." in told


def test_a_place_that_others_can_write_to_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, spare = tmp_path / "cache", tmp_path / "spare"
    (cache / "crisis-tui").mkdir(parents=True)
    (cache / "crisis-tui").chmod(0o777)
    spare.mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (spare / f"crisis-tui-{os.geteuid()}").symlink_to(elsewhere)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.setattr("tempfile.tempdir", str(spare))
    place = Path(zipapp_main.place())
    assert place.parent == spare
    assert not place.is_symlink()
    assert place.stat().st_mode & 0o777 == 0o700
