"""X by its API v2, which is paid by the post: a search for what we listen for, or mentions of an account."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from data.matcher import Listener
from data.models.base import SafeLine, from_ms, to_ms
from data.models.feed import Change
from data.models.mention import Gap
from data.sources.base import (
    Batch,
    PermanentError,
    SecretRef,
    Source,
    SourceSettings,
    Tools,
)
from data.sources.http import host_of
from data.sources.items import BaseUrl, refused
from data.sources.x import place as x_place
from data.sources.x.api import Api, RefusedError
from data.sources.x.faults import fault
from data.sources.x.place import OVERLAP, Place, later
from data.sources.x.posts import Page, Post, id_at, is_id, is_timed, mention, time_ms

REACH = timedelta(days=7)
"""How far back recent search goes (docs.x.com, search/introduction)."""

MENTIONS = 800
"""How many mentions of an account can be read, the newest ones (docs.x.com, timelines/introduction)."""

_SHORT_OF_REACH = REACH - timedelta(minutes=1)
_OVERLAP_MS = round(OVERLAP.total_seconds() * 1000)
_MINUTE = 60_000
_EMPTY_PAGES = 5
_PAGE = 100


def _digits(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class Settings(SourceSettings):
    """`[[source]] kind = "x"`."""

    default_every: ClassVar[float] = 120.0

    kind: Literal["x"]
    url: BaseUrl = "https://api.x.com"
    token: SecretRef = Field(description="the bearer token of an app")
    query: SafeLine | None = Field(default=None, min_length=1, max_length=4096)
    read: Literal["search", "mentions"] = "search"
    user_id: Annotated[str, BeforeValidator(_digits)] | None = Field(default=None, pattern=r"^[0-9]{1,19}$")
    fields: Literal["tweet", "post"] = "tweet"
    usd_per_post: Decimal = Field(default=Decimal("0.005"), ge=0)
    usd_per_owned_post: Decimal = Field(default=Decimal("0.001"), ge=0)
    usd_per_author: Decimal = Field(default=Decimal(0), ge=0)
    since_hours: float = Field(default=24, gt=0, le=168)
    refresh: bool = False
    monthly_cost_cap_usd: Decimal | None = Field(default=Decimal(50), ge=0)

    @model_validator(mode="after")
    def _whose_mentions(self) -> Self:
        if self.read == "mentions" and self.user_id is None:
            raise ValueError(f'"user_id" of "{self.name}" must name the account whose mentions are read')
        return self


class X:
    """One query, or those that our terms make, or the mentions of one account."""

    def __init__(self, settings: Settings, tools: Tools) -> None:
        self.name: str = settings.name
        self.host = host_of(settings.url)
        self._settings = settings
        self._now = tools.now
        self._api = Api(settings.url, tools.http(), tools.secret(settings.token), settings.fields, tools.now)
        # X finds by its own rules, and what it finds is paid: here only what is excluded is left out.
        self._wanted = Listener(each.model_copy(update={"terms": ()}) for each in tools.listener.watches)
        if settings.read == "mentions":
            self._queries = [f"mentions of {settings.user_id}"]
            self._path = f"/2/users/{settings.user_id}/mentions"
            self._price = settings.usd_per_owned_post
        else:
            self._queries = [settings.query] if settings.query else x_place.queries(tools.listener.terms)
            self._path = "/2/tweets/search/recent"
            self._price = settings.usd_per_post

    async def poll(self, cursor: str | None) -> AsyncIterator[Batch]:
        """See `Source.poll`. A batch is a page, so that no page is paid twice after a restart.

        Raises:
            SourceError: it can't be read now.
        """
        if not self._queries:
            raise PermanentError(
                f'"{self.name}" has nothing to ask X for: give a watch terms, or this source a query.'
            )
        back = min(timedelta(hours=self._settings.since_hours), _SHORT_OF_REACH)
        places = x_place.parse(cursor, self._queries, to_ms(self._now() - back))
        for query in self._queries:
            name = x_place.key(query)
            # What a walk that was cut short left open is read before the newest.
            for _leg in range(1 if places[name].until is None else 2):
                async for batch, place in self._walk(query, places[name]):
                    places[name] = place
                    batch.cursor = x_place.cursor(places)
                    yield batch

    async def _walk(self, query: str, place: Place) -> AsyncIterator[tuple[Batch, Place]]:
        """Down to the place, page by page, each with the place after it."""
        begun = to_ms(self._now())
        if place.until_ms <= self._horizon():
            place = replace(place, high=None, until=None)
        bound, gap = self._bound(place)
        seen: set[str] = set()
        asked: set[str] = set()
        walk = replace(place, high=None, read=0) if place.until is None else place
        token: str | None = None
        empty = 0
        while True:
            try:
                page = await self._page(query, bound, token)
            except RefusedError as refused:
                del bound[str(refused)]
                if str(refused) == "until_id":
                    walk = replace(walk, high=None, until=None, read=0)
                else:
                    bound["start_time"] = _iso(max(place.low_ms - _OVERLAP_MS, self._horizon()))
                    walk = replace(walk, low=None)
                continue
            older, batch, posts = self._read(page)
            batch.gap, gap = gap, None
            fresh = [each for each in posts if each.id not in seen]
            token = page.meta.next_token if page.meta else None
            if posts and not fresh:
                yield Batch(cost_usd=batch.cost_usd, budget=batch.budget), walk
                raise _circle(self.host)
            if older.mentions:
                yield older, walk
            seen.update(each.id for each in fresh)
            walk = _down(walk, page, fresh)
            empty = 0 if fresh else empty + 1
            if token is None or (fresh and max(_ms(each) for each in fresh) < place.low_ms - _OVERLAP_MS):
                batch.gap = batch.gap or self._too_many(walk)
                yield batch, _done(walk, begun if "until_id" not in bound else walk.high_ms)
                return
            yield batch, walk
            if token in asked or empty >= _EMPTY_PAGES:
                raise _circle(self.host)
            asked.add(token)

    def _horizon(self) -> int:
        """Up to when nothing can be had any more, in milliseconds since 1970."""
        return to_ms(self._now() - _SHORT_OF_REACH) if self._settings.read == "search" else 0

    def _bound(self, place: Place) -> tuple[dict[str, str], Gap | None]:
        """From where to where X is asked, and what can't be had any more."""
        horizon = self._horizon()
        bound: dict[str, str] = {}
        if place.low_ms > horizon and place.since is not None:
            bound["since_id"] = place.since
        elif place.until is not None and is_timed(place.until, place.until_ms):
            # A time and an id may not go together.
            bound["since_id"] = id_at(max(place.low_ms, horizon))
        else:
            bound["start_time"] = _iso(max(place.low_ms, horizon))
        if place.until is not None:
            bound["until_id"] = place.until
        return bound, self._unreachable(place) if place.looked + _MINUTE < horizon else None

    def _unreachable(self, place: Place) -> Gap:
        horizon = self._horizon()
        start = min(max(place.low_ms, place.looked - _OVERLAP_MS), horizon)
        return Gap.model_validate(
            {
                "start": from_ms(start),
                "end": from_ms(horizon),
                "reason": "X can be searched for the last 7 days only; what was posted before is missing.",
            }
        )

    def _too_many(self, walk: Place) -> Gap | None:
        if self._settings.read == "search" or walk.read < MENTIONS or walk.until_ms <= walk.low_ms:
            return None
        return Gap.model_validate(
            {
                "start": from_ms(walk.low_ms),
                "end": from_ms(walk.until_ms),
                "reason": f"X gives the newest {MENTIONS} mentions only; there may have been more.",
            }
        )

    async def _page(self, query: str, bound: Mapping[str, str], token: str | None) -> Page:
        params: dict[str, Any] = {"max_results": _PAGE, **bound}
        if self._settings.read == "search":
            params["query"] = query
        if token is not None:
            params["next_token" if self._settings.read == "search" else "pagination_token"] = token
        return await self._api.ask(self._path, params)

    def _read(self, page: Page) -> tuple[Batch, Batch, list[Post]]:
        """Old versions of edited posts, the page, and all of its posts.

        An old version may be all we get of a post, but must not undo a newer
        one that is stored: so it is no `known` one.
        """
        batch = Batch(known=True, budget=self._api.budget, cost_usd=self._cost(page, self._price))
        older = Batch(budget=self._api.budget)
        posts: list[Post] = []
        newest: dict[str, Post] = {}
        for item in page.data or ():
            try:
                post = Post.model_validate(item)
                posts.append(post)
                found = mention(post, page)
            except ValidationError as error:
                batch.rejected.append(refused(self.name, error, item))
                continue
            if not self._wanted(found):
                continue
            rival = newest.get(post.root)
            if rival is not None and later(rival.id, post.id) != post.id:
                continue
            newest[post.root] = post
            into = batch if post.id == post.latest else older
            batch.mentions = [each for each in batch.mentions if each.id != found.id]
            older.mentions = [each for each in older.mentions if each.id != found.id]
            into.mentions.append(found)
            if post.latest != found.id:
                into.handles[found.id] = f"{found.id}:{post.latest}"
        batch.mentions.reverse()
        older.mentions.reverse()
        if page.data is None and page.errors:
            batch.note = f"X gave a fault instead of posts: {fault(page)}"
        return older, batch, posts

    def _cost(self, page: Page, price: Decimal) -> Decimal:
        return len(page.data or ()) * price + len(page.authors) * self._settings.usd_per_author


