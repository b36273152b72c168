"""Newest-first pages: nothing is missed wherever a walk is cut, and no walk goes on for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.models.base import to_ms
from data.sources.base import PermanentError, TransientError
from data.sources.paging import OVERLAP, Page, Place, descend

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
NOW_MS = to_ms(NOW)
MINUTE = 60_000
Post = tuple[str, int]
"""An id, and when it was posted in milliseconds."""


class Wire:
    """A server with newest-first pages; `next` is the place in the list, or the id where it is stable."""

    def __init__(self, posts: list[Post], size: int = 10, *, stable: bool = True) -> None:
        self.posts = posts
        self.size = size
        self.stable = stable
        self.fail_at: int | None = None
        self.asked = 0

    async def fetch(self, at: str | None) -> Page[Post]:
        self.asked += 1
        if self.asked == self.fail_at:
            raise TransientError("It broke off.")
        newest = sorted(self.posts, key=lambda post: -post[1])
        start = 0
        if at is not None:
            start = next(n for n, post in enumerate(newest) if post[0] == at) + 1 if self.stable else int(at)
        page = newest[start : start + self.size]
        more = start + self.size < len(newest)
        following = (page[-1][0] if self.stable else str(start + self.size)) if more else None
        return Page(page, following, stable=self.stable)


async def walk(wire: Wire, place: Place, held: int = 1_000) -> tuple[list[list[Post]], Place, str]:
    """All that one walk gives, the place after it, and the fault that ended it."""
    given_: list[list[Post]] = []
    try:
        async for items, reached in descend(
            wire.fetch, place, id_of=lambda post: post[0], ms_of=lambda post: post[1], now=NOW, held=held
        ):
            given_.append(items)
            place = reached
    except (TransientError, PermanentError) as error:
        return given_, place, str(error)
    return given_, place, ""


def posts(number: int, apart: int = MINUTE) -> list[Post]:
    return [(f"p{n}", NOW_MS - n * apart) for n in range(number)]


START = Place(NOW_MS - 30 * 24 * 60 * MINUTE)


async def test_a_backlog_comes_out_oldest_first_and_moves_the_place() -> None:
    (found,), place, fault = await walk(Wire(posts(95)), START)
    assert found == posts(95)[::-1]
    assert (place, fault) == (Place(NOW_MS), "")


async def test_the_next_walk_ends_below_the_overlap() -> None:
    wire = Wire(posts(500))
    (found,), _, _ = await walk(wire, Place(NOW_MS - 5 * MINUTE))
    overlap = OVERLAP.total_seconds() * 1000
    assert found[0][1] >= NOW_MS - 5 * MINUTE - overlap
    assert len(found) == 66
    assert wire.asked == 7


async def test_a_post_that_was_filed_late_is_found() -> None:
    wire = Wire(posts(200))
    _, place, _ = await walk(wire, START)
    wire.posts.append(("late", NOW_MS - 30 * MINUTE - 1))
    found, _, _ = await walk(wire, place)
    assert "late" in {post[0] for part in found for post in part}


@given(
    st.integers(0, 300),
    st.integers(1, 40),
    st.integers(1, 60),
    st.integers(1, 12),
    st.booleans(),
    st.integers(0, 3),
)
async def test_a_walk_that_breaks_anywhere_misses_nothing(
    number: int, size: int, held: int, fail_at: int, stable: bool, new: int
) -> None:
    wire = Wire(posts(number), size, stable=stable)
    wire.fail_at = fail_at
    stored: set[str] = set()
    place = START
    found, place, _ = await walk(wire, place, held)
    stored |= {post[0] for part in found for post in part}
    wire.posts += [(f"new{n}", NOW_MS + n) for n in range(new)]
    for _ in range(3):
        found, place, fault = await walk(wire, place, held)
        stored |= {post[0] for part in found for post in part}
        if not fault:
            break
    assert stored == {post[0] for post in wire.posts}
    assert place.below is None


@given(st.integers(1, 200), st.integers(1, 30), st.integers(1, 40), st.data())
async def test_a_kill_between_any_two_parts_misses_nothing(
    number: int, size: int, held: int, data: st.DataObject
) -> None:
    wire = Wire(posts(number), size)
    found, _, _ = await walk(wire, START, held)
    cut = data.draw(st.integers(0, len(found)))
    stored: set[str] = set()
    place, parts = START, 0
    async for items, reached in descend(
        wire.fetch, START, id_of=lambda post: post[0], ms_of=lambda post: post[1], now=NOW, held=held
    ):
        if parts == cut:
            break
        parts += 1
        stored |= {post[0] for post in items}
        place = reached
    again, _, _ = await walk(wire, Place.parse(place.cursor(), NOW), held)
    stored |= {post[0] for part in again for post in part}
    assert stored == {post[0] for post in wire.posts}


@pytest.mark.parametrize("kind", ["same page", "same token"])
async def test_pages_without_end_give_what_they_had_and_end(kind: str) -> None:
    asked = 0

    async def fetch(at: str | None) -> Page[Post]:
        nonlocal asked
        asked += 1
        token = "again" if kind == "same token" else str(asked)
        number = asked if kind == "same token" else 0
        return Page([(f"p{number}", NOW_MS)], token)

    wire = Wire([])
    wire.fetch = fetch  # type: ignore[method-assign]
    found, _, fault = await walk(wire, START)
    assert "go round in circles" in fault
    assert found
    assert asked <= 3


async def test_a_post_from_the_future_and_a_pinned_old_one_mislead_nobody() -> None:
    strange = [("future", NOW_MS + 10**10), *posts(300)]
    strange[5] = ("pinned", NOW_MS - 10**9)

    class Pinned(Wire):
        async def fetch(self, at: str | None) -> Page[Post]:
            page = await super().fetch(at)
            return Page([("top", NOW_MS - 10**11), *page.items], page.next, stable=True)

    (found,), place, _ = await walk(Pinned(strange), START)
    assert place == Place(NOW_MS)
    assert {post[0] for post in strange} <= {post[0] for post in found} | {"top"}


def test_a_place_survives_its_cursor() -> None:
    place = Place(5, 9, "x")
    assert Place.parse(place.cursor(), NOW) == place
    assert Place.parse(None, NOW - timedelta(hours=1)).low == NOW_MS - 60 * MINUTE
