"""Mentions in the store, against a plain list that does the same the slow way."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.models.base import to_ms
from data.models.mention import Mention, StoredMention, Tone
from data.store import Store, StoreError
from data.store.mentions import LATE_MS
from data.store.readings import Reading
from tests.store.kit import NOON, mention, rows

WORDS = ("refund", "leak", "thanks", "pan", "panic", "broken")
NETWORKS = ("x", "mastodon", "news")

MENTIONS = st.builds(
    lambda network, number, words, seconds, likes: mention(
        number,
        network=network,
        text=" ".join(words),
        created_at=(NOON + timedelta(seconds=seconds)).isoformat(),
        likes=likes,
    ),
    st.sampled_from(NETWORKS),
    st.integers(0, 25),
    st.lists(st.sampled_from(WORDS), max_size=4),
    st.integers(-7_200, 7_200),
    st.none() | st.integers(0, 9),
)
BATCHES = st.lists(st.lists(MENTIONS, max_size=12), max_size=5)
QUERIES = st.none() | st.builds(
    lambda wanted, unwanted, phrase: " ".join(
        [*wanted, *(f"-{word}" for word in unwanted), *([f'"{" ".join(phrase)}"'] if phrase else [])]
    ),
    st.lists(st.sampled_from([*WORDS, "pan*", "REFUND"]), min_size=1, max_size=2),
    st.lists(st.sampled_from(WORDS), max_size=1),
    st.lists(st.sampled_from(WORDS), max_size=2),
)


def with_store(act: Callable[[Store, Path], Awaitable[None]]) -> None:
    """Do something with a new store."""

    async def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with Store.open(Path(folder)) as store:
                await act(store, Path(folder))

    asyncio.run(run())


def matches(text: str, query: str) -> bool:
    """Does a text of plain words match a query? Phrases stand at the end of ours."""
    words = text.split()
    bare, _, phrase = query.partition('"')
    for term in bare.split():
        no, term = term.startswith("-"), term.removeprefix("-").lower()
        found = any(word.startswith(term[:-1]) if term.endswith("*") else word == term for word in words)
        if found == no:
            return False
    wanted = phrase.rstrip('"').split()
    places = range(len(words) - len(wanted) + 1)
    return any(words[place : place + len(wanted)] == wanted for place in places)


class Model:
    """What the store must hold."""

    def __init__(self) -> None:
        self.kept: list[tuple[Mention, bool]] = []

    def add(self, batch: Sequence[Mention]) -> int:
        newest: dict[str, int] = {}
        for each, _ in self.kept:
            minute = to_ms(each.created_at) // 60_000 * 60_000
            newest[each.network] = max(minute, newest.get(each.network, 0))
        before = len(self.kept)
        for each in batch:
            if all((each.network, each.id) != (other.network, other.id) for other, _ in self.kept):
                late = to_ms(each.created_at) < min(newest.get(each.network, 0), to_ms(NOON)) - LATE_MS
                self.kept.append((each, late))
        return len(self.kept) - before

    def page(self, choice: dict[str, Any], before: int | None, after: int | None, limit: int) -> list[int]:
        found = [
            seq
            for seq, (each, _) in enumerate(self.kept, 1)
            if (choice["network"] is None or each.network == choice["network"])
            and (choice["since"] is None or each.created_at >= choice["since"])
            and (choice["query"] is None or matches(each.text, choice["query"]))
            and (before is None or seq < before)
            and (after is None or seq > after)
        ]
        if after is not None:
            return found[:limit][::-1]
        return found[::-1][:limit]


@settings(max_examples=50)
@given(
    BATCHES,
    QUERIES,
    st.none() | st.sampled_from(NETWORKS),
    st.none() | st.integers(-7_200, 7_200).map(lambda seconds: NOON + timedelta(seconds=seconds)),
    st.none() | st.integers(0, 30),
    st.none() | st.integers(0, 30),
    st.integers(0, 9),
)
def test_pages_searches_and_counts(
    batches: list[list[Mention]],
    query: str | None,
    network: str | None,
    since: datetime | None,
    before: int | None,
    after: int | None,
    limit: int,
) -> None:
    async def act(store: Store, folder: Path) -> None:
        model = Model()
        for batch in batches:
            stored = await store.mentions.add(batch, NOON)
            assert stored.stored == model.add(batch)
            assert stored.stored + stored.duplicates == len(batch)
        choice: dict[str, Any] = {"query": query, "network": network, "since": since}
        page = await store.mentions.page(before=before, after=after, limit=limit, **choice)
        assert [each.seq for each in page] == model.page(choice, before, after, limit)
        for each in page:
            assert (each.mention, each.late) == model.kept[each.seq - 1]
            assert await store.mentions.get(each.seq) == each
        assert await store.mentions.some([each.seq for each in page]) == page
        assert await store.mentions.count(**choice) == len(model.page(choice, None, None, 99))
        assert await store.mentions.count(**choice, after=after) == len(
            model.page(choice, None, after or 0, 99)
        )
        assert await store.mentions.newest_seq() == len(model.kept)
        await check_walk(store, choice, model.page(choice, None, None, 99))
        check_minutes(folder)

    with_store(act)


async def check_walk(store: Store, choice: dict[str, Any], wanted: list[int]) -> None:
    """Page by page to the oldest and back gives each mention once."""
    down: list[StoredMention] = []
    while page := await store.mentions.page(before=down[-1].seq if down else None, limit=3, **choice):
        down += page
    assert [each.seq for each in down] == wanted
    up: list[StoredMention] = []
    while page := await store.mentions.page(after=up[0].seq if up else 0, limit=3, **choice):
        up = page + up
    assert up == down


def check_minutes(folder: Path) -> None:
    """What is counted as it comes is what a recount gives."""
    kept = rows(
        folder / "mentions.db",
        "SELECT minute, network, mentions, scored, negative, positive FROM minutes ORDER BY 1, 2",
    )
    recount = rows(
        folder / "mentions.db",
        "SELECT m.created_ms / 60000, m.network, count(*), sum(coalesce(r.tone <> 'unscored', 0)),"
        " sum(coalesce(r.tone = 'negative', 0)), sum(coalesce(r.tone = 'positive', 0))"
        " FROM mentions AS m LEFT JOIN readings AS r USING (seq) GROUP BY 1, 2 ORDER BY 1, 2",
    )
    assert kept == recount


@settings(max_examples=40)
@given(BATCHES, st.lists(st.sampled_from(Tone), min_size=70, max_size=70), st.integers(1, 9), st.booleans())
def test_counts_of_readings(batches: list[list[Mention]], tones: list[Tone], step: int, twice: bool) -> None:
    async def act(store: Store, folder: Path) -> None:
        for batch in batches:
            await store.mentions.add(batch, NOON)
            while waiting := await store.readings.waiting(step):
                readings = [
                    Reading(seq=each.seq, tone=tones[each.seq % len(tones)], words=("bad",))
                    for each in waiting
                ]
                await store.readings.add(readings)
                if twice:  # as if two processes had read the same mentions
                    await store.readings.add(readings)
        check_minutes(folder)
        for each in await store.mentions.page(limit=100):
            assert each.tone == tones[each.seq % len(tones)]
        start, end = NOON - timedelta(hours=3), NOON + timedelta(hours=3)
        minutes = await store.mentions.minutes([(start, end)])
        bars = await store.mentions.bars(start, 20, 18)
        for name in ("mentions", "scored", "negative"):
            assert sum(getattr(each, name) for each in minutes) == sum(getattr(each, name) for each in bars)
        by_bar = Counter(
            (each.minute - to_ms(start) // 60_000) // 20 for each in minutes for _ in range(each.mentions)
        )
        assert [bar.mentions for bar in bars] == [by_bar[place] for place in range(18)]

    with_store(act)


@settings(max_examples=30)
@given(st.lists(MENTIONS, max_size=25), st.integers(-7_200, 7_200), st.integers(0, 7_200))
def test_what_is_asked_of_a_span_of_time(batch: list[Mention], seconds: int, length: int) -> None:
    async def act(store: Store, _folder: Path) -> None:
        await store.mentions.add(batch, NOON)
        kept = [each.mention for each in await store.mentions.page(limit=99)][::-1]
        start, end = NOON + timedelta(seconds=seconds), NOON + timedelta(seconds=seconds + length)
        inside = [each for each in kept if start <= each.created_at < end]
        loudest = await store.mentions.loudest(start, end, limit=3)
        wanted = sorted(inside, key=lambda each: -(each.likes or 0))[:3]
        assert [each.mention for each in loudest] == wanted
        before = [(each.created_at, seq) for seq, each in enumerate(kept, 1) if each.created_at <= start]
        assert await store.mentions.seq_at(start) == (max(before)[1] if before else None)
        times = [each.created_at for each in kept]
        assert await store.mentions.span() == ((min(times), max(times)) if times else None)

    with_store(act)


def test_every_field_survives_the_store() -> None:
    async def act(store: Store, _folder: Path) -> None:
        whole = mention(
            7,
            text="a\x1b[2Jb",
            author="@a",
            author_name="Ä \u202e",
            followers=2**61,
            url="https://a.example",
            lang="de",
            likes=0,
            reposts=1,
            replies=2,
            views=3,
            in_reply_to="6",
            html="<b>\ud83d</b>",
            other=[1, {}],
        )
        await store.mentions.add([whole], NOON)
        (found,) = await store.mentions.page()
        assert found.mention == whole
        assert found.arrived_at == NOON

    with_store(act)


def test_an_author_is_counted_once_with_the_largest_audience() -> None:
    async def act(store: Store, _folder: Path) -> None:
        batch = [mention(n, author="@a", followers=n * 10 or None) for n in range(3)]
        await store.mentions.add([*batch, mention(5, author="@b"), mention(6)], NOON)
        hour = NOON, NOON + timedelta(hours=1)
        found = await store.mentions.voices(*hour, least=20, names=["b"])
        assert (found.followers, found.known) == (20, 1)
        assert [(each.name, each.followers, each.mentions) for each in found.told] == [
            ("@a", 20, 3),
            ("@b", None, 1),
        ]
        assert not (await store.mentions.voices(*hour, least=21, names=["c"])).told

    with_store(act)


def test_authors_are_found_by_name_and_counts_that_are_claimed_stop_nothing() -> None:
    async def act(store: Store, _folder: Path) -> None:
        authors = ["@Älex", "ACME", "Ørsted", "bob"]
        await store.mentions.add(
            [mention(n, author=name, followers=2**62 - 1) for n, name in enumerate(authors)], NOON
        )
        hour = NOON, NOON + timedelta(hours=1)
        found = await store.mentions.voices(*hour, least=2**62, names=["acme"])
        assert [each.name for each in found.told] == ["ACME"]
        assert (found.followers, found.known) == (2**64, 4)
        found = await store.mentions.voices(*hour, least=2**62, names=["älex"])
        assert {each.name for each in found.told} == {"@Älex", "Ørsted"}

    with_store(act)


def test_a_replay_arrives_when_it_was_posted() -> None:
    async def act(store: Store, _folder: Path) -> None:
        await store.mentions.add([mention(3)], None)
        (found,) = await store.mentions.page()
        assert found.arrived_at == found.mention.created_at

    with_store(act)


def test_a_batch_and_its_cursor_are_stored_together_or_not_at_all() -> None:
    async def act(store: Store, _folder: Path) -> None:
        broken = mention(2).model_copy(update={"text": None})
        with pytest.raises(StoreError, match="NOT NULL"):
            await store.mentions.add([mention(1), broken], NOON, cursors={"source:a": "2"})
        assert await store.mentions.newest_seq() == 0
        assert await store.mentions.cursor("source:a") is None
        await store.mentions.add([mention(1)], NOON, cursors={"source:a": "1"})
        assert await store.mentions.cursor("source:a") == "1"

    with_store(act)
