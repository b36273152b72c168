"""What is built once for all: wheel, source archive, installations and the single file."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts import zipapp
from tests.e2e.program import WHEELS, pythons, unplugged
from tests.pty.harness import ROOT

HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"
PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the wheel and the source archive, built without a network."""
    folder = tmp_path_factory.mktemp("built")
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--sdist", "--outdir", str(folder)]
    done = subprocess.run([*unplugged(), *command, str(ROOT)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="session")
def wheel(built: Path) -> Path:
    """The built wheel."""
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def sdist(built: Path) -> Path:
    """The built source archive."""
    (found,) = built.glob("*.tar.gz")
    return found


def python_of(version: str) -> str:
    """The Python of that version, or skip."""
    if version == HERE:
        return sys.executable
    if version not in pythons():
        pytest.skip(f"no Python {version} was found here")
    return pythons()[version]


@pytest.fixture(scope="session")
def install(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Installs the wheel into a new environment of that Python, without a network."""

    def into(version: str) -> Path:
        python = python_of(version)
        folder = tmp_path_factory.mktemp(f"env-{version}")
        subprocess.run([python, "-m", "venv", "--without-pip", folder], check=True)
        inside = [*unplugged(), *PIP, "--python", str(folder / "bin" / "python"), "install", "--no-index"]
        subprocess.run([*inside, "--no-deps", str(wheel)], check=True)
        if (WHEELS / ".stamp").exists():
            locked = ["--find-links", str(WHEELS), "--require-hashes", "-r", str(ROOT / "requirements.lock")]
            subprocess.run([*inside, *locked], check=True)
        elif version == HERE:
            (place,) = folder.glob("lib/python*/site-packages")
            (place / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
        else:
            pytest.skip("the locked wheels for it were not fetched; make slow does that")
        return folder

    return into


@pytest.fixture(scope="session")
def pyz(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The single file, and the compiled builds that it holds."""
    output = tmp_path_factory.mktemp("pyz") / "crisis-tui.pyz"
    return output, zipapp.build(ROOT / "requirements.lock", WHEELS, output)