class RefreshingX(X):
    """X, looking again at posts it brought. That is paid for like reading them anew."""

    refresh_size = 100
    refresh_pause_s = 3_600.0

    async def refresh(self, handles: Sequence[str]) -> Batch:
        """See `Refreshing.refresh`. A handle is an id, or those of the first and the newest version.

        Raises:
            SourceError: nothing can be said now.
        """
        roots = {each.rpartition(":")[2]: each.partition(":")[0] for each in handles}
        batch = Batch(known=True)
        # An old version tells of a newer one, whose text is what the post says now.
        for _version in range(2):
            roots = {asked: root for asked, root in roots.items() if is_id(asked)}
            roots = await self._look(roots, batch) if roots else {}
        return batch

    async def _look(self, roots: Mapping[str, str], batch: Batch) -> dict[str, str]:
        """Look at posts by the ids of their versions; returns those of newer versions."""
        page = await self._api.ask("/2/tweets", {"ids": ",".join(roots)})
        batch.budget = self._api.budget
        batch.cost_usd += self._cost(page, self._settings.usd_per_post)
        newer: dict[str, str] = {}
        for item in page.data or ():
            try:
                post = Post.model_validate(item)
                root = roots.get(post.id)
                if root is None:
                    continue
                if post.latest != post.id and post.latest not in roots:
                    newer[post.latest] = root
                    continue
                batch.changes.append(Change(network="x", id=root, mention=mention(post, page, root)))
            except ValidationError as error:
                batch.rejected.append(refused(self.name, error, item))
        for each in filter(None, page.errors or ()):
            gone = each.title == "Not Found Error" or "resource-not-found" in (each.type or "")
            root = roots.get(each.value or each.resource_id or "")
            if gone and root is not None:
                batch.changes.append(Change(network="x", id=root, at=self._now()))
        return newer


