"""Bluesky: what an account is told (mentions, replies, quotes), and what a search for our terms finds."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from data.models.base import SafeLine, from_ms, to_ms
from data.models.batch import Batch
from data.models.feed import Change
from data.models.mention import LATEST, Gap, Mention, Rejected
from data.sources.base import (
    BATCH,
    AuthError,
    PermanentError,
    RateLimitedError,
    SecretRef,
    SourceError,
    SourceSettings,
    Tools,
    TransientError,
    UnreachableError,
    sentence,
)
from data.sources.bluesky import posts
from data.sources.bluesky.pages import LIMIT, PAGES, Pages
from data.sources.bluesky.posts import BadPostError, Post
from data.sources.bluesky.session import Session
from data.sources.http import Answer, host_of
from data.sources.items import count, refused
from data.sources.paging import OVERLAP, Place, descend
from data.text import clean_line

ACTORS = 25
"""Posts or profiles that one request may name. Source: lexicons app.bsky.feed.getPosts, actor.getProfiles."""

_PROFILE_REQUESTS = 40
_PROFILES_KEPT = 20_000
_LATEST_MS = to_ms(LATEST)


def _web(url: str) -> str:
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and host_of(url) and not parts.query and not parts.fragment:
            return url.rstrip("/")
    except ValueError:
        pass
    raise ValueError("must be the address of a server, such as https://bsky.social")


def _bare(handle: object) -> object:
    return handle.strip().removeprefix("@") if isinstance(handle, str) else handle


class Settings(SourceSettings):
    """`url` is the account's own server (its PDS), `handle` its name without @, `password` an app password.

    `read` names what is read, `since_hours` how far back the very first look goes.
    """

    kind: Literal["bluesky"] = "bluesky"
    url: Annotated[str, AfterValidator(_web)] = "https://bsky.social"
    handle: Annotated[SafeLine, BeforeValidator(_bare)] = Field(min_length=1, max_length=253)
    password: SecretRef
    read: tuple[Literal["notifications", "search"], ...] = Field(("notifications", "search"), min_length=1)
    since_hours: float = Field(24, gt=0, le=24 * 365)


class BlueskySource:
    """Notifications and search of one account; edits, deletions and counts by looking again."""

    refresh_size = ACTORS
    refresh_pause_s = 0.0

    def __init__(self, settings: Settings, tools: Tools) -> None:
        self.name: str = settings.name
        self.host = host_of(settings.url)
        self._settings = settings
        self._listener = tools.listener
        self._now = tools.now
        self._session = Session(
            tools.http(),
            settings.url,
            settings.handle,
            tools.secret(settings.password),
            tools.private,
            tools.now,
        )
        self._followers: dict[str, int | None] = {}
        self._profile_requests = 0

    async def poll(self, cursor: str | None) -> AsyncIterator[Batch]:
        """What came since `cursor`, notifications first, then the search for each term.

        When a part of it fails and another works, the fault is the note of the
        last batch.

        Raises:
            SourceError: nothing could be read, or no more may be asked.
        """
        terms: tuple[str | None, ...] = self._listener.terms if "search" in self._settings.read else ()
        if "notifications" in self._settings.read:
            terms = (None, *terms)
        if not terms:
            raise PermanentError(
                f'Nothing is searched for at {self.host}: give a watch terms, or read "notifications" too.'
            )
        now = self._now()
        places = _Places(cursor, terms, now - timedelta(hours=self._settings.since_hours))
        self._profile_requests = 0
        worked, fault = False, None
        for term in terms:
            try:
                async for batch in self._walk(term, places, now):
                    if batch.read or batch.gap or batch.cursor != cursor:
                        cursor = batch.cursor
                        yield batch
                worked = True
            except (AuthError, RateLimitedError, UnreachableError):
                raise
            except SourceError as error:
                fault = fault or error
                if term is not None and isinstance(error, TransientError):
                    break
        if fault is not None and not worked:
            raise fault
        if fault is not None:
            yield Batch(note=f"Only a part is read: {fault}", budget=self._session.budget)
        elif self._session.note:
            yield Batch(note=self._session.note)

    async def refresh(self, handles: Sequence[str]) -> Batch:
        """How these posts read and count now; those that their server no longer has are gone.

        A post is left out, not gone, where its author and our account block each
        other: the network then hides it from us alone.

        Raises:
            SourceError: nothing can be said now.
        """
        wanted = [each for each in handles if each.startswith("at://")][: self.refresh_size]
        batch = Batch(known=True)
        if not wanted:
            return batch
        found = await self._looked_up(wanted)
        if not found:
            # Nothing at all is what a server says too that lost its index for a moment.
            found = await self._looked_up(wanted)
        absent = [uri for uri in wanted if uri not in found]
        hidden = await self._hidden({uri.split("/")[2] for uri in absent}) if absent else set()
        for uri in wanted:
            if uri in found:
                self._add(batch, found[uri])
            elif uri.split("/")[2] not in hidden:
                batch.changes.append(Change(network=posts.NETWORK, id=uri, at=self._now()))
        batch.budget = self._session.budget
        return batch

    async def _looked_up(self, uris: Sequence[str]) -> dict[str, object]:
        """Those of these posts that the network has, as they came, by address."""
        answer = await self._session.get("app.bsky.feed.getPosts", [("uris", uri) for uri in uris])
        found = _items(answer, "posts")
        return {each["uri"]: each for each in found if isinstance(each.get("uri"), str)}

    def _add(self, batch: Batch, raw: object) -> None:
        """A post that was looked up, as a change."""
        try:
            post = posts.read(raw, self._now())
            mention = posts.mention(post, self._followers.get(post.did))
        except BadPostError as error:
            batch.rejected.append(refused(self.name, f"a post {error}", raw))
        else:
            batch.changes.append(Change(network=posts.NETWORK, id=mention.id, mention=mention))

    async def _hidden(self, dids: set[str]) -> set[str]:
        """Those of these authors whose posts the network hides from us, because one blocks the other."""
        try:
            profiles = await self._profiles(sorted(dids))
        except (TransientError, PermanentError):
            return set()
        hidden = set()
        for each in profiles:
            viewer = each.get("viewer")
            if isinstance(viewer, dict) and (
                viewer.get("blockedBy") or viewer.get("blocking") or viewer.get("blockingByList")
            ):
                hidden.add(str(each.get("did")))
        return hidden

    async def _walk(self, term: str | None, places: _Places, now: datetime) -> AsyncIterator[Batch]:
        """One list down to where it was read before, in batches that hold the place after them."""
        start = places.of(term)
        floor_ms = start.low - round(OVERLAP.total_seconds() * 1000)
        pages = Pages(self._session, self.name, term, floor_ms, self._now)
        walk = descend(
            pages, start, id_of=lambda post: post.uri, ms_of=pages.ms_of, now=now, held=BATCH - LIMIT
        )
        async for found, reached in walk:
            batch = Batch(known=True, rejected=pages.rejected, budget=self._session.budget)
            pages.rejected = []
            batch.mentions = await self._mentions(found, batch.rejected, ours=term is None)
            if pages.ended_ms is not None:
                batch.gap = _gap(self.host, term, start.low, pages.ended_ms)
            places.reached(term, reached)
            batch.cursor = places.cursor()
            yield batch

    async def _mentions(self, found: list[Post], bad: list[Rejected], *, ours: bool) -> list[Mention]:
        """The posts that are for us, as mentions; what the search finds is ours only if we listen for it."""
        wanted: list[tuple[Post, Mention]] = []
        for post in found:
            try:
                mention = posts.mention(post)
            except BadPostError as error:
                bad.append(refused(self.name, f"a post {error}", post.raw))
                continue
            if ours or self._listener(mention):
                wanted.append((post, mention))
        await self._learn_followers([post.did for post, _ in wanted])
        return [
            mention.model_copy(update={"followers": self._followers.get(post.did)})
            for post, mention in wanted
        ]

    async def _learn_followers(self, dids: list[str]) -> None:
        """How many follow these authors; worth having, and no reason to lose a post."""
        if len(self._followers) > _PROFILES_KEPT:
            self._followers.clear()
        unknown = [did for did in dict.fromkeys(dids) if did not in self._followers]
        for at in range(0, len(unknown), ACTORS):
            if self._profile_requests >= _PROFILE_REQUESTS:
                return
            self._profile_requests += 1
            some = unknown[at : at + ACTORS]
            try:
                profiles = await self._profiles(some)
            except SourceError:
                self._profile_requests = _PROFILE_REQUESTS
                return
            self._followers.update(dict.fromkeys(some))
            for each in profiles:
                self._followers[str(each.get("did"))] = count(each.get("followersCount"))

    async def _profiles(self, dids: list[str]) -> list[Mapping[str, Any]]:
        answer = await self._session.get("app.bsky.actor.getProfiles", [("actors", did) for did in dids])
        return _items(answer, "profiles")


class _Places:
    """How far each list was read. Those of terms that nobody listens for any more are let go."""

    def __init__(self, cursor: str | None, terms: Sequence[str | None], first: datetime) -> None:
        try:
            given = json.loads(cursor) if cursor else {}
        except (ValueError, RecursionError):
            given = {}
        self._places: dict[str, Place] = {}
        for term in terms:
            fields = given.get(_key(term)) if isinstance(given, dict) else None
            low = fields.get("low") if isinstance(fields, dict) else None
            if not isinstance(low, int) or not 0 <= low < _LATEST_MS:
                low = to_ms(first)
            self._places[_key(term)] = Place(low)

    def of(self, term: str | None) -> Place:
        return self._places[_key(term)]

    def reached(self, term: str | None, place: Place) -> None:
        self._places[_key(term)] = place

    def cursor(self) -> str:
        # The server's own tokens are good for one walk only, so a time is all that is kept.
        return json.dumps({key: {"low": place.low} for key, place in self._places.items()})


def _key(term: str | None) -> str:
    return "notifications" if term is None else f"search:{term}"


def _gap(host: str, term: str | None, start_ms: int, end_ms: int) -> Gap:
    what = "notifications" if term is None else f'posts with "{sentence(term)}"'
    return Gap(
        start=from_ms(min(start_ms, end_ms)),
        end=from_ms(end_ms),
        reason=clean_line(f"{host} has more than {PAGES * LIMIT:,} {what}; the older ones are not read."),
    )


def _items(answer: Answer, name: str) -> list[Mapping[str, Any]]:
    """The objects of a list in an answer.

    Raises:
        TransientError: there is no such list.
    """
    found = answer.json()
    items = found.get(name) if isinstance(found, dict) else None
    if not isinstance(items, list):
        raise TransientError(f"{answer.where} answered without a list of {name}.")
    return [each for each in items if isinstance(each, dict)]


def source(settings: Settings, tools: Tools) -> BlueskySource:
    """The source that the settings describe."""
    return BlueskySource(settings, tools)
