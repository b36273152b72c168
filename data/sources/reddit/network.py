"""Reddit by its API with an app's own token: new posts and comments of subreddits, and a search for posts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from data.models.base import from_ms, to_ms
from data.models.feed import Change
from data.models.mention import Gap
from data.sources.base import Batch, PermanentError, SecretRef, Source, SourceSettings, Tools
from data.sources.http import host_of
from data.sources.items import BaseUrl, refused
from data.sources.paging import Page, Place, descend
from data.sources.queries import packed, phrase
from data.sources.reddit.api import Api, ForbiddenError, Listing
from data.sources.reddit.posts import Item, Thing, mention

QUERY = 512
"""Longest query in characters that the search of Reddit takes (reddit.com/dev/api, GET /search)."""

LISTED = 900
"""A list that ends after so many items was cut off: Reddit lists about 1000, less those that are gone."""

FOUND = 200
"""The same for a search, which ends after about 250."""

HELD = 300
"""Items that one walk holds before it gives them away."""

_LIMIT = 100
_PAGES = 30
_RESTARTS = 2
_ASK_AGAIN = timedelta(hours=1)
_SUBREDDIT = r"^[A-Za-z0-9_]{2,21}$"


def _bare(value: object) -> object:
    """The name of a subreddit or a person, also where it is written as r/name or u/name."""
    if not isinstance(value, str):
        return value
    name = value.strip().strip("/")
    return name[2:] if name[:2].lower() in ("r/", "u/") else name


Subreddit = Annotated[str, BeforeValidator(_bare), Field(pattern=_SUBREDDIT)]


class Settings(SourceSettings):
    """`[[source]] kind = "reddit"`."""

    kind: Literal["reddit"]
    url: BaseUrl = "https://oauth.reddit.com"
    login_url: BaseUrl = "https://www.reddit.com"
    client_id: str = Field(min_length=1, max_length=100, pattern=r"^[!-9;-~]+$")
    client_secret: SecretRef
    username: Annotated[str, BeforeValidator(_bare)] = Field(pattern=r"^[A-Za-z0-9_-]{2,20}$")
    subreddits: tuple[Subreddit, ...] = Field(default=(), max_length=100)
    search: bool = True
    since_hours: float = Field(default=24, gt=0, le=720)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.subreddits and not self.search:
            raise ValueError(f'"{self.name}" reads nothing: name "subreddits" or let it search')
        return self


@dataclass(frozen=True)
class _List:
    """One list that is read: `key` is its name in the cursor, `what` the kind of it."""

    what: Literal["new", "comments", "search"]
    key: str
    query: str = ""

    @property
    def cut_at(self) -> int:
        return FOUND if self.what == "search" else LISTED


class _LostError(Exception):
    """The item after which we wanted to go on is not listed any more."""


class Reddit:
    """Some subreddits and a search, each list with a place of its own."""

    refresh_size = 100
    refresh_pause_s = 10.0

    def __init__(self, settings: Settings, tools: Tools) -> None:
        self.name: str = settings.name
        self.host = host_of(settings.url)
        self._settings = settings
        self._now = tools.now
        self._listener = tools.listener
        login = (settings.client_id, tools.secret(settings.client_secret))
        self._api = Api(settings.url, settings.login_url, tools.http(), login, settings.username, tools.now)
        self._closed: dict[str, str] = {}
        self._closed_until: datetime = tools.now()
        self._lists = _lists(settings, tools.listener.terms)

    async def poll(self, cursor: str | None) -> AsyncIterator[Batch]:
        """See `Source.poll`.

        Raises:
            SourceError: it can't be read now.
        """
        if not self._lists:
            raise PermanentError(
                f'"{self.name}" has nothing to read: name subreddits, or give a watch terms to search for.'
            )
        if self._now() >= self._closed_until:
            self._closed = {}
        first = to_ms(self._now() - timedelta(hours=self._settings.since_hours))
        places = _places(cursor, self._lists, first)
        fault: PermanentError | None = None
        for each in self._lists:
            try:
                async for batch, place in self._read(each, places[each.key]):
                    places[each.key] = place
                    batch.cursor = json.dumps({"places": {key: p.cursor() for key, p in places.items()}})
                    yield batch
            except PermanentError as error:
                # One list that can't be read is no reason to leave out the others.
                fault = fault or error
        if fault is not None:
            raise fault

    async def refresh(self, handles: Sequence[str]) -> Batch:
        """See `Refreshing.refresh`; a handle is a fullname.

        Raises:
            SourceError: nothing can be said now.
        """
        listing = await self._api.listing("/api/info", {"id": ",".join(handles), "limit": _LIMIT})
        batch = Batch(known=True, budget=self._api.budget)
        for item in self._items(listing):
            if item.thing is None:
                batch.rejected.append(refused(self.name, item.error or ValueError(), item.sent))
                continue
            try:
                found = None if item.thing.gone else mention(item.thing)
            except ValidationError as error:
                batch.rejected.append(refused(self.name, error, item.sent))
                continue
            at = item.thing.edited if found is not None else None
            batch.changes.append(Change(network="reddit", id=item.thing.name, mention=found, at=at))
        return batch

    async def _read(self, what: _List, place: Place) -> AsyncIterator[tuple[Batch, Place]]:
        """One list, walked down to its place; begun again where the way down is lost."""
        for attempt in range(_RESTARTS + 1):
            walk = _Walk(self, what, trusting=attempt == _RESTARTS)
            try:
                async for items, reached in descend(
                    walk.fetch,
                    place,
                    id_of=lambda each: each.id,
                    ms_of=lambda each: each.ms,
                    now=self._now(),
                    held=HELD,
                ):
                    batch = self._batch(items)
                    if reached.below is None and reached.high is None:
                        batch.gap = walk.gap(place.low)
                    place = reached
                    yield batch, place
                return
            except _LostError:
                place = Place(place.low)

    def _batch(self, items: Iterable[Item]) -> Batch:
        batch = Batch(known=True, budget=self._api.budget, note=self._closed_note())
        for item in items:
            if item.thing is None:
                batch.rejected.append(refused(self.name, item.error or ValueError(), item.sent))
            elif item.thing.gone:
                batch.changes.append(Change(network="reddit", id=item.thing.name))
            else:
                self._take(item.thing, item.sent, batch)
        return batch

    def _take(self, thing: Thing, sent: object, batch: Batch) -> None:
        try:
            found = mention(thing)
        except ValidationError as error:
            batch.rejected.append(refused(self.name, error, sent))
            return
        # A post speaks of what it links to, but a comment not of the words in the address of its thread.
        said = f"{found.text}\n{thing.link or ''}"
        if self._listener(found.model_copy(update={"text": said, "url": None})):
            batch.mentions.append(found)

    async def page(self, what: _List, after: str | None, count: int) -> tuple[list[Item], str | None]:
        """One page of a list, newest first, and the name after which the next one begins."""
        params: dict[str, Any] = {"limit": _LIMIT}
        if after is not None:
            params |= {"after": after, "count": count}
        if what.what == "search":
            asked = {"q": what.query, "sort": "new", "type": "link", "t": "all"}
            listing = await self._api.listing("/search", {**params, **asked})
            return self._items(listing), listing.after
        try:
            listing = await self._api.listing(self._path(what), params)
        except ForbiddenError as error:
            await self._find_closed(error)
            listing = await self._api.listing(self._path(what), params)
        return self._items(listing), listing.after

    def _path(self, what: _List) -> str:
        names = [each for each in self._settings.subreddits if each not in self._closed]
        if not names:
            raise PermanentError(self._closed_note())
        return f"/r/{'+'.join(names)}/{what.what}"

    async def _find_closed(self, error: ForbiddenError) -> None:
        """Which of the subreddits it is that can't be read.

        Raises:
            PermanentError: it is none of them, or all.
        """
        left = [each for each in self._settings.subreddits if each not in self._closed]
        if len(left) == 1:
            self._closed[left[0]] = error.reason
        else:
            for name in left:
                try:
                    await self._api.listing(f"/r/{name}/new", {"limit": 1})
                except ForbiddenError as found:
                    self._closed[name] = found.reason
        self._closed_until = self._now() + _ASK_AGAIN
        if len(left) == len([each for each in left if each not in self._closed]):
            raise error

    def _closed_note(self) -> str:
        if not self._closed:
            return ""
        names = ", ".join(f"r/{name} ({reason})" for name, reason in self._closed.items())
        return f'Reddit does not show {names}; take what is gone or private out of "subreddits".'

    def _items(self, listing: Listing) -> list[Item]:
        """The children of a list; what can't be read stands at the time of what is next to it."""
        items: list[Item] = []
        ms = to_ms(self._now())
        for child in listing.children:
            sent = child.get("data") if isinstance(child, dict) else child
            if isinstance(child, dict) and child.get("kind") in ("t2", "t4", "t5", "t6", "more"):
                continue
            try:
                thing = Thing.model_validate(sent)
            except ValidationError as error:
                items.append(Item(child, ms, error=error))
                continue
            ms = to_ms(thing.created_utc)
            items.append(Item(child, ms, thing))
        return items


