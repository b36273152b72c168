"""Measure the model that ships on posts it has not seen: `python -m training.evaluate`."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from crisis_tui.agent.score import model
from crisis_tui.analysis.sentiment import Lexicon, SentimentModel, SentimentScorer
from crisis_tui.analysis.sentiment.reading import CLASSES
from data.library import lexicon_lines
from training.corpora import Post, apple, s140, sanders, semeval, sxsw

HELD_OUT = 5  # as in training.train, which needs libraries that are not wanted here
WINDOW = 100


def figures(posts: list[Post], said: list[str]) -> tuple[float, float, float]:
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


def share_error(posts: list[Post], said: list[str]) -> tuple[float, float]:
    """How far the negative share of each 100 posts in a row is off: the mean distance, and the mean lean."""
    errors = []
    for start in range(0, len(posts) - WINDOW + 1, WINDOW):
        truth = sum(label == "negative" for label, _ in posts[start : start + WINDOW]) / WINDOW
        window = [label for label in said[start : start + WINDOW] if label != "unscored"]
        errors.append(window.count("negative") / max(1, len(window)) - truth)
    return sum(map(abs, errors)) / len(errors), sum(errors) / len(errors)


def row(name: str, posts: list[Post], scorer: SentimentScorer, lang: str | None) -> None:
    """One line of the table."""
    began = perf_counter()
    said: list[str] = [scorer.score(text, lang).label for _, text in posts]
    took = perf_counter() - began
    macro, negative, recall = figures(posts, said)
    off, lean = share_error(posts, said)
    unscored = said.count("unscored") / len(said)
    print(
        f"{name:18} {len(posts):6,} {macro:7.3f} {negative:7.3f} {recall:7.3f} {off:7.3f} {lean:+7.3f} "
        f"{unscored:8.1%} {len(posts) / took:9,.0f}"
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--held-out", type=Path, metavar="MODEL", help="a model of training.train --held-out")
    options = parser.parse_args()
    sets: dict[str, Callable[[], list[Post]]] = {
        "Apple": apple,
        "SXSW": sxsw,
        "Sanders": sanders,
        "S140": s140,
    }
    scorer = model()
    print(f"model {scorer.version}")
    print("set                 posts macro-F1  neg-F1  recall  share±    lean unscored posts/s")
    for lang in ("en", None):
        for name, posts in sets.items():
            row(f"{name} ({lang or 'no tag'})", posts(), scorer, lang)
    if options.held_out:
        lexicons = [Lexicon.from_lines(name, lines) for name, lines in lexicon_lines().items()]
        held = SentimentScorer(lexicons, SentimentModel.from_bytes(options.held_out.read_bytes()))
        posts_held = semeval()
        row("SemEval, held out", posts_held[-(len(posts_held) // HELD_OUT) :], held, "en")


if __name__ == "__main__":
    main()
