"""`crisis-tui agent`: the background process, in the foreground."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from crisis_tui.cli._run import DONE, NO, complain, places, say, settings
from crisis_tui.paths import Paths

if TYPE_CHECKING:
    from crisis_tui.config import Reading

HELP = "collect, score and assess in the foreground until stopped"


def arguments(parser: argparse.ArgumentParser) -> None:
    """--once, and --child for our own use."""
    parser.add_argument("--once", action="store_true", help="poll every source one time and end")
    parser.add_argument("--drill", metavar="NAME", help=argparse.SUPPRESS)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)


def _settings(options: argparse.Namespace) -> tuple[Paths, Reading]:
    """Places and settings. A dashboard's agent runs on whatever they are, and takes them up once mended.

    Raises:
        ConfigError: nothing of the settings can be used, and somebody is there to read that.
    """
    from crisis_tui.config import ConfigError, Reading, Settings

    try:
        return settings(options)
    except ConfigError as error:
        if not options.child or error.fault is None:
            raise
        return places(options), Reading(Settings(), (error.fault,))


def run(options: argparse.Namespace) -> int:
    """Be the agent of the store."""
    from crisis_tui.agent.process import AgentRunsError, run

    paths, chosen = _settings(options)
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
