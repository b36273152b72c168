"""Feeds of our own making, and a source that reads them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape

from data.sources.base import Tools
from data.sources.feed.network import FeedSource, Settings
from data.sources.feed.reader import FeedReader

DAWN = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


def dated(place: int) -> datetime:
    """The time of the entry in this place: one a minute."""
    return DAWN + timedelta(minutes=place)


def item(place: int, **changes: str | None) -> str:
    """One RSS item; None leaves a field out."""
    fields: dict[str, str | None] = {
        "guid": f"https://news.example/{place}",
        "link": f"https://news.example/{place}",
        "title": f"Story {place} of Acme",
        "description": f"<p>Words of {place}</p>",
        "pubDate": format_datetime(dated(place)),
        **changes,
    }
    return f"<item>{''.join(f'<{k}>{escape(v)}</{k}>' for k, v in fields.items() if v is not None)}</item>"


def rss(items: Iterable[str], more: str = "") -> str:
    """An RSS document, the items in the order in which they are given."""
    head = f"<title>The news</title><language>en</language>{more}"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'


def stories(*places: int) -> str:
    """A document with these items."""
    return rss(item(place) for place in places)


def json_item(place: int, **changes: Any) -> dict[str, Any]:
    """One item of a JSON Feed."""
    return {
        "id": f"https://news.example/{place}",
        "url": f"https://news.example/{place}",
        "title": f"Story {place} of Acme",
        "content_html": f"<p>Words of {place}</p>",
        "date_published": dated(place).isoformat(),
        **changes,
    }


def json_feed(items: Iterable[Any], **more: Any) -> str:
    """A JSON Feed."""
    head = {"version": "https://jsonfeed.org/version/1.1", "title": "The news"}
    return json.dumps({**head, "items": list(items), **more})


def feed(url: str, tools: Tools, reader: FeedReader | None = None, **more: Any) -> FeedSource:
    """A source on this address."""
    return FeedSource(Settings.model_validate({"name": "news", "url": url, **more}), tools, reader)
