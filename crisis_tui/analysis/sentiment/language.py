"""Which of the languages that can be read a text is written in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from crisis_tui.analysis.sentiment.lexicon import Lexicon
from crisis_tui.analysis.sentiment.tongues import WORDS

_SHORT = 2  # points of a short word that tells languages apart
_LISTED = 1  # points of a word of a lexicon
_PART = 6  # one point for so many words is the least that a language must show
_CLEAR = 3  # short words of another language that outweigh a tag of which there is none

# Endings that are frequent in English and rare at the end of words of the other languages in ASCII.
_ENGLISH = re.compile(
    r"(?:[a-z]{2}(?:ing|tions?|ness|ight|ously|ally|ers|ies|ful|wards?|ship|ooks?|ools?|ew|eaks?|ed))$"
)

_DROPPED = re.compile(r"https?://\S+|www\.\S+|@\w+")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


class Languages:
    """Chooses a lexicon for a text: by its tag where the text bears it out, else by its words.

    Args:
        lexicons: those that can be read with, by language.
        english: more words that only show that a text is English.
    """

    __slots__ = ("_index", "_lexicons")

    def __init__(self, lexicons: Mapping[str, Lexicon], english: Iterable[str] = ()) -> None:
        self._lexicons = lexicons
        points: dict[str, dict[str, int]] = {}
        for language, lexicon in lexicons.items():
            for word in lexicon.starts:
                points.setdefault(word, {})[language] = _LISTED
        for word in english:
            points.setdefault(word, {}).setdefault("en", _LISTED)
        for language, words in WORDS.items():
            for word in words:
                points.setdefault(word, {})[language] = _SHORT
        self._index = {word: tuple(found.items()) for word, found in points.items()}

    def choose(self, text: str, lang: str | None) -> Lexicon | None:
        """The lexicon that fits; None when the language has none, or the text does not show what it is."""
        tag = lang.partition("-")[0].partition("_")[0].lower() if lang else "und"
        if tag in {"", "und"}:
            return self._guess(text)
        lexicon = self._lexicons.get(tag)
        if lexicon is None or mostly_foreign(text):
            return None
        own = WORDS.get(tag, frozenset())
        if any(word in own for word in text.lower().split()):
            return lexicon
        counts, _ = self._points(text)
        other = max(counts, key=counts.__getitem__, default=tag)
        if counts.get(other, 0) >= _SHORT * _CLEAR and counts[other] > 2 * counts.get(tag, 0):
            return self._lexicons.get(other)
        return lexicon

    def _guess(self, text: str) -> Lexicon | None:
        if mostly_foreign(text):
            return None
        counts, length = self._points(text)
        most = max(counts.values(), default=0)
        if most * _PART < length or not most:
            shaped = sum(_ENGLISH.search(word) is not None for word in _words(text)) if text.isascii() else 0
            counts["en"] = counts.get("en", 0) + shaped
            most = max(counts.values())
            if most * _PART < length or not most:
                return None
        best = [language for language, count in counts.items() if count == most]
        if "en" in best:  # English wins a tie
            return self._lexicons.get("en")
        return self._lexicons.get(min(best, key=lambda name: name not in self._lexicons))

    def _points(self, text: str) -> tuple[dict[str, int], int]:
        """What speaks for each language, and how many different words there are."""
        words = _words(text)
        length = len(words)
        for word in [word for word in words if "'" in word]:
            words.update(word.split("'"))
        counts: dict[str, int] = {}
        index = self._index
        for word in words:
            for language, points in index.get(word, ()):
                counts[language] = counts.get(language, 0) + points
        return counts, length


def mostly_foreign(text: str) -> bool:
    """Whether most letters are of a script that none of the lexicons is written in, whatever the tag says."""
    if text.isascii():
        return False
    letters = [letter for letter in text if letter.isalpha()]
    return 2 * sum(letter > "\u036f" for letter in letters) > len(letters)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(_DROPPED.sub(" ", text.lower().replace("’", "'"))))
