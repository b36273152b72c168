"""Texts for drills from hand-written sentence parts: `[a|b]` picks one of several, `{slot}` fills one in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_SPACES = re.compile(r"\s+")
_BEFORE_MARK = re.compile(r"\s+([.,](?:\s|$))")
_SENTENCE = re.compile(r"(?<=[.!?] )([a-z])")
_ARTICLE = re.compile(r"\b([aA]) ([AEIOaeio])")
_LETTERS_ONLY = re.compile(r"\b[a-z]{5,}\b")

Texts = Mapping[str, Mapping[str, Sequence[str]]]


def pick(rng: Random, items: Sequence[Any]) -> Any:
    """One item; built on `random()` alone, whose sequence never changes between Python versions."""
    return items[int(rng.random() * len(items))]


def weighted(rng: Random, weights: Mapping[str, float]) -> str:
    """One key, as often as its weight says."""
    mark = rng.random() * sum(weights.values())
    for key, weight in weights.items():
        mark -= weight
        if mark < 0:
            return key
    return next(iter(weights))


@dataclass(frozen=True)
class Noise:
    """What people add to a sentence."""

    bad: Sequence[str]
    good: Sequence[str]
    any: Sequence[str]
    spared: Sequence[str]


class Phrasebook:
    """The sentence parts of one drill."""

    def __init__(self, texts: Texts, slots: Mapping[str, Sequence[str]], noise: Noise) -> None:
        self._texts = texts
        self._slots = slots
        self._noise = noise

    def has(self, language: str, topic: str) -> bool:
        """Whether anything can be said about this topic in this language."""
        return topic in self._texts.get(language, {})

    def sentence(self, rng: Random, language: str, topic: str) -> str:
        """One clean sentence, or two."""
        text = pick(rng, self._texts[language][topic])
        for _ in range(8):  # a slot may hold choices, a choice may hold slots
            text = _CHOICE.sub(lambda found: pick(rng, found[1].split("|")), text)
            filled = _SLOT.sub(lambda found: pick(rng, self._slots[found[1]]), text)
            if filled == text:
                break
            text = filled
        text = _BEFORE_MARK.sub(r"\1", _SPACES.sub(" ", text)).strip()
        text = text.replace(".,", ",").replace("!.", "!")
        if language == "en":
            text = _ARTICLE.sub(r"\1n \2", text)
            text = _SENTENCE.sub(lambda found: found[1].upper(), text)
            if rng.random() < 0.75 and not text.startswith(("@", "#")):
                text = text[:1].upper() + text[1:]
        return str(text)

    def dressed(self, rng: Random, text: str, mood: float, latin: bool, tags: Sequence[str]) -> str:
        """The sentence as somebody in a hurry would post it: slips, capitals, emoji, hashtags."""
        if latin and rng.random() < 0.08:
            text = _slip(rng, text, self._noise.spared)
        if latin and rng.random() < 0.09:
            text = text.lower().rstrip(".")
        elif latin and mood < 0 and rng.random() < 0.04:
            text = text.upper()
        if mood < 0 and rng.random() < 0.09:
            text = text.rstrip(".") + pick(rng, ("!", "!!", "!!!", "?!"))
        if rng.random() < 0.2:
            faces = (
                self._noise.any if rng.random() < 0.3 else self._noise.bad if mood < 0 else self._noise.good
            )
            if mood != 0 or faces is self._noise.any:
                text += " " + pick(rng, faces) * pick(rng, (1, 1, 1, 2, 3))
        if rng.random() < 0.13:
            text += " " + pick(rng, tags)
        return text


def _slip(rng: Random, text: str, spared: Sequence[str]) -> str:
    """One typing error in one longer lower-case word."""
    words = [
        found
        for found in _LETTERS_ONLY.finditer(text)
        if found[0] not in spared and not text[: found.start()].endswith(("@", "#", "_"))
    ]
    if not words:
        return text
    found = pick(rng, words)
    at = found.start() + 1 + int(rng.random() * (found.end() - found.start() - 2))
    if rng.random() < 0.5:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at + 1 :]
