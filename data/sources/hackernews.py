"""Hacker News: stories and comments through Algolia's index of it, what became of them through HN itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any, Literal

from pydantic import Field

from data.matcher import Listener
from data.models.base import SafeLine
from data.models.feed import Change
from data.models.mention import Mention
from data.sources.base import (
    BATCH,
    AuthError,
    Batch,
    PermanentError,
    RateLimitedError,
    SourceSettings,
    Tools,
    TransientError,
)
from data.sources.http import Answer, budget, host_of, place
from data.sources.items import BaseUrl, UnreadableError, count, mention, refused, text
from data.sources.markup import plain
from data.sources.paging import OVERLAP

NETWORK = "hackernews"

PAGE = 500
"""Hits asked for at once. A window with more is split in two: the index pages no deeper than 1,000 hits,
pages shift while new posts come in, and 1,000 long comments may be more than one answer can hold."""

LAG_S = 15 * 60
"""How far in seconds each look goes back behind the place: the index lists some posts after newer ones."""

DEEP_S = int(OVERLAP.total_seconds())
DEEP_EVERY_S = 30 * 60
"""The first look of a process, and then one every half hour, goes back further: for what was listed late."""

AT_ONCE = 4
"""Items that a refresh asks for at the same time."""


class Settings(SourceSettings):
    """`url` is the search index and `items_url` HN's own interface.

    `query` is what the index is asked instead of the terms of the watches; what
    it finds has to pass the watches all the same. The first look goes back
    `since_hours`. The index answers 10,000 requests an hour to one address: one
    term costs 60.
    """

    kind: Literal["hackernews"] = "hackernews"
    url: BaseUrl = "https://hn.algolia.com"
    items_url: BaseUrl = "https://hacker-news.firebaseio.com"
    query: SafeLine | None = Field(default=None, min_length=1, max_length=512)
    since_hours: float = Field(default=24.0, gt=0, le=720, description="how far back the first look goes")


class HackerNews:
    """Reads windows of time upwards, each stored with its place before the next is asked for."""

    refresh_size = 20
    refresh_pause_s = 10.0

    def __init__(self, settings: Settings, tools: Tools) -> None:
        self.name: str = settings.name
        self.host: str = host_of(settings.url)
        self._settings = settings
        self._listener = tools.listener
        self._now = tools.now
        self._http = tools.http()
        self._queries = queries(tools.listener, settings.query)
        self._deep_at = -DEEP_EVERY_S

    async def poll(self, cursor: str | None) -> AsyncIterator[Batch]:
        """What was posted since `cursor`, oldest first.

        Raises:
            SourceError: the index can't be asked now; what was yielded stays good.
        """
        now = int(self._now().timestamp())
        deep = now - self._deep_at >= DEEP_EVERY_S
        reached = _reached(cursor)
        if reached is None:
            reached = start = now - int(self._settings.since_hours * 3600)
        else:
            start = reached - (DEEP_S if deep else LAG_S)
        # The last window has no end, for our clock may be behind theirs.
        windows: list[tuple[int, int | None]] = [(start, None)]
        while windows:
            low, high = windows.pop()
            answer = await self._window(low, high)
            if answer is None:
                windows += self._halves(low, high, now)
                continue
            hits, batch = answer
            # An index that stands still must not be taken for a quiet hour: the place is that of a post.
            reached = max([reached, *(min(_seconds(hit), now) for hit in hits)])
            for each in self._batches(hits, batch, json.dumps({"low": reached})):
                yield each
        self._deep_at = now if deep else self._deep_at

    async def refresh(self, handles: Sequence[str]) -> Batch:
        """What became of these posts.

        Raises:
            SourceError: HN can't be asked now.
        """
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(handle: str) -> Change | None:
            async with gate:
                return await self._item(handle)

        found = await asyncio.gather(*map(one, handles), return_exceptions=True)
        faults = [each for each in found if isinstance(each, BaseException)]
        if faults:
            raise next((each for each in faults if isinstance(each, RateLimitedError)), faults[0])
        return Batch(changes=[each for each in found if isinstance(each, Change)], known=True)

    def _halves(self, low: int, high: int | None, now: int) -> list[tuple[int, int | None]]:
        end = max(now + 1, low + 2) if high is None else high
        if end - low < 2 or low > now:
            raise PermanentError(
                f"{self.host} claims more posts for a single second than there can be;"
                ' nothing more is read of it. Check "url".'
            )
        middle = (low + end) // 2
        return [(middle, high), (low, middle)]

    async def _window(self, low: int, high: int | None) -> tuple[list[dict[str, Any]], Batch] | None:
        """The hits from `low` up to before `high`, oldest first; None if no one answer holds them all."""
        batch = Batch(known=True)
        found: dict[str, dict[str, Any]] = {}
        for query in self._queries:
            answer = await self._asked(query, low, high)
            batch.budget = budget(answer.headers) or batch.budget
            body = answer.json()
            hits = body.get("hits") if isinstance(body, dict) else None
            if not isinstance(hits, list):
                raise TransientError(f'{answer.where} answered without hits; check "url".')
            total, room = count(body.get("nbHits")) or 0, count(body.get("hitsPerPage")) or PAGE
            if total > len(hits) and (len(hits) >= min(room, PAGE) or total > PAGE):
                return None
            for hit in hits:
                if isinstance(hit, dict) and isinstance(hit.get("objectID"), str | int):
                    found[str(hit["objectID"])] = hit
                else:
                    batch.rejected.append(refused(self.name, 'the hit lacks "objectID"', hit))
        return sorted(found.values(), key=_seconds), batch

    async def _asked(self, query: str, low: int, high: int | None) -> Answer:
        until = "" if high is None else f",created_at_i<{high}"
        return await self._get(
            f"{self._settings.url}/api/v1/search_by_date",
            {
                "query": query,
                "tags": "(story,comment)",
                "numericFilters": f"created_at_i>={low}{until}",
                "hitsPerPage": PAGE,
                "advancedSyntax": "true",
            },
        )

    async def _get(self, url: str, params: dict[str, Any] | None = None) -> Answer:
        try:
            return await self._http.get(url, params=params)
        except AuthError:
            raise PermanentError(
                f'{place(url)} asks for credentials; Hacker News does not: correct "url" or "items_url".'
            ) from None

    def _batches(self, hits: list[dict[str, Any]], batch: Batch, cursor: str) -> list[Batch]:
        """The hits that somebody listens for; the place goes with the last of the batches."""
        mentions: list[Mention] = []
        for hit in hits:
            try:
                found = from_hit(hit)
            except UnreadableError as error:
                reason = f"post {hit['objectID']}: {error}"
                batch.rejected.append(refused(self.name, reason, hit))
                continue
            if self._listener(found):
                mentions.append(found)
        rest = [
            Batch(mentions=mentions[start : start + BATCH], known=True)
            for start in range(BATCH, len(mentions), BATCH)
        ]
        batch.mentions = mentions[:BATCH]
        batches = [batch, *rest]
        batches[-1].cursor = cursor
        return batches

    async def _item(self, handle: str) -> Change | None:
        if not (handle.isascii() and handle.isdigit()):
            return None
        answer = await self._get(f"{self._settings.items_url}/v0/item/{handle}.json")
        item = answer.json()
        if item is None:
            return Change(network=NETWORK, id=handle)
        if not isinstance(item, dict) or str(item.get("id")) != handle:
            raise TransientError(
                f'{answer.where} answered with something else than this post; check "items_url".'
            )
        if item.get("deleted") is True or item.get("dead") is True:
            return Change(network=NETWORK, id=handle)
        try:
            return Change(network=NETWORK, id=handle, mention=from_item(item))
        except UnreadableError:
            return None


def queries(listener: Listener, query: str | None) -> tuple[str, ...]:
    """What the index is asked: the query, else each term of the watches; everything if a watch has none."""
    if query is not None:
        return (query,)
    if not listener.watches or any(not watch.terms for watch in listener.watches):
        return ("",)
    terms = [term for watch in listener.watches for term in (*watch.terms, *watch.own_accounts)]
    return tuple({found.casefold(): found for term in terms if (found := _asked_as(term))}.values()) or ("",)


def _asked_as(term: str) -> str:
    """A term in the syntax of the index, which hears no `#` and `@` and takes a leading dash for a no."""
    words = term.strip().lstrip("#@").rstrip("*").replace('"', " ").split()
    found = " ".join(words)
    if term.rstrip().endswith("*"):
        return found.lstrip("-")
    return f'"{found}"' if found and not found.isalnum() else found


def from_hit(hit: dict[str, Any]) -> Mention:
    """A hit of the index as a mention.

    Raises:
        UnreadableError: it is none.
    """
    html = text(hit.get("comment_text")) or text(hit.get("story_text"))
    return _mention(
        hit.get("objectID"),
        (hit.get("title"), hit.get("url"), html),
        {
            "created_at": hit.get("created_at_i", hit.get("created_at")),
            "author": text(hit.get("author")),
            "likes": count(hit.get("points")),
            "replies": count(hit.get("num_comments")),
            "in_reply_to": _number(hit.get("parent_id")),
            "story_id": _number(hit.get("story_id")),
            "story_title": text(hit.get("story_title")),
        },
    )


def from_item(item: dict[str, Any]) -> Mention:
    """An item of HN itself as a mention that reads as the hit of the same post does.

    Raises:
        UnreadableError: it is none, or its text is held back.
    """
    if item.get("text") == "[delayed]":
        raise UnreadableError("is held back for a few minutes")
    return _mention(
        item.get("id"),
        (item.get("title"), item.get("url"), item.get("text")),
        {
            "created_at": item.get("time"),
            "author": text(item.get("by")),
            "likes": count(item.get("score")),
            "replies": count(item.get("descendants")),
            "in_reply_to": _number(item.get("parent")),
        },
    )


def _mention(number: object, written: tuple[object, object, object], fields: dict[str, Any]) -> Mention:
    """A mention of what was `written` (title, link, HTML) and what else is known of it."""
    title, link, html = (text(part) for part in written)
    # A story is often a title and a link alone, and only the link may name us.
    parts = [part for part in (plain(title or ""), link, plain(html or "")) if part]
    if not parts:
        raise UnreadableError("has no text")
    fields |= {
        "network": NETWORK,
        "id": str(number),
        "url": f"https://news.ycombinator.com/item?id={number}",
        "text": "\n\n".join(parts),
        "html": html,
        "title": title,
        "link": link,
    }
    return mention({name: value for name, value in fields.items() if value is not None})


def _number(value: object) -> str | None:
    found = count(value)
    return None if found is None else str(found)


def _seconds(hit: dict[str, Any]) -> int:
    return count(hit.get("created_at_i")) or 0


def _reached(cursor: str | None) -> int | None:
    """The second up to which an earlier run has read; None if the place can't be read."""
    try:
        return int(json.loads(cursor or "")["low"])
    except (ValueError, TypeError, KeyError, OverflowError):
        return None


def source(settings: Settings, tools: Tools) -> HackerNews:
    """The source that the settings describe."""
    return HackerNews(settings, tools)
