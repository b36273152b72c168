"""`crisis-tui alert`: how a rise of the level reaches people, and whether it does."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crisis_tui.cli._run import DONE, NO, complain, print_json, say, settings
from crisis_tui.paths import Paths
from data.store.errors import StoreError

if TYPE_CHECKING:
    from crisis_tui.checks.base import Check
    from data.models.alert import Alert, AlertSettings, Outcome, Way

HELP = "how alerts reach people; --test sends one by every way and says what came of it"


def arguments(parser: argparse.ArgumentParser) -> None:
    """--test and --json."""
    parser.add_argument(
        "--test", action="store_true", help="send an alert that is marked as a test; 1 if one fails"
    )
    parser.add_argument("--json", action="store_true", help="print as JSON")


def run(options: argparse.Namespace) -> int:
    """Show the ways, or try them; 1 if one does not work."""
    paths, chosen = settings(options)
    return (_test if options.test else _show)(paths, chosen.settings.alert, options.json, bool(chosen.faults))


def _show(paths: Paths, chosen: AlertSettings, as_json: bool, faulty: bool) -> int:
    from crisis_tui.checks import alerts

    checks = [alerts.here(chosen), *asyncio.run(_ways(paths, chosen))]
    bad = faulty or any(check.state == "fault" for check in checks)
    if as_json:
        print_json({"ok": not bad, "checks": [check.model_dump() for check in checks]})
    else:
        for check in checks:
            say(f"{check.name}: {check.says}")
        if not chosen.ways:
            say(f"To page somebody, name a command or a webhook in [alert] of {paths.config}")
    return NO if bad else DONE


async def _ways(paths: Paths, chosen: AlertSettings) -> list[Check]:
    from crisis_tui.checks import alerts
    from data.store import Store, files

    if not (paths.store / files.CRISIS_DB).exists():
        return []
    async with Store.open(paths.store) as store:
        return await alerts.ways(store, chosen)


def _test(paths: Paths, chosen: AlertSettings, as_json: bool, faulty: bool) -> int:
    alert = _test_alert(chosen)
    outcomes = asyncio.run(_try(paths, chosen, alert))
    bad = faulty or any(not each.ok for each in outcomes.values())
    if as_json:
        found = [{"way": way, "ok": each.ok, "says": each.says} for way, each in outcomes.items()]
        print_json({"ok": not bad, "id": alert.id, "ways": found})
        return NO if bad else DONE
    for way, each in outcomes.items():
        say(f"{way}: {each.says}")
    if not outcomes:
        say(f"No pager was tried: name a command or a webhook in [alert] of {paths.config}")
    _ring(chosen)
    return NO if bad else DONE


def _test_alert(chosen: AlertSettings) -> Alert:
    from data.models.alert import Alert

    return Alert(
        id=f"test-{uuid.uuid4().hex}",
        test=True,
        level=chosen.from_level.word,
        number=int(chosen.from_level),
        before="Routine",
        at=datetime.now(UTC),
        by="test",
        text="TEST crisis-tui: only a test of the pager, nothing happened",
    )


async def _try(paths: Paths, chosen: AlertSettings, alert: Alert) -> dict[Way, Outcome]:
    """Try every way once, side by side, and keep what was found in the store if there is one."""
    from crisis_tui.agent.pagers import Pager, PagerError, pagers
    from data.models.alert import Outcome
    from data.store import Store, files
    from data.text import clean_line

    async def one(pager: Pager) -> Outcome:
        try:
            await pager.send(alert)
        except PagerError as error:
            ok, says = False, str(error)
        else:
            ok, says = True, "delivered"
        now = datetime.now(UTC)
        return Outcome(alert=alert.id, level=alert.level, at=now, ok=ok, says=clean_line(says))

    found = pagers(chosen)
    outcomes = dict(zip(found, await asyncio.gather(*map(one, found.values())), strict=True))
    if outcomes and (paths.store / files.CRISIS_DB).exists():
        try:
            async with Store.open(paths.store) as store:
                await store.alerts.save_tested(outcomes)
        except StoreError as error:
            complain(str(error))
    return outcomes


def _ring(chosen: AlertSettings) -> None:
    """The bell and the notice of this terminal, if this is one."""
    from crisis_tui.terminal import notice, profile

    if not sys.stdout.isatty():
        say("bell and notice: not tried, this is no terminal")
        return
    kind = notice.choose(chosen.notice, os.environ)
    if chosen.bell:
        sys.stdout.write(notice.BELL)
        say("bell: rung")
    if kind is not None:
        multiplexer = profile.detect(os.environ).multiplexer
        sys.stdout.write(notice.sequence("TEST crisis-tui", "only a test", kind, multiplexer))
        around = f", handed on by {multiplexer} if it is allowed to" if multiplexer else ""
        say(f"notice: sent ({kind}{around})")
    elif chosen.notice == "auto":
        say('notice: this terminal is not known to show one; if it does, set notice = "osc9" or "osc777"')
