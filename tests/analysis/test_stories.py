"""Copies find each other, other things stay apart, and a raid is told from a post that spreads."""

from __future__ import annotations

import difflib
import gzip
import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis_tui.analysis.stories import (
    BARE_GAP,
    BARE_SPAN,
    CHARACTERS,
    RAID_AUTHORS,
    StoryIndex,
    StoryStats,
    credits_another,
    is_bare,
)

SAID = "Acme told its drivers to work through the flood and then docked their pay for being late http://a.example/1"
OTHER = "The new Acme lamp is on my desk since Monday and I like the warm light it gives in the evening"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def same(first: str, second: str) -> bool:
    index = StoryIndex()
    index.join(1, first)
    index.join(2, OTHER)
    return index.join(3, second) == 1


@pytest.mark.parametrize(
    "copy",
    [
        SAID,
        "RT @someone: " + SAID,
        "rt @someone@masto.example " + SAID,
        f"“@someone: {SAID}” wow",
        SAID.upper(),
        SAID.replace("http://a.example/1", "https://b.example/xYz"),
        SAID.replace(" http://a.example/1", ""),
        SAID[:60] + "…",
        SAID[:45] + "...",
        SAID[:60] + "… https://t.example/abc",
        "BREAKING: " + SAID,
        "I can not believe what I read here. " + SAID,
        SAID + " #shame #acme",
        SAID + " @acme explain yourselves",
        SAID.replace("flood", "storm"),
        SAID.replace("drivers", "couriers"),
        SAID.replace("and", "&amp;"),
        "\n".join(SAID.split(" ")),
        "".join(chr(ord(c) + 0xFEE0) if "a" <= c <= "z" else c for c in SAID[:-20]),
    ],
)
def test_a_copy_is_found_whatever_was_done_to_it(copy: str) -> None:
    assert same(SAID, copy)
    assert same(copy, SAID)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (SAID, OTHER),
        (SAID, "Acme told its investors to expect a better year after the new factory opened in spring"),
        ("$ACME downgraded to hold by Bank of Somewhere", "$OTHR downgraded to hold by Bank of Somewhere"),
        (
            "Acme is hiring",
            "Acme is hiring lawyers because its founder left with all of the money last night",
        ),
        (
            "Acme Holdings International Inc financials",
            "Acme Holdings International Inc recalls all lamps sold in May",
        ),
    ],
)
def test_what_says_something_else_stays_apart(first: str, second: str) -> None:
    assert not same(first, second)
    assert not same(second, first)


def test_reports_that_differ_by_a_number_are_one_story() -> None:
    assert same(
        "Acme confirms 12 people were hurt in the lamp factory",
        "Acme confirms 15 people were hurt in the lamp factory",
    )
    assert same(
        "$ACME price alert: 98.20 at noon in New York", "$ACME price alert: 97.45 at noon in New York"
    )


@pytest.mark.parametrize(
    ("first", "copy", "other"),
    [
        (
            "新しいランプを買ったのに三日で壊れてしまいました",
            "【拡散】新しいランプを買ったのに三日で壊れてしまいました！",
            "工場の近くに住んでいる友達から電話がありました",
        ),
        (
            "这家公司的新灯三天就坏了，客服也不接电话",
            "转发：这家公司的新灯三天就坏了，客服也不接电话！！",
            "今天的天气很好，我们一起去公园散步吧",
        ),
        (
            "โคมไฟใหม่ของบริษัทนี้เสียภายในสามวันและไม่มีใครรับสาย",
            "ด่วน โคมไฟใหม่ของบริษัทนี้เสียภายในสามวันและไม่มีใครรับสาย",
            "วันนี้อากาศดีมากเราไปเดินเล่นที่สวนกันเถอะ",
        ),
        (
            "Новая лампа сломалась через три дня, и никто не отвечает",
            "НОВАЯ лампа сломалась через три дня, и никто не отвечает!",
            "Сегодня хорошая погода, пойдём гулять в парк вместе",
        ),
    ],
)
def test_scripts_with_and_without_blanks(first: str, copy: str, other: str) -> None:
    assert same(first, copy)
    assert not same(first, other)


