"""One mention entered by hand: a link and its text, from where no source looks."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import SplitResult, urlsplit, urlunsplit

from pydantic import ValidationError

from data.models.mention import Mention
from data.text import SafeText, clean_line

_KNOWN = (
    (re.compile(r"(?:.+\.)?(?:x|twitter)\.com"), "x", re.compile(r"/status/(\d+)")),
    (re.compile(r"(?:.+\.)?reddit\.com"), "reddit", None),
    (re.compile(r"bsky\.app"), "bluesky", None),
    (re.compile(r"news\.ycombinator\.com"), "hackernews", None),
    (re.compile(r"(?:.+\.)?trustpilot\.com"), "reviews", None),
)
"""Host, our name of the network, and where its own id of a post stands in the path, if it does."""

_MASTODON = re.compile(r"/@[^/]+/\d+/?$")
_ELSEWHERE = "web"


class NotAMentionError(ValueError):
    """What was typed can't be stored; the text says why and how to mend it."""


def mention(link: str, text: str, *, at: datetime, by: SafeText) -> Mention:
    """The mention that somebody saw at a moment and typed in.

    The network is told by the link, and so is the id where the network's own
    stands in it; else the link, without its fragment, is the id. The time of
    the post is not known, so that of the entry stands for it.

    Raises:
        NotAMentionError: the link is none, or there is no text.
    """
    try:
        parts = urlsplit(link.strip())
        host = (parts.hostname or "").lower()
    except ValueError:
        parts, host = SplitResult("", "", "", "", ""), ""
    if parts.scheme.lower() not in ("http", "https") or "." not in host:
        raise NotAMentionError("That is no link to a post: paste its whole address, from https:// on.")
    if not clean_line(text):
        raise NotAMentionError("A mention needs its text: paste what the post says.")
    network, native = _named(parts, host)
    try:
        return Mention.model_validate(
            {
                "network": network,
                "id": native,
                "text": text.strip(),
                "created_at": at,
                "url": link.strip(),
                "entered_by": by,
            }
        )
    except ValidationError:
        raise NotAMentionError(
            "That link is too long or holds characters that no link has: copy it from the address line again."
        ) from None


def _named(parts: SplitResult, host: str) -> tuple[str, str]:
    plain = urlunsplit(("https", host, parts.path.rstrip("/"), parts.query, ""))
    for hosts, network, own in _KNOWN:
        if hosts.fullmatch(host):
            found = own.search(parts.path) if own is not None else None
            return network, found[1] if found else plain
    return ("mastodon" if _MASTODON.search(parts.path) else _ELSEWHERE), plain
