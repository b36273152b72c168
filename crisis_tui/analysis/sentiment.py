"""How a short text feels about us, from word lists that anybody can read and mend.

Pure: the caller hands over the lines of the lexicons. A text in a language without a lexicon is *unscored*,
which is something else than neutral: nobody has read it yet, and shares of negative must leave it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal, NamedTuple

Label = Literal["negative", "neutral", "positive", "unscored"]

EMOJI = "emoji"
"""The language name of the lexicon of emoji and typed faces, which holds for all languages."""

_TOKEN = re.compile(r"https?://\S+|@\w+|[^\W_]+(?:'[^\W_]+)*|[.!?,;:…]")
_LONG = re.compile(r"([^\W\d_])\1{2,}")
_RUN = re.compile(r"(.)\1\1")  # a quick look before the slower one
_CAPITALS = re.compile(r"[A-ZÀ-Þ]{3}")
_PUNCTUATION = frozenset(".!?,;:…")
_TYPED_FACE_HINT = frozenset(":;=<^")

_DECIDED = 0.9  # a sum of weights below this is too thin to call
_HALF = 6.0  # how fast the sum saturates towards 1
_NEGATED = -0.8
_NEGATED_BAD = -0.6  # "not terrible" is milder praise than "not good" is blame


@dataclass(frozen=True, slots=True)
class SentimentReading:
    """What a text was read as, how strongly, and the words that drove it."""

    label: Label
    score: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grammar:
    """The few words of a language that change the words beside them."""

    negators: frozenset[str] = frozenset()
    trailing: frozenset[str] = frozenset()
    not_only: frozenset[str] = frozenset()
    stronger: frozenset[str] = frozenset()
    weaker: frozenset[str] = frozenset()
    swearing: frozenset[str] = frozenset()
    but: frozenset[str] = frozenset()
    function: frozenset[str] = frozenset()


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


GRAMMARS: Mapping[str, Grammar] = {
    "en": Grammar(
        negators=_set(
            "not no never none nobody nothing neither nor cannot without hardly barely can't won't "
            "don't doesn't didn't isn't aren't wasn't weren't wouldn't couldn't shouldn't hasn't "
            "haven't hadn't ain't cant wont dont doesnt didnt isnt wasnt arent wouldnt couldnt hasnt "
            "havent aint"
        ),
        not_only=_set("only just doubt wonder joke kidding matter"),
        stronger=_set(
            "very really so extremely absolutely totally completely utterly super truly incredibly "
            "insanely such too seriously literally beyond unbelievably ridiculously"
        ),
        weaker=_set("slightly somewhat kinda bit little fairly sorta partly almost mildly"),
        swearing=_set("fucking fuckin freaking frickin damn bloody hella goddamn"),
        but=_set("but however though"),
        function=_set(
            "the and is are was to of my your you for it this that with have has i not what why be on at they"
        ),
    ),
    "de": Grammar(
        negators=_set("nicht kein keine keinen keinem keiner keines nie niemals ohne nichts kaum weder"),
        trailing=_set("nicht nie nichts"),
        not_only=_set("nur"),
        stronger=_set(
            "sehr so echt total absolut wirklich extrem richtig völlig unglaublich ganz einfach mega"
        ),
        weaker=_set("etwas bisschen leicht ziemlich"),
        swearing=_set("verdammt verdammte scheiß scheiss sau"),
        but=_set("aber jedoch doch"),
        function=_set(
            "der die das und ist ich nicht ein eine mit von zu für auf wir ihr den es wie bei seit noch"
        ),
    ),
    "es": Grammar(
        negators=_set("no nunca jamás sin ni tampoco nada"),
        not_only=_set("solo sólo"),
        stronger=_set(
            "muy tan super súper realmente totalmente absolutamente bastante increíblemente demasiado"
        ),
        weaker=_set("algo poco"),
        swearing=_set("puto puta jodido jodida"),
        but=_set("pero sino aunque"),
        function=_set("el la los las y es que de en un una por con para mi no se lo del al me está muy"),
    ),
    "fr": Grammar(
        negators=_set("pas jamais ne n sans aucun aucune ni rien"),
        trailing=_set("pas jamais"),
        not_only=_set("seulement que"),
        stronger=_set(
            "très trop vraiment tellement super totalement absolument extrêmement complètement hyper si"
        ),
        weaker=_set("peu assez légèrement"),
        swearing=_set("putain foutrement"),
        but=_set("mais pourtant cependant"),
        function=_set(
            "le la les et est je un une des du de que qui pour avec mon ma c j ce il vous nous dans sur"
        ),
    ),
}


def _tokens(text: str, language: str) -> list[str]:
    if "’" in text:
        text = text.replace("’", "'")
    if language == "fr":  # elision hides the word: n'aime, l'arnaque
        text = text.replace("'", " ")
    return _TOKEN.findall(text)


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
            tokens = tuple(_tokens(entry.lower(), language))
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
        """Build from `word<TAB>weight` lines; a bad line raises ValueError with its number."""
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

    def phrase_at(self, tokens: Sequence[str], at: int) -> tuple[int, float]:
        """Length and weight of the longest phrase that starts here; length 0 when there is none."""
        for phrase, weight in self.phrases.get(tokens[at], ()):
            if tuple(tokens[at : at + len(phrase)]) == phrase:
                return len(phrase), weight
        return 0, 0.0


class _Hit(NamedTuple):
    at: int
    end: int
    weight: float
    fixed: bool  # a phrase with its own "not" is not turned round again


class SentimentScorer:
    """Reads texts with the lexicons it was given."""

    def __init__(self, lexicons: Iterable[Lexicon]) -> None:
        self._lexicons = {lexicon.language: lexicon for lexicon in lexicons}
        emoji = self._lexicons.pop(EMOJI, None)
        self._emoji = emoji.words if emoji else {}
        single = [face for face in self._emoji if len(face) == 1 and not face.isascii()]
        typed = sorted((face for face in self._emoji if face.isascii()), key=len, reverse=True)
        self._pictures = re.compile(f"[{''.join(single)}]") if single else None
        self._typed = (
            re.compile(rf"(?<![\w/])(?:{'|'.join(map(re.escape, typed))})(?![\w/])") if typed else None
        )

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that can be scored."""
        return tuple(sorted(self._lexicons))

    def score(self, text: str, lang: str | None = None) -> SentimentReading:
        """Read one text; `lang` is a language tag, None or "und" when the network did not say."""
        total, faces = self._faces(text)
        drivers: tuple[str, ...] = ()
        lexicon, tokens = self._choose(text, lang)
        if lexicon is not None:
            hits = _hits(lexicon, tokens)
            if hits:
                raw = _tokens(text, lexicon.language) if _CAPITALS.search(text) else tokens
                total_of_words, drivers = _weigh(lexicon, tokens, raw, hits)
                total += total_of_words
        words = drivers + faces
        if not words and (lexicon is None or not any(map(_word, tokens)) or _mostly_foreign(text)):
            return SentimentReading("unscored", 0.0, ())
        label: Label = "neutral"
        if total >= _DECIDED:
            label = "positive"
        elif total <= -_DECIDED:
            label = "negative"
        return SentimentReading(label, round(total / sqrt(total * total + _HALF), 4), words)

    def _choose(self, text: str, lang: str | None) -> tuple[Lexicon | None, list[str]]:
        """The lexicon that fits, with the text cut up for it; no lexicon when the language has none."""
        language = lang.partition("-")[0].partition("_")[0].lower() if lang else "und"
        if language in {"", "und"}:
            return self._guess(text)
        lexicon = self._lexicons.get(language)
        return lexicon, _lowered_tokens(text, lexicon) if lexicon else []

    def _guess(self, text: str) -> tuple[Lexicon | None, list[str]]:
        best, most = None, 0
        present = frozenset(_tokens(text.lower(), ""))
        split = frozenset(_tokens(text.lower(), "fr")) if "'" in text or "’" in text else present
        for language in sorted(self._lexicons, key=lambda name: name != "en"):  # English wins a tie
            lexicon = self._lexicons[language]
            seen = split if language == "fr" else present
            count = 2 * len(lexicon.grammar.function & seen) + len(lexicon.starts & seen)
            if count > most:
                best, most = lexicon, count
        return best, _lowered_tokens(text, best) if best else []

    def _faces(self, text: str) -> tuple[float, tuple[str, ...]]:
        found: list[str] = []
        if self._pictures is not None and not text.isascii():
            found = self._pictures.findall(text)
        if self._typed is not None and not _TYPED_FACE_HINT.isdisjoint(text):
            found += self._typed.findall(text)
        if not found:
            return 0.0, ()
        kinds = tuple(dict.fromkeys(found))
        weights = self._emoji
        total = sum(weights[kind] * (1.0 if found.count(kind) == 1 else 1.3) for kind in kinds)
        return max(-4.0, min(4.0, total)), kinds


