"""Posts of Bluesky as mentions, whichever way they came: searched, notified, looked at again, streamed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from data.models.base import to_ms
from data.models.mention import EARLIEST, Mention
from data.sources.items import count

NETWORK = "bluesky"

COLLECTION = "app.bsky.feed.post"

MAX_TEXT = 64 * 1024
"""Longest text in characters that is read; the network allows 300 graphemes in 3,000 bytes."""

_AT_URI = re.compile(
    r"at://(did:[a-z0-9]+:[A-Za-z0-9._:%-]+)/app\.bsky\.feed\.post/([A-Za-z0-9._:~-]{1,512})"
)
_MANY = 50
_LONG = 2_048
_RAW_BYTES = 256 * 1024


class BadPostError(ValueError):
    """What came is no post; `str()` says why, as the end of a sentence."""


@dataclass(frozen=True)
class Post:
    """One post as it came in `raw`, and what its place in a list is told by.

    `key_ms` is the time by which the network sorts, the earlier one of when the
    post says it was written and when the network met it (`indexed_ms`); both in
    milliseconds since 1970.
    """

    uri: str
    did: str
    rkey: str
    text: str
    created_at: datetime
    key_ms: int
    indexed_ms: int
    raw: Mapping[str, Any]
    record: Mapping[str, Any]


def read(raw: object, now: datetime) -> Post:
    """A post view of `app.bsky.feed.defs` or a notification.

    Authors write the time of a post themselves and may write anything. One that
    is later than when the network met the post, or older than any network, is
    not believed. Source: atproto.com/specs/tid and the AppView's `sortAt`.

    Raises:
        BadPostError: it lacks what makes a post.
    """
    if not isinstance(raw, dict):
        raise BadPostError("is no JSON object")
    uri, record = raw.get("uri"), raw.get("record")
    found = _AT_URI.fullmatch(uri) if isinstance(uri, str) else None
    if found is None:
        raise BadPostError("has no at:// address of a post")
    if not isinstance(record, dict):
        raise BadPostError("has no record")
    text = record.get("text")
    if not isinstance(text, str):
        raise BadPostError("has no text")
    if len(text) > MAX_TEXT:
        raise BadPostError(f"has a text of {len(text):,} characters; at most {MAX_TEXT:,} are read")
    indexed = moment(raw.get("indexedAt"))
    if indexed is None or not EARLIEST <= indexed <= now + timedelta(days=1):
        indexed = now
    written = moment(record.get("createdAt")) or indexed
    return Post(
        uri=found[0],
        did=found[1],
        rkey=found[2],
        text=text,
        created_at=written if EARLIEST <= written <= indexed else indexed,
        key_ms=min(to_ms(written), to_ms(indexed)),
        indexed_ms=to_ms(indexed),
        raw=raw,
        record=record,
    )


def mention(post: Post, followers: int | None = None) -> Mention:
    """The post as a mention.

    Raises:
        BadPostError: a field holds what no mention may hold.
    """
    author, reply = _dict(post.raw.get("author")), _dict(post.record.get("reply"))
    langs = [each for each in _list(post.record.get("langs")) if isinstance(each, str)]
    handle = _text(author.get("handle"))
    fields = {
        "network": NETWORK,
        "id": post.uri,
        "text": post.text,
        "created_at": post.created_at,
        "author": post.did if handle in (None, "", "handle.invalid") else (handle or "").lstrip("@"),
        "author_name": _text(author.get("displayName")),
        "author_created_at": author.get("createdAt"),
        "followers": followers,
        "url": f"https://bsky.app/profile/{post.did}/post/{post.rkey}",
        "lang": langs[0] if langs and len(langs[0]) <= 35 else None,
        "likes": count(post.raw.get("likeCount")),
        "reposts": count(post.raw.get("repostCount")),
        "replies": count(post.raw.get("replyCount")),
        "in_reply_to": _uri(_dict(reply.get("parent")).get("uri")),
    }
    try:
        return Mention.model_validate({**_extra(post, reply, langs), **fields})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadPostError(f'has a "{where}" that {first["msg"].removeprefix("Value error, ")}') from None


def moment(value: object) -> datetime | None:
    """A time as the network writes it, None if it is none."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _extra(post: Post, reply: Mapping[str, Any], langs: list[str]) -> dict[str, Any]:
    """What else is known, under the network's own names; what is empty is left out."""
    embed = _dict(post.record.get("embed"))
    media = _dict(embed.get("media")) or embed
    quoted = _dict(embed.get("record"))
    links, tags = _features(post.record)
    links += [card] if (card := _text(_dict(media.get("external")).get("uri"))) else []
    tags += [each for each in _list(post.record.get("tags"))[:_MANY] if _text(each)]
    found: dict[str, Any] = {
        "did": post.did,
        "cid": _text(post.raw.get("cid")),
        "createdAt": _plain(post.record.get("createdAt")),
        "indexedAt": _plain(post.raw.get("indexedAt")),
        "reason": _text(post.raw.get("reason")),
        "root": _uri(_dict(reply.get("root")).get("uri")),
        "quotes": _uri(quoted.get("uri")) or _uri(_dict(quoted.get("record")).get("uri")),
        "quoteCount": count(post.raw.get("quoteCount")),
        "links": list(dict.fromkeys(links)),
        "tags": list(dict.fromkeys(tags)),
        "alt": [alt for each in _list(media.get("images"))[:_MANY] if (alt := _text(_dict(each).get("alt")))],
        "langs": langs[:_MANY] if len(langs) > 1 else None,
    }
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def _features(record: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Links and tags of the facets; where these point in the text does not matter here."""
    links, tags = [], []
    for feature in _facets(record):
        if link := _text(feature.get("uri")):
            links.append(link)
        if tag := _text(feature.get("tag")):
            tags.append(tag)
    return links, tags


def _facets(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for facet in _list(record.get("facets"))[:_MANY]:
        for feature in _list(_dict(facet).get("features"))[:_MANY]:
            yield _dict(feature)


def _dict(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value[:_LONG] if isinstance(value, str) else None


def _plain(value: object) -> object:
    """A value as it came, where it is small."""
    return _text(value) if isinstance(value, str) else value if isinstance(value, int | float) else None


def _uri(value: object) -> str | None:
    """The address of a post that this one points to; a damaged one is no reason to lose this one."""
    return value if isinstance(value, str) and _AT_URI.fullmatch(value) else None
