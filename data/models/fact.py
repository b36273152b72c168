"""Facts that a person states about a crisis, and the level below which each of them holds it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from data.models.base import Model, Moment, SafeLine
from data.models.level import Level


class Fact(StrEnum):
    """What can be known or not. The first four are floors of their own, the others count together.

    Sources: the floors of our severity model (our own proposal); the eight
    questions of CASE's first steps for crisis communication, in our words.
    """

    INJURY = "injury"
    EXPOSED = "exposed"
    RECALL = "recall"
    CRIME = "crime"
    THREAT = "threat"
    UNAWARE = "unaware"
    GOING_ON = "going_on"
    REPEATED = "repeated"
    UNCONTAINED = "uncontained"
    ILLEGAL = "illegal"
    VISUAL = "visual"
    VIRAL = "viral"

    @property
    def level(self) -> Level:
        """The least level while it holds alone."""
        return _LEVELS.get(self.value, Level.EMERGENT)

    @property
    def words(self) -> str:
        """What holds, as a statement."""
        return _WORDS[self.value][0]

    @property
    def question(self) -> str:
        """What a person must answer."""
        return _WORDS[self.value][1]


_LEVELS = {
    "injury": Level.EMERGENCY,
    "exposed": Level.CRISIS,
    "recall": Level.CRISIS,
    "crime": Level.INCIDENT,
}
_WORDS = {
    "injury": ("people are hurt or in danger", "Is anybody hurt, dead or in danger?"),
    "exposed": ("personal data is exposed", "Is personal data exposed, or is there a leak to be believed?"),
    "recall": ("a recall or a regulator is involved", "Is there a recall, or has a regulator been in touch?"),
    "crime": (
        "a crime, discrimination or harm to children is claimed",
        "Does anybody claim a crime, discrimination or harm to children?",
    ),
    "threat": ("something threatens now", "Does something threaten people or us right now?"),
    "unaware": ("the leadership does not know", "Is there somebody in charge who does not know yet?"),
    "going_on": ("it still goes on", "Is it still going on?"),
    "repeated": ("it is no single case", "Has it happened before, or elsewhere?"),
    "uncontained": ("it is not contained", "Is it out of our hands?"),
    "illegal": ("something illegal happened", "Did something illegal happen?"),
    "visual": ("there are pictures", "Are there pictures or a video?"),
    "viral": ("it spreads by itself", "Does it spread by itself?"),
}

MANY = 3
"""So many of the smaller facts together hold the level at Incident (our own proposal)."""


class StatedFact(Model):
    """The newest word on one fact."""

    fact: Fact
    holds: bool
    at: Moment
    by: SafeLine
    reason: SafeLine


def floor_of(stated: Iterable[StatedFact]) -> tuple[Level, str]:
    """The level below which facts hold it, and why; Routine with no words where none holds."""
    holding = [each for each in stated if each.holds]
    small = [each for each in holding if each.fact.value not in _LEVELS]
    found = [(each.fact.level, f"{each.fact.words} ({each.by})") for each in holding]
    if len(small) >= MANY:
        found.append((Level.INCIDENT, ", ".join(each.fact.words for each in small)))
    return max(found, key=lambda each: each[0], default=(Level.ROUTINE, ""))
