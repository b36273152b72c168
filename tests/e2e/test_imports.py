"""Scripts pay for no screen: only the dashboard imports Textual, and nothing under data does."""

from __future__ import annotations

import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

from crisis_tui import cli
from tests.e2e.program import mentions
from tests.pty.harness import ROOT

SAMPLES = {
    "agent": ["agent", "--once"],
    "assess": ["assess", "--json"],
    "audit": ["audit", "verify", "--json"],
    "backup": ["backup", "copy.db"],
    "doctor": ["doctor", "--json"],
    "drill": ["drill"],
    "ingest": ["ingest", "-", "--json"],
    "init": ["init", "--yes"],
    "keys": ["keys", "--json"],
    "mentions": ["mentions", "--json"],
}
"""A real call of each command; one that is not here is only asked for its help."""

REPORT = """
import sys
from crisis_tui.cli import main
try:
    code = main(sys.argv[1:])
except SystemExit as end:
    code = end.code
heavy = {name.partition(".")[0] for name in sys.modules} & {"textual", "rich", "widgets"}
print("code", code, "heavy", sorted(heavy), file=sys.stderr)
"""

WALK = """
import importlib, pkgutil, sys
import data
for module in pkgutil.walk_packages(data.__path__, "data."):
    importlib.import_module(module.name)
print(sorted({name.partition(".")[0] for name in sys.modules} & {"textual", "rich", "widgets", "crisis_tui"}))
"""


def _commands() -> list[str]:
    names = [each.name for each in pkgutil.iter_modules(cli.__path__)]
    return [each for each in names if not each.startswith("_") and each != "dashboard"]


def _python(folder: Path, code: str, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.defpath, "HOME": str(folder), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        timeout=60,
    )


@pytest.mark.parametrize("name", _commands())
def test_no_command_pays_for_the_screen(name: str, tmp_path: Path) -> None:
    done = _python(tmp_path, REPORT, *SAMPLES.get(name, [name, "--help"]), stdin=mentions(3))
    assert done.stderr.splitlines()[-1] in ("code 0 heavy []", "code 1 heavy []"), done.stderr


@pytest.mark.slow
def test_a_headless_drill_pays_for_no_screen(tmp_path: Path) -> None:
    done = _python(tmp_path, REPORT, "drill", "viral-review", "--headless", "--json")
    assert done.stderr.splitlines()[-1] == "code 0 heavy []"


def test_nothing_under_data_knows_a_terminal(tmp_path: Path) -> None:
    done = _python(tmp_path, WALK)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
