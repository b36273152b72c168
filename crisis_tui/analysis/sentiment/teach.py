"""What the people here taught the model: a small change of its weights, made from their labels in order.

Each label moves the weights of the features of its text by a few steps of gradient descent with a fixed
rate, and no weight further than a bound, so one wrong label can't carry the model away. Nothing random is
in it: the same labels in the same order give the same change, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from math import sqrt
from types import MappingProxyType
from typing import NamedTuple

from crisis_tui.analysis.sentiment.model import Triple, shares
from crisis_tui.analysis.sentiment.reading import CLASSES, Label
from crisis_tui.analysis.sentiment.scorer import SentimentScorer


class Lesson(NamedTuple):
    """One label that a person gave: the text, its language tag if known, and what it really is."""

    text: str
    lang: str | None
    label: Label


class Taught:
    """The change that labels made, and how well the model did on each of them before it learned it.

    Attributes:
        base: the version of the scorer that it changes.
        version: the number of labels and a hash of them, in order.
        delta: what to add to the weights, by column of the features.
        bias: what to add to the bias of each class.
        count: how many labels there were.
        read: how many of them were of texts that the model reads; only these are learned.
        right: how many of those the model, as it was before it learned them, had said too.
        right_untaught: how many of those the model that ships says.
    """

    __slots__ = ("base", "bias", "count", "delta", "read", "right", "right_untaught", "version")

    def __init__(self, base: str) -> None:
        self.base = base
        self.version = ""
        self.delta: Mapping[int, Triple] = {}
        self.bias = Triple(0.0, 0.0, 0.0)
        self.count = self.read = self.right = self.right_untaught = 0

    @property
    def accuracy(self) -> float | None:
        """The share of labels that were predicted before they were learned; None where there are none."""
        return self.right / self.read if self.read else None

    @classmethod
    def from_labels(cls, scorer: SentimentScorer, labels: Iterable[tuple[str, str | None, Label]]) -> Taught:
        """Learn labels in their order, on top of the model of `scorer` as it shipped.

        Args:
            scorer: its model and lexicons count; what it was taught before does not.
            labels: text, language tag or None, and "negative", "neutral" or "positive".

        Raises:
            ValueError: a label is none of the three.
        """
        untaught = scorer.with_taught(None)
        taught = cls(untaught.version)
        pupil = _Pupil(untaught)
        digest = sha256()
        for text, lang, label in labels:
            if label not in CLASSES:
                raise ValueError(f'"{label}" can\'t be learned; a label is negative, neutral or positive')
            digest.update(repr((text, lang, label)).encode("utf-8", "backslashreplace"))
            taught.count += 1
            said = pupil.learn(text, lang, label)
            if said is not None:
                taught.read += 1
                taught.right += said[1] == label
                taught.right_untaught += said[0] == label
        taught.version = f"{taught.count}.{digest.hexdigest()[:12]}"
        delta, taught.bias = pupil.taught()
        taught.delta = MappingProxyType(delta)
        return taught


_STEPS = 2
_RATE = 1.0  # of the features together; each has a root of their number of it
_RATE_OF_BIAS = 0.05
_BOUND = 2.0  # about the largest weight of the model that ships
_BOUND_OF_BIAS = 0.75
_PRIOR = 10  # labels of each class that are taken for granted, so that the first one is no landslide
_STILL = 4  # labels that changed nothing, taken for granted in the mean for the same reason


class _Pupil:
    """The weights while they are being learned.

    A rare class counts for more, as it did when the model that ships was trained. What is taught in the end
    is the mean of the weights on their way, which is steadier than where the last label happened to push
    them (Polyak and Juditsky 1992).
    """

    def __init__(self, scorer: SentimentScorer) -> None:
        self._scorer = scorer
        self._seen = [_PRIOR, _PRIOR, _PRIOR]
        self._learned = _STILL
        self._delta: dict[int, list[float]] = {}
        self._late: dict[int, list[float]] = {}  # each change times the number of labels before it
        self._bias = [0.0, 0.0, 0.0]
        self._late_bias = [0.0, 0.0, 0.0]

    def learn(self, text: str, lang: str | None, label: Label) -> tuple[Label, Label] | None:
        """What the model that shipped, and this one, said before; None where the model does not read it."""
        reader = self._scorer.reader
        found = self._scorer.found(text, lang)
        if reader is None or found is None:
            return None
        base = reader.logits(found)
        columns = reader.features.all_columns(found)
        size = 1 / (sqrt(len(columns)) or 1.0)
        before = self._scorer.decided(found, base).label
        said = self._scorer.decided(found, self._logits(base, columns, size, average=True)).label
        target = CLASSES.index(label)
        self._seen[target] += 1
        rarity = sum(self._seen) / (3 * self._seen[target])
        for _ in range(_STEPS):
            share = shares(self._logits(base, columns, size))
            for at in range(3):
                error = rarity * (share[at] - (at == target))
                for column in columns:
                    self._move(self._delta, self._late, column, at, _RATE * size * error)
                moved = _within(self._bias[at] - _RATE_OF_BIAS * error, _BOUND_OF_BIAS)
                self._late_bias[at] += (moved - self._bias[at]) * self._learned
                self._bias[at] = moved
        self._learned += 1
        return before, said

    def taught(self) -> tuple[dict[int, Triple], Triple]:
        """The mean change of the weights, by column, and of the bias."""
        count = self._learned
        delta = {
            column: Triple(*(now - late / count for now, late in zip(row, self._late[column], strict=True)))
            for column, row in self._delta.items()
        }
        bias = Triple(*(now - late / count for now, late in zip(self._bias, self._late_bias, strict=True)))
        return delta, bias

    def _move(
        self, delta: dict[int, list[float]], late: dict[int, list[float]], column: int, at: int, step: float
    ) -> None:
        row = delta.get(column)
        if row is None:
            row = delta[column] = [0.0, 0.0, 0.0]
            late[column] = [0.0, 0.0, 0.0]
        moved = _within(row[at] - step, _BOUND)
        late[column][at] += (moved - row[at]) * self._learned
        row[at] = moved

    def _logits(self, base: Triple, columns: list[int], size: float, *, average: bool = False) -> Triple:
        count = self._learned
        sums = [0.0, 0.0, 0.0]
        for column in columns:
            row = self._delta.get(column)
            if row is not None:
                late = self._late[column]
                for at in range(3):
                    sums[at] += row[at] - (late[at] / count if average else 0.0)
        return Triple(
            *(
                base[at]
                + sums[at] * size
                + self._bias[at]
                - (self._late_bias[at] / count if average else 0.0)
                for at in range(3)
            )
        )


def _within(number: float, bound: float) -> float:
    return max(-bound, min(bound, number))
