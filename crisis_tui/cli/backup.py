"""`crisis-tui backup`: an online copy of the store."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from crisis_tui.cli._run import DONE, places, say

HELP = "copy the store to a new folder while it is in use"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where to."""
    parser.add_argument("target", metavar="FOLDER", type=Path, help="a folder that does not exist yet")


async def _backup(folder: Path, target: Path) -> None:
    from data.store import Store

    async with Store.open(folder) as store:
        await store.backup(target)


def run(options: argparse.Namespace) -> int:
    """Copy."""
    target = options.target.expanduser().absolute()
    asyncio.run(_backup(places(options).store, target))
    say(f"The store was copied to {target}. To use it: crisis-tui --home {target}")
    return DONE
