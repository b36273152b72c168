"""Stories: texts a CPU second beside a dict of first words; and a late text beside an early one."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median

from bench.posts import Posts
from bench.report import Row
from crisis_tui.analysis.stories import StoryIndex

TEXTS = 20_000
RUNS = 3

_WORD = re.compile(r"\w+")


def _texts(count: int) -> list[str]:
    """Posts, every other one followed by a copy."""
    texts: list[str] = []
    for place, post in enumerate(Posts(count)):
        texts.append(post["text"])
        if place % 2:
            texts.append(f"RT @user{place}: {post['text'].upper()} https://social.example/{place}")
        if len(texts) >= count:
            break
    return texts[:count]


def _ours(texts: Sequence[str]) -> int:
    index = StoryIndex()
    return sum(index.join(key, text) != key for key, text in enumerate(texts))


def _plain(texts: Sequence[str]) -> int:
    first: dict[tuple[str, ...], int] = {}
    return sum(
        first.setdefault(tuple(_WORD.findall(text.lower())[:12]), key) != key
        for key, text in enumerate(texts)
    )


def _late(texts: Sequence[str]) -> tuple[float, float]:
    """Seconds for the second tenth and for the last one."""
    index = StoryIndex()
    tenth = len(texts) // 10
    spent: list[float] = []
    for start in range(0, 10 * tenth, tenth):
        begun = time.process_time()
        for key in range(start, start + tenth):
            index.join(key, texts[key])
        spent.append(time.process_time() - begun)
    return spent[1], spent[-1]


def rows(count: int = TEXTS, runs: int = RUNS) -> Iterator[Row]:
    """The median of some runs in turn; made-up posts share their few words: the hard case."""
    texts = _texts(count)
    spent: dict[Callable[[Sequence[str]], int], list[float]] = {_ours: [], _plain: []}
    for _ in range(runs):
        for each, times in spent.items():
            begun = time.process_time()
            each(texts)
            times.append(time.process_time() - begun)
    ours, plain = (count / median(times) for times in spent.values())
    yield Row("stories, beside a dict of first words", ours, plain, "texts/s", 0.05, True)
    early, late = zip(*(_late(texts) for _ in range(runs)), strict=True)
    per_text = 1e6 * 10 / count
    yield Row(
        "a late text, beside an early one", median(late) * per_text, median(early) * per_text, "µs", 1.5
    )
