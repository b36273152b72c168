"""Measure the model that ships on posts it has not seen: `python -m training.evaluate`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from crisis_tui.agent.score import model
from crisis_tui.analysis.sentiment import Lexicon, SentimentModel, SentimentScorer
from data.library import lexicon_lines
from training.corpora import Post, apple, held_out, s140, sanders, semeval, sxsw
from training.measure import figures, share_error


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
        row("SemEval, held out", held_out(semeval())[1], held, "en")


if __name__ == "__main__":
    main()
