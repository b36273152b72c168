"""Stories in pages and counts, against a plain list that folds the slow way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.models.batch import Batch
from data.models.mention import Gap, StoredMention, Tone
from data.store import Store
from data.store.readings import Reading
from data.text import SafeText
from tests.store.kit import NOON, mention
from tests.store.test_mentions import matches, with_store

POSTS = st.lists(
    st.tuples(
        st.integers(0, 6),  # what it says; 0 says nothing that can be compared
        st.sampled_from(("", " refund", " refund leak")),  # what a copy may have and another one not
        st.sampled_from(("x", "news")),
        st.booleans(),  # a gap comes before it
    ),
    max_size=40,
)


async def fill(store: Store, posts: Sequence[tuple[int, str, str, bool]], read: int) -> dict[int, int | None]:
    """Let posts arrive, and the first `read` places be read; gives the story of each of those."""
    said: dict[int, int] = {}
    texts: dict[int, int] = {}
    for number, (text, more, network, gap) in enumerate(posts):
        if gap:
            missing = Gap(start=NOON, end=NOON + timedelta(minutes=1 + number), reason=SafeText("lost"))
            await store.mentions.take(Batch(gap=missing), "news", NOON)
        await store.mentions.add([mention(number, text=f"story{text}{more}", network=network)], NOON)
        texts[await store.mentions.newest_seq()] = text
    stories: dict[int, int | None] = {}
    for each in await store.readings.waiting(read) if read else []:
        said_here = texts.get(each.seq)
        joins = said_here is not None and said_here > 0
        stories[each.seq] = (
            said.setdefault(said_here or 0, each.seq) if joins else None if said_here is None else each.seq
        )
    readings = [Reading(seq=seq, tone=Tone.NEUTRAL, words=(), story=story) for seq, story in stories.items()]
    for start in range(0, len(readings), 3):
        await store.readings.add(readings[start : start + 3])
    return stories


def folded(found: Sequence[StoredMention], stories: dict[int, int | None]) -> list[int]:
    """The oldest of each story among what was found, newest first."""
    seen: set[int] = set()
    kept = []
    for seq in sorted(each.seq for each in found):
        story: int = stories.get(seq) or seq
        if story not in seen:
            kept.append(seq)
        seen.add(story)
    return kept[::-1]


@settings(max_examples=60, deadline=None)
@example([(0, "", "x", False), (0, "", "x", True)], 0, None, None, False, 1)  # a gap is read as it comes
@given(
    POSTS,
    st.integers(0, 60),
    st.sampled_from((None, "refund", "leak", "story1", "story2 -leak")),
    st.none() | st.just("x"),
    st.booleans(),
    st.integers(1, 5),
)
def test_a_folded_walk_gives_each_story_once(
    posts: list[tuple[int, str, str, bool]],
    read: int,
    query: str | None,
    network: str | None,
    gaps: bool,
    limit: int,
) -> None:
    async def act(store: Store, _folder: Path) -> None:
        stories = await fill(store, posts, read)
        choice = {"query": query, "network": network, "gaps": gaps}
        everything = await store.mentions.page(limit=200, **choice)  # type: ignore[arg-type]
        if query:
            assert all(matches(each.text, query) for each in everything)
        wanted = folded(everything, stories)
        down: list[int] = []
        while page := await store.mentions.page(
            before=down[-1] if down else None,
            limit=limit,
            folded=True,
            **choice,  # type: ignore[arg-type]
        ):
            assert len(page) <= limit
            down += [each.seq for each in page]
        assert down == wanted
        up: list[int] = []
        while page := await store.mentions.page(
            after=up[0] if up else 0,
            limit=limit,
            folded=True,
            **choice,  # type: ignore[arg-type]
        ):
            up = [each.seq for each in page] + up
        assert up == wanted
        for after in (None, 0, *wanted[:2]):
            here = [seq for seq in wanted if seq > (after or 0)]
            counted = await store.mentions.count(after=after, folded=True, **choice)  # type: ignore[arg-type]
            assert counted == len(here)
            before = wanted[0] if wanted else 1
            counted = await store.mentions.count(after=after, before=before, folded=True, **choice)  # type: ignore[arg-type]
            assert counted == len([seq for seq in here if seq < before])
        assert [each.seq for each in everything] == sorted((each.seq for each in everything), reverse=True)

    with_store(act)


@settings(max_examples=30, deadline=None)
@given(POSTS, st.integers(1, 7))
def test_members_of_a_story_in_pages(posts: list[tuple[int, str, str, bool]], limit: int) -> None:
    async def act(store: Store, _folder: Path) -> None:
        stories = await fill(store, posts, 200)
        copies = {seq: story for seq, story in stories.items() if story not in (None, seq)}
        assert await store.stories.total() == len(copies)
        assert await store.stories.newest_copy() == max(copies, default=0)
        for story in {story for story in stories.values() if story}:
            wanted = sorted((seq for seq, of in stories.items() if of == story), reverse=True)
            down: list[int] = []
            while page := await store.stories.places(story, before=down[-1] if down else None, limit=limit):
                down += page
            up: list[int] = []
            while page := await store.stories.places(story, after=up[0] if up else 0, limit=limit):
                up = page + up
            assert down == up == wanted
            first = await store.mentions.get(story)
            assert first is not None
            newest = 0 if len(wanted) == 1 else wanted[0]
            assert (first.copies, first.newest_copy, first.is_copy) == (len(wanted) - 1, newest, False)
        mark = sorted(copies)[len(copies) // 2] if copies else 0
        grown = {story: max(seq for seq, of in copies.items() if of == story) for story in copies.values()}
        since = min(copies, default=0)
        assert await store.stories.grown(mark, since) == [
            (story, newest, sum(of == story and seq > since for seq, of in copies.items()))
            for story, newest in sorted(grown.items(), reverse=True)
            if newest > mark
        ]

    with_store(act)


@pytest.mark.parametrize("query", [None, "raid"])
def test_a_raid_between_two_pages_is_not_walked_over(query: str | None) -> None:
    """How many steps SQLite takes does not depend on how many copies lie between."""

    async def act(store: Store, _folder: Path) -> None:
        async def steps(copies: int) -> int:
            start = await store.mentions.newest_seq()
            texts = ["raid one", "raid two", *["raid one"] * copies, "raid three"]
            batch = [mention(start + n, text=text) for n, text in enumerate(texts)]
            await store.mentions.add(batch, NOON)
            waiting = await store.readings.waiting(len(batch))
            await store.readings.add(
                [
                    Reading(
                        seq=each.seq,
                        tone=Tone.NEUTRAL,
                        words=(),
                        story=start + 1 if each.text == "raid one" else each.seq,
                    )
                    for each in waiting
                ]
            )
            taken = 0

            def count() -> int:
                nonlocal taken
                taken += 1
                return 0

            connection = store.mentions._reader._connection
            await connection.set_progress_handler(count, 1)
            page = await store.mentions.page(query=query, limit=3, folded=True)
            await connection.set_progress_handler(lambda: 0, 0)
            assert [each.text for each in page] == ["raid three", "raid two", "raid one"]
            return taken

        few, many = await steps(10), await steps(2_000)
        if query is None:
            assert many < 1.5 * few
        else:  # a search looks at each match, but its steps are few
            assert many - few < 2_000 * 40

    with_store(act)
