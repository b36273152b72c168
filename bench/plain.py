"""The baseline of ingest: the same rows into the same schema with nothing but sqlite3.

Run as a program of its own: `python -m bench.plain tuples|json DATABASE FILE`.
"""

from __future__ import annotations

import json
import marshal
import sqlite3
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BATCH = 1_000
LATE_MS = 15 * 60 * 1000

_NAMES = (
    "network", "id", "text", "created_at", "arrived_at", "author", "author_name", "followers", "url", "lang",
    "likes", "reposts", "replies", "views", "in_reply_to", "html", "raw_text", "extra",
)  # fmt: skip
_KNOWN = frozenset(_NAMES)

Row = tuple[Any, ...]


def schema() -> str:
    """The SQL that makes a fresh mentions.db."""
    folder = ROOT / "data" / "store" / "migrations" / "mentions"
    return "\n".join(path.read_text("utf-8") for path in sorted(folder.glob("*.sql")))


def connect(path: Path) -> sqlite3.Connection:
    """A connection with the journal and durability of the store."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def from_json(path: Path, arrived_ms: int) -> Iterator[Row]:
    """Rows of an NDJSON file, taken as they come: nothing checked, nothing cleaned."""
    with path.open("rb") as file:
        for line in file:
            post = json.loads(line)
            post["created_at"] = round(datetime.fromisoformat(post["created_at"]).timestamp() * 1000)
            post["arrived_at"] = arrived_ms
            unknown = {name: value for name, value in post.items() if name not in _KNOWN}
            post["extra"] = json.dumps(unknown, sort_keys=True) if unknown else None
            yield tuple(map(post.get, _NAMES))


def from_tuples(path: Path) -> Iterator[Row]:
    """Rows that were parsed before."""
    with path.open("rb") as file:
        yield from marshal.load(file)


def write_tuples(source: Path, target: Path) -> None:
    """Parse an NDJSON file once, for `from_tuples`."""
    arrived_ms = round(datetime.now(UTC).timestamp() * 1000)
    with target.open("wb") as file:
        marshal.dump(list(from_json(source, arrived_ms)), file)


def store(connection: sqlite3.Connection, rows: Iterator[Row]) -> int:
    """Store rows with full-text index and counts a minute, a batch in one transaction; how many."""
    columns = ", ".join(_NAMES).replace("created_at", "created_ms").replace("arrived_at", "arrived_ms")
    insert = (
        f"INSERT INTO mentions ({columns}) VALUES ({', '.join('?' * len(_NAMES))}) ON CONFLICT DO NOTHING"
    )
    total = 0
    while batch := list(islice(rows, BATCH)):
        connection.execute("BEGIN IMMEDIATE")
        last = connection.execute("SELECT coalesce(max(seq), 0) FROM mentions").fetchone()[0]
        total += connection.executemany(insert, batch).rowcount
        connection.execute(
            "INSERT INTO mentions_fts (rowid, text, author, author_name)"
            " SELECT seq, text, author, author_name FROM mentions WHERE seq > ?",
            (last,),
        )
        connection.execute(
            "INSERT INTO minutes (minute, network, mentions)"
            " SELECT created_ms / 60000, network, count(*) FROM mentions WHERE seq > ? GROUP BY 1, 2"
            " ON CONFLICT DO UPDATE SET mentions = mentions + excluded.mentions",
            (last,),
        )
        connection.execute("COMMIT")
    return total


def main(form: str, database: str, source: str) -> None:
    """Store a file in a new database."""
    connection = connect(Path(database))
    connection.executescript(schema())
    arrived_ms = round(datetime.now(UTC).timestamp() * 1000)
    path = Path(source)
    total = store(connection, from_tuples(path) if form == "tuples" else from_json(path, arrived_ms))
    connection.close()
    print(total)


if __name__ == "__main__":
    main(*sys.argv[1:])
