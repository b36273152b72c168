"""`crisis-tui watch`: what a watch would have matched among the stored mentions."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from crisis_tui.cli._run import DONE, USAGE, complain, print_json, say, settings

if TYPE_CHECKING:
    from crisis_tui.watching import DryRun

HELP = "try the watches of the settings on what is stored"


def arguments(parser: argparse.ArgumentParser) -> None:
    """NAME, --json."""
    parser.add_argument("name", nargs="?", help="one watch; all of them where none is named")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(options: argparse.Namespace) -> int:
    """Try each watch; nothing is changed."""
    from crisis_tui.watching import dry_run
    from data.store import Store

    paths, found = settings(options)
    chosen = found.settings
    if options.name is not None and options.name not in chosen.watch:
        known = ", ".join(chosen.watch) or "none"
        complain(f'There is no watch "{options.name}" in {paths.config}; known: {known}.')
        return USAGE
    wanted = {name: each for name, each in chosen.watch.items() if options.name in (None, name)}

    async def tries() -> dict[str, DryRun]:
        async with Store.open(paths.store) as store:
            return {name: await dry_run(store, watch) for name, watch in wanted.items()}

    results = asyncio.run(tries()) if wanted else {}
    if options.json:
        print_json({name: each.model_dump(mode="json") for name, each in results.items()})
        return DONE
    if not results:
        say("There is no watch in the settings, so everything that the sources bring is taken.")
    for name, each in results.items():
        _print(name, each)
    return DONE


def _print(name: str, result: DryRun) -> None:
    say(f"{name}: {result.words}")
    for network, number in result.networks.items():
        say(f"  {number:7,}  {network}")
    for rival, number in result.competitors.items():
        say(f"  {number:7,}  name {rival}")
    for mark, examples in (("+", result.taken), ("-", result.left)):
        for each in examples[:5]:
            say(f"  {mark} {each}")
