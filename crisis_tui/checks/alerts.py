"""Checks of the ways by which a rise of the level reaches people."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from crisis_tui.checks.base import Check
from crisis_tui.terminal import notice
from data.models.alert import AlertPlace, AlertSettings, Outcome, Way
from data.store import Store

_TRY = "Try it with: crisis-tui alert --test"


def here(settings: AlertSettings) -> Check:
    """When there are alerts, and what this terminal makes of them."""
    kind = notice.choose(settings.notice, os.environ)
    local = [*(["rings"] if settings.bell else []), *([f"gets a notice ({kind})"] if kind else [])]
    pager = " and ".join(settings.ways) or "no pager is configured"
    if settings.command and not _found(settings.command[0]):
        return Check(
            name="alerts",
            state="fault",
            says=f"{settings.command[0]}, the program of [alert] command, can't be found or run.",
            mend="Install it, or write its whole path.",
        )
    return Check(
        name="alerts",
        state="ok",
        says=f"from {settings.from_level.word} up, again after {settings.cool_down_minutes} minutes; "
        f"{pager}; this terminal {' and '.join(local) or 'stays silent'}",
    )


def _found(program: str) -> bool:
    """Is there such a program that may be run, here or on PATH?"""
    try:
        whole = str(Path(program).expanduser())
    except RuntimeError:  # a ~name that is nobody here
        whole = program
    return shutil.which(whole) is not None


async def ways(opened: Store, settings: AlertSettings) -> list[Check]:
    """What came of the last alert on each way that is configured."""
    place, tested = await opened.alerts.place(), await opened.alerts.tested()
    return [_way(way, place, tested.get(way)) for way in settings.ways]


def _way(way: Way, place: AlertPlace, test: Outcome | None) -> Check:
    found = place.ways.get(way)
    last = found.last if found else None
    newest = max((each for each in (last, test) if each), key=lambda each: each.at, default=None)
    name = f"alert {way}"
    waits = len(found.waiting) if found else 0
    if newest is None:
        if waits:
            return Check(
                name=name, state="note", says="an alert waits to be sent", mend="Start: crisis-tui agent"
            )
        return Check(name=name, state="note", says="was never used", mend=_TRY)
    what = "test" if newest is test else newest.level
    when = f"{what}, {newest.at:%Y-%m-%d %H:%M} UTC"
    if newest.ok:
        return Check(name=name, state="ok", says=f"took the last alert ({when})")
    more = "failed" if newest is not last else "it is tried again" if waits else "it was given up"
    return Check(
        name=name,
        state="fault",
        says=f"The pager could not be reached: {newest.says} ({when}; {more})",
        mend=_TRY,
    )
