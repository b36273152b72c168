"""Checks of the host: terminal, Python, SQLite, clock, settings, folder."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from crisis_tui import __version__
from crisis_tui.checks.base import Check
from crisis_tui.config import ConfigError, Settings, read
from crisis_tui.dashboard.keymap import resolved
from crisis_tui.paths import Paths
from crisis_tui.terminal import profile
from data.store import files
from data.store.connection import damaged_wal_possible
from data.text import clean_line

_SANE_YEARS = range(2024, 2100)


def program() -> Check:
    """Which versions run here."""
    return Check(
        name="program",
        state="ok",
        says=f"crisis-tui {__version__} on Python {platform.python_version()}, {platform.system()}",
    )


def sqlite() -> Check:
    """Is this SQLite one whose write-ahead log can be damaged by two processes?"""
    version = sqlite3.sqlite_version
    if damaged_wal_possible(sqlite3.sqlite_version_info):
        return Check(
            name="sqlite",
            state="note",
            says=f"SQLite {version} can damage a log that two programs fold at once; the store folds "
            "it under a lock of its own",
            mend="Open the store with crisis-tui only; SQLite 3.51.3 or newer needs no such care.",
        )
    return Check(name="sqlite", state="ok", says=f"SQLite {version}")


def terminal() -> Check:
    """What the dashboard will make of this terminal."""
    found = profile.detect(os.environ)
    if not found.usable:
        return Check(name="terminal", state="note", says=found.refusal)
    size = shutil.get_terminal_size()
    inside = f" in {found.multiplexer}" if found.multiplexer else ""
    says = (
        f"TERM={clean_line(os.environ.get('TERM', ''))}{inside}, {found.colours} colours, {size[0]}x{size[1]}"
    )
    if (size[0], size[1]) < (60, 15):
        return Check(name="terminal", state="note", says=says, mend="Make it at least 60x15.")
    return Check(name="terminal", state="ok", says=says)


def clock() -> Check:
    """Is the host's clock anywhere near the present?"""
    now = datetime.now(UTC)
    if now.year not in _SANE_YEARS:
        return Check(name="clock", state="fault", says=f"It is {now:%Y-%m-%d}.", mend="Set the host's clock.")
    return Check(name="clock", state="ok", says=f"{now:%Y-%m-%d %H:%M} UTC, here {now.astimezone():%H:%M %Z}")


def settings(paths: Paths) -> tuple[list[Check], Settings | None]:
    """Can the settings be used? One check for each fault in them; None where nothing can be used."""
    try:
        found = read(paths.config)
    except ConfigError as error:
        mend = "Correct that line, or move the file."
        return [Check(name="settings", state="fault", says=str(error), mend=mend)], None
    wrong = [fault.sentence for fault in found.faults]
    try:
        resolved(found.settings.keys)
    except ConfigError as error:
        wrong.append(f"{paths.config}: {error}")
    if wrong:
        mend = "Correct that line; a running agent takes it up within seconds."
        return [Check(name="settings", state="fault", says=each, mend=mend) for each in wrong], found.settings
    if not paths.config.exists():
        return [
            Check(
                name="settings",
                state="note",
                says=f"There are none at {paths.config}; the defaults hold.",
                mend="Write them with: crisis-tui init",
            )
        ], found.settings
    return [Check(name="settings", state="ok", says=str(paths.config))], found.settings


def folder(paths: Paths) -> Iterator[Check]:
    """Where the store lies: file system, room, and who can read it."""
    place = paths.store
    near = next(parent for parent in (place, *place.parents) if parent.exists())
    kind = files.file_system(near)
    if files.is_network(kind):
        yield Check(
            name="file system",
            state="fault",
            says=f"{place} lies on a network file system ({kind}).",
            mend="Choose a local folder with --home.",
        )
    else:
        yield Check(name="file system", state="ok", says=f"{kind or 'unknown'} under {near}")
    free = shutil.disk_usage(near).free
    if free < 64 * 1024 * 1024:
        yield Check(
            name="disk", state="fault", says=f"{free // 2**20} MB are free.", mend="Free at least 64 MB."
        )
    else:
        yield Check(name="disk", state="ok", says=f"{free // 2**20:,} MB are free")
    yield from _modes(place)


def _modes(place: Path) -> Iterator[Check]:
    if not place.exists():
        return
    shared = files.mode_for(place) == 0o660
    for name in (files.CRISIS_DB, files.MENTIONS_DB):
        path = place / name
        if not path.exists():
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & (0o007 if shared else 0o077):
            yield Check(
                name="permissions",
                state="fault",
                says=f"{path} can be read by others (mode {mode:o}).",
                mend=f"chmod {'660' if shared else '600'} {path}",
            )
            return
    yield Check(name="permissions", state="ok", says="shared with the group" if shared else "private to you")
