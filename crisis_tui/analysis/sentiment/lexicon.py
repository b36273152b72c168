"""Word lists that anybody can read and mend, and how their entries weigh in a text.

The weight of an entry is turned round by a negator near it, made louder or softer by its neighbours,
and counts for more after a "but". The rules are those that hand-made lists have used for long
(Taboada et al. 2011, "Lexicon-based methods for sentiment analysis"); the constants are rounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from typing import NamedTuple

from crisis_tui.analysis.sentiment.grammar import GRAMMARS, Grammar

EMOJI = "emoji"
"""The language name of the lexicon of emoji and typed faces, which holds for all languages."""

DECIDED = 0.9
"""A sum of weights nearer to 0 than this is too thin to call."""

PUNCTUATION = frozenset(".!?,;:…")

_TOKEN = re.compile(r"https?://\S+|@\w+|[^\W_]+(?:'[^\W_]+)*|[.!?,;:…]")
_LONG = re.compile(r"([^\W\d_])\1{2,}")
_RUN = re.compile(r"(.)\1\1")  # a quick look before the slower one

_HALF = 6.0  # how fast the sum saturates towards 1
_NEGATED = -0.8
_NEGATED_BAD = -0.6  # "not terrible" is milder praise than "not good" is blame


def cut(text: str, language: str) -> list[str]:
    """Words, links, names and marks of punctuation, in order."""
    if "’" in text:
        text = text.replace("’", "'")
    if language == "fr":  # elision hides the word: n'aime, l'arnaque
        text = text.replace("'", " ")
    return _TOKEN.findall(text)


def saturated(total: float) -> float:
    """A sum of weights as a score in [-1, 1]."""
    return total / sqrt(total * total + _HALF)


class Lexicon:
    """The weighted words and phrases of one language."""

    __slots__ = ("grammar", "language", "phrases", "starts", "words")

    def __init__(self, language: str, weights: Mapping[str, float]) -> None:
        self.language = language
        self.grammar = GRAMMARS.get(language, Grammar())
        self.words: dict[str, float] = {}
        phrases: dict[str, list[tuple[tuple[str, ...], float]]] = {}
        for entry, weight in weights.items():
            if language == EMOJI:
                self.words[entry.replace("\ufe0f", "")] = weight
                continue
            if entry.isalpha():  # nearly all are, and cutting takes its time
                self.words[entry.lower()] = weight
                continue
            tokens = tuple(cut(entry.lower(), language))
            if len(tokens) == 1:
                self.words[tokens[0]] = weight
            elif tokens:
                phrases.setdefault(tokens[0], []).append((tokens, weight))
        self.phrases = {
            first: tuple(sorted(found, key=lambda row: -len(row[0]))) for first, found in phrases.items()
        }
        self.starts = frozenset(self.words) | frozenset(self.phrases)

    @classmethod
    def from_lines(cls, language: str, lines: Iterable[str]) -> Lexicon:
        """Build from `word<TAB>weight` lines.

        Raises:
            ValueError: a line is no comment and not of this form; the message has its number.
        """
        weights: dict[str, float] = {}
        for number, line in enumerate(lines, 1):
            row = line.strip()
            if not row or (row.startswith("#") and "\t" not in row):
                continue
            entry, _, value = row.rpartition("\t")
            try:
                weight = float(value)
            except ValueError:
                weight = float("nan")
            if not entry.strip() or not -3 <= weight <= 3:
                raise ValueError(f"{language} lexicon, line {number}: expected word<TAB>weight in -3..3")
            weights[entry.strip()] = weight
        return cls(language, weights)

    def with_words(self, more: Mapping[str, float]) -> Lexicon:
        """This lexicon with single words added; its own weights win."""
        wider = Lexicon(self.language, {})
        wider.words = {**more, **self.words}
        wider.phrases = self.phrases
        wider.starts = frozenset(wider.words) | frozenset(wider.phrases)
        return wider

    def phrase_at(self, tokens: Sequence[str], at: int) -> tuple[int, float]:
        """Length and weight of the longest phrase that starts here; length 0 when there is none."""
        for phrase, weight in self.phrases.get(tokens[at], ()):
            if tuple(tokens[at : at + len(phrase)]) == phrase:
                return len(phrase), weight
        return 0, 0.0


class Hit(NamedTuple):
    """An entry found in a text: tokens `at` to `end`, and its weight as it stands in the list.

    `fixed` is a phrase with its own "not", which is not turned round again.
    """

    at: int
    end: int
    weight: float
    fixed: bool


class Force(NamedTuple):
    """What an entry weighs in its text: where it stands, from where to where it shows, and its weight."""

    hit: Hit
    start: int
    weight: float


def lowered(text: str, lexicon: Lexicon) -> list[str]:
    """The tokens of a text in lower case, with drawn-out words as the list knows them."""
    small = text.lower()
    tokens = cut(small, lexicon.language)
    if _RUN.search(small) and _LONG.search(small):  # sooo goood
        tokens = [shortened(token, lexicon.words) for token in tokens]
    return tokens


def shortened(token: str, known: Mapping[str, float]) -> str:
    """A drawn-out word with its letters once or twice, whichever the list knows."""
    twice = _LONG.sub(r"\1\1", token)
    return twice if twice in known or twice == token else _LONG.sub(r"\1", token)


def hits(lexicon: Lexicon, tokens: Sequence[str]) -> list[Hit]:
    """The entries in a text, longest phrase first, without overlaps.

    Phrases of weight 0 are among them: they keep their words from counting.
    """
    words, phrases, starts = lexicon.words, lexicon.phrases, lexicon.starts
    found: list[Hit] = []
    past = 0
    for at in [at for at, token in enumerate(tokens) if token in starts]:
        if at < past:
            continue
        token = tokens[at]
        if token in phrases:
            length, weight = lexicon.phrase_at(tokens, at)
            if length:
                past = at + length
                fixed = not lexicon.grammar.negators.isdisjoint(tokens[at:past])
                found.append(Hit(at, past, weight, fixed))
                continue
        if token in words:
            found.append(Hit(at, at + 1, words[token], False))
    return found


def forces(lexicon: Lexicon, tokens: Sequence[str], raw: Sequence[str], found: Sequence[Hit]) -> list[Force]:
    """What each entry weighs beside its neighbours; `raw` are the tokens in their own case."""
    grammar = lexicon.grammar
    turn = -1
    if not grammar.but.isdisjoint(tokens):
        turn = next((at for at, token in enumerate(tokens) if at and token in grammar.but), -1)
    shouting = raw is not tokens and len(raw) == len(tokens) and any(map(str.islower, raw))
    result: list[Force] = []
    swear = False
    for index, hit in enumerate(found):
        if not hit.weight:
            continue
        following = found[index + 1] if index + 1 < len(found) else None
        if tokens[hit.at] in grammar.swearing and following is not None and following.at - hit.end <= 1:
            swear = True  # "fucking amazing": it only makes the next word louder
            continue
        weight = hit.weight
        start = hit.at
        if _can_turn(grammar, tokens, hit):
            negator = _negator(grammar, tokens, hit)
            if negator is not None:
                weight *= _NEGATED if weight > 0 else _NEGATED_BAD
                start = negator
        factor = _loudness(grammar, tokens, min(start, hit.at)) * (1.4 if swear else 1.0)
        swear = False
        if shouting and any(word.isupper() and len(word) > 2 for word in raw[hit.at : hit.end]):
            factor *= 1.3
        if turn >= 0:
            factor *= 0.6 if hit.at < turn else 1.3
        result.append(Force(hit, start, weight * factor))
    return result


def total(found: Iterable[Force], tokens: Sequence[str]) -> float:
    """The sum of the weights, a little louder with exclamation marks."""
    return sum(force.weight for force in found) * (1 + 0.08 * min(tokens.count("!"), 4))


def span(tokens: Sequence[str], force: Force) -> str:
    """The words to show: the negator beside the word it turns, without what stands between."""
    own = tokens[force.hit.at : force.hit.end]
    if force.start != force.hit.at:
        turned = tokens[force.start]
        own = [turned, *own] if force.start < force.hit.at else [*own, turned]
    return " ".join(own)


def _can_turn(grammar: Grammar, tokens: Sequence[str], hit: Hit) -> bool:
    """Not a phrase with its own "not", nor a face ("not good :(" is no smile), nor a "no" beside another."""
    if hit.fixed or not tokens[hit.at][0].isalnum():
        return False
    return hit.end - hit.at > 1 or tokens[hit.at] not in grammar.negators


def _negator(grammar: Grammar, tokens: Sequence[str], hit: Hit) -> int | None:
    """Where the word stands that turns this hit round, if there is one in the same clause."""
    reach = 2 if hit.weight <= -2 else 3
    for at in range(hit.at - 1, max(-1, hit.at - 1 - reach), -1):
        token = tokens[at]
        if token in PUNCTUATION or token in grammar.but:
            break
        if token in grammar.negators:
            return None if tokens[at + 1] in grammar.not_only else at
    if hit.weight > 0:
        for at in range(hit.end, min(len(tokens), hit.end + 2)):
            if tokens[at] in PUNCTUATION:
                break
            if tokens[at] in grammar.trailing:
                return at
    return None


def _loudness(grammar: Grammar, tokens: Sequence[str], at: int) -> float:
    factor = 1.0
    for token in tokens[max(0, at - 2) : at]:
        if token in grammar.stronger:
            factor *= 1.3
        elif token in grammar.swearing:
            factor *= 1.4
        elif token in grammar.weaker:
            factor *= 0.6
    return factor
