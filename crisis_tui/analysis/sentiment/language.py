"""Which of the languages that can be read a text is written in."""

from __future__ import annotations

from collections.abc import Mapping

from crisis_tui.analysis.sentiment.lexicon import Lexicon, cut, lowered


class Languages:
    """Chooses a lexicon for a text: by its tag, else by the words that only one language has."""

    __slots__ = ("_lexicons",)

    def __init__(self, lexicons: Mapping[str, Lexicon]) -> None:
        self._lexicons = lexicons

    def choose(self, text: str, lang: str | None) -> tuple[Lexicon | None, list[str]]:
        """The lexicon that fits, with the text cut up for it; no lexicon when the language has none."""
        language = lang.partition("-")[0].partition("_")[0].lower() if lang else "und"
        if language in {"", "und"}:
            return self._guess(text)
        lexicon = self._lexicons.get(language)
        return lexicon, lowered(text, lexicon) if lexicon else []

    def _guess(self, text: str) -> tuple[Lexicon | None, list[str]]:
        best, most = None, 0
        present = frozenset(cut(text.lower(), ""))
        split = frozenset(cut(text.lower(), "fr")) if "'" in text or "’" in text else present
        for language in sorted(self._lexicons, key=lambda name: name != "en"):  # English wins a tie
            lexicon = self._lexicons[language]
            seen = split if language == "fr" else present
            count = 2 * len(lexicon.grammar.function & seen) + len(lexicon.starts & seen)
            if count > most:
                best, most = lexicon, count
        return best, lowered(text, best) if best else []


def mostly_foreign(text: str) -> bool:
    """Whether most letters are of a script that none of the lexicons is written in, whatever the tag says."""
    if text.isascii():
        return False
    letters = [letter for letter in text if letter.isalpha()]
    return 2 * sum(letter > "\u036f" for letter in letters) > len(letters)
