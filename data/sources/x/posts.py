"""What X sends, in both of its spellings: it calls the same things tweets and posts, retweets and reposts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from data.models.mention import Count, Mention, PostTime
from data.sources.items import Maybe

EPOCH_MS = 1_288_834_974_657
"""Where the time in an id of X begins (twitter-archive/snowflake, `IdWorker.twepoch`)."""

SHIFT = 22
"""Bits of an id below its milliseconds."""


def time_ms(post_id: str) -> int:
    """The milliseconds since 1970 that an id of X holds; only real ids hold any."""
    return (int(post_id) >> SHIFT) + EPOCH_MS


def is_id(text: object) -> bool:
    """Can this be an id of X: up to 19 digits?"""
    return isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 20


def id_at(ms: int) -> str:
    """The id that a post of this moment would have."""
    return str(max(ms - EPOCH_MS, 0) << SHIFT)


def is_timed(post_id: str, ms: int) -> bool:
    """Does the id hold the time of its post? Servers other than X count their posts from one."""
    return abs(time_ms(post_id) - ms) <= 2_000


class _Sent(BaseModel):
    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True, defer_build=True)


class Metrics(_Sent):
    """How often a post was liked, repeated, answered and seen."""

    likes: Maybe[Count] = Field(default=None, validation_alias="like_count")
    reposts: Maybe[Count] = Field(
        default=None, validation_alias=AliasChoices("repost_count", "retweet_count")
    )
    replies: Maybe[Count] = Field(default=None, validation_alias="reply_count")
    quotes: Maybe[Count] = Field(default=None, validation_alias="quote_count")
    bookmarks: Maybe[Count] = Field(default=None, validation_alias="bookmark_count")
    views: Maybe[Count] = Field(default=None, validation_alias="impression_count")


class Reference(_Sent):
    """The post that another one answers, quotes or repeats."""

    type: str
    id: str


class Note(_Sent):
    """A text of more than 280 characters."""

    text: str


class Audience(_Sent):
    """How many follow somebody."""

    followers: Maybe[Count] = Field(default=None, validation_alias="followers_count")


class Author(_Sent):
    """Who wrote."""

    id: str
    username: Maybe[str] = None
    name: Maybe[str] = None
    verified: Maybe[bool] = None
    created_at: Maybe[PostTime] = None
    metrics: Maybe[Audience] = Field(default=None, validation_alias="public_metrics")


class Post(_Sent):
    """One version of a post."""

    id: str = Field(pattern=r"^[0-9]{1,19}$")
    text: str
    created_at: Maybe[PostTime] = None
    author_id: Maybe[str] = None
    lang: Maybe[str] = None
    conversation_id: Maybe[str] = None
    metrics: Maybe[Metrics] = Field(default=None, validation_alias="public_metrics")
    references: Maybe[list[Maybe[Reference]]] = Field(
        default=None, validation_alias=AliasChoices("referenced_posts", "referenced_tweets")
    )
    history: Maybe[list[str]] = Field(
        default=None, validation_alias=AliasChoices("edit_history_post_ids", "edit_history_tweet_ids")
    )
    note: Maybe[Note] = Field(default=None, validation_alias=AliasChoices("note_post", "note_tweet"))
    entities: Maybe[dict[str, Any]] = None

    @property
    def root(self) -> str:
        """The id of its first version, which names the post for good; each edit has a new id."""
        return self.history[0] if self.history else self.id

    @property
    def latest(self) -> str:
        """The id of its newest version."""
        return self.history[-1] if self.history else self.id

    @property
    def at(self) -> datetime | None:
        """When it was written; by its id where X does not say."""
        if self.created_at is None and is_id(self.id):
            return datetime.fromtimestamp(time_ms(self.id) / 1000, UTC)
        return self.created_at

    def reference(self, *types: str) -> str | None:
        """The id of the post to which it relates in this way."""
        found = (each.id for each in self.references or () if each is not None and each.type in types)
        return next(found, None)


class Meta(_Sent):
    """About a page."""

    newest_id: Maybe[str] = None
    oldest_id: Maybe[str] = None
    next_token: Maybe[str] = None


class Includes(_Sent):
    """What belongs to the posts of a page."""

    users: Maybe[list[Maybe[Author]]] = None
    posts: Maybe[list[Maybe[Post]]] = Field(default=None, validation_alias=AliasChoices("posts", "tweets"))


class Fault(_Sent):
    """One of the errors in an answer that is otherwise good."""

    title: Maybe[str] = None
    detail: Maybe[str] = None
    message: Maybe[str] = None
    value: Maybe[str] = None
    resource_id: Maybe[str] = None
    type: Maybe[str] = None


class Page(_Sent):
    """One answer; every part may be absent."""

    data: Maybe[list[Any]] = None
    includes: Maybe[Includes] = None
    errors: Maybe[list[Maybe[Fault]]] = None
    meta: Maybe[Meta] = None

    @property
    def authors(self) -> dict[str, Author]:
        """Those whom X names, by their ids."""
        users = (self.includes.users if self.includes else None) or ()
        return {each.id: each for each in users if each is not None}

    @property
    def others(self) -> dict[str, Post]:
        """Posts that came along, by their ids."""
        posts = (self.includes.posts if self.includes else None) or ()
        return {each.id: each for each in posts if each is not None}


def mention(post: Post, page: Page, root: str | None = None) -> Mention:
    """A post as a mention, under the id of its first version.

    Raises:
        ValueError: it can't be one; `str()` says why.
    """
    author = page.authors.get(post.author_id or "")
    repeated = page.others.get(post.reference("retweeted", "reposted") or "")
    name = (author.username or "").lstrip("@") if author else ""
    counts = post.metrics or Metrics()
    known = {
        "network": "x",
        "id": root or post.root,
        "text": _text(repeated or post),
        "created_at": post.at,
        "author": name or None,
        "author_name": author.name if author else None,
        "author_created_at": author.created_at if author else None,
        "followers": author.metrics.followers if author and author.metrics else None,
        "url": f"https://x.com/{name or 'i'}/status/{post.id}",
        "lang": None if post.lang in ("und", "zxx", "qme", "qst", "qht", "qam", "qct") else post.lang,
        "likes": counts.likes,
        "reposts": counts.reposts,
        "replies": counts.replies,
        "views": counts.views,
        "in_reply_to": post.reference("replied_to"),
    }
    more = {
        "author_id": post.author_id,
        "bookmarks": counts.bookmarks,
        "conversation": post.conversation_id,
        "links": _links(post.entities or {}) or None,
        "quote_of": post.reference("quoted"),
        "quotes": counts.quotes,
        "repost_of": post.reference("retweeted", "reposted"),
        "verified": author.verified if author else None,
        "versions": len(post.history) if post.history and len(post.history) > 1 else None,
    }
    given = {**known, **{key: value for key, value in more.items() if value is not None}}
    return Mention.model_validate(given)


def _text(post: Post) -> str:
    text = post.note.text if post.note and post.note.text else post.text
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _links(entities: dict[str, Any]) -> list[str]:
    """Where the short links of a text lead."""
    urls = entities.get("urls")
    found = (
        [each.get("expanded_url") for each in urls if isinstance(each, dict)]
        if isinstance(urls, list)
        else []
    )
    return [each for each in found if isinstance(each, str)]
