"""What Reddit sends: posts (`t3`) and comments (`t1`), and how it shows that one is gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictStr

from data.models.mention import Count, Mention, PostTime
from data.sources.items import Maybe

_GONE = ("[deleted]", "[removed]", "[deleted by user]", "[removed by moderator]", "[ removed by reddit ]")
_HOME = "https://www.reddit.com"


class Thing(BaseModel):
    """A post or a comment."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    name: str = Field(pattern=r"^t[13]_[0-9a-z]{1,13}$")
    created_utc: PostTime
    title: Maybe[StrictStr] = None
    selftext: Maybe[StrictStr] = None
    selftext_html: Maybe[StrictStr] = None
    body: Maybe[StrictStr] = None
    body_html: Maybe[StrictStr] = None
    author: Maybe[StrictStr] = None
    permalink: Maybe[StrictStr] = None
    url: Maybe[StrictStr] = None
    is_self: Maybe[bool] = None
    score: Maybe[Annotated[int, Field(gt=-(2**62), lt=2**62)]] = None
    score_hidden: Maybe[bool] = None
    hide_score: Maybe[bool] = None
    num_comments: Maybe[Count] = None
    subreddit: Maybe[StrictStr] = None
    link_id: Maybe[StrictStr] = None
    link_title: Maybe[StrictStr] = None
    parent_id: Maybe[StrictStr] = None
    edited: Maybe[PostTime] = None
    removed_by_category: Maybe[StrictStr] = None
    crosspost_parent: Maybe[StrictStr] = None
    link_flair_text: Maybe[StrictStr] = None
    upvote_ratio: Maybe[Annotated[float, Field(allow_inf_nan=False)]] = None
    over_18: Maybe[bool] = None

    @property
    def is_comment(self) -> bool:
        """A comment, as opposed to a post."""
        return self.name.startswith("t1_")

    @property
    def gone(self) -> bool:
        """Was it deleted by its author or removed by others? A deleted account alone leaves its posts."""
        said = (self.body if self.is_comment else self.selftext) or ""
        if said.strip().lower().startswith(_GONE) or self.removed_by_category is not None:
            return True
        if self.is_comment:
            return False
        if (self.title or "").strip().lower() in _GONE:
            return True
        told = "removed_by_category" in self.model_fields_set
        return self.author == "[deleted]" and not said and not told

    @property
    def text(self) -> str:
        """What is said: of a post its title and its text."""
        parts = [self.body] if self.is_comment else [self.title, self.selftext]
        return "\n\n".join(each.strip() for each in parts if each and each.strip())

    @property
    def link(self) -> str | None:
        """The page that a post is about, None where it is only text."""
        return None if self.is_comment or self.is_self or not self.url else self.url

    @property
    def page(self) -> str:
        """Where it stands."""
        if self.permalink is not None and self.permalink.startswith("/"):
            return _HOME + self.permalink
        thread = (self.link_id or self.name).removeprefix("t3_")
        below = f"/_/{self.name.removeprefix('t1_')}" if self.is_comment else ""
        return f"{_HOME}/comments/{thread}{below}"


@dataclass(frozen=True)
class Item:
    """One place in a list: what was sent, and what it could be read as, if it could."""

    sent: Any
    ms: int
    thing: Thing | None = None
    error: ValueError | None = None

    @property
    def id(self) -> str:
        """What tells it from the others."""
        return self.thing.name if self.thing else repr(self.sent)[:2_000]


def mention(thing: Thing) -> Mention:
    """A post or comment as a mention.

    Raises:
        ValueError: it can't be one; `str()` says why.
    """
    hidden = thing.score_hidden or thing.hide_score
    more = {
        "crosspost_of": thing.crosspost_parent,
        "edited_at": thing.edited.astimezone(UTC).isoformat() if thing.edited else None,
        "flair": thing.link_flair_text,
        "link": thing.link,
        "over_18": thing.over_18 or None,
        "score": thing.score if thing.score is not None and thing.score < 0 else None,
        "subreddit": thing.subreddit,
        "thread": thing.link_id,
        "thread_title": thing.link_title,
        "upvote_ratio": thing.upvote_ratio,
    }
    return Mention.model_validate(
        {
            "network": "reddit",
            "id": thing.name,
            "text": thing.text,
            "created_at": thing.created_utc,
            "author": None if thing.author in (None, "[deleted]") else thing.author,
            "url": thing.page,
            "likes": None if hidden or thing.score is None else max(thing.score, 0),
            "replies": thing.num_comments,
            "in_reply_to": thing.parent_id if thing.is_comment else None,
            "html": thing.body_html if thing.is_comment else thing.selftext_html,
            **{key: value for key, value in more.items() if value is not None},
        }
    )
