"""Rings once for each raise that is due an alert and that this dashboard has not seen yet."""

from __future__ import annotations

from textual.message import Message

from crisis_tui.dashboard.desk import Snapshot
from crisis_tui.dashboard.lines import MessageKind
from crisis_tui.terminal.notice import Wish
from data.models.level import Level


class Alarm(Message):
    """The level rose: the app rings, by `bell` and by a desktop `notice`."""

    def __init__(self, level: Level, *, drill: bool, bell: bool, notice: Wish) -> None:
        super().__init__()
        self.title = "DRILL crisis-tui" if drill else "crisis-tui"
        self.body = level.word
        self.bell = bell
        self.notice = notice


class Watchman:
    """Remembers the last alert that a dashboard saw."""

    def __init__(self, actor: str) -> None:
        self._actor = actor
        self._seen: str | None = None

    def rings(self, snapshot: Snapshot) -> bool:
        """Whether to ring for a snapshot: not for what stood at the start, nor for one's own raise."""
        due = snapshot.alert
        event = due.event if due is not None else ""
        first, new = self._seen is None, event not in ("", self._seen)
        if first or new:
            self._seen = event
        return new and not first and due is not None and due.by != self._actor


class PagerNews:
    """Says once that the pager can't be reached, and once that it was reached after all."""

    def __init__(self) -> None:
        self._told = ""

    def words(self, fault: str, shown: str) -> tuple[str, MessageKind] | None:
        """What to say now that `fault` holds and `shown` is the last message; None for nothing."""
        before, self._told = self._told, fault
        if fault == before:
            return None
        if fault:
            return (fault, "error") if not before or shown == before else None
        return ("The pager was reached.", "info") if shown == before else None
