"""`crisis-tui doctor`: what is wrong here, and how to mend it."""

from __future__ import annotations

import argparse
import asyncio
from datetime import UTC, datetime

from crisis_tui.checks.base import Check
from crisis_tui.cli._run import DONE, NO, places, print_json, say
from crisis_tui.config import Settings
from crisis_tui.paths import Paths
from data.store.errors import StoreError

HELP = "check terminal, store, permissions, feeds and library; say how to mend what is wrong"

_MARKS = {"ok": "ok   ", "note": "note ", "fault": "FAULT"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """--quarantine and --json."""
    parser.add_argument("--quarantine", action="store_true", help="list all lines that could not be read")
    parser.add_argument("--json", action="store_true", help="print as JSON")


async def _inside(paths: Paths, settings: Settings | None) -> list[Check]:
    """What is in the store; `settings` is None where they can't be used."""
    from crisis_tui.checks import alerts, inside, library
    from data.store import Store, files

    found = [*library.library(paths.playbooks, datetime.now(UTC).date())]
    if not (paths.store / files.CRISIS_DB).exists():
        says = "There is none yet; the dashboard or crisis-tui ingest makes it."
        return [*found, Check(name="store", state="note", says=says)]
    try:
        async with Store.open(paths.store) as store:
            found += [check async for check in inside.store(store)]
            if settings is not None:
                found += [check async for check in inside.feeds(store, settings)]
                found += await alerts.ways(store, settings.alert)
            else:
                found += await inside.feeds_known(store)
            found.append(await inside.agent(store))
    except StoreError as error:
        found.append(Check(name="store", state="fault", says=str(error)))
    return found


async def _secrets(paths: Paths, settings: Settings) -> list[Check]:
    from crisis_tui.agent.lock import held
    from crisis_tui.checks import listening

    return await listening.secrets(settings, agent_runs=held(paths.store))


async def _rejects(paths: Paths) -> list[tuple[str, int, str]]:
    from data.store import Store

    async with Store.open(paths.store) as store:
        return [*await store.mentions.rejects(await store.mentions.reject_count())]


def _list_rejects(paths: Paths, as_json: bool) -> int:
    rows = asyncio.run(_rejects(paths))
    if as_json:
        print_json([{"source": source, "line": line, "reason": reason} for source, line, reason in rows])
    else:
        for source, _, reason in rows:
            say(f"{source}: {reason}")
        say(f"{len(rows):,} in quarantine, the newest first.")
    return DONE


def run(options: argparse.Namespace) -> int:
    """Check everything, also where something is wrong already; 1 if there is a fault."""
    from crisis_tui.checks import alerts, listening, surroundings

    paths = places(options)
    if options.quarantine:
        return _list_rejects(paths, options.json)
    settings_checks, settings = surroundings.settings(paths)
    checks = [
        surroundings.program(),
        surroundings.terminal(),
        surroundings.sqlite(),
        surroundings.clock(),
        *settings_checks,
        *([alerts.here(settings.alert)] if settings else []),
        *surroundings.folder(paths),
        *(listening.watches(settings) if settings else ()),
        *(asyncio.run(_secrets(paths, settings)) if settings else ()),
        *asyncio.run(_inside(paths, settings)),
    ]
    faults = sum(check.state == "fault" for check in checks)
    if options.json:
        print_json({"ok": not faults, "checks": [check.model_dump() for check in checks]})
        return NO if faults else DONE
    for check in checks:
        say(f"{_MARKS[check.state]} {check.name}: {check.says}")
        if check.mend and check.state != "ok":
            say(f"      -> {check.mend}")
    say(f"{faults} fault{'s' if faults > 1 else ''}." if faults else "Nothing is wrong.")
    return NO if faults else DONE
