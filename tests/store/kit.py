"""What the tests of the store and of all that stands on it need again and again."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from data.models.event import NewEvent
from data.models.mention import Mention

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
NOBODY = 65534

# What is loaded later could lie where only root may look.
_DROP_RIGHTS = """
import codecs, importlib, os, pkgutil
import concurrent.futures.thread, importlib.readers, importlib.resources.readers
import data, crisis_tui.agent, crisis_tui.analysis, crisis_tui.cli, crisis_tui.drills, tests.store.kit
for package in (data, crisis_tui.agent, crisis_tui.analysis, crisis_tui.cli, crisis_tui.drills):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
codecs.lookup("utf-16be")
importlib.resources.files("data.store").joinpath("migrations").is_dir()
if os.getuid() == 0:
    os.setgroups({groups})
    os.setgid({user})
    os.setuid({user})
"""


def fields(number: int, **changes: Any) -> dict[str, Any]:
    """One mention as a source sends it: number n was posted n seconds after noon."""
    posted = NOON + timedelta(seconds=number)
    return {
        "network": "x",
        "id": str(number),
        "text": f"words of post {number}",
        "created_at": posted.isoformat(),
    } | changes


def mention(number: int, **changes: Any) -> Mention:
    """The same as a model."""
    return Mention.model_validate(fields(number, **changes))


def line(number: int, **changes: Any) -> bytes:
    """The same as a line of NDJSON."""
    return json.dumps(fields(number, **changes)).encode() + b"\n"


def note(text: str = "seen", **body: Any) -> NewEvent:
    """An event that changes no table."""
    return NewEvent(kind="note.written", body={"text": text, **body})


def environment(**changes: str) -> dict[str, str]:
    """An environment in which the program of this working copy is found, and no settings of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "CRISIS_TUI"))}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **changes}


def cli(
    home: Path, *arguments: str, stdin: bytes = b"", timeout: float = 60, **env: str
) -> subprocess.CompletedProcess[bytes]:
    """Run one command of the program as a process of its own."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "crisis_tui", "--home", str(home), *arguments],
        input=stdin,
        capture_output=True,
        timeout=timeout,
        env=environment(**env),
        check=False,
    )


def start(home: Path, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    """Start one command of the program without waiting for it."""
    return subprocess.Popen(
        [sys.executable, "-m", "crisis_tui", "--home", str(home), *arguments],
        env=environment(),
        **{"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, **options},
    )


def python(
    code: str, *arguments: str | Path, timeout: float = 60, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run a piece of Python that may import the program."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        env=environment(),
        check=False,
        **options,
    )


def as_somebody(
    code: str, *arguments: str | Path, user: int = NOBODY, groups: Sequence[int] = (), umask: int = 0o077
) -> subprocess.CompletedProcess[str]:
    """Run a piece of Python as a person without special rights, where we may become one."""
    drop = _DROP_RIGHTS.format(user=user, groups=list(groups))
    return python(f"{drop}\n{textwrap.dedent(code)}", *arguments, umask=umask)


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 30) -> Any:
    """Wait until a condition gives something true, and return that."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"waited {seconds:g} s for: {what}"
        time.sleep(0.01)


@contextmanager
def public_folder() -> Iterator[Path]:
    """A new folder that every user of this host can reach."""
    folder = Path(tempfile.mkdtemp(prefix="crisis-tui-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def rows(path: Path, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Look into a file of the store from outside; an empty list while it has no tables."""
    connection = sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=30)
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


def number(path: Path, sql: str, *values: Any) -> int:
    """The single number that a query gives, 0 while the file, its tables or the row are not there yet."""
    try:
        return int(rows(path, sql, *values)[0][0])
    except (sqlite3.OperationalError, IndexError):
        return 0
