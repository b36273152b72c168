"""Reads feeds in a process of its own, which can be killed; started by `feed_reader`.

feedparser took 188 s on one document with 100,000 attributes, and a thread can't
be stopped. So a feed is parsed here, with little memory and little processor
time, and only short plain JSON goes back. Over standard input come pairs of
frames (a JSON object, then the body), over standard output go a head, as many
entries as it says, and a tail. A frame is its length in 4 bytes, then that many
bytes. The process ends when its input does, so also when its parent is killed.
"""

from __future__ import annotations

import gc
import json
import math
import os
import resource
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

from data.sources.feed.document import documents
from data.sources.markup import plain

NO_MEMORY = 71
"""How the process ends when a document took all the memory that it may have (EX_OSERR of sysexits)."""

_RENEW_KB = 8 * 1024


def _status(name: str) -> int:
    """A line of /proc/self/status in kB; 0 where there is none."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)


def _peak() -> int:
    return _status("VmHWM") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _limit(kind: int, most: int) -> None:
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def limit_memory(growth: int) -> None:
    """Let memory grow by so many bytes from here; where the system says how much there is (Linux)."""
    for kind, name in ((resource.RLIMIT_DATA, "VmData"), (resource.RLIMIT_AS, "VmSize")):
        have = _status(name) * 1024
        if have:
            _limit(kind, have + growth)
    _limit(resource.RLIMIT_CORE, 0)


def limit_time(seconds: float) -> None:
    """Die of SIGXCPU after so many more seconds of processor time, rounded up."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime + seconds))


def _frame(source: BinaryIO) -> bytes | None:
    size = source.read(4)
    if len(size) < 4:
        return None
    length = struct.unpack(">I", size)[0]
    content = source.read(length)
    return content if len(content) == length else None


def _send(sink: BinaryIO, frames: Iterable[dict[str, Any]]) -> None:
    for each in frames:
        content = json.dumps(each).encode("ascii")
        sink.write(struct.pack(">I", len(content)) + content)
    sink.flush()


def _one(source: BinaryIO, sink: BinaryIO, idle: int) -> bool:
    """Read one document and tell of it; False when there will be no more."""
    head = _frame(source)
    body = _frame(source) if head is not None else None
    if head is None or body is None:
        return False
    ask = json.loads(head)
    limit_time(float(ask.pop("seconds")))
    found = documents(body, ask)
    del body
    try:
        _send(sink, found)
    except MemoryError:
        raise
    except Exception as error:
        _send(sink, [{"fault": type(error).__name__}])
        return True
    del found
    gc.collect()
    last = _peak() - idle > _RENEW_KB
    _send(sink, [{"last": last, "peak_kb": _peak()}])
    return not last


def main() -> None:
    """Serve until standard input ends."""
    import feedparser  # noqa: F401 - loaded before memory is limited

    plain("<p>&amp;</p>")
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # What a library might print must not stand between the frames.
    os.dup2(2, 1)
    gc.collect()
    # What is loaded stays, so that looking for garbage after each document costs little.
    gc.freeze()
    limit_memory(int(sys.argv[1]))
    idle = _peak()
    _send(sink, [{"idle_kb": idle}])
    try:
        while _one(source, sink, idle):
            pass
    except MemoryError:
        # There is none left to say so in words.
        os._exit(NO_MEMORY)


if __name__ == "__main__":
    main()
