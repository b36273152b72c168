"""App Store: the reviews of an app, through real requests to a feed that is as moody as Apple's."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.models.mention import Mention
from data.sources.appstore import AppStore, Settings, source
from data.sources.base import Batch, PermanentError, RateLimitedError, SourceError, TransientError
from tests.sources.lend import lent
from tests.sources.server import Reply, Request, Server, drain, listener, serving

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
THE_APP = {"im:name": {"label": "Acme"}, "id": {"label": "https://apps.apple.com/us/app/acme/id284882215"}}


def review(number: int, hours: float, text: str = "Crashes at start.", **more: Any) -> dict[str, Any]:
    """A review so many hours ago."""
    return {
        "author": {"uri": {"label": "https://itunes.apple.com/us/reviews/id1"}, "name": {"label": "ada"}},
        "updated": {"label": (NOW - timedelta(hours=hours)).isoformat()},
        "im:rating": {"label": "1"},
        "im:version": {"label": "4.2"},
        "id": {"label": str(number)},
        "title": {"label": "Broken"},
        "content": {"label": text, "attributes": {"type": "text"}},
        "im:voteSum": {"label": "3"},
        "im:voteCount": {"label": "4"},
        **more,
    }


class Apple:
    """The feed: ten pages of 50, newest first, one entry as an object, none left out."""

    def __init__(self, **countries: list[dict[str, Any]]) -> None:
        self.countries = countries
        self.faults: dict[tuple[str, int], Reply] = {}

    def __call__(self, request: Request) -> Reply:
        found = re.fullmatch(
            r"/([a-z]{2})/rss/customerreviews/page=(\d+)/id=284882215/sortby=mostrecent/json", request.path
        )
        assert found is not None, request.path
        country, page = found[1], int(found[2])
        if (country, page) in self.faults:
            return self.faults[country, page]
        newest_first = sorted(
            self.countries.get(country, []),
            key=lambda each: (each.get("updated") or {"label": ""})["label"],
            reverse=True,
        )
        entries = newest_first[(page - 1) * 50 : page * 50]
        feed: dict[str, Any] = {"author": {"name": {"label": "iTunes Store"}}}
        if entries and page == 1:
            feed["entry"] = [THE_APP, *entries]
        elif entries:
            feed["entry"] = entries[0] if len(entries) == 1 else entries
        return Reply({"feed": feed})


@contextlib.asynccontextmanager
async def reading(
    handler: Callable[[Request], Reply], *countries: str, now: datetime = NOW
) -> AsyncIterator[tuple[Server, Callable[[], AppStore]]]:
    hears = listener("nobody says this")
    async with serving(handler) as server, lent(Path("unused"), listener=hears, now=lambda: now) as tools:
        given = Settings.model_validate(
            {"name": "app", "app_id": 284882215, "url": server.url, "countries": countries or ("us",)}
        )
        yield server, lambda: source(given, tools)


def ids(batches: list[Batch]) -> list[int]:
    return [int(each.id) for batch in batches for each in batch.mentions]


def notes(batches: list[Batch]) -> str:
    return " ".join(batch.note for batch in batches if batch.note)


async def test_a_review_is_read_with_its_rating_though_it_names_nobody() -> None:
    async with reading(Apple(us=[review(1, 5)])) as (_, new):
        batches, _ = await drain(new())
    (found,) = batches[0].mentions
    assert (found.network, found.id, found.text) == ("appstore", "1", "Broken\n\nCrashes at start.")
    assert found.url == "https://apps.apple.com/us/app/id284882215?see-all=reviews"
    assert (found.author, found.likes, found.created_at) == ("ada", 3, NOW - timedelta(hours=5))
    extra = json.loads(found.extra or "")
    assert (extra["rating"], extra["votes"], extra["app_version"], extra["country"]) == (1, 4, "4.2", "us")
    assert batches[0].known
    assert batches[0].rejected == []


async def test_only_an_object_only_the_app_or_nothing_at_all() -> None:
    for entry, expected in [(review(7, 1), [7]), (THE_APP, []), ([THE_APP], []), ([], [])]:
        feed = {"feed": {"entry": entry}}
        async with reading(lambda request, feed=feed: Reply(feed)) as (_, new):  # type: ignore[misc]
            batches, _ = await drain(new())
        assert ids(batches) == expected
        assert notes(batches) == ""


def stored_until(batches: list[Batch], cut: int) -> tuple[set[int], str | None]:
    """What a store holds, and where it stands, if the process is killed after so many batches."""
    cursors = [batch.cursor for batch in batches[:cut] if batch.cursor is not None]
    return set(ids(batches[:cut])), cursors[-1] if cursors else None


async def test_a_backlog_survives_a_kill_between_any_two_batches() -> None:
    countries = {
        country: [review(first + step, step / 2) for step in range(500)]
        for country, first in {"us": 10_000, "de": 20_000, "jp": 30_000}.items()
    }
    everything = {int(each["id"]["label"]) for found in countries.values() for each in found}
    async with reading(Apple(**countries), "us", "de", "jp") as (_, new):
        batches, _ = await drain(new())
        assert set(ids(batches)) == everything
        assert len(batches) == 3
        for cut in range(len(batches)):
            stored, cursor = stored_until(batches, cut)
            rest, _ = await drain(new(), cursor)
            assert stored | set(ids(rest)) == everything
            assert not any(batch.gap for batch in rest)


async def test_what_is_new_late_or_edited_is_found_without_reading_it_all() -> None:
    apple = Apple(us=[review(number, 100 + number) for number in range(400)])
    async with reading(apple) as (server, new):
        _, cursor = await drain(new())
        assert len(server.asked) == 9
        apple.countries["us"] += [review(900, 1), review(901, 100.5), review(902, 100 + 48)]
        apple.countries["us"][399] = review(399, 0.5, "Works again!")
        batches, _ = await drain(new(), cursor)
        assert len(server.asked) == 9 + 2
    assert {399, 900, 901, 902} <= set(ids(batches))
    assert next(each for each in batches[0].mentions if each.id == "399").text == "Broken\n\nWorks again!"
    assert notes(batches) == ""
    assert ids(batches)[-1] == 399


async def test_more_reviews_than_apple_shows_leave_a_gap_that_is_told() -> None:
    apple = Apple(us=[review(1, 200)])
    async with reading(apple) as (_, new):
        _, cursor = await drain(new())
        apple.countries["us"] += [review(1000 + step, step / 10) for step in range(600)]
        batches, cursor = await drain(new(), cursor)
        (gap,) = [batch.gap for batch in batches if batch.gap]
        assert (gap.start, gap.end) == (NOW - timedelta(hours=200), NOW - timedelta(hours=49.9))
        assert len(ids(batches)) == 500
        again, _ = await drain(new(), cursor)
    assert not any(batch.gap for batch in again)


async def test_a_feed_that_is_suddenly_empty_is_told_and_loses_nothing() -> None:
    apple = Apple(us=[review(1, 50)])
    async with reading(apple) as (_, new):
        _, cursor = await drain(new())
        kept, apple.countries["us"] = apple.countries["us"], []
        batches, cursor = await drain(new(), cursor)
        assert "no reviews any more" in notes(batches)
        apple.countries["us"] = [*kept, review(2, 40)]
        batches, _ = await drain(new(), cursor)
    assert set(ids(batches)) == {1, 2}
    assert notes(batches) == ""


async def test_a_feed_that_ends_too_soon_is_read_again_and_believed_in_the_end() -> None:
    apple = Apple(us=[review(1, 50)])
    async with reading(apple) as (_, new):
        _, cursor = await drain(new())
        apple.countries["us"] += [review(100 + step, 20 - step / 10) for step in range(120)]
        apple.faults["us", 2] = Reply({"feed": {}})
        batches, cursor = await drain(new(), cursor)
        assert "ends too soon" in notes(batches)
        assert len(ids(batches)) == 50
        whole, broken = dict(apple.faults), cursor
        apple.faults.clear()
        batches, _ = await drain(new(), cursor)
        assert len(ids(batches)) == 121
        assert notes(batches) == ""
        apple.faults = whole
        _, cursor = await drain(new(), broken)
        batches, cursor = await drain(new(), cursor)
        assert notes(batches) == ""
        batches, _ = await drain(new(), cursor)
    assert notes(batches) == ""


async def test_a_fault_in_the_middle_keeps_the_place() -> None:
    apple = Apple(us=[review(1, 90)])
    async with reading(apple) as (_, new):
        _, cursor = await drain(new())
        apple.countries["us"] += [review(100 + step, 20 - step / 10) for step in range(120)]
        apple.faults["us", 2] = Reply("", 502)
        walk = new().poll(cursor)
        first = await anext(walk)
        assert len(first.mentions) == 50
        with pytest.raises(TransientError):
            await anext(walk)
        apple.faults.clear()
        batches, _ = await drain(new(), first.cursor)
    assert len(ids(batches)) == 121


async def test_a_first_look_that_was_cut_short_starts_anew() -> None:
    apple = Apple(us=[review(number, number) for number in range(300)])
    apple.faults["us", 3] = Reply("", 502)
    async with reading(apple) as (_, new):
        walk = new().poll(None)
        first = await anext(walk)
        with pytest.raises(TransientError):
            await anext(walk)
        apple.faults.clear()
        batches, _ = await drain(new(), first.cursor)
    assert len(ids([first])) == 100
    assert set(ids(batches)) == set(range(300))


async def test_one_country_that_fails_does_not_stop_the_others() -> None:
    apple = Apple(us=[review(1, 5)], de=[review(2, 5)], jp=[review(3, 5)])
    apple.faults["us", 1] = Reply("", 502)
    apple.faults["jp", 1] = Reply("<html>")
    async with reading(apple, "us", "de", "jp") as (_, new):
        batches, cursor = await drain(new())
        assert ids(batches) == [2]
        assert "us: " in notes(batches)
        assert "jp: " in notes(batches)
        apple.faults.clear()
        batches, _ = await drain(new(), cursor)
    assert sorted(ids(batches)) == [1, 2, 3]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply("", 429, {"retry-after": "60"}), RateLimitedError),
        (Reply("", 401), PermanentError),
        (Reply("", 403), PermanentError),
        (Reply("", 404), PermanentError),
        (Reply("", 502), TransientError),
        (Reply("<html>sorry</html>"), TransientError),
        (Reply("[]"), TransientError),
        (Reply({"feed": None}), TransientError),
    ],
)
async def test_a_fault_of_all_is_told_in_one_sentence(reply: Reply, error: type[SourceError]) -> None:
    async with reading(lambda request: reply, "us", "de") as (server, new):
        with pytest.raises(error) as found:
            await drain(new())
    assert str(found.value).endswith(".")
    assert len(server.asked) == (1 if error is RateLimitedError else 2)


async def test_pages_that_never_end_are_left_after_the_tenth() -> None:
    def endless(request: Request) -> Reply:
        page = int(request.path.split("page=")[1].split("/")[0])
        return Reply({"feed": {"entry": [review(page * 100 + step, 1) for step in range(50)]}})

    async with reading(endless) as (server, new):
        batches, cursor = await drain(new())
        assert len(ids(batches)) == 500
        assert len(server.asked) == 10
        await drain(new(), cursor)
        assert len(server.asked) == 20

    same = [review(step, 1) for step in range(50)]
    async with reading(lambda request: Reply({"feed": {"entry": same}})) as (server, new):
        batches, _ = await drain(new())
    assert len(ids(batches)) == 50
    assert len(server.asked) == 2


async def test_reviews_without_a_date_get_that_of_the_reading() -> None:
    apple = Apple(us=[review(1, 50)])
    async with reading(apple) as (_, new):
        batches, cursor = await drain(new())
        apple.countries["us"] = [
            {name: value for name, value in review(number, 1).items() if name != "updated"}
            for number in range(1, 600)
        ]
        batches, cursor = await drain(new(), cursor)
        assert len(ids(batches)) == 500
        assert {each.created_at for each in batches[0].mentions} == {NOW}
        assert "no dates" in notes(batches)
        apple.countries["us"] = [review(1, 50), review(2, 1)]
        batches, _ = await drain(new(), cursor)
    assert ids(batches) == [1, 2]
    assert notes(batches) == ""


@pytest.mark.parametrize(
    "cursor", ["", "{}", "[]", "no json", '{"countries": 1}', '{"countries": {"us": {"low": "x"}}}']
)
async def test_a_place_that_can_not_be_read_starts_anew(cursor: str) -> None:
    async with reading(Apple(us=[review(1, 5)])) as (_, new):
        batches, _ = await drain(new(), cursor)
    assert ids(batches) == [1]


async def test_what_can_not_be_read_is_kept_apart_and_stops_nothing() -> None:
    bad = [
        review(1, 1) | {"id": None},
        review(2, 1) | {"updated": {"label": "soon"}},
        review(3, 1) | {"title": None, "content": {"label": ""}},
        "broken",
        None,
        review(6, 1) | {"im:rating": {"label": "many"}, "author": [], "content": [{"label": "As a list."}]},
    ]
    async with reading(lambda request: Reply({"feed": {"entry": bad}})) as (_, new):
        batches, _ = await drain(new())
    assert ids(batches) == [6]
    assert batches[0].mentions[0].text == "Broken\n\nAs a list."
    assert "rating" not in json.loads(batches[0].mentions[0].extra or "")
    reasons = {each.reason for each in batches[0].rejected}
    assert len(reasons) == 3
    assert all(reason.startswith("us: ") for reason in reasons)


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30)
_ANY = st.recursive(
    _SCALARS | st.builds(lambda value: {"label": value}, _SCALARS),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(fields=st.dictionaries(st.sampled_from([*review(1, 1)]), _ANY, max_size=9))
@settings(max_examples=30, deadline=None)
async def test_no_field_of_whatever_type_breaks_the_reader(fields: dict[str, Any]) -> None:
    entries = [{**review(7, 5), **fields}, review(9, 6)]
    async with reading(lambda request: Reply({"feed": {"entry": entries}})) as (_, new):
        batches, _ = await drain(new())
    assert 9 in ids(batches) or str(fields.get("id")) == "{'label': '9'}"


def shown(mention: Mention) -> str:
    return f"{mention.text}{mention.author}{mention.url}{mention.extra}"


async def test_no_escape_sequence_comes_through() -> None:
    evil = "acme \x1b]52;c;aGk=\x07\x1b[31m\x00\x9b2J\u202e"
    label = {"label": evil}
    odd = review(1, 5, evil, title=label, author={"name": label}) | {"im:version": label}
    async with reading(Apple(us=[odd])) as (_, new):
        batches, _ = await drain(new())
    assert not set("\x1b\x00\x07\x9b\u202e") & set(shown(batches[0].mentions[0]))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"app_id": "acme"}, "app_id"),
        ({"app_id": "1/../2"}, "app_id"),
        ({"app_id": "1", "countries": ["usa"]}, "countries"),
        ({"app_id": "1", "countries": []}, "countries"),
        ({"app_id": "1", "every": 5}, "15 seconds or more"),
    ],
)
def test_settings_that_can_not_work_are_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Settings.model_validate({"name": "app", **given})


def test_settings_are_taken_as_people_write_them() -> None:
    found = Settings.model_validate({"name": "app", "app_id": "id284882215", "countries": ["US", "de"]})
    assert (found.app_id, found.countries, found.seconds) == ("284882215", ("us", "de"), 900.0)
