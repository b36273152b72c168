"""`crisis-tui audit`: the log of events proves itself."""

from __future__ import annotations

import argparse
import asyncio
import sys

from crisis_tui.cli import home_parser
from crisis_tui.cli._run import DONE, NO, places, print_json, say

HELP = "verify, rebuild or export the log of events"


def arguments(parser: argparse.ArgumentParser) -> None:
    """verify, rebuild --check, export."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    verify = actions.add_parser("verify", parents=[home_parser()], help="walk the hash chain of each replica")
    verify.add_argument("--json", action="store_true", help="print as JSON")
    rebuild = actions.add_parser(
        "rebuild", parents=[home_parser()], help="replay all events into empty tables and compare"
    )
    rebuild.add_argument("--check", action="store_true", required=True, help="compare only; change nothing")
    rebuild.add_argument("--json", action="store_true", help="print as JSON")
    actions.add_parser("export", parents=[home_parser()], help="print all events as NDJSON")


async def _audit(options: argparse.Namespace) -> int:
    from data.store import Store

    async with Store.open(places(options).store) as store:
        if options.action == "export":
            place = 0
            while rows := await store.events.after(place):
                place = rows[-1][0]
                sys.stdout.writelines(event.model_dump_json() + "\n" for _, event in rows)
            return DONE
        events = store.events
        result = await (events.verify() if options.action == "verify" else events.rebuild_check())
    if options.json:
        print_json(result.model_dump())
    elif result.ok:
        say(f"{result.events:,} events, all in order.")
    else:
        say(f"Not in order after {result.events:,} events: {result.fault}")
    return DONE if result.ok else NO


def run(options: argparse.Namespace) -> int:
    """Verify, compare or export."""
    return asyncio.run(_audit(options))
