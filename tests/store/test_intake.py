"""What batches of live sources leave in the store: edits, deletions as a mark, gaps, costs."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from data.models.batch import Batch
from data.models.feed import Budget, Change, FeedHealth, FeedState
from data.models.mention import Gap, Mention
from data.store import Store
from data.text import SafeText
from tests.store.kit import NOON, mention

MINUTE = timedelta(minutes=1)


def change(post: Mention, *, gone: bool = False, after: timedelta = MINUTE) -> Change:
    return Change(network=post.network, id=post.id, mention=None if gone else post, at=NOON + after)


async def test_an_edit_is_kept_beside_the_original(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await store.mentions.take(Batch(mentions=[mention(1), mention(2)], known=True), "masto", NOON)
        edited = mention(1, text="it was not us", likes=7)
        stored = await store.mentions.take(
            Batch(mentions=[edited, mention(2)], known=True), "masto", NOON + MINUTE
        )
        assert (stored.stored, stored.duplicates, stored.changed) == (0, 2, 1)
        second, first = await store.mentions.page()
        assert (first.mention.text, first.text_now, first.text) == (
            "words of post 1",
            "it was not us",
            "it was not us",
        )
        assert first.mention.likes == 7
        assert first.edited_at == NOON + MINUTE
        assert (second.text_now, second.edited_at, second.deleted_at) == (None, None, None)
        again = await store.mentions.take(Batch(mentions=[edited], known=True), "masto", NOON + 2 * MINUTE)
        assert again.changed == 0
        back = await store.mentions.take(Batch(mentions=[mention(1)], known=True), "masto", NOON + 3 * MINUTE)
        assert back.changed == 1
        assert (await store.mentions.page())[1].text == "words of post 1"


async def test_two_forms_of_a_post_in_one_batch_are_an_edit(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        batch = Batch(mentions=[mention(1), mention(2), mention(1, text="corrected")], known=True)
        stored = await store.mentions.take(batch, "hook", NOON)
        assert (stored.stored, stored.changed) == (2, 1)
        assert [each.text for each in await store.mentions.page()] == ["words of post 2", "corrected"]


async def test_changes_of_one_post_in_one_batch_follow_each_other(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await store.mentions.take(Batch(mentions=[mention(1), mention(2)]), "masto", NOON)
        edited, liked = mention(1, text="corrected"), mention(1, text="corrected", likes=4)
        changes = [
            change(edited),
            change(edited),
            change(liked),
            change(mention(2), gone=True),
            change(mention(2)),
        ]
        stored = await store.mentions.take(Batch(changes=changes), "masto", NOON + MINUTE)
        assert stored.changed == 4
        second, first = await store.mentions.page()
        assert (first.text, first.edited_at, first.mention.likes) == ("corrected", NOON + MINUTE, 4)
        assert second.deleted_at is None


async def test_what_is_merely_sent_twice_changes_nothing(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await store.mentions.take(Batch(mentions=[mention(1)]), "inbox", NOON)
        await store.mentions.take(Batch(mentions=[mention(1, text="other", likes=3)]), "inbox", NOON)
        (only,) = await store.mentions.page()
        assert (only.text, only.mention.likes, only.edited_at) == ("words of post 1", None, None)


async def test_a_deletion_is_a_mark_and_an_unknown_post_none(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await store.mentions.take(Batch(mentions=[mention(1)]), "masto", NOON)
        gone = Batch(changes=[change(mention(1), gone=True), change(mention(9), gone=True)])
        assert (await store.mentions.take(gone, "masto", NOON + MINUTE)).changed == 1
        assert (await store.mentions.take(gone, "masto", NOON + MINUTE)).changed == 0
        (only,) = await store.mentions.page()
        assert (only.deleted_at, only.text) == (NOON + MINUTE, "words of post 1")
        assert await store.mentions.count() == 1


async def test_counts_of_a_later_look_are_the_newest_and_lack_nothing(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await store.mentions.take(Batch(mentions=[mention(1, likes=1, replies=2)], known=True), "m", NOON)
        await store.mentions.take(Batch(mentions=[mention(1, likes=50)], known=True), "m", NOON)
        (only,) = await store.mentions.page()
        assert (only.mention.likes, only.mention.replies) == (50, 2)


async def test_changes_are_told_by_their_places(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await store.mentions.take(Batch(mentions=[mention(n) for n in range(5)]), "m", NOON)
        mark, places = await store.mentions.changes(0)
        assert (mark, places) == (0, [])
        await store.mentions.take(Batch(changes=[change(mention(3), gone=True)]), "m", NOON)
        mark, places = await store.mentions.changes(mark)
        assert places == [4]
        assert await store.mentions.changes(mark) == (mark, [])
        await store.mentions.take(Batch(changes=[change(mention(3, likes=2))]), "m", NOON)
        assert (await store.mentions.changes(mark))[1] == [4]
        assert (await store.mentions.some([4]))[0].deleted_at is None, "what is seen again is not gone"


async def test_a_gap_stands_in_its_place_of_the_feed_and_counts_as_no_mention(tmp_path: Path) -> None:
    gap = Gap(start=NOON, end=NOON + 90 * MINUTE, reason=SafeText("the feed rolled over"))
    async with Store.open(tmp_path) as store:
        await store.mentions.take(Batch(mentions=[mention(1)]), "news", NOON)
        for _ in range(2):
            await store.mentions.take(Batch(gap=gap), "news", NOON)
        await store.mentions.take(Batch(mentions=[mention(2)]), "news", NOON)
        shown = await store.mentions.page(gaps=True)
        assert [each.gap for each in shown] == [None, gap, None]
        assert shown[1].mention.author_name == "news"
        assert [each.gap for each in await store.mentions.page()] == [None, None]
        assert await store.mentions.count() == 2
        assert await store.mentions.count(since=NOON - MINUTE) == 2
        assert [
            each.network for each in await store.mentions.minutes([(NOON - MINUTE, NOON + 200 * MINUTE)])
        ] == ["x"]
        assert all(
            each.gap is None for each in await store.mentions.loudest(NOON - MINUTE, NOON + 200 * MINUTE)
        )


async def test_what_is_due_is_asked_again_less_and_less_often(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        young, old = mention(0), mention(1, created_at=(NOON - timedelta(hours=3)).isoformat())
        ancient = mention(2, created_at=(NOON - timedelta(days=9)).isoformat())
        batch = Batch(mentions=[young, old, ancient], handles={"0": "handle-0"})
        await store.mentions.take(batch, "m", NOON, tracked=True)

        async def due(minutes: int) -> list[str]:
            return await store.mentions.due("m", NOON + minutes * MINUTE, 10)

        assert await due(4) == []
        assert await due(6) == ["handle-0"]
        assert await due(31) == ["handle-0", "1"]
        await store.mentions.checked("m", ["handle-0"], NOON + 31 * MINUTE)
        assert await due(32) == ["1"]
        assert await store.mentions.due("other", NOON + 60 * MINUTE, 10) == []
        await store.mentions.take(Batch(changes=[change(old, gone=True)]), "m", NOON)
        assert await due(40) == ["handle-0"]


async def test_costs_add_up_by_the_month_and_with_their_rows(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        for _ in range(3):
            await store.mentions.take(Batch(cost_usd=Decimal("0.005")), "x", NOON)
        await store.mentions.take(Batch(cost_usd=Decimal("1")), "x", NOON + timedelta(days=40))
        assert await store.feeds.spent("x", NOON) == Decimal("0.015")
        assert await store.feeds.spent("y", NOON) == 0
        await store.feeds.save(
            FeedHealth(name=SafeText("x"), state=FeedState.LIVE, last_success=NOON, message=SafeText("reads"))
        )
        (feed,) = await store.feeds.all(NOON)
        assert feed.cost_usd == pytest.approx(0.015)


async def test_the_cursor_moves_with_its_rows_or_not_at_all(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await store.mentions.take(Batch(mentions=[mention(1)], cursor="a"), "m", NOON)
        await store.mentions.take(Batch(mentions=[mention(2)]), "m", NOON)
        assert await store.mentions.cursor("source:m") == "a"


async def test_health_keeps_what_a_later_look_does_not_know(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        good = FeedHealth(
            name=SafeText("m"),
            kind="mastodon",
            state=FeedState.LIVE,
            last_success=NOON,
            message=SafeText("reads"),
            stored=3,
            next_try=NOON + MINUTE,
            budget=Budget(remaining=299, limit=300, resets_at=NOON + 5 * MINUTE),
        )
        await store.feeds.save(good)
        bad = FeedHealth(
            name=SafeText("m"),
            kind="mastodon",
            state=FeedState.BROKEN,
            last_success=None,
            message=SafeText("no"),
            failures=3,
        )
        await store.feeds.save(bad)
        (feed,) = await store.feeds.all(NOON)
        assert feed == bad.model_copy(update={"last_success": NOON, "stored": 3, "budget": good.budget})
        await store.feeds.ask("m")
        assert await store.feeds.asked() == ["m"]
        assert await store.feeds.asked() == []
        await store.feeds.keep_only(["other"])
        assert await store.feeds.all(NOON) == ()


async def test_a_limit_of_a_host_survives_and_is_never_shortened(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await store.feeds.limit("example.org", NOON + 10 * MINUTE)
        await store.feeds.limit("example.org", NOON + MINUTE)
    async with Store.open(tmp_path) as store:
        assert await store.feeds.limited("example.org") == NOON + 10 * MINUTE
        assert await store.feeds.limited("example.com") is None


@pytest.mark.parametrize(
    ("state", "last", "next_try", "stale"),
    [
        (FeedState.LIVE, 0, 1, False),
        (FeedState.LIVE, -60, None, False),
        (FeedState.LIVE, -60, -6, True),
        (FeedState.WAITING, -9, 1, False),
        (FeedState.WAITING, -11, 1, True),
        (FeedState.WAITING, None, 1, True),
        (FeedState.DEGRADED, 0, 1, True),
        (FeedState.OFFLINE, 0, 1, True),
        (FeedState.STOPPED, 0, 1, True),
        (FeedState.BROKEN, 0, 1, True),
    ],
)
def test_when_severity_is_told_that_a_feed_is_stale(
    state: FeedState, last: int | None, next_try: int | None, stale: bool
) -> None:
    feed = FeedHealth(
        name=SafeText("m"),
        state=state,
        message=SafeText(""),
        last_success=None if last is None else NOON + last * MINUTE,
        next_try=None if next_try is None else NOON + next_try * MINUTE,
    )
    assert feed.stale(NOON) is stale