class _Walk:
    """The way down one list: counts what it saw, and notices where the list is cut off.

    The link to the page below is a fullname and how many items stand above it.
    """

    def __init__(self, reddit: Reddit, what: _List, *, trusting: bool) -> None:
        self._reddit = reddit
        self._what = what
        self._trusting = trusting
        self._seen = self._pages = 0
        self._oldest: int | None = None
        self._ended = False

    async def fetch(self, at: str | None) -> Page[Item]:
        """One page for `descend`.

        Raises:
            _LostError: the item at which it begins is not listed any more.
            SourceError: Reddit does not give it.
        """
        after, _, count = (at or "").partition(" ")
        self._seen = int(count) if count.isascii() and count.isdigit() else 0
        items, below = await self._reddit.page(self._what, after or None, self._seen)
        if after and not items and not self._trusting:
            raise _LostError
        self._seen += len(items)
        self._pages += 1
        if self._pages > _PAGES:
            raise PermanentError("The lists of Reddit do not end where they should; nothing more is read.")
        self._oldest = items[-1].ms if items else self._oldest
        self._ended = below is None or not items
        return Page(items, None if self._ended else f"{below} {self._seen}", stable=True)

    def gap(self, low: int) -> Gap | None:
        """What lies between the place and where the list was cut off."""
        oldest = self._oldest
        if not self._ended or oldest is None or oldest <= low or self._seen < self._what.cut_at:
            return None
        what = {"new": "posts", "comments": "comments", "search": "posts found"}[self._what.what]
        reason = f"Reddit lists the newest {what} only, about {self._seen}; those before are missing."
        return Gap.model_validate({"start": from_ms(low), "end": from_ms(oldest), "reason": reason})


