"""Mentions: what is taken, what is refused with a reason, and that nothing of a post is lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from data.models.base import from_ms, to_ms
from data.models.level import Level
from data.models.mention import Mention
from tests.store.kit import fields, mention


@pytest.mark.parametrize(
    ("given_time", "moment"),
    [
        ("2026-11-22T03:00:00Z", datetime(2026, 11, 22, 3, tzinfo=UTC)),
        ("2026-11-22T05:30:00.5+02:30", datetime(2026, 11, 22, 3, 0, 0, 500_000, tzinfo=UTC)),
        (1_700_000_000, datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        (1_700_000_000.25, datetime(2023, 11, 14, 22, 13, 20, 250_000, tzinfo=UTC)),
    ],
)
def test_times_that_are_taken(given_time: object, moment: datetime) -> None:
    assert mention(1, created_at=given_time).created_at == moment


@pytest.mark.parametrize(
    "given_time",
    [
        "2026-11-22T03:00:00",
        "yesterday",
        "",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "1994-12-31T23:59:59Z",
        True,
        None,
        [],
        {},
        0,
        -1,
        1_700_000_000_000,
        10**400,
        -(10**400),
        float("nan"),
        float("inf"),
    ],
)
def test_times_that_are_refused_with_a_reason(given_time: object) -> None:
    with pytest.raises(ValidationError) as refused:
        mention(1, created_at=given_time)
    assert refused.value.errors()[0]["loc"] == ("created_at",)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": ""},
        {"id": " 1"},
        {"id": "a\u200bb"},
        {"id": "a\x1b[2J"},
        {"id": "x" * 513},
        {"id": None},
        {"id": True},
        {"network": ""},
        {"network": "X Y"},
        {"network": "x\n"},
        {"network": 7},
        {"text": None},
        {"text": 7},
        {"likes": -1},
        {"likes": "7"},
        {"likes": True},
        {"likes": 1.5},
        {"likes": 2**63},
        {"author": "a" * 2_049},
        {"followers": 10**400},
    ],
)
def test_wrong_values_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        mention(1, **changes)


def test_network_is_folded_and_numbers_may_be_ids() -> None:
    found = mention(1, network="Mastodon", id=42, in_reply_to=41)
    assert (found.network, found.id, found.in_reply_to) == ("mastodon", "42", "41")


@given(
    st.dictionaries(
        st.text(max_size=8), st.recursive(st.none() | st.text() | st.integers(), st.lists), max_size=4
    )
)
def test_unknown_fields_are_kept(unknown: dict[str, Any]) -> None:
    known = fields(1)
    unknown = {name: value for name, value in unknown.items() if name not in Mention.model_fields}
    kept = mention(1, **unknown).extra
    assert json.loads(kept or "{}") == unknown
    assert bool(kept) == bool(unknown)
    assert mention(1).text == known["text"]


@given(st.text(st.characters(exclude_categories=[])))
def test_text_is_clean_and_the_letters_as_sent_are_kept_beside_it(text: str) -> None:
    found = mention(1, text=text)
    if found.raw_text is None:
        assert found.text == text
    else:
        assert found.raw_text == text.encode("utf-8", "backslashreplace").decode()
    for value in (found.text, found.raw_text, found.extra):
        assert value is None or value.encode("utf-8") is not None


@given(st.integers(0, 4_102_444_799_999))
def test_milliseconds_survive_the_way_there_and_back(ms: int) -> None:
    assert to_ms(from_ms(ms)) == ms


def test_levels_are_words_in_order_of_seriousness() -> None:
    assert [level.word for level in Level] == ["Routine", "Emergent issue", "Incident", "Crisis", "Emergency"]
    assert len({level.glyph for level in Level}) == len(Level)
    assert all(level.glyph.isascii() for level in Level)
