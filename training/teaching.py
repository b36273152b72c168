"""Measure what labels of the place are worth: `python -m training.teaching`."""

from __future__ import annotations

import random

from crisis_tui.agent.score import model
from crisis_tui.analysis.sentiment import Label, Taught
from training.corpora import Post, apple, sanders, sxsw
from training.measure import figures, share_error


def split(posts: list[Post]) -> tuple[list[tuple[str, str | None, Label]], list[Post]]:
    """1,000 labels to learn and 2,000 posts to measure on, in a fixed shuffled order."""
    order = list(posts)
    random.Random(7).shuffle(order)  # noqa: S311 - an order, no secret
    return [(text, "en", label) for label, text in order[:1000]], order[1000:3000]


def main() -> None:
    """Print the table."""
    scorer = model()
    print("set      labels  before learning (untaught)  macro-F1  neg-F1  share±")
    for name, posts in (("Apple", apple()), ("Sanders", sanders()), ("SXSW", sxsw())):
        labels, test = split(posts)
        for count in (0, 50, 200, 1000):
            taught = Taught.from_labels(scorer, labels[:count])
            reader = scorer.with_taught(taught)
            said = [reader.score(text, "en").label for _, text in test]
            macro, negative, _ = figures(test, said)
            before = f"{taught.accuracy or 0:.3f} ({taught.right_untaught / max(1, taught.read):.3f})"
            error = share_error(test, said)[0]
            print(f"{name:8} {count:6,}  {before:26}  {macro:8.3f}  {negative:6.3f}  {error:6.3f}")


if __name__ == "__main__":
    main()