def source(settings: Settings, tools: Tools) -> Source:
    """The source that these settings describe."""
    return Reddit(settings, tools)


def _lists(settings: Settings, terms: Iterable[str]) -> list[_List]:
    lists: list[_List] = []
    if settings.subreddits:
        names = _hash("+".join(sorted(each.lower() for each in settings.subreddits)))
        lists += [_List("new", f"new:{names}"), _List("comments", f"comments:{names}")]
    if settings.search:
        asked = (phrase(each.lstrip("#@"), QUERY, r"\w+") for each in terms)
        lists += [_List("search", f"search:{_hash(query)}", query) for query in packed(asked, QUERY)]
    return lists


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def _places(cursor: str | None, lists: Iterable[_List], first_ms: int) -> dict[str, Place]:
    """The place of each list, by its key.

    A list that is new, because terms or subreddits have changed, begins at
    `first_ms`, or at the lowest place of its kind where that is older.
    """
    known: dict[str, Place] = {}
    start = from_ms(first_ms)
    try:
        for key, text in json.loads(cursor or "{}").get("places", {}).items():
            known[key] = Place.parse(text, start)
    except (ValueError, TypeError, KeyError, AttributeError):
        known = {}
    places: dict[str, Place] = {}
    for each in lists:
        lows = [place.low for key, place in known.items() if key.startswith(f"{each.what}:")]
        begun = replace(Place(first_ms), low=min([first_ms, *lows]))
        places[each.key] = known.get(each.key, begun)
    return places