def _word(token: str) -> bool:
    return token[0].isalpha() and not token.startswith("http")


def _mostly_foreign(text: str) -> bool:
    """Whether most letters are of a script that none of the lexicons is written in, whatever the tag says."""
    if text.isascii():
        return False
    letters = [letter for letter in text if letter.isalpha()]
    return 2 * sum(letter > "\u036f" for letter in letters) > len(letters)


def _lowered_tokens(text: str, lexicon: Lexicon) -> list[str]:
    lowered = text.lower()
    tokens = _tokens(lowered, lexicon.language)
    if _RUN.search(lowered) and _LONG.search(lowered):  # sooo goood
        known = lexicon.words
        for at, token in enumerate(tokens):
            twice = _LONG.sub(r"\1\1", token)
            tokens[at] = twice if twice in known else _LONG.sub(r"\1", token) if twice != token else token
    return tokens


def _hits(lexicon: Lexicon, tokens: Sequence[str]) -> list[_Hit]:
    words, phrases, starts = lexicon.words, lexicon.phrases, lexicon.starts
    hits: list[_Hit] = []
    past = 0
    for at in [at for at, token in enumerate(tokens) if token in starts]:
        if at < past:
            continue
        token = tokens[at]
        if token in phrases:
            length, weight = lexicon.phrase_at(tokens, at)
            if length:
                past = at + length
                if weight:
                    fixed = not lexicon.grammar.negators.isdisjoint(tokens[at:past])
                    hits.append(_Hit(at, past, weight, fixed))
                continue
        if token in words:
            hits.append(_Hit(at, at + 1, words[token], False))
    return hits


