"""`crisis-tui assess`: the severity of the present or any past moment, with its reasons."""

from __future__ import annotations

import argparse
import asyncio
import shutil
from datetime import datetime, timedelta

from crisis_tui.cli._moments import moment
from crisis_tui.cli._run import DONE, print_json, say, settings
from data.models.assessment import Assessment
from data.models.severity import SeverityTable

HELP = "assess severity now or at a past moment, with all that led to it"

LEAST_WIDTH, MOST_WIDTH = 40, 100
"""Cells of the lines that are printed, as the terminal has room."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """--at and --json."""
    parser.add_argument("--at", metavar="TIME", type=moment, help="the moment to assess (default: now)")
    parser.add_argument("--json", action="store_true", help="print as JSON")


async def _assess(options: argparse.Namespace, at: datetime | None) -> tuple[Assessment, float | None, bool]:
    """The assessment, how many points the score moved in the hour before, and whether it is a drill.

    The move is None for JSON, which does not tell it.
    """
    from crisis_tui.agent.judge import Judge
    from crisis_tui.agent.process import brand_of
    from crisis_tui.agent.score import catch_up
    from crisis_tui.clock import SystemClock
    from crisis_tui.drills.clock import DrillClock
    from data.store import Store

    paths, chosen = settings(options)
    async with Store.open(paths.store) as store:
        await catch_up(store, chosen.settings.watch)
        drill = await store.standing.drill_time()
        clock = DrillClock(drill) if drill else SystemClock()
        brand = brand_of(chosen.settings, drill.name if drill else None)
        judge = Judge(store, brand, SeverityTable() if drill else chosen.settings.severity)
        moment, stale = at or clock.now(), None
        before = None if options.json else await judge.shown(moment - timedelta(hours=1))
        if at is None:
            feeds = await store.feeds.all(moment)
            stale = tuple(feed.name for feed in feeds if feed.stale(moment))
        found = await judge.shown(moment, stale)
        return found, found.score - before.score if before else None, drill is not None


def run(options: argparse.Namespace) -> int:
    """Assess and print, as the gauge shows it."""
    assessment, trend, drill = asyncio.run(_assess(options, options.at))
    if options.json:
        print_json(assessment.model_dump(mode="json"))
        return DONE
    from widgets.ink import plain
    from widgets.why_lines import WhyView, why_lines

    width = max(min(shutil.get_terminal_size((MOST_WIDTH, 24)).columns, MOST_WIDTH), LEAST_WIDTH)
    say(plain(why_lines(WhyView(assessment, trend, options.at, zone=None, drill=drill), width)).rstrip("\n"))
    return DONE
