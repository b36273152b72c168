"""`crisis-tui score`: what scripts and people get for a file of texts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.store.kit import cli

TYPES = {"customer_service", "reputation", "security", "operational", "misinformation", "none"}


def rows(home: Path, content: bytes) -> list[dict[str, Any]]:
    done = cli(home, "score", "-", "--json", stdin=content)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.isascii()
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_one_object_a_line_of_input(tmp_path: Path) -> None:
    content = "this toaster is useless\n\nlove the new mugs 😍\r\n最悪だ\nwhere is the manual?".encode()
    found = rows(tmp_path, content)
    assert [row["sentiment"] for row in found] == ["negative", "unscored", "positive", "unscored", "neutral"]
    assert all({"sentiment", "score", "type", "words"} <= set(row) for row in found)
    assert all(-1 <= row["score"] <= 1 and row["type"] in TYPES for row in found)
    assert "useless" in found[0]["words"]
    assert found[1] == {"sentiment": "unscored", "score": 0.0, "type": "none", "words": []}


def test_only_a_line_feed_ends_a_line(tmp_path: Path) -> None:
    assert rows(tmp_path, b"") == []
    assert len(rows(tmp_path, b"\n")) == 1
    assert len(rows(tmp_path, "\ufeffone\u2028still one\x0bstill\rone\ntwo\n\n".encode())) == 3
    assert len(rows(tmp_path, b"broken \xff\xfe bytes\nfine")) == 2


def test_the_words_of_sentiment_and_type_are_told(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, b"my account was hacked and my card details leaked, this is terrible\n")
    assert row["sentiment"] == "negative"
    assert row["type"] == "security"
    assert any("hacked" in word for word in row["words"])
    assert "terrible" in row["words"]
    assert len(row["words"]) == len(set(row["words"]))


def test_a_table_for_people(tmp_path: Path) -> None:
    file = tmp_path / "texts.txt"
    file.write_bytes(b"this useless toaster is \x1b[31mterrible\x1b[0m\nthe shop opens at nine\n")
    done = cli(tmp_path, "score", str(file))
    assert (done.returncode, done.stderr) == (0, b"")
    head, first, second = done.stdout.decode().splitlines()
    assert head.split()[:3] == ["sentiment", "score", "type"]
    assert first.startswith("negative")
    assert "useless" in first
    assert "\x1b" not in first
    assert second.startswith("neutral")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for name in (str(tmp_path), str(tmp_path / "missing.txt")):
        done = cli(tmp_path, "score", name, "--json")
        assert (done.returncode, done.stdout) == (2, b"")
        assert name in done.stderr.decode()
        assert done.stderr.count(b"\n") == 1
