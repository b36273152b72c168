"""What a child process costs: CPU seconds, counted by the kernel, so that other load hardly matters."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def python(*arguments: str) -> list[str]:
    """A command of this very environment."""
    return [sys.executable, *arguments]


def environment() -> dict[str, str]:
    """The same for every child: a plain terminal with 256 colours, compiled modules allowed."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {**kept, "TERM": "xterm-256color", "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}


def cpu_of(command: Sequence[str]) -> float:
    """CPU seconds of a command from its start to its end.

    Raises:
        RuntimeError: it failed.
    """
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment(), cwd=ROOT
    ) as child:
        faults = child.stderr.read() if child.stderr else b""
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {faults.decode('utf-8', 'replace')}")
    return usage.ru_utime + usage.ru_stime


def cpu_so_far(pid: int) -> float:
    """CPU seconds that a running process has used in all its threads (Linux)."""
    import time

    process_clock = (~pid << 3) | 2  # what clock_getcpuclockid(3) gives for a process
    return time.clock_gettime(process_clock)