def test_a_repost_follows_its_parent_whatever_it_says() -> None:
    index = StoryIndex()
    assert index.join(10, SAID) == 10
    assert index.join(11, "so true", rt_of=10) == 10
    assert index.join(12, "and again", rt_of=11) == 10
    assert index.join(13, OTHER, rt_of=4) == 13  # a parent that nobody saw
    assert index.join(14, SAID, rt_of=4) == 10


def test_a_tag_said_now_and_then_is_no_story() -> None:
    index = StoryIndex()
    rng = random.Random(5)
    at = 0.0
    stories = Counter[int]()
    for key in range(500):
        at += rng.expovariate(1 / 3_600)
        stories[index.join(key, "@someone #Acme", at=at)] += 1
    assert max(stories.values()) < 25


def test_a_tag_that_all_shout_at_once_is_a_story_until_it_ends() -> None:
    index = StoryIndex()
    assert {index.join(key, f"@user{key} #BoycottAcme!", at=key * 7.0) for key in range(500)} == {0}
    later = 500 * 7.0 + BARE_GAP
    assert index.join(500, "#boycottacme", at=later) == 500
    assert index.join(501, "#boycottacme", at=later + 1) == 500
    steady = [index.join(key, "#acme", at=key * 600.0) for key in range(1_000, 1_500)]
    assert max(Counter(steady).values()) <= BARE_SPAN / 600 + 1


def test_without_times_a_tag_must_be_frequent() -> None:
    index = StoryIndex()
    assert index.join(1, "#acme") == 1
    assert index.join(50, "#acme") == 1
    assert index.join(1_000, "#acme") == 1_000


def test_a_bare_text_is_told_apart_by_its_link_and_found_by_it() -> None:
    index = StoryIndex()
    assert index.join(1, "#acme https://a.example/1", at=0) == 1
    assert index.join(2, "#acme https://a.example/2", at=1) == 2
    assert index.join(3, "#acme", at=2) == 3
    assert index.join(4, "RT @x: #acme https://a.example/1", at=90 * 86_400) == 1
    assert index.join(5, "#acme #lamps #recall https://a.example/3", at=10) == 5
    assert index.join(6, "#recall #lamps #acme https://a.example/4", at=90 * 86_400) == 5


def test_pictures_are_words_where_there_are_no_others() -> None:
    index = StoryIndex()
    assert index.join(1, "🤡🤡", at=0) == 1
    assert index.join(2, "@acme 🤡", at=1) == 1
    assert index.join(3, "🎉", at=2) == 3
    assert index.join(4, "#acme 🤡", at=3) == 4


@pytest.mark.parametrize(
    "text",
    [
        "#" * 100_000,
        "@" * 100_000,
        "http" * 25_000,
        "",
        " ",
        "@acme @other",
        "!!! ...",
        "\x00",
        "\ud800",
        "\u200b",
        "RT @acme:",
    ],
)
def test_nothing_said_is_joined_to_nothing(text: str) -> None:
    index = StoryIndex()
    assert [index.join(key, text, at=key) for key in range(3)] == [0, 1, 2]


