"""What the model sees of a text: the one description of its features, for training and for reading.

A text becomes *keys*, and each key stands for one or more named features:

* a word: the word itself (with the prefix `N_` in the clause after a negator), the 3- to 5-letter pieces of
  `<word>` when it has more than three letters and is not negated, `*C` when it alone is in capitals, `*E`
  when letters are drawn out;
* two neighbours, as they are named above: `one two`;
* an entry of the lexicon: `L` and its weight beside its neighbours, rounded;
* emoji, typed faces, `!`, `!!`, `?`, `??` are words without pieces.

A phrase with its own "not" ("no problems"), or of weight 0, is one word, and swearing before praise only
makes it louder: what their parts would say alone is not counted. Links, @names and the names of companies
are dropped. A feature's column is the CRC-32 of its name, modulo `BUCKETS`.
Beside them stand the `DENSE` numbers.

The kinds of features follow Mohammad et al. 2013, "NRC-Canada: Building the State-of-the-Art in Sentiment
Analysis of Tweets"; hashing follows Weinberger et al. 2009.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple
from zlib import crc32

from crisis_tui.analysis.sentiment.lexicon import (
    Force,
    Hit,
    Lexicon,
    forces,
    hits,
    saturated,
    shortened,
    total,
)
from crisis_tui.analysis.sentiment.names import NAMED, NAMES

BUCKETS = 1 << 16
"""How many columns the hashed features share."""

DENSE = ("good", "bad", "link")
"""The numbers beside the hashed features: the lexicon's score where positive, and where negative, in 0..1,
and 1 where there is a link, which news and offers have more than complaints."""

REVISION = 1
"""Counts changes of what a feature means; a model fits only the revision it was trained with."""

_PARTS = re.compile(
    r"https?://\S+|www\.\S+|@\w+"
    r"|([<>]?[:;=][-o*^']?(?:[)\](\[/\\|@*}{]|[3DPpdOo](?!\w))|<3|\^_*\^|[)(][-']?[:;=](?!\w)"
    r"|[^\W_]+(?:'[^\W_]+)*"
    r"|!+|\?+|[.,;:…]"
    r"|[\u2190-\u2bff\U0001f000-\U0001faff])"
)
_MASK = BUCKETS - 1
_LINK = re.compile(r"https?://|www\.")
_LONG = re.compile(r"([^\W\d_])\1{2,}")
_DIGITS = re.compile(r"\d")
_CLAUSE_END = frozenset(".,;:…!?") | {"!!", "??"}
_SCOPE = 3  # words that a negator reaches
_MOST_LENGTH = 4_000  # no short post is longer; a pasted book must not hold up the others
_CACHED = 60_000
_LOUDEST = 4
_NEGATED = "\x00"
_BUCKET = "\x01"
_PHRASE = "\x02"


class Found(NamedTuple):
    """A text as keys.

    `tokens` are in lower case. `keys` stand for features, and `places` has the token that each belongs to.
    `pairs` are the columns of neighbours, and `ends` their second tokens: few come twice, so they have no
    keys that would be worth remembering. `forces` are the entries of the lexicon, `dense` the numbers of
    `DENSE`.
    """

    tokens: list[str]
    keys: list[str]
    places: list[int]
    pairs: list[int]
    ends: list[int]
    forces: list[Force]
    dense: tuple[float, float, float]


class Features:
    """Turns texts into keys, and keys into names of features.

    Args:
        lexicon: the words and phrases, faces among them.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._normal: dict[str, str] = {}

    def find(self, text: str) -> Found:
        """The keys of one text; only the first 4,000 characters are read."""
        raw = _cut(text)
        tokens = [self._lowered(word) for word in raw]
        lexicon, grammar = self._lexicon, self._lexicon.grammar
        found = hits(lexicon, tokens)
        strong = forces(lexicon, tokens, raw, found) if found else []
        strong, silent = _harmless(strong, tokens, grammar.swearing)
        whole, merged = _merged(found, tokens)
        silent |= merged
        keys: list[str] = []
        places: list[int] = []
        pairs: list[int] = []
        ends: list[int] = []
        before = "<"
        negated = 0
        negators = grammar.negators
        for at, token in enumerate(tokens):
            if at in silent or token == NAMED:
                continue
            if at in whole:
                name = whole[at]
                keys.append(_PHRASE + name)
                negated = 0
            elif token in _CLAUSE_END:
                name = token
                keys.append(token)
                negated = 0
            elif token in negators:
                name = token
                keys.append(raw[at])
                negated = _SCOPE
            elif negated:
                negated -= 1
                name = "N_" + token
                keys.append(_NEGATED + raw[at])
            else:
                name = token
                keys.append(raw[at])
            places.append(at)
            pairs.append(crc32(f"{before} {name}".encode("utf-8", "replace")) & _MASK)
            ends.append(at)
            before = name
        for force in strong:
            rounded = round(force.weight)
            keys.append(f"{_BUCKET}{max(-_LOUDEST, min(_LOUDEST, rounded))}")
            places.append(force.hit.at)
        score = saturated(total(strong, tokens)) if strong else 0.0
        return Found(
            tokens,
            keys,
            places,
            pairs,
            ends,
            strong,
            (max(score, 0.0), max(-score, 0.0), float(_LINK.search(text) is not None)),
        )

    def names(self, key: str) -> list[str]:
        """The features that a key stands for."""
        if key.startswith(_BUCKET):
            return [f"L{key[1:]}"]
        if key.startswith(_PHRASE):
            return [key]
        negated = key.startswith(_NEGATED)
        raw = key[1:] if negated else key
        word = _DIGITS.sub("0", self._lowered(raw))
        found = ["N_" + word if negated else word]
        if word[0].isalpha():
            if len(word) > 3 and not negated:
                edged = f"<{word}>"
                found += [edged[at : at + n] for n in (3, 4, 5) for at in range(len(edged) - n + 1)]
            if len(raw) > 2 and raw.isupper():
                found.append("*C")
            if _LONG.search(raw.lower()):
                found.append("*E")
        return found

    def all_columns(self, found: Found) -> list[int]:
        """The columns of all hashed features of a text; one may come many times."""
        return found.pairs + [column for key in found.keys for column in self.columns(key)]

    def columns(self, key: str) -> list[int]:
        """The columns of the features of a key, each in 0..BUCKETS-1; one may come twice."""
        return [column(name) for name in self.names(key)]

    def _lowered(self, raw: str) -> str:
        known = self._normal.get(raw)
        if known is None:
            known = raw.lower()
            if raw[0].isalpha():
                if _LONG.search(known):
                    short = shortened(known, self._lexicon.words)
                    known = short if short in self._lexicon.words else _LONG.sub(r"\1\1", known)
                if known in NAMES:
                    known = NAMED
            else:
                known = known if known[0] not in "!?" else known[:2]
            if len(self._normal) >= _CACHED:
                self._normal.clear()
            self._normal[raw] = known
        return known


