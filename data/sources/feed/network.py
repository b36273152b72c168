"""News as RSS, Atom and JSON Feed, Google Alerts among them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Literal
from urllib.parse import urljoin, urlsplit

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from data.models.batch import Batch
from data.models.mention import Mention, Network, Rejected
from data.sources.base import PermanentError, SourceSettings, Tools, TransientError, sentence
from data.sources.feed.entries import BadEntryError, digest, entry, mention, native_ids
from data.sources.feed.place import SEEN, UNHEARD, FeedPlace
from data.sources.feed.reader import Document, FeedReader, shared
from data.sources.http import Answer, budget, host_of, is_private, place
from data.sources.items import refused
from data.sources.paging import OVERLAP

PAGES = 20
"""Pages of a JSON Feed that one look follows down."""

_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.8"
_URL_MAX = 4_096


class Settings(SourceSettings):
    """One feed. Its entries are filed under `network`; with `all` they need not hold a term."""

    default_every: ClassVar[float] = 300.0
    min_every: ClassVar[float] = 15.0

    kind: Literal["feed"] = "feed"
    url: str = Field(repr=False, description="the address of the feed; it is not shown beyond its path")
    network: Network = "news"
    all: bool = Field(default=False, description="everything in this feed is about us")

    @field_validator("url", mode="before")
    @classmethod
    def _web_address(cls, value: object) -> object:
        # The sentence does not tell the address, because it may hold a token.
        if not isinstance(value, str) or not _is_web(value.strip()):
            raise PydanticCustomError("address", "must be the address of a feed: http://… or https://…")
        return value.strip()


def source(settings: Settings, tools: Tools) -> FeedSource:
    """The source that the settings describe."""
    return FeedSource(settings, tools)


@dataclass
class _Page:
    """What one page holds that is to be told. `dated` are the times of its entries, as far as they say so."""

    mentions: list[Mention] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)
    dated: list[float] = field(default_factory=list)


class FeedSource:
    """One feed, read again and again."""

    def __init__(self, settings: Settings, tools: Tools, reader: FeedReader | None = None) -> None:
        self.name: str = settings.name
        self.host = host_of(settings.url)
        self._settings = settings
        self._tools = tools
        self._http = tools.http()
        self._reader = reader
        self._of = digest(settings.url, size=12)
        watches = [watch.model_dump_json() for watch in tools.listener.watches]
        self._listening = digest(str(settings.all), *watches, size=12)

    async def poll(self, cursor: str | None) -> AsyncIterator[Batch]:
        """What the feed holds that it did not hold before, or that reads differently now.

        Raises:
            SourceError: it can't be read, or is no feed.
        """
        now = self._tools.now()
        at = FeedPlace.parse(cursor, self._of, self._listening)
        if at.waits(now):
            return
        answer, moved = await self._first(at)
        if answer.status == 304:
            at = replace(at, moved=moved).unchanged(answer, now)
            yield Batch(cursor=at.cursor(), budget=budget(answer.headers), known=True)
            return
        document = await self._document(answer)
        if document.head.get("cut_short"):
            # Without its conditions and at the next look, so that the rest is read as soon as it is there.
            answer = replace(answer, headers={})
        if not document.entries and at.seen:
            # Without its conditions, so that this is looked at again even if it stays as it is.
            yield Batch(
                cursor=replace(at.unconditional(), not_before=0.0).cursor(),
                budget=budget(answer.headers),
                note=f"{answer.where} holds no entries now, though it did before; check the feed.",
                known=True,
            )
            return
        answer = replace(answer, body=b"")
        async for batch in self._walk(replace(at, moved=moved), answer, document, now):
            yield batch

    async def _first(self, at: FeedPlace) -> tuple[Answer, str]:
        """The answer for the feed itself, and where it has moved for good, if it has."""
        home = self._settings.url
        url, conditions = at.moved or home, at.conditions()
        try:
            answer = await self._ask(url, conditions)
        except PermanentError:
            if url == home:
                raise
            url, conditions = home, {}
            answer = await self._ask(url)
        if answer.status == 304 and not conditions:
            raise _unasked(answer)
        moved = answer.moved or url
        if len(moved) > _URL_MAX or (_is_https(url) and not _is_https(moved)):
            moved = url
        return answer, "" if moved == home else moved

    async def _ask(self, url: str, conditions: Mapping[str, str] | None = None) -> Answer:
        return await self._http.get(url, headers={"accept": _ACCEPT, **(conditions or {})}, ok=(200, 304))

    async def _document(self, answer: Answer) -> Document:
        """What an answer holds.

        Raises:
            TransientError: no feed, or one that can't be read.
        """
        if answer.status != 200:
            raise _unasked(answer)
        parts = urlsplit(answer.url)
        document = await (self._reader or shared()).read(
            answer.body,
            url=answer.url,
            content_type=answer.headers.get("content-type", ""),
            language=answer.headers.get("content-language", ""),
            # Without the query, which may hold a token, because an empty link means this very address.
            base=f"{parts.scheme}://{host_of(answer.url)}{parts.path}",
        )
        if not document.head["format"]:
            what = "what is no feed" if answer.body.strip() else "nothing at all"
            raise TransientError(f"{answer.where} answers with {what}; check the address of the feed.")
        return document

    async def _walk(
        self, at: FeedPlace, first: Answer, document: Document, now: datetime
    ) -> AsyncIterator[Batch]:
        """The pages from the newest down to what was there before; only JSON Feeds have more than one."""
        answer, head, ttl = first, document.head, _minutes(document.head)
        met: set[str] = set()
        dated: list[float] = []
        asked = {first.url, at.moved, self._settings.url}
        floor = at.at - OVERLAP.total_seconds()
        for number in range(1, PAGES + 1):
            page = await asyncio.to_thread(self._sifted, document, head, at, now)
            cut_short = bool(document.head.get("cut_short"))
            dated += page.dated
            circles = number > 1 and bool(page.marks) and met.issuperset(page.marks)
            met.update(page.marks)
            at = replace(at, walk={**at.walk, **page.marks})
            reached = at.seen.keys() >= page.marks.keys() and min(page.dated, default=floor) <= floor
            below = _below(answer.url, document)
            more = below is not None and not reached and len(met) < SEEN and number < PAGES
            batch = Batch(page.mentions, page.rejected, budget=budget(answer.headers), known=True)
            if more and below is not None:
                batch.note = await _objection(answer.url, below, circles or below in asked)
            if more and below is not None and not batch.note:
                batch.cursor = at.cursor()
                yield batch
                asked.add(below)
                answer = await self._ask(below)
                document = await self._document(answer)
                answer = replace(answer, body=b"")
                continue
            if cut_short:
                batch.note = (
                    f"{first.where} ends in its middle: {document.head['total']} entries of it were read;"
                    " it is read anew at the next look."
                )
            if at.seen and met and at.seen.keys().isdisjoint(met):
                batch.gap = at.gap(min(dated, default=None), now)
            batch.cursor = at.finished(first, ttl, now).cursor()
            yield batch
            return

    def _sifted(self, document: Document, head: Mapping[str, Any], at: FeedPlace, now: datetime) -> _Page:
        """What is new on a page, or reads differently, oldest first."""
        page = _Page()
        entries = []
        for given in document.entries:
            try:
                entries.append((entry(given), given))
            except BadEntryError as error:
                self._reject(page, at, given, str(error))
        natives = native_ids((found for found, _ in entries), self._of)
        for native, (found, given) in zip(natives, entries, strict=True):
            # What claims to be from the future says nothing of how far down the pages we are.
            if found.at is not None and found.at <= now.timestamp():
                page.dated.append(found.at)
            key, said = digest(native, size=12), digest(found.title, found.text, found.link, size=8)
            if key in page.marks:
                continue
            before = at.said(key)
            if before in (said, UNHEARD + said):
                page.marks[key] = before
                continue
            try:
                post = mention(found, native, self._settings.network, head, now)
            except BadEntryError as error:
                self._reject(page, at, given, str(error))
                continue
            given_before = before is not None and not before.startswith(UNHEARD)
            taken = given_before or self._settings.all or self._tools.listener(post)
            page.marks[key] = said if taken else UNHEARD + said
            if taken:
                page.mentions.append(post)
        page.mentions.sort(key=lambda post: post.created_at)
        return page

    def _reject(self, page: _Page, at: FeedPlace, given: Mapping[str, Any], reason: str) -> None:
        """Keep what can't be read, once."""
        bad = refused(self.name, reason, given.get("item", given))
        key = digest("rejected", bad.raw.decode(), size=12)
        if at.said(key) is None and key not in page.marks:
            page.rejected.append(bad)
        page.marks[key] = "rejected"


