"""The figures that say how good readings are."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

from crisis_tui.analysis.sentiment.reading import CLASSES
from training.corpora import Post

WINDOW = 100
"""Posts in a window: about what a gauge looks at."""


def figures(posts: Sequence[Post], said: Sequence[str]) -> tuple[float, float, float]:
    """Macro-F1 over the three classes, F1 of negative, and the mean recall; unscored counts as wrong."""
    pairs = Counter(zip((label for label, _ in posts), said, strict=True))
    scores, recalls = [], []
    for label in CLASSES:
        right = pairs[label, label]
        claimed = sum(count for (_, other), count in pairs.items() if other == label)
        real = sum(count for (truth, _), count in pairs.items() if truth == label)
        scores.append(2 * right / (claimed + real) if claimed + real else 0.0)
        recalls.append(right / real if real else 0.0)
    return sum(scores) / 3, scores[0], sum(recalls) / 3


def share_error(posts: Sequence[Post], said: Sequence[str]) -> tuple[float, float]:
    """How far the negative share of a window is off: the mean distance, and the mean lean.

    The windows are 100 posts each, drawn without repetition in a fixed order, because some files are sorted
    by label.
    """
    order = list(range(len(posts)))
    random.Random(1).shuffle(order)  # noqa: S311 - an order, no secret
    errors = []
    for start in range(0, len(order) - WINDOW + 1, WINDOW):
        window = order[start : start + WINDOW]
        truth = sum(posts[at][0] == "negative" for at in window) / WINDOW
        read = [said[at] for at in window if said[at] != "unscored"]
        errors.append(read.count("negative") / max(1, len(read)) - truth)
    return sum(map(abs, errors)) / len(errors), sum(errors) / len(errors)
