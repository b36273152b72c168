"""Two thousand feeds, well-formed, ill-formed and oddly encoded: none is lost in our process."""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import pytest

from data.sources.feed.entries import BadEntryError, entry, mention, native_ids
from data.sources.feed.reader import FeedReader

NOW = datetime(2026, 11, 22, tzinfo=UTC)
_TYPE = re.compile(rb"^Header:\s*Content-type:\s*([^\r\n]+)", re.IGNORECASE | re.MULTILINE)


@pytest.fixture(scope="module")
def corpus(shared_data: Path) -> list[tuple[str, bytes]]:
    place = shared_data / "recorded/feeds-feedparser.tar.gz"
    if not place.is_file():
        pytest.skip(f"there is no {place}")
    with tarfile.open(place) as archive:
        members = [member for member in archive if member.isfile()]
        return [(member.name, archive.extractfile(member).read()) for member in members]  # type: ignore[union-attr]


@pytest.fixture
async def reader() -> AsyncIterator[FeedReader]:
    # The process dies of a feed that takes it 2 s of processor time.
    reading = FeedReader(seconds=2.0)
    yield reading
    reading.close()


def told(found: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(found.get(name) or "" for name in ("id", "title", "link"))


def as_mention(given: dict[str, Any], head: dict[str, Any]) -> bool:
    """Is the entry a mention? If not, there is nothing in it that one could be made of."""
    try:
        found = entry(given)
    except BadEntryError:
        assert not {"heading", "text"} & given.keys()
        assert not given.get("link", "").startswith("http")
        return False
    (native,) = native_ids([found], "corpus")
    post = mention(found, native, "news", head, NOW)
    assert post.text
    assert post.created_at <= NOW
    return True


async def test_every_feed_gives_what_feedparser_gives(
    corpus: list[tuple[str, bytes]], reader: FeedReader
) -> None:
    entries = posts = 0
    for name, body in corpus:
        kind = found[1].decode("latin-1").strip() if (found := _TYPE.search(body)) else ""
        document = await reader.read(body, url=f"http://corpus/{name}", content_type=kind)
        direct = feedparser.parse(io.BytesIO(body), response_headers={"content-type": kind} if kind else {})
        assert [told(each) for each in document.entries] == [told(each) for each in direct.entries], name
        assert document.head["total"] == len(direct.entries)
        entries += len(document.entries)
        posts += sum(as_mention(given, document.head) for given in document.entries)
    assert len(corpus) > 1_500
    assert entries > 1_000
    assert posts > 500
