"""From a snapshot to the top and bottom lines. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from crisis_tui.dashboard.actions import ACTIONS, Place, first_key
from crisis_tui.dashboard.desk import Snapshot
from data.models.drill import Drill
from data.models.feed import FeedState
from data.text import SafeText, clean_line
from widgets.fit import cut
from widgets.lines import BottomLineModel, FeedAge, NearClock, TopLineModel

MessageKind = Literal["info", "warn", "error"]

_TOLD = (
    FeedState.BROKEN,
    FeedState.OFFLINE,
    FeedState.STOPPED,
    FeedState.DEGRADED,
    FeedState.UNUSABLE,
)
"""States of a feed that are told in full while nothing else is."""

_ALONE: tuple[Place, ...] = ("statement", "story", "feeds", "watches", "reading")
"""Places where the keys of the panes do nothing."""

_NEAR = 2
"""Clocks in the top line."""

_LABEL = 26
"""Cells of a clock's label: the time is what counts there."""


def top_line(snapshot: Snapshot, drill: Drill | None, now: datetime) -> TopLineModel:
    """Incident, level, T+ and the two nearest open steps with a time."""
    incident = snapshot.incident
    due = sorted(
        (
            NearClock(cut(item.title, _LABEL), item.due_at)
            for item in snapshot.checklist
            if item.due_at and not item.closed
        ),
        key=lambda near: near.due_at,
    )
    assessment = snapshot.assessment
    return TopLineModel(
        now=now,
        drill=drill.title if drill else None,
        title=incident.title if incident else None,
        level=assessment.level if assessment else None,
        score=assessment.score if assessment else None,
        trend=snapshot.trend,
        elapsed=max(now - incident.detected_at, timedelta(0)) if incident else None,
        clocks=tuple(due[:_NEAR]),
        as_of=snapshot.as_of,
    )


def hints(
    place: Place, keys: Mapping[str, str], extra: tuple[tuple[str, str], ...] = ()
) -> tuple[tuple[str, str], ...]:
    """The keys that matter where the person is, as (key, word)."""
    found = [
        (first_key(keys[action.id]), action.hint)
        for wanted in (place, "main", "anywhere")
        for action in ACTIONS
        if action.place == wanted and action.hint and not (wanted == "main" and place in _ALONE)
    ]
    return (*extra, *(hint for hint in found if hint not in extra))


def bottom_line(
    snapshot: Snapshot,
    now: datetime,
    *,
    unsaved: bool,
    message: str,
    kind: MessageKind,
    keys: tuple[tuple[str, str], ...],
    suggest: bool = False,
    feeds_key: str = "f",
) -> BottomLineModel:
    """Feeds with their age, the agent, what is unsaved, the last message, the keys that matter now.

    With `suggest` the line says what to do next while nothing else was said, because the gauge, which
    says so otherwise, is not in view.
    """
    alive = snapshot.agent_alive
    told = "" if message else _short(snapshot, feeds_key)
    return BottomLineModel(
        feeds=tuple(
            FeedAge(
                feed.name,
                feed.state,
                None if feed.last_success is None else max(now - feed.last_success, timedelta(0)),
            )
            for feed in snapshot.feeds
        ),
        agent="" if alive else "agent starting",
        agent_ok=alive,
        unsaved=unsaved,
        message=clean_line(message) if message else _standing_message(snapshot, suggest),
        message_kind=kind,
        keys=keys,
        feeds_key=feeds_key,
        short=clean_line(told),
    )


def _short(snapshot: Snapshot, feeds_key: str) -> str:
    """The one feed in trouble in a few words, and the key that shows all of it."""
    broken = [feed for feed in snapshot.feeds if feed.state in _TOLD]
    if len(broken) != 1:
        return ""
    return f"! {broken[0].name} {broken[0].state.value.upper()}: {feeds_key} says why"


def _standing_message(snapshot: Snapshot, suggest: bool) -> SafeText:
    """What the line says while nothing else was said."""
    if snapshot.pager_fault:
        return clean_line(snapshot.pager_fault)
    broken = [feed for feed in snapshot.feeds if feed.state in _TOLD]
    if len(broken) == 1:
        return clean_line(f"{broken[0].name}: {broken[0].message}")
    if snapshot.coach:
        return snapshot.coach
    return clean_line(f"Next: {snapshot.advice}") if suggest and snapshot.advice else SafeText("")
