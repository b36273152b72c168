"""English by the model: what its features add up to, and which words drove the sum."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

from crisis_tui.analysis.sentiment.features import Features, Found
from crisis_tui.analysis.sentiment.lexicon import span
from crisis_tui.analysis.sentiment.model import NOTHING, SentimentModel, Triple
from crisis_tui.analysis.sentiment.tongues import WORDS

MOST_WORDS = 6
"""How many words are named at most: one line of the screen."""

_CACHED = 120_000
_TELLS = 0.08  # a word that pushes less than this part of the whole push drove nothing


_LISTED = 2.0  # an entry of the lexicon also speaks through the dense numbers
_EMPTY = WORDS["en"]  # "and" may push, but explains nothing


_Sum = tuple[float, float, float, int]  # the weights of all features of a key by class, and how many they are


class HashedReader:
    """Sums the weights of a text, each key once and for all.

    Args:
        model: the weights.
        features: what turns a text into keys.
        delta: what was taught: numbers to add to the weights, by column.
        bias: what was taught: numbers to add to the bias.
    """

    def __init__(
        self,
        model: SentimentModel,
        features: Features,
        delta: Mapping[int, Triple] | None = None,
        bias: Triple = NOTHING,
    ) -> None:
        self._model = model
        self.features = features
        self._delta = delta or {}
        self._bias = Triple(*(a + b for a, b in zip(model.bias, bias, strict=True)))
        self._sums: dict[str, _Sum] = {}
        self._weights = self._taught_weights if self._delta else model.weights

    def logits(self, found: Found) -> Triple:
        """The three sums of a text: those of its features over the root of their number, dense, and bias."""
        sums = self._sums
        n = a = b = c = 0.0
        for key in found.keys:
            known = sums.get(key) or self._sum(key)
            a += known[0]
            b += known[1]
            c += known[2]
            n += known[3]
        weights = self._weights
        for column in found.pairs:
            more = weights(column)
            a += more[0]
            b += more[1]
            c += more[2]
        n += len(found.pairs)
        root = sqrt(n) or 1.0
        bias = self._bias
        a, b, c = a / root + bias[0], b / root + bias[1], c / root + bias[2]
        for number, weight in zip(found.dense, self._model.dense, strict=True):
            if number:
                a += number * weight[0]
                b += number * weight[1]
                c += number * weight[2]
        return Triple(a, b, c)

    def words(self, found: Found, sign: int) -> tuple[str, ...]:
        """The words that pushed towards good (sign 1) or bad (-1), strongest first, at most six."""
        tokens = found.tokens
        push = [0.0] * len(tokens)
        sums = self._sums
        for key, at in zip(found.keys, found.places, strict=True):
            known = sums.get(key) or self._sum(key)
            push[at] += sign * (known[2] - known[0])
        for column, at in zip(found.pairs, found.ends, strict=True):
            weights = self._weights(column)
            push[at] += sign * (weights[2] - weights[0])
        shown: list[tuple[float, str]] = []
        taken: set[int] = set()
        for force in found.forces:
            places = {force.start, *range(force.hit.at, force.hit.end)}
            if force.weight * sign > 0 and taken.isdisjoint(places):
                taken |= places
                own = max(0.0, sum(push[at] for at in places))
                shown.append((own + _LISTED * abs(force.weight), span(tokens, force)))
        shown += [
            (push[at], token)
            for at, token in enumerate(tokens)
            if at not in taken and push[at] > 0 and token not in _EMPTY and _shows(token)
        ]
        shown.sort(key=lambda row: -row[0])
        whole = sum(row[0] for row in shown)
        told = dict.fromkeys(word for weight, word in shown if weight >= _TELLS * whole)
        return tuple(told)[:MOST_WORDS]

    def _sum(self, key: str) -> _Sum:
        a = b = c = 0.0
        columns = self.features.columns(key)
        for column in columns:
            weights = self._weights(column)
            a += weights[0]
            b += weights[1]
            c += weights[2]
        if len(self._sums) >= _CACHED:
            self._sums.clear()
        known = self._sums[key] = (a, b, c, len(columns))
        return known

    def _taught_weights(self, column: int) -> tuple[float, float, float]:
        base = self._model.weights(column)
        more = self._delta.get(column)
        return (base[0] + more[0], base[1] + more[1], base[2] + more[2]) if more else base


def _shows(token: str) -> bool:
    return token[0].isalpha() or not token.isascii()
