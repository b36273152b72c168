"""What the settings of a Mastodon source may say, and the timelines that follow from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, Self
from urllib.parse import quote

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from data.models.base import SafeLine
from data.sources.base import SecretRef, SourceSettings
from data.sources.mastodon.api import is_address
from data.sources.mastodon.walk import Timeline

Kind = Literal["tags", "notifications", "search", "home"]


def _address(url: str) -> str:
    url = url.rstrip("/")
    if not is_address(url):
        raise ValueError("must be an address such as https://mastodon.example")
    return url


def _tag(value: object) -> object:
    return value.strip().lstrip("#").rstrip("*") if isinstance(value, str) else value


Address = Annotated[str, AfterValidator(_address)]
Tag = Annotated[SafeLine, BeforeValidator(_tag), Field(min_length=1, max_length=200)]


class Settings(SourceSettings):
    """One account on one server, or none.

    `url` is the server. `token` is needed for notifications, searches, the
    stream, and on some servers for hashtags. `read` says what is read: without
    it, hashtags (the terms that begin with #, and `tags`), and with a token
    notifications and searches for the other terms. `since_hours` is how far
    back the first look goes. `stream` opens a WebSocket that tells of posts at
    once; `stream_url` is for servers that name a wrong place for it.
    """

    kind: Literal["mastodon"] = "mastodon"
    url: Address
    token: SecretRef | None = None
    read: tuple[Kind, ...] | None = None
    tags: tuple[Tag, ...] = ()
    stream: bool = False
    stream_url: Address | None = None
    since_hours: float = Field(default=24, ge=0, le=24 * 366)

    @model_validator(mode="after")
    def _what_needs_a_token(self) -> Self:
        if self.token is None:
            wants = [each for each in self.read or () if each != "tags"] + ["stream"] * self.stream
            if wants:
                raise ValueError(f'"{wants[0]}" of "{self.name}" needs a "token"')
        if self.url.startswith("ws"):
            raise ValueError(f'"url" of "{self.name}" must begin with https:// or http://')
        return self

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What is read."""
        if self.read is not None:
            return tuple(dict.fromkeys(self.read))
        return ("tags",) if self.token is None else ("notifications", "tags", "search")


def timelines(settings: Settings, terms: Sequence[str]) -> list[Timeline]:
    """What these settings read, most urgent first."""
    found: list[Timeline] = []
    if "notifications" in settings.kinds:
        mentions = (("types[]", "mention"),)
        found.append(
            Timeline(
                "notifications",
                "The list of notifications",
                "/api/v1/notifications",
                (*mentions, ("types[]", "quote")),
                simpler=mentions,
                ours=True,
            )
        )
    if "tags" in settings.kinds:
        tags = [*settings.tags, *(tag for term in terms if term.startswith("#") and (tag := _tag(term)))]
        for tag in dict.fromkeys(str(each).casefold() for each in tags):
            path = f"/api/v1/timelines/tag/{quote(tag, safe='')}"
            found.append(Timeline(f"tag:{tag}", f"The hashtag #{tag}", path))
    if "home" in settings.kinds:
        found.append(Timeline("home", "The home timeline", "/api/v1/timelines/home"))
    if "search" in settings.kinds:
        words = [word for term in terms if not term.startswith("#") and (word := term.strip().rstrip("*"))]
        for word in dict.fromkeys(words):
            query = f'"{word}"' if " " in word else word
            found.append(
                Timeline(
                    f"search:{word}",
                    f"The search for {word}",
                    "/api/v2/search",
                    (("q", query), ("type", "statuses")),
                    offset=True,
                    bonus=settings.read is None,
                )
            )
    return found
