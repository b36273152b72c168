"""`crisis-tui`: the dashboard."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from crisis_tui.cli import imports_that_stay
from crisis_tui.cli._run import DONE, USAGE, complain, home_arguments, places
from crisis_tui.cli._wishes import terminal_wishes
from crisis_tui.paths import Paths
from crisis_tui.terminal.profile import TerminalProfile

if TYPE_CHECKING:
    from data.models.drill import Drill

HELP = "open the dashboard (the same as no command at all)"


def arguments(parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(options: argparse.Namespace) -> int:
    """Open the dashboard; with nothing connected it offers the drills."""
    return open_dashboard(options, places(options))


def open_dashboard(options: argparse.Namespace, paths: Paths, drill: Drill | None = None) -> int:
    """Show the dashboard on the store of these places until the person leaves.

    Raises:
        ConfigError: nothing of the settings can be used.
        LibraryError, StoreError: it can't be shown.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        complain("The dashboard needs a terminal; for scripts there are commands: crisis-tui --help")
        return USAGE
    from crisis_tui.terminal import profile

    wishes = terminal_wishes(paths.config)
    terminal = profile.detect(os.environ, colours=wishes.colours, mouse=wishes.mouse)
    if not terminal.usable:
        complain(terminal.refusal)
        return USAGE
    if wishes.theme and terminal.colours in ("256", "truecolor"):
        terminal = replace(terminal, theme=wishes.theme)
    profile.apply(terminal, os.environ)
    result, code = asyncio.run(_show(options, paths, terminal, drill))
    if result is None:
        return code
    from crisis_tui.cli.drill import prepare
    from data.library import read

    script = read.drill(result)
    place = asyncio.run(prepare(paths, script, speed=1.0, fresh=False))
    return open_dashboard(options, place, script.drill)


async def _show(
    options: argparse.Namespace, paths: Paths, terminal: TerminalProfile, drill: Drill | None
) -> tuple[str | None, int]:
    with imports_that_stay():
        from crisis_tui.dashboard.app import CrisisApp, Work

    async with contextlib.AsyncExitStack() as stack:

        async def opening() -> Work:
            with imports_that_stay():
                from crisis_tui.agent.child import AgentChild
                from crisis_tui.config import ConfigError, read
                from crisis_tui.dashboard.desk import Desk
                from crisis_tui.dashboard.keymap import resolved
                from crisis_tui.dashboard.opening import on_desk
                from crisis_tui.who import actor
                from data.models.severity import SeverityTable
                from data.store import Store

            chosen, notice = read(paths.config).settings, ""
            try:
                keys = resolved(chosen.keys)
            except ConfigError as error:
                keys, notice = resolved({}), f"{error} Until then the keys are as they ship."
            store = await stack.enter_async_context(Store.open(paths.store))
            desk = Desk(
                store,
                drill.watch if drill else chosen.brand(),
                actor(),
                drill,
                table=SeverityTable() if drill else chosen.severity,
            )
            desk.alert = chosen.alert
            child = AgentChild(paths.store, [*home_arguments(options)], drill.name if drill else None)
            stack.callback(child.stop)
            offer = drill is None and not chosen.source and not paths.config.exists()
            return await on_desk(desk, paths, keys, child=child, offer_drills=offer, notice=notice)()

        app = CrisisApp(opening, paths, terminal)
        result = await app.run_async(mouse=terminal.mouse)
    if app.fault is not None:
        raise app.fault
    return result, app.return_code or DONE
