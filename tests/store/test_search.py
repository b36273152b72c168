"""The search line: whatever a person types, SQLite gets an expression that it understands."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from data.store.search import match_expression
from data.text import clean
from tests.store.kit import fields

SIGNS = "\" * - ^ + ( ) { } : AND OR NOT NEAR( NEAR(a,2) text: a ab* -c ' \\ ² é 🇩🇪 \u0301 ⅷ 一 😀 \ud800 \0"
SYNTAX = st.sampled_from(SIGNS.split(" ")) | st.sampled_from([" ", '-"d e"', '"f', "NEAR(a b, 2)"])
QUERIES = st.lists(SYNTAX | st.text(st.characters(exclude_categories=[]), max_size=5)).map(
    "".join
) | st.lists(SYNTAX, max_size=12).map(" ".join)


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE VIRTUAL TABLE f USING fts5 (text, author, author_name,"
        " tokenize = 'unicode61 remove_diacritics 2')"
    )
    yield connection
    connection.close()


def found(index: sqlite3.Connection, query: str) -> list[str]:
    rows = index.execute("SELECT text FROM f WHERE f MATCH ? ORDER BY rowid", (match_expression(query),))
    return [row[0] for row in rows]


@given(QUERIES)
@example('a" OR b*')
@example("-a")
@example("word " * 3_000)
@example("-a " * 500 + "b")
def test_no_query_is_a_syntax_error(index: sqlite3.Connection, query: str) -> None:
    try:
        found(index, query)
    except ValueError as error:
        refused = error
    else:
        return
    assert str(refused).startswith("Type at least one word")


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ("refund", ["I want a refund", "REFUND now"]),
        ("refund -now", ["I want a refund"]),
        ('"a refund"', ["I want a refund"]),
        ('"a refund', ["I want a refund"]),
        ("ref*", ["I want a refund", "REFUND now", "referendum"]),
        ("NOT", []),
        ("AND want", []),
        ("cafe", ["Café déjà"]),
        ("DÉJÀ", ["Café déjà"]),
        ("🇩🇪", ["hello DE"]),
        ("#refund", ["I want a refund", "REFUND now"]),
        ("want refund", ["I want a refund"]),
        ("-now refund", ["I want a refund"]),
    ],
)
def test_what_is_found(index: sqlite3.Connection, query: str, texts: list[str]) -> None:
    index.execute("DELETE FROM f")
    rows = ["I want a refund", "REFUND now", "referendum", "Café déjà", "hello 🇩🇪"]
    index.executemany("INSERT INTO f (text) VALUES (?)", [(clean(row),) for row in rows])
    assert found(index, query) == texts


@pytest.mark.parametrize("query", ["", "   ", "-", "-word", '""', "***", "\x00", "()", "!?"])
def test_nothing_to_search_for_is_said_in_one_sentence(query: str) -> None:
    with pytest.raises(ValueError, match="Type at least one word"):
        match_expression(query)


def test_the_fields_of_the_kit_are_searchable() -> None:
    assert match_expression(str(fields(1)["text"])) == '"words" AND "of" AND "post" AND "1"'
