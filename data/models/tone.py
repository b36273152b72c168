"""Tone: what a reading says of a mention's sentiment."""

from __future__ import annotations

from enum import StrEnum


class Tone(StrEnum):
    """What a reading says of a mention's sentiment."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"
    UNSCORED = "unscored"