def _weigh(
    lexicon: Lexicon, tokens: Sequence[str], raw: Sequence[str], hits: Sequence[_Hit]
) -> tuple[float, tuple[str, ...]]:
    grammar = lexicon.grammar
    turn = -1
    if not grammar.but.isdisjoint(tokens):
        turn = next((at for at, token in enumerate(tokens) if at and token in grammar.but), -1)
    shouting = raw is not tokens and len(raw) == len(tokens) and any(map(str.islower, raw))
    total = 0.0
    drivers: list[str] = []
    swear = False
    for index, hit in enumerate(hits):
        first = tokens[hit.at]
        following = hits[index + 1] if index + 1 < len(hits) else None
        if first in grammar.swearing and following is not None and following.at - hit.end <= 1:
            swear = True  # "fucking amazing": it only makes the next word louder
            continue
        weight = hit.weight
        start = hit.at
        if not hit.fixed:
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
        total += weight * factor
        drivers.append(" ".join(_span(tokens, start, hit)))
    return total * (1 + 0.08 * min(tokens.count("!"), 4)), tuple(dict.fromkeys(drivers))


def _span(tokens: Sequence[str], start: int, hit: _Hit) -> Sequence[str]:
    """The words to show: the negator beside the word it turns, without what stands between."""
    own = tokens[hit.at : hit.end]
    if start == hit.at:
        return own
    return [tokens[start], *own] if start < hit.at else [*own, tokens[start]]


def _negator(grammar: Grammar, tokens: Sequence[str], hit: _Hit) -> int | None:
    """Where the word stands that turns this hit round, if there is one in the same clause."""
    reach = 2 if hit.weight <= -2 else 3
    for at in range(hit.at - 1, max(-1, hit.at - 1 - reach), -1):
        token = tokens[at]
        if token in _PUNCTUATION or token in grammar.but:
            break
        if token in grammar.negators:
            return None if tokens[at + 1] in grammar.not_only else at
    if hit.weight > 0:
        for at in range(hit.end, min(len(tokens), hit.end + 2)):
            if tokens[at] in _PUNCTUATION:
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
