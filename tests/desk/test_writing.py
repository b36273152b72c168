"""Writing a statement: nothing typed is lost, and what is saved is a revision for good."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from crisis_tui.dashboard.writing import Writing
from crisis_tui.response.acts import ActRefusedError, text_hash
from data.models.statement import Draft
from data.store import Store, StoreError
from data.text import clean_line
from tests.store.kit import NOON


class Ticking:
    """A clock that moves a second at each look."""

    def __init__(self) -> None:
        self.moment = NOON

    def __call__(self) -> datetime:
        self.moment += timedelta(seconds=1)
        return self.moment


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store.open(tmp_path) as store:
        yield store


def writing(store: Store, name: str = "anna") -> Writing:
    return Writing(store, clean_line(name), Ticking())


async def test_what_was_typed_is_there_after_a_crash(store: Store) -> None:
    first = writing(store)
    assert not await first.keep()
    first.typed("We know")
    assert first.dirty
    assert await first.keep()
    first.typed("We know about it \x1b[2J")
    assert await first.keep()
    assert not await first.keep()
    second = writing(store)
    draft = await second.resume()
    assert draft is not None
    assert second.text == "We know about it \u241b[2J"
    assert (second.statement, second.dirty) == (first.statement, True)
    assert await writing(store, "berta").resume() is None


async def test_saving_makes_a_revision_and_ends_the_draft(store: Store) -> None:
    anna = writing(store)
    with pytest.raises(ActRefusedError, match="nothing to save"):
        await anna.save()
    anna.typed("One.")
    await anna.keep()
    name = await anna.save()
    assert text_hash("One.").startswith(name)
    assert not anna.dirty
    assert await anna.drafts() == []
    with pytest.raises(ActRefusedError, match="Nothing has changed"):
        await anna.save()
    anna.typed("Two.")
    await anna.save()
    revision = await store.incidents.revision(anna.statement)
    assert revision is not None
    assert (revision.text, revision.parent, revision.by) == ("Two.", text_hash("One."), "anna")
    assert await anna.said()
    resumed = writing(store)
    assert await resumed.resume() is None
    assert (resumed.text, resumed.base, resumed.dirty) == ("Two.", text_hash("Two."), False)


async def test_a_draft_on_a_revision_is_taken_up_on_that_revision(store: Store) -> None:
    anna = writing(store)
    anna.typed("One.")
    await anna.save()
    anna.typed("One. And more")
    await anna.keep()
    resumed = writing(store)
    await resumed.resume()
    assert (resumed.text, resumed.base) == ("One. And more", text_hash("One."))


async def test_several_statements(store: Store) -> None:
    anna = writing(store)
    anna.typed("First.")
    await anna.save()
    anna.begin()
    anna.typed("Second")
    await anna.keep()
    found = await anna.all()
    assert [(type(each) is Draft, each.text) for each in found] == [(True, "Second"), (False, "First.")]
    await anna.open(found[1])
    assert anna.text == "First."
    await anna.open(found[0])
    assert anna.text == "Second"
    anna.incident = "abc"
    assert not await anna.said()
    await anna.save()
    assert await anna.said()
    assert [each.text for each in await anna.all()] == ["Second", "First."]


async def test_a_store_that_takes_nothing_leaves_the_journal(store: Store, tmp_path: Path) -> None:
    anna = writing(store)
    anna.typed("kept")
    await anna.keep()
    other = sqlite3.connect(tmp_path / "crisis.db", isolation_level=None)
    other.execute("PRAGMA user_version = 999")
    other.close()
    anna.typed("typed while the store was of no use")
    with pytest.raises(StoreError):
        await anna.keep()
    assert anna.dirty
    with pytest.raises(StoreError):
        await anna.save()
    assert [each.text for each in await store.drafts.of("anna")] == ["typed while the store was of no use"]
