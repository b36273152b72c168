"""`crisis-tui backup`: the store in one file, copied online."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from crisis_tui.cli._run import DONE, places, say

HELP = "copy the store to one file while it is in use"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to."""
    parser.add_argument("target", metavar="FILE", type=Path, help="a file that does not exist yet")


async def _backup(folder: Path, target: Path) -> None:
    from data.store import Store

    async with Store.open(folder) as store:
        await store.backup(target)


def run(options: argparse.Namespace) -> int:
    """Copy."""
    target = options.target.expanduser().absolute()
    asyncio.run(_backup(places(options).store, target))
    say(f"The store was copied to {target}. To use it: crisis-tui --home NEW_FOLDER restore {target}")
    return DONE
