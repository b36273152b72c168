"""`crisis-tui agent`: the background process, in the foreground."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from typing import TYPE_CHECKING

from crisis_tui.cli._run import DONE, NO, complain, places, say, settings
from crisis_tui.paths import Paths

if TYPE_CHECKING:
    from crisis_tui.config import Reading

HELP = "collect, score and assess in the foreground until stopped"


def arguments(parser: argparse.ArgumentParser) -> None:
    """--once, and --child for our own use."""
    parser.add_argument(
        "--once",
        action="store_true",
        help="look at every source one time, now, also at those that wait for a person; 1 if one fails",
    )
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
    """Be the agent of the store; with --once, and where there is one, ask that one to look."""
    from crisis_tui.agent.ask import look_now
    from crisis_tui.agent.process import AgentRunsError, run

    paths, chosen = _settings(options)
    if options.drill:
        paths = paths.drill(options.drill)
    tell = _ignore if options.child else _tell
    try:
        read = asyncio.run(run(paths, chosen, once=options.once, with_parent=options.child, tell=tell))
    except AgentRunsError as error:
        if options.child:
            return DONE
        if not options.once:
            complain(str(error))
            return NO
        read = asyncio.run(look_now(paths.store, tell))
    return DONE if read and not (options.once and chosen.faults) else NO


def _tell(text: str) -> None:
    """One line at once, also into a pipe; who has stopped reading does not end the collecting."""
    with contextlib.suppress(OSError):
        say(text)
        sys.stdout.flush()


def _ignore(text: str) -> None:
    """Nobody reads what a child says."""
