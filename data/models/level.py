"""Levels of severity; always shown as a word, never as a number alone."""

from __future__ import annotations

from enum import IntEnum


class Level(IntEnum):
    """How serious it is: numbers rise with seriousness. Names: PagerDuty's crisis glossary."""

    ROUTINE = 0
    EMERGENT = 1
    INCIDENT = 2
    CRISIS = 3
    EMERGENCY = 4

    @property
    def word(self) -> str:
        """The word a person reads."""
        return _WORDS[self]

    @property
    def glyph(self) -> str:
        """A mark of one to four ASCII characters, so that colour is never alone."""
        return _GLYPHS[self]


_WORDS = ("Routine", "Emergent issue", "Incident", "Crisis", "Emergency")
_GLYPHS = (".", "+", "!", "!!", "!!!")