@pytest.mark.parametrize("part", ["a", "lol ", "😀", "a#b ", "漢", "$", "ﷺ", "1.", "rt "])
def test_of_a_huge_text_only_the_beginning_counts(part: str) -> None:
    huge = part * (100_000 // len(part))
    index = StoryIndex()
    index.join(1, huge, at=0)
    assert index.join(2, huge, at=1) == index.join(3, huge[: 2 * CHARACTERS], at=2)


def test_an_article_is_known_by_its_beginning() -> None:
    rng = random.Random(1)
    words = [f"word{rng.randrange(5_000)}" for _ in range(20_000)]
    article, ending = " ".join(words), " ".join(reversed(words[10_000:]))
    assert same(article, "Copied from the paper: " + " ".join(words[:10_000]) + ending)
    assert not same(article, " ".join(reversed(words)))


def test_a_slogan_is_not_hidden_by_those_who_write_about_it() -> None:
    index = StoryIndex()
    assert index.join(0, "#AcmeStaysOpen #AcmeForever Mr. Acme") == 0
    for key in range(1, 30):
        about = (
            f"{key} people I never met are paid to post #AcmeStaysOpen #AcmeForever Mr. Acme {key * 7} times"
        )
        assert index.join(key, about + f" says my friend number {key} who counted them all") != 0
    assert index.join(40, "nice #AcmeStaysOpen #AcmeForever Mr. Acme") == 0


def test_old_stories_are_forgotten_and_those_that_go_on_are_not() -> None:
    index = StoryIndex(capacity=40)
    index.join(0, SAID)
    index.join(1, OTHER)
    for key in range(2, 1_002):
        index.join(key, " ".join(f"w{key}x{n}" for n in range(12)))
        if key % 3 == 0:
            assert index.join(key + 20_000, SAID) == 0
        if key % 90 == 0:
            assert index.join(key + 10_000, f"RT @user{key}: {SAID} #{key}") == 0
    assert index.join(30_000, OTHER) == 30_000
    assert index.join(30_001, "so true", rt_of=1) == 30_001
    held = (index._stories, index._texts, index._bare, index._known)
    assert all(len(table._young) + len(table._old) <= 40 for table in held)
    assert len(index._named._young) + len(index._named._old) <= 80


def test_a_capacity_must_be_positive() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        StoryIndex(0)


POOL = [
    SAID,
    SAID[:60] + "…",
    SAID + " #x",
    OTHER,
    "#acme",
    "#acme https://a.example/1",
    "🤡",
    "",
    "so it goes on",
    "so it goes on and on",
    "and on it goes so",
    "$A is up by two",
    "$B is up by two",
]


@given(
    st.lists(
        st.tuples(st.sampled_from(POOL), st.integers(0, 4_000), st.none() | st.integers(0, 30)), max_size=40
    ),
    st.data(),
)
def test_an_index_rebuilt_from_known_stories_goes_on_as_the_old_one(
    texts: list[tuple[str, int, int | None]], data: st.DataObject
) -> None:
    stop = data.draw(st.integers(0, len(texts)))
    whole, rebuilt = StoryIndex(), StoryIndex()
    at = 0
    for key, (text, pause, parent) in enumerate(texts):
        at += pause
        rt_of = parent if parent is not None and parent < key else None
        story = whole.join(key, text, rt_of=rt_of, at=at)
        if key < stop:
            rebuilt.remember(key, text, story, at=at)
        else:
            assert rebuilt.join(key, text, rt_of=rt_of, at=at) == story


@given(
    st.lists(st.text(st.characters(codec=None) | st.sampled_from("#@ $.…漢ก🤡"), max_size=60), max_size=12)
)
def test_any_text_gets_a_story_that_is_there(texts: list[str]) -> None:
    index = StoryIndex(capacity=8)
    stories: set[int] = set()
    for key, text in enumerate(texts):
        story = index.join(key, text)
        assert story == key or story in stories
        stories.add(story)


def test_the_stories_do_not_hang_on_the_hash_seed() -> None:
    program = (
        "import random; from crisis_tui.analysis.stories import StoryIndex\n"
        "r = random.Random(3); w = [f'w{n}' for n in range(40)]; i = StoryIndex(200)\n"
        "print([i.join(k, ' '.join(r.choices(w, k=r.randrange(1, 9)))) for k in range(3000)])"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert said[0] == said[1]


@pytest.mark.parametrize(
    ("text", "credit"),
    [
        ("RT @a: it is out", True),
        ("“@a: it is out” yes", True),
        ("rt if you agree", False),
        ("@a it is out", False),
    ],
)
def test_who_credits_another(text: str, credit: bool) -> None:
    assert credits_another(text) is credit


@pytest.mark.parametrize(
    "text", ["#acme", "@a wow #acme", "🤡", "#one #two #three #four", "", "https://a.example"]
)
def test_what_is_bare(text: str) -> None:
    assert is_bare(text)
    assert not is_bare(text + " recalls lamps after fire")


# What a story's members have in common.


def raid(
    count: int = 200,
    *,
    reposts: bool = False,
    bare: bool = False,
    posts_each: int = 1,
    spread: timedelta = timedelta(hours=5),
) -> StoryStats:
    stats = StoryStats()
    for n in range(count):
        stats.add(
            NOON + spread * (n / count),
            f"user{n // posts_each}",
            followers=n // posts_each,
            author_created_at=NOON - timedelta(days=3 if n % 2 else 400),
            repost=reposts,
            bare=bare,
        )
    return stats


def test_the_figures_of_a_raid() -> None:
    figures = raid().figures()
    assert (figures.mentions, figures.authors, figures.estimated) == (200, 200, False)
    assert (figures.young_share, figures.ages_known) == (0.5, 200)
    assert figures.reach == sum(range(200))
    assert figures.peak_a_minute == 1
    assert figures.first == NOON
    assert figures.last is not None
    assert NOON < figures.last < NOON + timedelta(hours=5)
    assert figures.coordinated
    said = " ".join(figures.reasons)
    assert "200 accounts" in said
    assert "100%" in said
    assert "50% of the accounts of known age are younger than 30 days" in said


@pytest.mark.parametrize(
    "stats",
    [
        raid(reposts=True),
        raid(bare=True),
        raid(posts_each=3),
        raid(RAID_AUTHORS - 1),
        raid(spread=timedelta(days=30)),
        StoryStats(),
    ],
    ids=[
        "reposts spread by themselves",
        "a tag is everybody's",
        "a few who repeat themselves",
        "a few",
        "over weeks",
        "nobody",
    ],
)
def test_what_is_no_raid(stats: StoryStats) -> None:
    figures = stats.figures()
    assert not figures.coordinated
    assert figures.reasons == ()


def test_what_is_not_known_is_none() -> None:
    empty = StoryStats().figures()
    assert (empty.mentions, empty.authors, empty.reach, empty.young_share) == (0, 0, None, None)
    assert (empty.first, empty.last, empty.peak_a_minute) == (None, None, 0)
    stats = StoryStats()
    stats.add(NOON)
    stats.add(NOON, "a")
    figures = stats.figures()
    assert (figures.mentions, figures.authors, figures.reach, figures.ages_known) == (2, 1, None, 0)
    stats.add(NOON, "b", followers=0)
    assert stats.figures().reach == 0


def test_each_author_reaches_followers_once() -> None:
    stats = StoryStats()
    for followers in (5, None, 9, 7):
        stats.add(NOON, "a", followers=followers)
    stats.add(NOON, "b", followers=1)
    assert stats.figures().reach == 10


def test_the_peak_is_of_the_busiest_minute() -> None:
    stats = StoryStats()
    for second in (0, 59, 60, 61, 62, 600):
        stats.add(NOON + timedelta(seconds=second), "a")
    assert stats.figures().peak_a_minute == 3


Member = tuple[int, int, int | None, bool]


@given(
    st.lists(
        st.tuples(st.integers(0, 10**6), st.integers(0, 60), st.none() | st.integers(0, 99), st.booleans()),
        max_size=80,
    ),
    st.randoms(),
)
def test_the_order_of_arrival_changes_nothing(members: list[Member], rng: random.Random) -> None:
    def figures(rows: list[Member]) -> Any:
        stats = StoryStats()
        for second, author, followers, repost in rows:
            stats.add(NOON + timedelta(seconds=second), str(author), followers=followers, repost=repost)
        return stats.figures()

    mixed = members[:]
    rng.shuffle(mixed)
    assert figures(mixed) == figures(members)


def test_a_huge_story_is_estimated_in_bounded_memory() -> None:
    stats = StoryStats(authors_kept=2_000)
    for n in range(40_000):
        stats.add(
            NOON + timedelta(minutes=n),
            f"user{n % 20_000}",
            followers=100,
            author_created_at=NOON - timedelta(days=10 if n % 4 == 0 else 900),
        )
    figures = stats.figures()
    assert figures.estimated
    assert figures.mentions == 40_000
    assert figures.authors == pytest.approx(20_000, rel=0.1)
    assert figures.reach == pytest.approx(2_000_000, rel=0.1)
    assert figures.young_share == pytest.approx(0.25, abs=0.05)
    assert len(stats._sample.authors) == len(stats._sample._largest) == 2_000
    assert len(stats._minutes.counts) < 6_000
    with pytest.raises(ValueError, match="at least 2"):
        StoryStats(authors_kept=1)


# On real posts.


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(row) for row in gzip.decompress(path.read_bytes()).splitlines()]


def plain(text: str) -> list[str]:
    return re.findall(r"\w+", re.sub(r"https?\S*|@\w+|\brt\b", " ", text.lower()))


def says_the_same(first: str, second: str) -> bool:
    """An independent and milder look: half of the words in order, or half of the different words."""
    one, two = plain(first), plain(second)
    if difflib.SequenceMatcher(None, one, two, autojunk=False).ratio() >= 0.5:
        return True
    return len(set(one) & set(two)) >= 0.5 * len(set(one) | set(two))


def edits(rng: random.Random) -> dict[str, Callable[[str], str]]:
    def swap(text: str) -> str:
        words = text.split()
        words[rng.randrange(len(words))] = rng.choice(("maybe", "really", "people", "never", "today"))
        return " ".join(words)

    def relink(text: str) -> str:
        return re.sub(r"https?://\S+", "", text) + f" https://t.example/{rng.randrange(10**9)}"

    return {
        "credited": lambda text: f"RT @user{rng.randrange(999)}: {text}",
        "shouted": str.upper,
        "linked": relink,
        "cut": lambda text: text[: max(20, int(len(text) * rng.uniform(0.5, 0.9)))] + "…",
        "prefixed": lambda text: rng.choice(("BREAKING: ", "So true! ", "Please read: ")) + text,
        "suffixed": lambda text: text + rng.choice((" smh", " what do you think?", " #wow")),
        "swapped": swap,
    }


def test_retweets_and_copies_of_real_posts_are_found_by_their_text(shared_data: Path) -> None:
    posts = lines(shared_data / "retweet-stream-dev.jsonl.gz")
    index = StoryIndex()
    stories = [index.join(key, post["text"], at=post["ts"]) for key, post in enumerate(posts)]
    origins = [post["rt_of"] or post["id"] for post in posts]

    first: dict[str, int] = {}
    missed = [
        key for key, origin in enumerate(origins) if stories[first.setdefault(origin, key)] != stories[key]
    ]
    # A bare tag that is repeated half a day later is a repeat only if its network says so.
    assert [key for key in missed if len(set(plain(posts[key]["text"]))) >= 3] == []
    assert len(missed) <= 2

    merged = [(story, key) for key, story in enumerate(stories) if origins[key] != origins[story]]
    wrong = [pair for pair in merged if not says_the_same(posts[pair[0]]["text"], posts[pair[1]]["text"])]
    assert len(merged) > 1_000
    assert len(wrong) <= 0.005 * len(merged)

    rng = random.Random(2)
    kinds = edits(rng)
    speaking = [
        key for key, post in enumerate(posts) if stories[key] == key and len(set(plain(post["text"]))) >= 5
    ]
    found = Counter[str]()
    chosen = rng.sample(speaking, 1_400)
    for number, key in enumerate(chosen):
        kind = list(kinds)[number % len(kinds)]
        found[kind] += index.join(len(posts) + number, kinds[kind](posts[key]["text"])) == key
    assert found.total() >= 0.98 * len(chosen), found


@pytest.mark.slow
def test_a_real_raid_is_one_story_and_looks_like_one(shared_data: Path) -> None:
    posts = [
        {**post, "at": datetime.fromisoformat(post["created_at"])}
        for post in lines(shared_data / "takeover-2022.ndjson.gz")
        if "2022-11-17" < post["created_at"] < "2022-11-23"
    ]
    index = StoryIndex()
    stories = [index.join(key, post["text"], at=post["at"].timestamp()) for key, post in enumerate(posts)]
    slogan = [
        story
        for story, post in zip(stories, posts, strict=True)
        if "twitterstillopen" in post["text"].lower()
    ]
    story, size = Counter(slogan).most_common(1)[0]
    assert size >= 4_700

    stats = StoryStats()
    for post, its in zip(posts, stories, strict=True):
        if its == story:
            text = post["text"]
            stats.add(post["at"], post["author"], repost=credits_another(text), bare=is_bare(text))
    figures = stats.figures()
    assert figures.mentions <= size + 20  # next to nothing else is in it
    assert figures.coordinated
    assert figures.authors > 4_400