def column(name: str) -> int:
    """The column of a feature."""
    return crc32(name.encode("utf-8", "replace")) & _MASK


def _cut(text: str) -> list[str]:
    text = text[:_MOST_LENGTH]
    if "&" in text:
        text = html.unescape(text)
    if "’" in text:
        text = text.replace("’", "'")
    if text.isupper():  # where everything is shouted, nothing stands out
        text = text.lower()
    return [part for part in _PARTS.findall(text) if part]


def _merged(found: list[Hit], tokens: list[str]) -> tuple[dict[int, str], set[int]]:
    """Phrases that are read as one word, by place; and the places that they swallow."""
    whole: dict[int, str] = {}
    swallowed: set[int] = set()
    for hit in found:
        if hit.end - hit.at > 1 and (hit.fixed or not hit.weight):
            whole[hit.at] = "_".join(tokens[hit.at : hit.end])
            swallowed.update(range(hit.at + 1, hit.end))
    return whole, swallowed


def _harmless(
    strong: list[Force], tokens: list[str], swearing: frozenset[str]
) -> tuple[list[Force], set[int]]:
    """The forces without swearing that only underlines praise, and the places of all such swearing."""
    others = [force for force in strong if tokens[force.hit.at] not in swearing]
    if not others or any(force.weight < 0 for force in others):
        return strong, set()
    return others, {at for at, token in enumerate(tokens) if token in swearing}
