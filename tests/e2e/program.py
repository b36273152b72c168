"""The program installed somewhere, run from another folder, with an empty home and no network."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.pty.harness import ROOT, Terminal

WHEELS = ROOT / "build" / "wheelhouse"
"""Where `make slow` puts the locked wheels, so that nothing here needs a network."""


@functools.cache
def unplugged() -> list[str]:
    """What to put before a command so that it has no network; nothing where that is not permitted."""
    tool = shutil.which("unshare")
    if tool is None:
        return []
    command = [tool, "--map-root-user", "--net"]
    return command if subprocess.run([*command, "true"], capture_output=True).returncode == 0 else []


@functools.cache
def pythons() -> dict[str, str]:
    """The other Pythons that were found here, by version as in 3.12."""
    listed = subprocess.run(
        [ROOT / "scripts" / "pythons", "newer"], capture_output=True, text=True, check=True
    )
    return dict(line.split(" ", 1) for line in listed.stdout.splitlines())


@dataclass(frozen=True)
class Program:
    """One installation, and the folder that it is run in."""

    command: Sequence[str]
    folder: Path

    @property
    def home(self) -> Path:
        """The home of whoever runs it; empty at first."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        return home

    def environment(self) -> dict[str, str]:
        """Next to nothing."""
        return {"PATH": os.defpath, "HOME": str(self.home), "LANG": "C.UTF-8", "TERM": "xterm-256color"}

    def run(self, *arguments: str, stdin: str = "", code: int = 0) -> str:
        """Run a command; gives its output, after looking at how it ended."""
        done = subprocess.run(
            [*unplugged(), *self.command, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=self.environment(),
            timeout=120,
        )
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout

    def json(self, *arguments: str, stdin: str = "", code: int = 0) -> Any:
        """Run a command that prints one JSON document."""
        return json.loads(self.run(*arguments, "--json", stdin=stdin, code=code))

    def terminal(self, *arguments: str) -> Terminal:
        """Run it on a terminal of 120 by 40."""
        enter = ["/bin/sh", "-c", 'cd "$0" && exec "$@"', str(self.folder)]
        clean = ["env", "-i", *(f"{name}={value}" for name, value in self.environment().items())]
        return Terminal([*enter, *clean, *unplugged(), *self.command, *arguments])


def mentions(count: int) -> str:
    """Some lines to read, the last of them broken."""
    start = datetime.now(UTC) - timedelta(hours=1)
    lines = [
        json.dumps(
            {
                "network": "mastodon",
                "id": str(each),
                "text": f"Order {each} never arrived, what a scam",
                "created_at": (start + timedelta(seconds=each)).isoformat(),
            }
        )
        for each in range(count)
    ]
    return "\n".join([*lines, "{broken"])
