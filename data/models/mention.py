"""Mentions: one public post, review, comment or article about us."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    StringConstraints,
    model_validator,
)

from data.models.base import Model, Moment, SafeLine
from data.models.playbook import CrisisType
from data.models.tone import Tone as Tone
from data.models.triage import Triage
from data.text import SafeText, clean, clean_line

EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""Posts outside of these are damaged: no network is older, and nothing is posted next century."""


def _post_time(value: object) -> datetime:
    """ISO 8601 with a zone, or epoch seconds, as an instant in UTC."""
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("is no time; write it as 2026-11-22T03:00:00Z or as epoch seconds") from None
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if not EARLIEST.timestamp() <= value < LATEST.timestamp():
            raise ValueError("is outside 1995 to 2099; epoch times are in seconds")
        moment = datetime.fromtimestamp(value, UTC)
    else:
        raise ValueError("must be a time: ISO 8601 with a zone, or epoch seconds")
    if moment.tzinfo is None:
        raise ValueError("has no time zone; write it as 2026-11-22T03:00:00Z")
    if not EARLIEST <= moment < LATEST:
        raise ValueError("is outside 1995 to 2099")
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def _account_time(value: object) -> datetime | None:
    """When an account was opened; what is no time is no reason to refuse a post."""
    try:
        return None if value is None else _post_time(value)
    except (ValueError, OverflowError):
        return None


def _identifier(value: object) -> object:
    """Native ids are opaque: kept to the letter, so one with hidden characters is refused."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and clean_line(value) != value:
        raise ValueError("holds blanks at its ends, control or invisible characters")
    return value


_NETWORK = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


def _network(value: object) -> object:
    if not isinstance(value, str):
        return value
    name = value.lower()
    if _NETWORK.fullmatch(name) is None:
        raise ValueError("must be a short name of letters, digits, dots, dashes or underscores, such as x")
    return name


# Limits stand before the cleaning: there pydantic checks them in its core, after it in Python at each row.
# Short lines are cleaned all at once, by the model, which costs half of a call for each.
PostTime = Annotated[datetime, BeforeValidator(_post_time)]
Network = Annotated[str, BeforeValidator(_network)]
NativeId = Annotated[str, StringConstraints(min_length=1, max_length=512), BeforeValidator(_identifier)]
Count = Annotated[StrictInt, Field(ge=0, lt=2**62)]
ShortLine = Annotated[SafeText, Field(max_length=2_048)]


class Mention(Model):
    """One public post about us, identified by `(network, id)`; immutable once stored.

    `author_created_at` is when the account was opened, None if that is unknown.
    `extra` holds the fields that the source sent and we do not know; `raw_text`
    is the text to the letter where cleaning changed it, else None.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    network: Network
    id: NativeId
    text: SafeText
    created_at: PostTime
    author: ShortLine | None = None
    author_name: ShortLine | None = None
    author_created_at: Annotated[datetime | None, BeforeValidator(_account_time)] = None
    followers: Count | None = None
    url: ShortLine | None = None
    lang: ShortLine | None = None
    likes: Count | None = None
    reposts: Count | None = None
    replies: Count | None = None
    views: Count | None = None
    in_reply_to: NativeId | None = None
    html: str | None = None
    raw_text: str | None = None
    extra: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _keep_all(cls, given: Any) -> Any:
        """Foreign text is cleaned; unknown fields go to `extra` as JSON, the text as sent to `raw_text`."""
        if not isinstance(given, Mapping):
            raise ValueError("a mention must be a JSON object")
        known = dict(given)
        if not _FIELDS.issuperset(known):
            unknown = {name: known.pop(name) for name in given if name not in _FIELDS}
            known["extra"] = json.dumps(unknown, ensure_ascii=True, sort_keys=True)
        text = known.get("text")
        if isinstance(text, str):
            safe = clean(text)
            if safe != text:
                known["raw_text"] = _encodable(text)
                known["text"] = safe
        for name in _LINES:
            line = known.get(name)
            if isinstance(line, str):
                known[name] = clean_line(line)
        html = known.get("html")
        if isinstance(html, str):
            known["html"] = _encodable(html)
        return known


_FIELDS = frozenset(Mention.model_fields) - {"raw_text", "extra"}
_LINES = ("author", "author_name", "url", "lang")


def _encodable(text: str) -> str:
    """Lone surrogates, which no UTF-8 store can hold, as JSON-style escapes."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


class Gap(Model):
    """A span of time that a source can't bring any more, and why."""

    start: Moment
    end: Moment
    reason: SafeLine


class StoredMention(Model):
    """A mention in its place in the store.

    `seq` rises with arrival and is local to one store; `tone` is None until the
    mention was scored. `late` marks a post that its network dated well before
    it arrived among newer ones. `mention` holds the text as it first came and
    the newest counts; `text_now` is the text as it was edited, None if it never
    was. In a place with a `gap` there is no post: there something is missing.
    `story` is the place of the first mention that said the same (its own, if it
    was the first), `copies` how many came after that one and `newest_copy` the
    place of the last of them (0 without); `type` is the kind of crisis that it
    speaks of.
    `triage` is what people decided about it, None where nobody did anything.
    """

    seq: int
    arrived_at: datetime
    mention: Mention
    tone: Tone | None = None
    late: bool = False
    text_now: SafeText | None = None
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    gap: Gap | None = None
    story: int | None = None
    copies: int = 0
    newest_copy: int = 0
    type: CrisisType | None = None
    triage: Triage | None = None

    @property
    def is_copy(self) -> bool:
        """Did another mention say the same before?"""
        return self.story is not None and self.story != self.seq

    @property
    def taught(self) -> Tone | None:
        """The tone that a person taught, which beats the model's; None where nobody did."""
        return None if self.triage is None else self.triage.tone

    @property
    def text(self) -> SafeText:
        """What the post says now, or said last."""
        return self.mention.text if self.text_now is None else self.text_now


class Rejected(Model):
    """One item that could not be read: what, where and why, with the bytes as they came."""

    source: SafeLine
    line: int
    reason: SafeLine
    raw: bytes
    size: int
