"""The labelled posts, each set as (label, text) pairs in the order of its file.

They lie in the folder `data/sentiment` of the shared data, which `CRISIS_TUI_SHARED` names, or beside this
repository. Only the SemEval set has a licence that allows training a model that ships.

Labels of the others become ours like this:

* Apple: 1 negative, 3 neutral, 5 positive; there are no other labels.
* SXSW (judge_brands): "Negative emotion", "Positive emotion", and "No emotion toward brand or product" as
  neutral; "I can't tell" is dropped.
* Sanders: as named; "irrelevant" is dropped.
* S140: 0 negative, 2 neutral, 4 positive.
"""

from __future__ import annotations

import csv
import gzip
import html
import os
import re
from pathlib import Path

from crisis_tui.analysis.sentiment import Label

Post = tuple[Label, str]

_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")

_APPLE: dict[str, Label] = {"1": "negative", "3": "neutral", "5": "positive"}
_SXSW: dict[str, Label] = {
    "Negative emotion": "negative",
    "Positive emotion": "positive",
    "No emotion toward brand or product": "neutral",
}
_S140: dict[str, Label] = {"0": "negative", "2": "neutral", "4": "positive"}
_SAME: dict[str, Label] = {"negative": "negative", "neutral": "neutral", "positive": "positive"}


def folder() -> Path:
    """Where the labelled posts lie."""
    place = os.environ.get("CRISIS_TUI_SHARED")
    shared = Path(place) if place else Path(__file__).resolve().parents[2] / "shared"
    return shared / "data" / "sentiment"


def semeval() -> list[Post]:
    r"""The training set; its \uXXXX escapes are undone."""
    posts: list[Post] = []
    with gzip.open(folder() / "semeval-train.tsv.gz", "rt", encoding="utf-8") as file:
        for line in file:
            label, text = line.rstrip("\n").split("\t", 1)
            posts.append(
                (_SAME[label], html.unescape(_ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)))
            )
    return posts


def held_out(posts: list[Post]) -> tuple[list[Post], list[Post]]:
    """The set without its last fifth, which holds its newest years, and that fifth."""
    cut = len(posts) - len(posts) // 5
    return posts[:cut], posts[cut:]


def apple() -> list[Post]:
    """3,886 posts about Apple, December 2014."""
    return _table("apple_dfe.csv.gz", "sentiment", "text", _APPLE)


def sxsw() -> list[Post]:
    """Posts about brands at a festival, March 2011."""
    label = "is_there_an_emotion_directed_at_a_brand_or_product"
    return _table("judge_brands.csv.gz", label, "tweet_text", _SXSW)


def sanders() -> list[Post]:
    """3,424 posts about Apple, Google, Microsoft and Twitter, October 2011."""
    return _table("sanders.csv.gz", "Sentiment", "TweetText", _SAME)


def s140() -> list[Post]:
    """498 posts about many things, 2009."""
    with gzip.open(folder() / "s140_test.csv.gz", "rt", encoding="utf-8", errors="replace") as file:
        return [(_S140[row[0]], row[1]) for row in csv.reader(file)]


def _table(name: str, label: str, text: str, ours: dict[str, Label]) -> list[Post]:
    with gzip.open(folder() / name, "rt", encoding="utf-8", errors="replace", newline="") as file:
        return [(ours[row[label]], row[text]) for row in csv.DictReader(file) if row[label] in ours]
