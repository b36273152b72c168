"""A feed of any format as short plain JSON. Runs in the process of `feed_worker`, so it loads little."""

from __future__ import annotations

import calendar
import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

from data.sources.markup import MOST, plain

ENTRIES = 1_000
"""Entries of one document that are read, the newest ones."""

TEXT = 20_000
"""Characters of an entry's text; what is longer is cut."""

_LINE = 2_000
_HTML = ("text/html", "application/xhtml+xml")
_ITEM_KEYS = (
    *("id", "url", "external_url", "title", "date_published", "date_modified"),
    *("authors", "author", "language", "tags", "content_html", "content_text", "summary"),
)


class _Once:
    """Gives the body away at the first reading, so that nobody holds it any longer than the parser does."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def read(self) -> bytes:
        body, self._body = self._body, b""
        return body


def cut(text: str, most: int) -> str:
    """At most so many characters, ending at a word where one ends nearby."""
    if len(text) <= most:
        return text
    kept = text[: most - 1]
    space = max(kept.rfind(" "), kept.rfind("\n"))
    return f"{kept[:space] if space > most // 2 else kept}…"


def named(identifier: str) -> str:
    """An id as it stands, or, where it is very long, its digest: a cut id would name others too."""
    if len(identifier) <= _LINE:
        return identifier
    return f"sha256:{hashlib.sha256(identifier.encode('utf-8', 'surrogatepass')).hexdigest()}"


# feedparser's documents.


def _line(value: object, most: int = _LINE) -> str:
    return cut(" ".join(value.split()), most) if isinstance(value, str) else ""


def _part(part: object) -> tuple[str, str]:
    """A text of a feed as (HTML or nothing, plain text)."""
    if not isinstance(part, Mapping) or not isinstance(part.get("value"), str):
        return "", ""
    value, kind = part["value"][:MOST], part.get("type") or "text/plain"
    if kind in _HTML:
        return value, cut(plain(value), TEXT)
    return "", cut(value.strip(), TEXT) if kind.startswith("text/") else ""


def _body(entry: Any) -> tuple[str, str]:
    """The text of an entry: its content if it has any, else its summary."""
    for part in (*entry.get("content", ()), entry.get("summary_detail"), entry.get("subtitle_detail")):
        html, text = _part(part)
        if text or html:
            return html, text
    return "", ""


def _epoch(entry: Any, *names: str) -> int | None:
    for name in names:
        # Asked past feedparser, which gives one date for another with a warning.
        moment = dict.get(entry, f"{name}_parsed")
        if moment is not None:
            try:
                return calendar.timegm(moment)
            except (ValueError, OverflowError):
                continue
    return None


def _language(entry: Any) -> str:
    parts = (*entry.get("content", ()), entry.get("summary_detail"), entry.get("title_detail"))
    found = (part.get("language") for part in parts if isinstance(part, Mapping))
    return next((_line(each, 40) for each in found if each), "")


def _absolute(base: str, link: str) -> str:
    try:
        return urljoin(base, link) if link else ""
    except ValueError:
        return ""


def entry_of(entry: Any, base: str) -> dict[str, Any]:
    """One of feedparser's entries as plain JSON; empty fields are left out.

    `title` is as it came, `heading` what a reader of it sees. Only the link
    starts from `base`: ids would change with the address of the feed.
    """
    html, text = _body(entry)
    title = entry.get("title") or ""
    detail = entry.get("author_detail") or {}
    link = _absolute(base, entry.get("link") or "")
    fields = {
        "id": named(entry.get("id") or ""),
        "link": link if len(link) <= 2 * _LINE else "",
        "title": cut(title, _LINE),
        "heading": _line(_part(entry.get("title_detail"))[1] or title),
        "text": text,
        "html": html,
        "author": _line(detail.get("name") or entry.get("author"), 200),
        "published": _epoch(entry, "published", "created"),
        "updated": _epoch(entry, "updated"),
        "language": _language(entry),
        "tags": [_line(tag.get("term"), 100) for tag in entry.get("tags", ())[:20] if tag.get("term")],
    }
    return {name: value for name, value in fields.items() if value not in ("", None, [])}


def _newest(entries: list[Any]) -> list[int]:
    """Places of the newest entries, in the order of the feed; those without a date count as new."""
    if len(entries) <= ENTRIES:
        return list(range(len(entries)))
    found = (_epoch(entry, "published", "created", "updated") for entry in entries)
    times = [math.inf if each is None else each for each in found]
    return sorted(sorted(range(len(times)), key=lambda place: -times[place])[:ENTRIES])


_CUT_SHORT = ("no element found", "unclosed token", "unclosed CDATA section")
"""What expat says of a document that ends before its end (xmlerror.h)."""


def _cut_in_an_entry(body: bytes) -> bool:
    """Whether a document that was cut short ends within an entry."""
    return max(body.rfind(b"<item"), body.rfind(b"<entry")) > max(
        body.rfind(b"</item"), body.rfind(b"</entry")
    )


def _feed(body: list[bytes], ask: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    import feedparser

    headers = {
        "content-type": ask.get("type", ""),
        "content-language": ask.get("language", ""),
    }
    in_an_entry = _cut_in_an_entry(body[0])
    # As a stream, because feedparser opens the file or address that bytes and strings happen to name.
    found = feedparser.parse(
        _Once(body.pop()), response_headers={name: value for name, value in headers.items() if value}
    )
    entries, feed = found["entries"], found["feed"]
    problem = found.get("bozo_exception")
    cut_short = any(words in str(problem) for words in _CUT_SHORT)
    if cut_short and in_an_entry and entries:
        entries.pop()  # its id and its words may be half ones
    chosen = _newest(entries)
    yield {
        "format": found.get("version") or ("unknown" if entries else ""),
        "title": _line(feed.get("title"), 300),
        "language": _line(feed.get("language"), 40),
        "ttl": _line(feed.get("ttl"), 20),
        "period": _line(feed.get("sy_updateperiod"), 20),
        "frequency": _line(feed.get("sy_updatefrequency"), 20),
        "bozo": _line(f"{type(problem).__name__}: {problem}", 300) if problem is not None else "",
        "cut_short": cut_short,
        "total": len(entries),
        "count": len(chosen),
    }
    for place in chosen:
        entry, entries[place] = entries[place], None
        yield entry_of(entry, ask.get("location", ""))


# JSON Feed.


def _small(value: object) -> object:
    if isinstance(value, str):
        return cut(value, _LINE)
    if value is None or isinstance(value, bool | int | float):
        return value
    return value if len(json.dumps(value)) <= 2 * _LINE else None


def item_of(item: object) -> dict[str, Any]:
    """One item of a JSON Feed: under `item` what it says, still unchecked; its text as HTML and plain."""
    if not isinstance(item, dict):
        return {"item": _small(item)}
    kept = {key: _small(item[key]) for key in _ITEM_KEYS if key in item}
    for key in ("url", "external_url"):
        if isinstance(item.get(key), str) and len(item[key]) > _LINE:
            kept[key] = None
    if isinstance(item.get("id"), str):
        kept["id"] = named(item["id"])
    html, text = "", ""
    for key in ("content_html", "content_text", "summary"):
        value = item.get(key)
        if isinstance(value, str) and value.strip():
            kept[key] = ""
            if key == "content_html":
                html = html or value[:MOST]
            text = text or _part({"value": value, "type": "text/html" if key == "content_html" else ""})[1]
    return {"item": kept, "html": html, "text": text}


def _json_feed(body: list[bytes]) -> Iterator[dict[str, Any]]:
    try:
        found = json.loads(body.pop())
    except (ValueError, RecursionError):
        found = None
    items = found.get("items") if isinstance(found, dict) else None
    if not isinstance(items, list):
        yield {"format": "", "count": 0, "total": 0}
        return
    yield {
        "format": "json",
        "title": _line(found.get("title"), 300),
        "language": _line(found.get("language"), 40),
        "next": found["next_url"] if isinstance(found.get("next_url"), str) else "",
        "total": len(items),
        "count": min(len(items), ENTRIES),
    }
    for item in items[:ENTRIES]:
        yield item_of(item)


def is_json(body: bytes, content_type: str) -> bool:
    """True for what is a JSON Feed by its type or its first character."""
    kind = content_type.partition(";")[0].strip().lower()
    start = body[:200].removeprefix(b"\xef\xbb\xbf").replace(b"\x00", b"").lstrip()
    return kind == "application/feed+json" or start[:1] == b"{"


def documents(body: bytes, ask: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The head of a document, then its entries; `format` of the head is empty for what is no feed."""
    holder = [body]
    del body
    if is_json(holder[0], ask.get("type", "")):
        return _json_feed(holder)
    return _feed(holder, ask)
