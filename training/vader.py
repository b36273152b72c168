"""Make the wider list of English words from VADER's lexicon: `python -m training.vader LEXICON`.

LEXICON is `vader_lexicon.txt` of the package vaderSentiment 3.3.2. Its means of -4 to 4 become weights of
-3 to 3; entries of several words, numbers and faces that we have ourselves are left out.
"""

from __future__ import annotations

import argparse
from pathlib import Path

PLACE = Path(__file__).resolve().parents[1] / "data" / "library" / "lexicons" / "vader.txt"

_HEAD = """\
# English, wider: single words with the weights of people's ratings, for the features of the model.
# From VADER (vaderSentiment 3.3.2), copyright (c) 2016 C.J. Hutto, MIT licence: see vader.LICENSE here.
# C.J. Hutto and E. Gilbert (2014), "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social
# Media Text", ICWSM-14. Changed by us: means of -4..4 scaled to -3..3, words of letters only, one column.
"""


def main() -> None:
    """Write the list."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lexicon", type=Path)
    weights: dict[str, float] = {}
    for line in parser.parse_args().lexicon.read_text("utf-8").splitlines():
        word, mean = line.split("\t")[:2]
        if word.replace("'", "").isalpha():
            weights[word.lower()] = round(float(mean) * 0.75, 2)
    rows = "".join(f"{word}\t{weight:g}\n" for word, weight in sorted(weights.items()))
    PLACE.write_text(_HEAD + rows, "utf-8")
    print(f"{PLACE.name}: {len(weights):,} words")


if __name__ == "__main__":
    main()
