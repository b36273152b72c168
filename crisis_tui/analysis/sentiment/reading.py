"""What a text was read as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Label = Literal["negative", "neutral", "positive", "unscored"]

CLASSES: tuple[Label, Label, Label] = ("negative", "neutral", "positive")
"""The labels that a reading can decide on, in the order of the columns of a model."""


@dataclass(frozen=True, slots=True)
class SentimentReading:
    """What a text was read as, how strongly, and the words that drove it.

    `score` lies in [-1, 1] and has the sign of the label; `words` are at most six, strongest first.
    """

    label: Label
    score: float
    words: tuple[str, ...]


UNSCORED = SentimentReading("unscored", 0.0, ())
"""Nobody has read it: not the same as neutral, and left out of every share."""
