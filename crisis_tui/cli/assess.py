"""`crisis-tui assess`: the severity of the present or any past moment, with its reasons."""

from __future__ import annotations

import argparse
import asyncio
from datetime import datetime

from crisis_tui.cli._moments import moment
from crisis_tui.cli._run import DONE, print_json, say, settings
from data.models.assessment import Assessment
from data.models.severity import SeverityTable

HELP = "assess severity now or at a past moment, with all that led to it"


def arguments(parser: argparse.ArgumentParser) -> None:
    """--at and --json."""
    parser.add_argument("--at", metavar="TIME", type=moment, help="the moment to assess (default: now)")
    parser.add_argument("--json", action="store_true", help="print as JSON")


async def _assess(options: argparse.Namespace, at: datetime | None) -> Assessment:
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
        if at is not None:
            return await judge.shown(at)
        feeds = await store.feeds.all(clock.now())
        stale = tuple(feed.name for feed in feeds if feed.stale(clock.now()))
        return await judge.shown(clock.now(), stale)


def run(options: argparse.Namespace) -> int:
    """Assess and print, as the gauge shows it."""
    assessment = asyncio.run(_assess(options, options.at))
    if options.json:
        print_json(assessment.model_dump(mode="json"))
        return DONE
    say(f"{assessment.word} - score {assessment.score:.0f} of 100, by {assessment.by}: {assessment.reason}")
    say(f"at {assessment.at:%Y-%m-%d %H:%M} UTC, on {assessment.coverage:.0%} of the inputs"
        + (" - LOW CONFIDENCE" if assessment.low_confidence else ""))  # fmt: skip
    for each in assessment.contributions:
        raw = "-" if each.raw is None else f"{each.raw:g}"
        say(
            f"  {each.input:15} {each.points}/4 x{each.weight}  {raw} {each.unit};"
            f" {each.window}; {each.baseline}"
        )
    if assessment.missing:
        say(f"  no data: {', '.join(assessment.missing)}")
    say(assessment.next_change)
    return DONE
