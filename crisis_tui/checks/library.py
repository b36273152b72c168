"""Checks of the library: drills, playbooks, and how long ago somebody read these."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from crisis_tui.checks.base import Check
from crisis_tui.playbooks import shelf
from data.library import read
from data.library.read import LibraryError
from data.models.playbook import CrisisType, Playbook

REVIEW_MONTHS = 12
"""A playbook that nobody has read for longer is told (our own proposal)."""


def library(folder: Path, today: date) -> Iterator[Check]:
    """Is what ships whole, and are the playbooks, also the user's own in a folder, usable and fresh?"""
    try:
        drills = [read.drill(name).drill.name for name in read.drill_names()]
        found = shelf(folder)
    except LibraryError as error:
        yield Check(name="library", state="fault", says=str(error), mend="Install crisis-tui again.")
        return
    yield Check(name="library", state="ok", says=f"{len(found.books)} playbooks; drills: {', '.join(drills)}")
    for name, book in found.books.items():
        yield _playbook(book, folder / f"{name}.toml", today, own=name in found.own)
    for fault in found.faults:
        yield Check(
            name=f"playbook {fault.path.stem}",
            state="fault",
            says=fault.sentence,
            mend=f"Correct that line; until then {_instead(fault.path.stem)}.",
        )


def _playbook(book: Playbook, own_file: Path, today: date, *, own: bool) -> Check:
    says = (
        f"{book.title}; {len(book.step)} steps, reviewed on {book.reviewed_on}, {'own' if own else 'shipped'}"
    )
    name = f"playbook {book.id}"
    if book.reviewed_on > today:
        mend = f"Write in {own_file} the day on which somebody read it, or set the host's clock."
        return Check(name=name, state="note", says=f"{says}: that day is still to come", mend=mend)
    if _months(book.reviewed_on, today) < REVIEW_MONTHS:
        return Check(name=name, state="ok", says=says)
    copy = "" if own else f"crisis-tui playbook {book.id} > {own_file}, then: "
    return Check(
        name=name,
        state="note",
        says=f"{says}: more than {REVIEW_MONTHS} months ago",
        mend=f"{copy}read it with those who act by it, and set reviewed_on in {own_file}.",
    )


def _instead(name: str) -> str:
    return "the shipped one is used" if name in {kind.value for kind in CrisisType} else "it is left out"


def _months(start: date, end: date) -> int:
    """Whole months from one day to a later one."""
    return (end.year - start.year) * 12 + end.month - start.month - (end.day <= start.day)
