"""Feeds: how the ways in are doing."""

from __future__ import annotations

from enum import StrEnum

from data.models.base import Model, Moment, SafeLine


class FeedState(StrEnum):
    """The state of one feed in a word."""

    LIVE = "live"
    WAITING = "waiting"
    BROKEN = "broken"


class FeedHealth(Model):
    """One configured way in: when it last worked and what it says of itself."""

    name: SafeLine
    state: FeedState
    last_success: Moment | None
    message: SafeLine
    stored: int = 0
    quarantined: int = 0


class AgentState(Model):
    """The background process that last wrote to this store."""

    pid: int
    version: str
    beat_at: Moment
