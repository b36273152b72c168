"""`crisis-tui agent`: the background process, in the foreground."""

from __future__ import annotations

import argparse
import asyncio

from crisis_tui.cli._run import DONE, NO, complain, say, settings

HELP = "collect, score and assess in the foreground until stopped"


def arguments(parser: argparse.ArgumentParser) -> None:
    """--once, and --child for our own use."""
    parser.add_argument("--once", action="store_true", help="poll every source one time and end")
    parser.add_argument("--drill", metavar="NAME", help=argparse.SUPPRESS)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> int:
    """Be the agent of the store."""
    from crisis_tui.agent.process import AgentRunsError, run

    paths, chosen = settings(options)
    if options.drill:
        paths = paths.drill(options.drill)
    try:
        asyncio.run(run(paths, chosen, once=options.once, with_parent=options.child, tell=say))
    except AgentRunsError as error:
        if options.child:
            return DONE
        complain(str(error))
        return NO
    return DONE
