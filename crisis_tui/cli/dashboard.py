"""`crisis-tui`: the dashboard."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from crisis_tui.cli import imports_that_stay
from crisis_tui.cli._run import DONE, USAGE, complain, home_arguments, settings
from crisis_tui.config import Settings
from crisis_tui.paths import Paths
from crisis_tui.terminal.profile import TerminalProfile
from data.models.drill import Drill

HELP = "open the dashboard (the same as no command at all)"


def arguments(parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(options: argparse.Namespace) -> int:
    """Open the dashboard; with nothing connected it offers the drills."""
    paths, chosen = settings(options)
    return open_dashboard(
        options, paths, chosen, offer_drills=not chosen.source and not paths.config.exists()
    )


def open_dashboard(
    options: argparse.Namespace,
    paths: Paths,
    chosen: Settings,
    *,
    drill: Drill | None = None,
    offer_drills: bool = False,
) -> int:
    """Show the dashboard on the store of these places until the person leaves."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        complain("The dashboard needs a terminal; for scripts there are commands: crisis-tui --help")
        return USAGE
    from crisis_tui.dashboard.keymap import resolved
    from crisis_tui.terminal import profile

    keys = resolved(chosen.keys)
    terminal = profile.detect(os.environ, colours=chosen.terminal.colours, mouse=chosen.terminal.mouse)
    if not terminal.usable:
        complain(terminal.refusal)
        return USAGE
    profile.apply(terminal, os.environ)
    result, code = asyncio.run(_show(options, paths, chosen, terminal, keys, drill, offer_drills))
    if result is None:
        return code
    from crisis_tui.cli.drill import prepare
    from data.library import read

    script = read.drill(result)
    place = asyncio.run(prepare(paths, script, speed=1.0, fresh=False))
    return open_dashboard(options, place, chosen, drill=script.drill)


async def _show(
    options: argparse.Namespace,
    paths: Paths,
    chosen: Settings,
    terminal: TerminalProfile,
    keys: dict[str, str],
    drill: Drill | None,
    offer_drills: bool,
) -> tuple[str | None, int]:
    with imports_that_stay():
        from crisis_tui.agent.child import AgentChild
        from crisis_tui.dashboard.app import CrisisApp
        from crisis_tui.dashboard.desk import Desk
        from crisis_tui.who import actor
        from data.store import Store

    async with Store.open(paths.store) as store:
        brand = drill.watch if drill else chosen.brand()
        desk = Desk(store, brand, actor(), drill)
        child = AgentChild(paths.store, [*home_arguments(options)], drill.name if drill else None)
        app = CrisisApp(desk, paths, terminal, keys, child=child, offer_drills=offer_drills)
        try:
            result = await app.run_async(mouse=terminal.mouse)
        finally:
            child.stop()
        return result, app.return_code or DONE
