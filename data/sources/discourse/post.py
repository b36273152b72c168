"""One post of a Discourse forum, as the forum sends it and as a mention."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from data.models.feed import Change
from data.models.mention import Mention
from data.sources.items import count, mention, text
from data.sources.markup import plain

NETWORK = "discourse"

Spot = tuple[int, int] | None
"""A topic and the number of a post in it."""

_LIKE = 2
"""Its number among the actions on a post (discourse/discourse, post_action_type.rb)."""

_REGULAR = (None, 1, 2)
"""Types of posts that people write in public; 3 are notes such as "closed", 4 are whispers of the staff."""


@dataclass(frozen=True)
class Forum:
    """The forum that a post is from."""

    host: str
    url: str

    def id(self, number: object) -> str:
        """Our name of a post; its own number is known on one forum only."""
        return f"{self.host}:{number}"

    def gone(self, number: object) -> Change:
        """A post that was deleted or hidden."""
        return Change(network=NETWORK, id=self.id(number))

    def mention(self, fields: dict[str, Any], places: Mapping[Spot, int]) -> Mention:
        """A post as a mention; an opening post begins with the title of its topic.

        `places` tells the ids of posts by their places in a topic.

        Raises:
            UnreadableError: it is none.
        """
        title, html = text(fields.get("topic_title")), text(fields.get("cooked"))
        body = text(fields.get("raw")) or plain(html or "")
        to = spot(fields, "reply_to_post_number")
        values = {
            "network": NETWORK,
            "id": self.id(fields.get("id")),
            "text": f"{title}\n\n{body}" if title and opens(fields) else body,
            "html": html,
            "created_at": fields.get("created_at"),
            "author": text(fields.get("username")),
            "author_name": text(fields.get("name")),
            "url": self._link(fields),
            "lang": text(fields.get("locale")),
            "likes": _likes(fields.get("actions_summary")),
            "replies": count(fields.get("reply_count")),
            "views": count(fields.get("reads")),
            "in_reply_to": self.id(places[to]) if to and to in places else None,
            "topic_title": title,
            "topic_id": count(fields.get("topic_id")),
            "post_number": count(fields.get("post_number")),
            "reply_to_post_number": count(fields.get("reply_to_post_number")),
            "version": count(fields.get("version")),
            "updated_at": text(fields.get("updated_at")),
        }
        return mention({name: value for name, value in values.items() if value is not None})

    def _link(self, fields: dict[str, Any]) -> str:
        path = text(fields.get("post_url")) or ""
        if not path.startswith("/") or path.startswith(("//", "/\\")):
            return f"{self.url}/p/{fields.get('id')}"
        return urljoin(self.url, path)


def regular(fields: dict[str, Any]) -> bool:
    """True for what somebody wrote for everybody to read."""
    return fields.get("post_type") in _REGULAR


def opens(fields: dict[str, Any]) -> bool:
    """True for the post that opens its topic."""
    return fields.get("post_number") == 1


def taken_back(fields: dict[str, Any]) -> bool:
    """True for a post that its author or the staff took from sight."""
    return (
        bool(fields.get("deleted_at")) or fields.get("user_deleted") is True or fields.get("hidden") is True
    )


def spot(fields: dict[str, Any], which: str) -> Spot:
    """The place of a post in its topic, or of the one that `which` field names."""
    topic, number = count(fields.get("topic_id")), count(fields.get(which))
    return None if topic is None or number is None else (topic, number)


def _likes(actions: object) -> int | None:
    for each in actions if isinstance(actions, list) else ():
        if isinstance(each, dict) and each.get("id") == _LIKE:
            return count(each.get("count"))
    return None
