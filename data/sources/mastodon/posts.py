"""Posts of the Mastodon API as mentions, and why one can't be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from data.models.base import to_ms
from data.models.mention import Mention
from data.sources.markup import MOST, plain
from data.sources.mastodon.api import at

RAW_BYTES = 64 * 1024
"""Bytes of an unreadable item that are kept."""


@dataclass(frozen=True)
class Entry:
    """One item of a timeline in its place: `ms` is when it was posted, in milliseconds since 1970."""

    id: str
    ms: int
    item: dict[str, Any]


def native_id(item: Any) -> str | None:
    """The id that a server gives an item; ids are opaque words without blanks."""
    found = item.get("id") if isinstance(item, dict) else None
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    return found if isinstance(found, str) and found.isprintable() and " " not in found and found else None


def entry(item: Any) -> Entry | None:
    """An item with its place; None where it has no id or no time."""
    native, moment = native_id(item), moment_of(at(item, "created_at"))
    if native is None or moment is None:
        return None
    return Entry(native, to_ms(moment), item)


def moment_of(value: Any) -> datetime | None:
    """ISO 8601 with a zone as a moment; None for anything else."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return moment.astimezone(UTC) if moment is not None and moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def reason_of(error: Exception) -> str:
    """Why an item can't be read, as half a sentence."""
    if not isinstance(error, ValidationError):
        return f"post {error}"
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "it"
    return f'post: "{where}" {first["msg"].removeprefix("Value error, ").removeprefix("Input ")}'


def _words(value: Any, most: int = 2_048) -> str | None:
    return value[:most] if isinstance(value, str) and value else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**62 else None


def _link(value: Any) -> str | None:
    return value if isinstance(value, str) and value.startswith(("https://", "http://")) else None


def _list(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)][:32] if isinstance(value, list) else []


def tags_of(status: Any) -> list[str]:
    """The hashtags that a post is filed under, without #; not all of them need stand in its text."""
    return [tag for each in _list(at(status, "tags")) if (tag := _words(each.get("name"), 200))]


def uri_of(status: Mapping[str, Any], domain: str) -> str | None:
    """What identifies a post everywhere: its `uri`, else its link, else its id on this server."""
    native = native_id(status)
    return (
        _words(status.get("uri"), 4_096)
        or _link(status.get("url"))
        or (None if native is None else f"{domain}:{native}")
    )


def _author(account: Any, domain: str) -> str | None:
    """The whole handle: a server leaves out its own domain, and the same post comes from several servers."""
    name = _words(at(account, "acct")) or _words(at(account, "username"))
    if name is None:
        return None
    name = name.removeprefix("@")
    return name if "@" in name else f"{name}@{domain}"


def mention_of(status: Any, domain: str, parents: Mapping[str, str]) -> Mention:
    """A status as a mention. `parents` gives the uri of posts on this server by their id there.

    Raises:
        ValueError: it can't be read.
    """
    if not isinstance(status, dict):
        raise ValueError("is no JSON object")
    html = status.get("content")
    if html is not None and not isinstance(html, str):
        raise ValueError('has a "content" that is no text')
    body = plain(html) if html is not None else _words(status.get("text"), MOST)
    if body is None:
        raise ValueError('lacks "content"')
    warning, parent = _words(status.get("spoiler_text")), native_id({"id": status.get("in_reply_to_id")})
    account = status.get("account")
    media = [
        {
            "type": _words(each.get("type"), 40),
            "url": _link(each.get("remote_url")) or _link(each.get("url")),
            "description": _words(each.get("description")),
        }
        for each in _list(status.get("media_attachments"))
    ]
    more = {
        "visibility": _words(status.get("visibility"), 40),
        "content_warning": warning,
        "edited_at": _words(status.get("edited_at"), 40),
        "profile": _link(at(account, "url")),
        "bot": True if at(account, "bot") is True else None,
        "tags": tags_of(status),
        "media": media,
        "poll": [_words(each.get("title")) for each in _list(at(status, "poll", "options"))],
        "quotes": _count(status.get("quotes_count")),
    }
    uri = uri_of(status, domain)
    return Mention.model_validate(
        {
            "network": "mastodon",
            "id": uri,
            "text": f"{warning}\n\n{body}".strip() if warning else body,
            "created_at": status.get("created_at"),
            "author": _author(account, domain),
            "author_name": _words(at(account, "display_name")),
            "author_created_at": at(account, "created_at"),
            "followers": _count(at(account, "followers_count")),
            "url": _link(status.get("url")) or _link(uri),
            "lang": _words(status.get("language"), 40),
            "likes": _count(status.get("favourites_count")),
            "reposts": _count(status.get("reblogs_count")),
            "replies": _count(status.get("replies_count")),
            "in_reply_to": None if parent is None else parents.get(parent, parent),
            "html": None if html is None else html[:MOST],
            **{name: value for name, value in more.items() if value not in (None, [])},
        }
    )
