"""What the benchmark measures is what it says: the same rows on both sides, and paint that can be seen."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from bench import plain
from bench.posts import Posts
from bench.terminal import visible
from data.sources.ndjson import Lines
from data.store import Store

END = datetime(2026, 11, 22, 3, tzinfo=UTC)
COLUMNS = (
    "network, id, text, created_ms, author, author_name, followers, url, lang, likes, reposts, replies,"
    " in_reply_to, extra, late"
)


def _rows(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"SELECT {COLUMNS} FROM mentions ORDER BY seq").fetchall()


def _counts(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT minute, network, mentions FROM minutes").fetchall()
        return found + connection.execute("SELECT count(*) FROM mentions_fts('refund')").fetchall()


def test_the_same_seed_gives_the_same_posts() -> None:
    assert list(Posts(50, seed=3, end=END)) == list(Posts(50, seed=3, end=END))
    assert list(Posts(50, seed=3, end=END)) != list(Posts(50, seed=4, end=END))


async def test_both_sides_store_the_same(tmp_path: Path) -> None:
    posts = tmp_path / "posts.ndjson"
    Posts(1_500, end=END).write(posts)
    lines = Lines("posts")
    batches = list(lines.feed(posts.read_bytes()))
    async with Store.open(tmp_path / "home") as store:
        for batch in (*batches, lines.take()):
            await store.mentions.add(batch.mentions, END, rejected=batch.rejected)
    connection = plain.connect(tmp_path / "plain.db")
    connection.executescript(plain.schema())
    assert plain.store(connection, plain.from_json(posts, 0)) == 1_500
    connection.close()
    ours, theirs = tmp_path / "home" / "mentions.db", tmp_path / "plain.db"
    assert _counts(ours) == _counts(theirs)
    for mine, other in zip(_rows(ours), _rows(theirs), strict=True):
        # What cleaning changes (emoji selectors, trailing blanks) is ours alone.
        assert mine[:2] + mine[3:5] + mine[6:] == other[:2] + other[3:5] + other[6:]


def test_only_what_can_be_seen_counts_as_paint() -> None:
    assert not visible(b"\x1b[?1049h\x1b[?2026$p\x1b]0;title\x07\x1b[1;1H   \r\n\x1b[38;5;2")
    assert visible(b"\x1b[1;1H\x1b[1mready\x1b[0m") == b"ready"
