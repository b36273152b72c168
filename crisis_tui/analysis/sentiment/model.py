"""A trained model: weights of three classes over hashed features, a byte each.

A byte q stands for the weight `sign(q) * (q / 127)² * most`: a square law keeps small weights apart and
still reaches the large ones of the lexicon, which a straight scale clips.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Sequence
from hashlib import sha256
from math import exp, sqrt
from typing import Final, NamedTuple

from crisis_tui.analysis.sentiment.features import BUCKETS, DENSE, REVISION

MAGIC = b"crisis-tui sentiment 1\n"
_CLASSES: Final = 3
_STEPS: Final = 127


class Triple(NamedTuple):
    """One number for each class, in the order of `CLASSES`."""

    negative: float
    neutral: float
    positive: float


NOTHING: Final = Triple(0.0, 0.0, 0.0)


class SentimentModel:
    """The weights, ready to be looked up.

    Attributes:
        quantised: BUCKETS bytes for each class, one class after the other.
        table: the weight that each byte stands for, 256 numbers.
        dense: for each number of `DENSE`, its weight in each class.
        bias: what each class has before anything is read.
        version: the first 12 hex digits of the SHA-256 of the file.
    """

    __slots__ = ("bias", "dense", "quantised", "table", "version")

    def __init__(
        self, quantised: bytes, most: float, dense: Sequence[Triple], bias: Triple, version: str
    ) -> None:
        self.quantised = quantised
        self.table = tuple(weight_of(q if q < 128 else q - 256, most) for q in range(256))
        self.dense = tuple(dense)
        self.bias = bias
        self.version = version

    @classmethod
    def from_bytes(cls, content: bytes) -> SentimentModel:
        """Read a model file: a line of magic, one JSON line of settings, then deflated bytes.

        Raises:
            ValueError: it is damaged, or of another kind or revision.
        """
        if not content.startswith(MAGIC):
            raise ValueError("this is no sentiment model")
        head, _, body = content[len(MAGIC) :].partition(b"\n")
        try:
            settings = json.loads(head)
            if settings["revision"] != REVISION or settings["buckets"] != BUCKETS:
                raise ValueError("the sentiment model was trained for other features; train it again")
            bias = Triple(*map(float, settings["bias"]))
            dense = [Triple(*map(float, settings["dense"][name])) for name in DENSE]
            most = float(settings["most"])
            quantised = zlib.decompress(body)
        except (KeyError, TypeError, zlib.error) as error:
            raise ValueError(f"the sentiment model is damaged ({error})") from None
        if len(quantised) != _CLASSES * BUCKETS:
            raise ValueError("the sentiment model is damaged (its size is wrong)")
        return cls(quantised, most, dense, bias, sha256(content).hexdigest()[:12])

    def weights(self, column: int) -> tuple[float, float, float]:
        """The weights of one column by class."""
        q, table = self.quantised, self.table
        return table[q[column]], table[q[column + BUCKETS]], table[q[column + 2 * BUCKETS]]


def packed(
    weights: Sequence[Sequence[float]], dense: Sequence[Sequence[float]], bias: Sequence[float]
) -> bytes:
    """A model file of trained weights: three rows of BUCKETS numbers, three numbers for each of `DENSE`."""
    most = max((abs(weight) for row in weights for weight in row), default=0.0) or 1.0
    levels = [level_of(weight, most) for row in weights for weight in row]
    settings = {
        "bias": [round(number, 6) for number in bias],
        "buckets": BUCKETS,
        "dense": {name: [round(number, 6) for number in row] for name, row in zip(DENSE, dense, strict=True)},
        "most": most,
        "revision": REVISION,
    }
    head = json.dumps(settings, sort_keys=True).encode("ascii")
    return MAGIC + head + b"\n" + zlib.compress(struct.pack(f"{len(levels)}b", *levels), 9)


def shares(logits: Triple) -> Triple:
    """How likely each class is; the three sum to 1."""
    most = max(logits)
    a, b, c = exp(logits[0] - most), exp(logits[1] - most), exp(logits[2] - most)
    whole = a + b + c
    return Triple(a / whole, b / whole, c / whole)


def weight_of(level: int, most: float) -> float:
    """The weight that a level of -127..127 stands for."""
    size = (level / _STEPS) ** 2 * most
    return -size if level < 0 else size


def level_of(weight: float, most: float) -> int:
    """The level of -127..127 that is nearest, on the square law, to a weight of -most..most."""
    level = min(_STEPS, round(_STEPS * sqrt(abs(weight) / most)))
    return -level if weight < 0 else level
