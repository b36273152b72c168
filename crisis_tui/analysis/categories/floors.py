"""Cues for the severity floors: words that a person must look at, whatever the score says.

A cue never sets a level by itself: one post can be a joke, a rumour, or about somebody else. It asks a
question, and a person answers it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from data.models.level import Level


class FloorKind(StrEnum):
    """What lifts the level at once once a person confirms it; the order is that of seriousness.

    Source: the floors of our severity model; `level` is the least level that each asks for.
    """

    INJURY = "injury"
    EXPOSED = "exposed"
    RECALL = "recall"
    CRIME = "crime"

    @property
    def level(self) -> Level:
        """The least level once a person has confirmed it."""
        return {
            "injury": Level.EMERGENCY,
            "exposed": Level.CRISIS,
            "recall": Level.CRISIS,
            "crime": Level.INCIDENT,
        }[self.value]

    @property
    def subject(self) -> str:
        """What the mentions speak of, in words."""
        return {
            "injury": "injury or danger",
            "exposed": "exposed personal data",
            "recall": "a recall or an authority",
            "crime": "crime, discrimination or harm to children",
        }[self.value]

    @property
    def question(self) -> str:
        """What a person must find out."""
        return {
            "injury": "is anybody in danger?",
            "exposed": "is it our data, and is it real?",
            "recall": "has a regulator been in touch, or is a product unsafe?",
            "crime": "what is claimed, and who is accused?",
        }[self.value]


@dataclass(frozen=True, slots=True)
class FloorCue:
    """The words of one text that speak of one kind."""

    kind: FloorKind
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FloorHint:
    """What many texts say of one kind: how many, and their words with counts, the commonest first."""

    kind: FloorKind
    mentions: int
    words: tuple[tuple[str, int], ...]

    @property
    def sentence(self) -> str:
        """One line for the person who decides."""
        speak = "1 mention speaks" if self.mentions == 1 else f"{self.mentions} mentions speak"
        return f"{speak} of {self.kind.subject}: {self.kind.question}"


def floor_hints(texts: Iterable[Iterable[FloorCue]], words: int = 5) -> tuple[FloorHint, ...]:
    """What the cues of many texts come to, the most serious kind first; `texts` holds the cues of each text.

    At most `words` words are named for a kind.
    """
    mentions: Counter[FloorKind] = Counter()
    named: dict[FloorKind, Counter[str]] = {kind: Counter() for kind in FloorKind}
    for cues in texts:
        for cue in cues:
            mentions[cue.kind] += 1
            named[cue.kind].update(cue.words)
    return tuple(
        FloorHint(kind, mentions[kind], tuple(named[kind].most_common(words)))
        for kind in FloorKind
        if mentions[kind]
    )
