"""A real crisis from end to end, whole and with damage in it; and the same in small."""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path

import pytest

from tests.sources.kit import DAMAGES, damaged, mixed
from tests.store.kit import cli, line, number, rows, start, wait_for

POSTS = 65_935


def ingest(home: Path, path: Path | str, stdin: bytes = b"") -> dict[str, int]:
    done = cli(home, "ingest", str(path), "--json", stdin=stdin, timeout=240)
    assert (done.returncode, done.stderr) == (0, b"")
    counts: dict[str, int] = json.loads(done.stdout)
    assert counts["read"] == counts["stored"] + counts["duplicates"] + counts["quarantined"]
    return counts


def check_all_is_there(home: Path, good: list[bytes], places: list[int]) -> None:
    """Each good line is stored once and each bad one lies in quarantine under its number."""
    stored = rows(home / "mentions.db", "SELECT network, id FROM mentions")
    wanted = {(row["network"], str(row["id"])) for row in map(json.loads, good)}
    assert len(stored) == len(good)
    assert set(stored) == wanted
    kept = rows(home / "mentions.db", "SELECT line, reason, size FROM quarantine ORDER BY line")
    assert [row[0] for row in kept] == places
    for place, reason, size in kept:
        assert reason.startswith(f"line {place} ")
        assert 10 < len(reason) < 300
        assert size > 0
    assert number(home / "mentions.db", "SELECT sum(mentions) FROM minutes") == len(good)
    assert number(home / "mentions.db", "SELECT count(*) FROM mentions_fts") == len(good)


def test_damage_in_a_small_file(tmp_path: Path) -> None:
    good = [line(n) for n in range(1_200)]
    data, places = mixed(good, damaged(2 * len(DAMAGES), 3), 4)
    path = tmp_path / "mixed.ndjson"
    path.write_bytes(data)
    home = tmp_path / "home"
    assert ingest(home, path) == {
        "read": len(good) + len(places),
        "stored": len(good),
        "duplicates": 0,
        "quarantined": len(places),
    }
    check_all_is_there(home, good, places)
    again = ingest(home, path)
    assert (again["stored"], again["duplicates"]) == (0, len(good))
    check_all_is_there(home, good, places)


def test_a_pipe_that_trickles_is_stored_before_it_closes(tmp_path: Path) -> None:
    process = start(tmp_path, "ingest", "-", "--json", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    path = tmp_path / "mentions.db"
    for count in (1, 2):
        process.stdin.write(line(count))
        process.stdin.flush()
        wait_for(lambda: number(path, "SELECT count(*) FROM mentions") == count, f"{count} stored")  # noqa: B023
    process.stdin.write(line(3)[:20])
    process.stdin.flush()
    assert process.poll() is None
    out, err = process.communicate(line(3)[20:].rstrip(b"\n"), timeout=30)
    assert (process.returncode, err) == (0, b"")
    assert json.loads(out)["stored"] == 3


@pytest.fixture(scope="module")
def posts(shared_data: Path) -> list[bytes]:
    return gzip.decompress((shared_data / "takeover-2022.ndjson.gz").read_bytes()).splitlines()


@pytest.mark.slow
def test_the_takeover_is_stored_once(posts: list[bytes], tmp_path: Path) -> None:
    path = tmp_path / "takeover.ndjson"
    path.write_bytes(b"\n".join(posts))
    home = tmp_path / "home"
    assert ingest(home, path) == {"read": POSTS, "stored": POSTS, "duplicates": 0, "quarantined": 0}
    assert ingest(home, path) == {"read": POSTS, "stored": 0, "duplicates": POSTS, "quarantined": 0}
    check_all_is_there(home, posts, [])
    wal = home / "mentions.db-wal"
    assert not wal.exists() or wal.stat().st_size < 16 * 1024 * 1024


@pytest.mark.slow
def test_the_takeover_with_a_thousand_damaged_lines(posts: list[bytes], tmp_path: Path) -> None:
    data, places = mixed(posts, damaged(1_000, 2022), 1)
    home = tmp_path / "home"
    counts = ingest(home, "-", stdin=data)
    assert counts == {"read": POSTS + 1_000, "stored": POSTS, "duplicates": 0, "quarantined": 1_000}
    check_all_is_there(home, posts, places)
