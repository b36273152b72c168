"""`crisis-tui restore`: a store from a backup, checked before it is used."""

from __future__ import annotations

import argparse
from pathlib import Path

from crisis_tui.cli._run import DONE, places, say

HELP = "unpack a backup into a folder that has no store yet"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where from."""
    parser.add_argument("source", metavar="FILE", type=Path, help="a file that crisis-tui backup wrote")


def run(options: argparse.Namespace) -> int:
    """Check and unpack."""
    from data.store.backup import restore

    folder = places(options).store
    restore(options.source.expanduser().absolute(), folder)
    say(f"The store is in {folder}. Check its log with: crisis-tui --home {folder} audit verify")
    return DONE