def source(settings: Settings, tools: Tools) -> Source:
    """The source that these settings describe; it looks again at posts only if they say so."""
    return RefreshingX(settings, tools) if settings.refresh else X(settings, tools)


def _ms(post: Post) -> int:
    return to_ms(post.at) if post.at else 0


def _iso(ms: int) -> str:
    return from_ms(ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _down(walk: Place, page: Page, fresh: Sequence[Post]) -> Place:
    """The place of a walk after one more page."""
    ids = {each.id: each for each in fresh if is_id(each.id)}
    if not ids:
        return walk
    meta_newest = page.meta.newest_id if page.meta else None
    newest, oldest = max(ids, key=int), min(ids, key=int)
    if walk.high is None:
        high = meta_newest if meta_newest is not None and is_id(meta_newest) else newest
        at = ids.get(high)
        walk = replace(walk, high=high, high_ms=_ms(at) if at else time_ms(high))
    return replace(walk, until=oldest, until_ms=_ms(ids[oldest]), read=walk.read + len(fresh))


def _done(walk: Place, looked: int) -> Place:
    """The place after a walk that came to its end."""
    newest = later(walk.low, walk.high)
    moved = newest == walk.high and newest is not None
    return Place(walk.high_ms if moved else walk.low_ms, max(looked, walk.looked), newest)


def _circle(host: str) -> PermanentError:
    return PermanentError(f"The pages of {host} go round in circles; what they held is stored.")
