"""`crisis-tui ingest`: NDJSON mentions in."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import gc
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from crisis_tui.cli import imports_that_stay
from crisis_tui.cli._run import DONE, USAGE, complain, places, print_json, say

HELP = "store mentions from an NDJSON file, or from standard input with -"


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE|- and --json."""
    parser.add_argument("file", metavar="FILE", help="one JSON object a line; - for standard input")
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")


@contextlib.contextmanager
def _opened(name: str) -> Iterator[int]:
    if name == "-":
        if sys.stdin is None:
            raise OSError(errno.EBADF, "standard input is closed")
        yield sys.stdin.fileno()
        return
    descriptor = os.open(name, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


async def _ingest(folder: Path, descriptor: int, name: str) -> dict[str, int]:
    with imports_that_stay():
        from data.sources.ndjson import read_stream
        from data.store import Store
        from data.store.mentions import Stored

    gc.set_threshold(100_000)  # a batch lives until it is stored: looking through it for garbage finds none
    total = Stored()
    async with Store.open(folder) as store:
        for batch in read_stream(descriptor, name):
            total += await store.mentions.add(batch.mentions, datetime.now(UTC), rejected=batch.rejected)
    counts = total.model_dump(exclude={"changed"})
    return {"read": sum(counts.values()), **counts}


def run(options: argparse.Namespace) -> int:
    """Store and count; bad lines go to quarantine and are no fault of the command."""
    try:
        with _opened(options.file) as descriptor:
            counts = asyncio.run(_ingest(places(options).store, descriptor, options.file))
    except IsADirectoryError:
        complain(
            f"{options.file} is a folder; name a file, or give the folder as a drop source in the settings."
        )
        return USAGE
    except OSError as error:
        complain(f"{options.file} can't be read ({error.strerror}); check its name and mode.")
        return USAGE
    if options.json:
        print_json(counts)
    else:
        say(
            f"{counts['read']:,} read: {counts['stored']:,} stored, {counts['duplicates']:,} known already, "
            f"{counts['quarantined']:,} in quarantine."
        )
        if counts["quarantined"]:
            say("Look at what was wrong with: crisis-tui doctor --quarantine")
    return DONE
