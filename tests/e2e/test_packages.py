"""What the wheel and the source archive hold."""

from __future__ import annotations

import subprocess
import tarfile
import zipfile
from pathlib import Path

from tests.pty.harness import ROOT

PACKAGES = ("crisis_tui", "data", "widgets")


def _sources() -> set[str]:
    files = (each for package in PACKAGES for each in (ROOT / package).rglob("*") if each.is_file())
    return {str(each.relative_to(ROOT)) for each in files if "__pycache__" not in each.parts}


def test_the_wheel_holds_all_of_the_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    own = {each for each in names if ".dist-info/" not in each}
    assert own == _sources()
    assert {Path(each).suffix for each in own} >= {".py", ".tcss", ".sql", ".toml", ".txt", ".gz"}
    assert any(each.endswith("/licenses/LICENSE") for each in names)


def test_the_source_archive_holds_all_of_the_packages_and_no_tests(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        files = {each.name.split("/", 1)[1] for each in archive.getmembers() if each.isfile()}
    assert files >= _sources() | {"pyproject.toml", "README.md", "LICENSE"}
    assert not [each for each in files if each.startswith(("tests", "bench", "scripts", "build", "dist"))]


def test_the_locks_name_no_host_and_pin_by_hash() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        text = lock.read_text()
        assert "://" not in text
        assert text.count("==") <= text.count("--hash=sha256:")


def test_a_python_is_found_that_runs(tmp_path: Path) -> None:
    shim = tmp_path / "python3"
    shim.write_text("#!/bin/sh\necho 'command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    command = [str(ROOT / "scripts" / "pythons"), "first"]
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": str(tmp_path)}
    found = subprocess.run(command, capture_output=True, text=True, env=environment)
    if found.returncode:
        assert "No Python 3.11 or later" in found.stderr
    else:
        assert found.stdout.strip() != str(shim)
