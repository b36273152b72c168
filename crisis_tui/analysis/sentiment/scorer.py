"""Reads how a short text feels about us.

English is read by the model where one is given, else by its lexicon; the other languages that have a lexicon
are read by it; of the rest, only emoji and typed faces are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import copy
from hashlib import sha256
from typing import TYPE_CHECKING

from crisis_tui.analysis.sentiment import lexicon as lists
from crisis_tui.analysis.sentiment.faces import Faces
from crisis_tui.analysis.sentiment.features import Features, Found
from crisis_tui.analysis.sentiment.guards import blamed, denied, plainly, praised, unraised
from crisis_tui.analysis.sentiment.hashed import MOST_WORDS, HashedReader
from crisis_tui.analysis.sentiment.language import Languages, mostly_foreign
from crisis_tui.analysis.sentiment.lexicon import DECIDED, EMOJI, Lexicon
from crisis_tui.analysis.sentiment.model import NOTHING, SentimentModel, Triple, shares
from crisis_tui.analysis.sentiment.names import NAMED
from crisis_tui.analysis.sentiment.reading import CLASSES, UNSCORED, Label, SentimentReading

if TYPE_CHECKING:
    from crisis_tui.analysis.sentiment.teach import Taught

ENGLISH = "en"
"""The language that the model reads."""

WIDER = "vader"
"""The language name of a list of single English words that widens the English lexicon for the model alone."""

PLAIN_DANGER = 1.5
"""Weight of demands and dangers from which on a text is negative although the model calls it neutral; it is
that of one plain phrase of the guards ("answer me", "exploded")."""

_CAPITALS = re.compile(r"[A-ZÀ-Þ]{3}")


class SentimentScorer:
    """Reads texts with the lexicons, and the model, that it was given.

    Args:
        lexicons: one for each language; `EMOJI` holds for all, `WIDER` serves the model.
        model: weights for English; without it English is read by its lexicon.
    """

    def __init__(self, lexicons: Iterable[Lexicon], model: SentimentModel | None = None) -> None:
        self._given = tuple(lexicons)
        self._model = model
        by_name = {lexicon.language: lexicon for lexicon in self._given}
        emoji = by_name.pop(EMOJI, None)
        wider = by_name.pop(WIDER, None)
        self._lexicons = by_name
        self._faces = Faces(emoji.words if emoji else {})
        self._languages = Languages(by_name, wider.words if wider else ())
        self._base_version = ""
        self._taught: Taught | None = None
        self._reader: HashedReader | None = None
        if model is not None and ENGLISH in by_name:
            self._reader = HashedReader(model, model_features(self._given))

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that can be scored."""
        return tuple(sorted(self._lexicons))

    @property
    def version(self) -> str:
        """Names all that a reading depends on: model, lexicons, and what was taught."""
        if not self._base_version:
            self._base_version = _version(self._given, self._model)
        return f"{self._base_version}+{self._taught.version}" if self._taught else self._base_version

    @property
    def reader(self) -> HashedReader | None:
        """What reads English by the model; None where no model was given."""
        return self._reader

    def with_taught(self, taught: Taught | None) -> SentimentScorer:
        """This scorer with what was taught instead of what it had been taught before.

        Raises:
            ValueError: `taught` was made for another model or other lexicons.
        """
        other = copy(self)
        other._taught = None
        if taught is not None and taught.base != other.version:
            raise ValueError("these labels were learned on another model; learn them again")
        other._taught = taught
        if self._reader is not None and self._model is not None:
            delta, bias = (taught.delta, taught.bias) if taught else (None, NOTHING)
            other._reader = HashedReader(self._model, self._reader.features, delta, bias)
        return other

    def score(self, text: str, lang: str | None = None) -> SentimentReading:
        """Read one text; `lang` is a language tag, None or "und" when the network did not say."""
        lexicon = self._languages.choose(text, lang)
        found = self._found(text, lexicon)
        if found is not None and self._reader is not None:
            return self.decided(found, self._reader.logits(found))
        return self._by_lexicon(text, lexicon)

    def found(self, text: str, lang: str | None = None) -> Found | None:
        """The features of a text that the model reads; None for one that it does not read."""
        return self._found(text, self._languages.choose(text, lang))

    def _found(self, text: str, lexicon: Lexicon | None) -> Found | None:
        if self._reader is None or lexicon is None or lexicon.language != ENGLISH:
            return None
        found = self._reader.features.find(text)
        return found if any(map(_word, found.tokens)) and not mostly_foreign(text) else None

    def decided(self, found: Found, logits: Triple) -> SentimentReading:
        """The reading that follows from what a model's sums say of a text, and from its guards."""
        share = shares(logits)
        score = round(share.positive - share.negative, 4)
        label: Label = CLASSES[share.index(max(share))]
        plain = plainly(found)
        if plain is not None and (plain[0] != label or abs(plain[1]) > abs(score)):
            label, score = plain
        if label != "negative" and (blame := blamed(found)) is not None:
            bound, bound_score = blame.reading
            # The model may call a quiet complaint neutral, but not a plain demand or a danger.
            if bound == "negative" and (label == "positive" or blame.grave <= -PLAIN_DANGER):
                return SentimentReading(bound, bound_score, blame.words[:MOST_WORDS])
            return SentimentReading("neutral", min(score, 0.0), ())
        if self._only_loud(found) if label == "positive" else label == "negative" and denied(found):
            return SentimentReading("neutral", 0.0, ())
        if label == "neutral" or not score or (score > 0) != (label == "positive"):
            return SentimentReading("neutral", score, ())
        words = self._reader.words(found, 1 if score > 0 else -1) if self._reader else ()
        if not words and label == "negative" and (blame := blamed(found)) is not None:
            words = blame.words[:MOST_WORDS]  # the model learned it from the sum, and no word alone tells
        return SentimentReading(label, score, words)

    def _only_loud(self, found: Found) -> bool:
        """Whether a text is positive by repetition and exclamation marks alone, and negative without them."""
        if self._reader is None or praised(found) or (quiet := unraised(found)) is None:
            return False
        share = shares(self._reader.logits(self._reader.features.find(quiet)))
        return CLASSES[share.index(max(share))] == "negative"

    def _by_lexicon(self, text: str, lexicon: Lexicon | None) -> SentimentReading:
        total, faces = self._faces.read(text)
        drivers: tuple[str, ...] = ()
        tokens: list[str] = []
        if lexicon is not None:
            tokens = lists.lowered(text, lexicon)
            hits = lists.hits(lexicon, tokens)
            if hits:
                raw = lists.cut(text, lexicon.language) if _CAPITALS.search(text) else tokens
                forces = lists.forces(lexicon, tokens, raw, hits)
                total += lists.total(forces, tokens)
                forces.sort(key=lambda force: -abs(force.weight))
                drivers = tuple(dict.fromkeys(lists.span(tokens, force) for force in forces))
        words = (drivers + faces)[:MOST_WORDS]
        if not words and (lexicon is None or not any(map(_word, tokens)) or mostly_foreign(text)):
            return UNSCORED
        label: Label = "neutral"
        if total >= DECIDED:
            label = "positive"
        elif total <= -DECIDED:
            label = "negative"
        return SentimentReading(label, round(lists.saturated(total), 4), words)


def model_features(lexicons: Iterable[Lexicon]) -> Features:
    """The features of the model's language, with all words of English, the wider list, and the faces.

    Raises:
        KeyError: there is no lexicon of English.
    """
    by_name = {lexicon.language: lexicon for lexicon in lexicons}
    more = {
        word: weight
        for name in (WIDER, EMOJI)
        if name in by_name
        for word, weight in by_name[name].words.items()
    }
    return Features(by_name[ENGLISH].with_words(more))


def _word(token: str) -> bool:
    return (token[0].isalpha() or token == NAMED) and not token.startswith("http")


def _version(lexicons: Iterable[Lexicon], model: SentimentModel | None) -> str:
    digest = sha256()
    for lexicon in lexicons:
        digest.update(repr((lexicon.language, sorted(lexicon.words.items()))).encode("utf-8", "replace"))
        digest.update(repr(sorted(lexicon.phrases.items())).encode("utf-8", "replace"))
    return f"{model.version if model else 'lexicon'}.{digest.hexdigest()[:8]}"
