"""Entries of feeds as mentions: which post an entry is, where it leads, what it says and when."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from data.models.mention import EARLIEST, Mention
from data.text import clean_line

_ID_MAX = 400
_URL_MAX = 2_048


def digest(*parts: str, size: int = 16) -> str:
    """Some hexadecimal digits that stand for these texts."""
    found = hashlib.sha256()
    for part in parts:
        found.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return found.hexdigest()[:size]


class BadEntryError(ValueError):
    """An entry can't be read; `str()` says why."""


def _fault(error: ValidationError) -> BadEntryError:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    words = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return BadEntryError(f'"{where}" {words}' if where else words)


def _text_or_none(value: object) -> object:
    return value if isinstance(value, str) else None


def _epoch(value: object) -> float | None:
    """A time as JSON Feed writes it (RFC 3339), as seconds since 1970; None for what is none."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _identifier(value: object) -> object:
    # JSON Feed 1.1: an id that is a number is to be read as text.
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _names(value: object) -> object:
    given = value if isinstance(value, list) else [value]
    return [name for each in given if isinstance(each, dict) and isinstance(name := each.get("name"), str)]


def _texts(value: object) -> object:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


Lenient = Annotated[str | None, BeforeValidator(_text_or_none)]
Time = Annotated[float | None, BeforeValidator(_epoch)]


class _Item(BaseModel):
    """An item of JSON Feed 1.0 or 1.1. What a post is by must be right; what else is wrong is left out."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    id: Annotated[str | None, BeforeValidator(_identifier)] = None
    url: str | None = None
    external_url: Lenient = None
    title: str | None = None
    content_html: str | None = None
    content_text: str | None = None
    summary: Lenient = None
    published: Time = Field(default=None, alias="date_published")
    updated: Time = Field(default=None, alias="date_modified")
    authors: Annotated[list[str], BeforeValidator(_names)] = []
    author: Annotated[list[str], BeforeValidator(_names)] = []
    language: Lenient = None
    tags: Annotated[list[str], BeforeValidator(_texts)] = []


@dataclass(frozen=True)
class Entry:
    """One entry of any format; texts are foreign still, times are seconds since 1970."""

    id: str
    link: str
    title: str
    text: str
    html: str
    author: str = ""
    published: float | None = None
    updated: float | None = None
    language: str = ""
    tags: tuple[str, ...] = ()

    @property
    def at(self) -> float | None:
        """When it was published, or else changed, as far as it says so."""
        return self.updated if self.published is None else self.published


def entry(given: Mapping[str, Any]) -> Entry:
    """The entry that `feed_document` gave.

    Raises:
        BadEntryError: there is nothing in it to go by.
    """
    item = given.get("item", given)
    found = _of_json(given, item) if "item" in given else _of_xml(given)
    if not (found.title or found.text or found.link):
        raise BadEntryError("holds neither a title nor a text nor a link")
    return found


def _of_xml(given: Mapping[str, Any]) -> Entry:
    return Entry(
        id=given.get("id", ""),
        link=unwrapped(given.get("link", "")),
        title=given.get("heading", ""),
        text=given.get("text", ""),
        html=given.get("html", ""),
        author=given.get("author", ""),
        published=given.get("published"),
        updated=given.get("updated"),
        language=given.get("language", ""),
        tags=tuple(given.get("tags", ())),
    )


def _of_json(given: Mapping[str, Any], item: object) -> Entry:
    if not isinstance(item, dict):
        raise BadEntryError("is no object")
    try:
        found = _Item.model_validate(item)
    except ValidationError as error:
        raise _fault(error) from None
    return Entry(
        id=(found.id or "").strip(),
        link=unwrapped(found.url or found.external_url or ""),
        title=" ".join((found.title or "").split()),
        text=given["text"],
        html=given["html"],
        author=", ".join(found.authors or found.author)[:200],
        published=found.published,
        updated=found.updated,
        language=found.language or "",
        tags=tuple(tag[:100] for tag in found.tags[:20]),
    )


def unwrapped(link: str) -> str:
    """A web address, without the detour over Google that its alerts make; empty for any other link."""
    link = link.strip()
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not host or len(link) > _URL_MAX:
        return ""
    if parts.path == "/url" and (host == "google.com" or host.startswith("www.google.")):
        asked = parse_qs(parts.query)
        target = (asked.get("url") or asked.get("q") or [""])[0]
        if target.lower().startswith(("http://", "https://")):
            return target if len(target) <= _URL_MAX else ""
    return link


def _key(found: Entry) -> str:
    """What an entry is told from others by: its id, else its link, else what it says."""
    return found.id or found.link or f"sha256:{digest(found.title, found.text, size=64)}"


def native_ids(entries: Iterable[Entry], feed: str) -> list[str]:
    """The id of each entry's mention; `feed` tells this feed from others.

    Addresses and tag URIs are the same everywhere; anything else is only an id
    within its feed. Some feeds give all their entries one id: those that lead
    to different places are then told apart by these.
    """
    entries = list(entries)
    links: dict[str, set[str]] = defaultdict(set)
    for each in entries:
        links[_key(each)].add(each.link)
    return [_native(_key(each), each.link if len(links[_key(each)]) > 1 else "", feed) for each in entries]


def _native(key: str, link: str, feed: str) -> str:
    if len(key) > _ID_MAX or clean_line(key) != key:
        key = f"sha256:{digest(key, size=64)}"
    if link:
        key = f"{key}#{digest(link)}"
    return key if key.lower().startswith(("http://", "https://", "tag:")) else f"{feed}:{key}"


def mention(found: Entry, native: str, network: str, head: Mapping[str, Any], now: datetime) -> Mention:
    """The entry as a mention; what was published without a time, or later than now, was so just now.

    Raises:
        BadEntryError: it is none.
    """
    title, text = found.title.strip(), found.text.strip()
    at, language = found.at, found.language or head.get("language") or None
    usable = at is not None and EARLIEST.timestamp() <= at <= now.timestamp()
    fields: dict[str, Any] = {
        "network": network,
        "id": native,
        "text": "\n\n".join(part for part in (title, text if text != title else "") if part) or found.link,
        "created_at": datetime.fromtimestamp(at, UTC) if usable and at is not None else now,
        "author": _handle(found.author),
        "author_name": found.author or None,
        "url": found.link or None,
        "lang": language,
        "html": found.html or None,
    }
    more = {
        "title": title,
        "feed": head.get("title", ""),
        "tags": list(found.tags),
        "updated_at": _iso(found.updated),
        "dated": None if usable else _iso(at),
    }
    try:
        return Mention.model_validate({**fields, **{name: value for name, value in more.items() if value}})
    except ValidationError as error:
        raise _fault(error) from None


def _handle(author: str) -> str | None:
    """The account of an author that is written as one (`@name`, and `/u/name` of Reddit)."""
    if " " in author:
        return None
    if author.startswith("/u/"):
        return author[3:] or None
    return author[1:] or None if author.startswith("@") else None


def _iso(at: float | None) -> str | None:
    try:
        return None if at is None else datetime.fromtimestamp(at, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return None
