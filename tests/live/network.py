"""A whole Bluesky network on loopback as a child process; see README.md for what it needs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pytest

HERE = Path(__file__).parent
START_S = 180.0
"""Longest time in seconds until the network is ready; a slow machine needs most of it for the database."""

END_S = 30.0
PAUSE_S = 3.0
"""How long in seconds a server that is not ours may take until a post can be read."""

_NAMED = {"": "brand", "OTHER_": "anna", "THIRD_": "ben"}
"""Who acts for whom where the environment names accounts."""


@dataclass(frozen=True)
class Account:
    """Somebody who can log in; `password` is an app password."""

    handle: str
    password: str


@dataclass
class Network:
    """A server with accounts on it.

    `missing` names what the AppView lacks, empty where notifications and
    search work. `ours` is False for a server that somebody named: nobody tells
    us when a post can be read there, and its limits are not ours to use up.
    """

    url: str
    accounts: dict[str, Account]
    missing: str = ""
    ours: bool = True
    child: subprocess.Popen[str] | None = field(default=None, repr=False)

    async def settled(self) -> None:
        """Wait until all that was posted can be read."""
        if self.child is None:
            await asyncio.sleep(PAUSE_S)
            return
        await asyncio.to_thread(_ask, self.child)


def _ask(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.write("settle\n")
    child.stdin.flush()
    _line(child, END_S)


def _line(child: subprocess.Popen[str], seconds: float) -> dict[str, Any]:
    """The next line of JSON that the child prints.

    Raises:
        RuntimeError: it ended, or did not print one in time and was ended.
    """
    assert child.stdout is not None
    clock = threading.Timer(seconds, child.kill)
    clock.start()
    try:
        for line in child.stdout:
            if line.startswith("{"):
                found: dict[str, Any] = json.loads(line)
                return found
    finally:
        clock.cancel()
    raise RuntimeError(f"the network ended, or said nothing for {seconds:g} s")


def _major(node: str) -> int:
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=True)
        return int(said.stdout.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


def found() -> tuple[str, Path]:
    """Node and the folder of its packages; skips the test where they are missing."""
    modules = Path(os.environ.get("CRISIS_TUI_TEST_NODE_MODULES") or HERE / "node_modules").absolute()
    if not (modules / "@atproto" / "dev-env" / "package.json").is_file():
        pytest.skip(f"@atproto/dev-env is not installed in {modules}; see tests/live/README.md")
    own = modules / ".bin" / "node"
    node = str(own) if own.exists() else shutil.which("node")
    if node is None or _major(node) < 22:
        pytest.skip("there is no Node 22 or later; see tests/live/README.md")
    return node, modules


def named() -> Network | None:
    """The server that the environment names, if it names one."""
    here = {
        name: os.environ.get(f"CRISIS_TUI_TEST_BLUESKY_{name}", "")
        for name in ("URL", *(f"{who}{what}" for who in _NAMED for what in ("HANDLE", "PASSWORD")))
    }
    if not here["URL"]:
        return None
    accounts = {
        name: Account(here[f"{who}HANDLE"], here[f"{who}PASSWORD"])
        for who, name in _NAMED.items()
        if here[f"{who}HANDLE"]
    }
    return Network(here["URL"].rstrip("/"), accounts, ours=False)


def _failed(log: IO[str], error: RuntimeError) -> RuntimeError:
    log.seek(0)
    return RuntimeError(f"{error}:\n{log.read()[-4000:]}")


@contextlib.contextmanager
def started(*, appview: bool = True) -> Iterator[Network]:
    """The network for as long as the block runs, without an AppView if so wanted; no file of it stays.

    Raises:
        RuntimeError: it did not start; with what it printed.
    """
    node, modules = found()
    with (
        tempfile.TemporaryDirectory(prefix="crisis-live-") as folder,
        (Path(folder) / "log").open("w+", encoding="utf-8") as log,
        subprocess.Popen(
            [node, str(HERE / "bluesky.mjs"), str(modules), folder, *([] if appview else ["alone"])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as child,
    ):
        try:
            ready = _line(child, START_S)
            accounts = {
                name: Account(each["handle"], each["password"]) for name, each in ready["accounts"].items()
            }
            yield Network(ready["url"], accounts, missing=ready["missing"], child=child)
        except RuntimeError as error:
            raise _failed(log, error) from None
        finally:
            assert child.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                child.stdin.close()
            try:
                child.wait(END_S)
            except subprocess.TimeoutExpired:
                child.kill()
