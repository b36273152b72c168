"""A dry run tells what a watch would have matched, and changes nothing."""

from __future__ import annotations

from pathlib import Path

from crisis_tui.watching import dry_run
from data.models.batch import Batch
from data.models.mention import Gap
from data.models.watch import Watch
from data.store import Store
from data.text import SafeText
from tests.store.kit import NOON, mention

TEXTS = ["acme broke", "the acme cartoon", "rival is fine", "rival and acme", "nothing"]


async def test_what_it_takes_and_what_it_leaves(tmp_path: Path) -> None:
    watch = Watch.model_validate(
        {"terms": ["acme"], "exclude": ["cartoon"], "competitors": {"Rival": ["rival"], "Other": ["other"]}}
    )
    async with Store.open(tmp_path) as store:
        posts = [mention(n, text=TEXTS[n % 5], network="x" if n % 2 else "reddit") for n in range(2_500)]
        await store.mentions.add(posts, NOON)
        gap = Gap(start=NOON, end=NOON, reason=SafeText("acme"))
        await store.mentions.take(Batch(gap=gap), "news", NOON)
        await store.mentions_watch.changed()
        found = await dry_run(store, watch)
        assert (found.read, found.matched) == (2_500, 1_000)
        assert found.networks == {"x": 500, "reddit": 500}
        assert found.competitors == {"Rival": 1_000, "Other": 0}
        assert found.since == NOON
        assert all("acme" in each and "cartoon" not in each for each in found.taken)
        assert any("cartoon" in each for each in found.left)
        assert (len(found.taken), len(found.left)) == (20, 20)
        assert "1,000 of the 2,500" in found.words
        assert not await store.mentions_watch.changed()
        assert (await dry_run(store, watch, most=100)).read == 100


async def test_an_empty_store_is_said_to_be_one(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        found = await dry_run(store, Watch())
    assert (found.read, found.since) == (0, None)
    assert "Nothing is stored yet" in found.words