def _below(url: str, document: Document) -> str | None:
    """The page below this one; None at the end. What can't be an address is given as it is."""
    below = document.head.get("next")
    try:
        return urljoin(url, below) if below else None
    except ValueError:
        return str(below)


async def _objection(url: str, below: str, circles: bool) -> str:
    """Why the page below is not read, as a sentence; empty if it may be."""
    if circles:
        return f"The pages of {place(url)} go round in circles; what they hold was read once."
    if await _may_lead(url, below):
        return ""
    where = sentence(host_of(below)) or "no host"
    return f"{place(url)} has more pages on {where}, to which it may not lead; they are not read."


def _unasked(answer: Answer) -> TransientError:
    return TransientError(f"{answer.where} answers that nothing has changed (304), though not asked.")


def _is_https(url: str) -> bool:
    return urlsplit(url).scheme == "https"


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and bool(host_of(url))
    except ValueError:
        return False


def _minutes(head: Mapping[str, Any]) -> int:
    """<ttl> in minutes; 0 where there is none."""
    text = str(head.get("ttl") or "")
    return int(text) if text.isdecimal() and len(text) < 7 else 0


async def _may_lead(url: str, below: str) -> bool:
    """May a feed's page lead to this one: on the same host, or anywhere on the public internet?"""
    if not _is_web(below):
        return False
    here, there = urlsplit(url), urlsplit(below)
    if (here.scheme, host_of(url)) == (there.scheme, host_of(below)):
        return True
    if here.scheme == "https" and there.scheme != "https":
        return False
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            there.hostname, there.port or there.scheme, type=socket.SOCK_STREAM
        )
    except (OSError, UnicodeError):
        return False
    return not any(is_private(str(each[4][0])) for each in found)
