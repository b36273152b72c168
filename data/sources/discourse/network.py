"""Discourse: all public posts of one forum, newest first, and what became of them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pydantic import Field

from data.models.base import to_ms
from data.models.feed import Budget, Change
from data.models.mention import Rejected
from data.sources.base import (
    BATCH,
    AuthError,
    Batch,
    PermanentError,
    SecretRef,
    SourceSettings,
    Tools,
    TransientError,
    sentence,
)
from data.sources.discourse.post import NETWORK, Forum, opens, regular, spot, taken_back
from data.sources.http import Answer, budget, check, host_of
from data.sources.items import BaseUrl, UnreadableError, count, refused, text
from data.sources.paging import Page, Place, descend

WINDOW = 50
"""Ids that one page spans at least. Until 2023 a page was those of the 50 ids below `before` that we may
see, so that an empty one did not mean the end (discourse/discourse, posts_controller.rb, `latest`)."""

_LEAST = 2
EMPTY = 5
"""Empty pages in a row after which there is nothing below."""

PAGES = 400
"""Pages that one look reads; what lies below is left to the next."""


class Settings(SourceSettings):
    """`url` is the forum. `api_key` and `api_username` are needed for one that shows nothing to strangers.

    `all` takes every post, for a forum of our own, instead of what the watches
    listen for. The first look goes back `since_hours`.
    """

    kind: Literal["discourse"] = "discourse"
    url: BaseUrl
    api_key: SecretRef | None = None
    api_username: str = Field(default="", pattern=r"^[!-~]*$", max_length=60)
    all: bool = False
    since_hours: float = Field(default=24.0, gt=0, le=720, description="how far back the first look goes")


@dataclass(frozen=True)
class _Post:
    """A post with its id and the moment by which it was there, in milliseconds since 1970."""

    id: int
    ms: int
    fields: dict[str, Any]


class _Walk:
    """Where a walk stands: the place by time, and the highest id before it (`top`) and after it (`seen`).

    Ids rise with arrival, whatever date a post claims, so one above `top` is new.
    """

    def __init__(self, cursor: str | None, first: datetime) -> None:
        self.place = Place.parse(None, first)
        self.top: int | None = None
        self.seen: int | None = None
        self.pages = 0
        try:
            found = json.loads(cursor or "{}")
            place = Place(int(found["low"]), _whole(found.get("high")), None)
            below = _whole(found.get("below"))
            self.place = Place(place.low, place.high, None if below is None else str(below))
            self.top, self.seen = _whole(found.get("top")), _whole(found.get("seen"))
        except (ValueError, TypeError, KeyError, AttributeError):
            pass  # a place that can't be read counts as none

    def cursor(self, reached: Place) -> str:
        """The place after a batch, as text."""
        if reached.below is None:
            self.top = self.seen
        self.place = reached
        return json.dumps({**json.loads(reached.cursor()), "top": self.top, "seen": self.seen})

    def post(self, number: int, fields: dict[str, Any]) -> _Post:
        """A post with the moment by which it was there."""
        written = _ms(fields.get("created_at"))
        if written is None or (self.top is not None and number > self.top):
            written = max(written or 0, self.place.low)
        return _Post(number, written, fields)


class Discourse:
    """All public posts of a forum, filtered here: its own search knows no moment, only days."""

    refresh_size = 10
    refresh_pause_s = 30.0

    def __init__(self, settings: Settings, tools: Tools) -> None:
        self.name: str = settings.name
        self.host: str = host_of(settings.url)
        self._forum = Forum(self.host, settings.url)
        self._settings = settings
        self._listener = tools.listener
        self._now = tools.now
        self._http = tools.http()
        self._secret = None if settings.api_key is None else tools.secret(settings.api_key)
        self._headers: dict[str, str] = {}
        self._rejected: list[Rejected] = []
        self._budget: Budget | None = None

    async def poll(self, cursor: str | None) -> AsyncIterator[Batch]:
        """What was posted since `cursor`, and what of it was edited or taken back in the last hour.

        Raises:
            SourceError: the forum can't be read now; what was yielded stays good.
        """
        now = self._now()
        await self._sign()
        walk = _Walk(cursor, now - timedelta(hours=self._settings.since_hours))

        async def fetch(before: str | None) -> Page[_Post]:
            return await self._page(walk, before)

        pages = descend(
            fetch, walk.place, id_of=lambda post: str(post.id), ms_of=lambda post: post.ms, now=now
        )
        async for posts, reached in pages:
            for batch in self._batches(posts, walk.cursor(reached)):
                yield batch

    async def refresh(self, handles: Sequence[str]) -> Batch:
        """What became of these posts, one request for each.

        Raises:
            SourceError: the forum can't be asked now.
        """
        await self._sign()
        batch = Batch(known=True)
        missing = []
        for handle in handles:
            if not (handle.isascii() and handle.isdigit()):
                continue
            answer = await self._get(f"/posts/{handle}.json", ok=(200, 403, 404, 410))
            batch.budget = budget(answer.headers) or batch.budget
            if answer.status != 200:
                missing.append(handle)
            elif (change := await self._change(handle, answer)) is not None:
                batch.changes.append(change)
        if missing:
            # A key that was revoked or a forum that moved must not look like posts that were deleted.
            await self._latest(None)
            batch.changes += [self._forum.gone(handle) for handle in missing]
        return batch

    async def _change(self, handle: str, answer: Answer) -> Change | None:
        fields = answer.json()
        if not isinstance(fields, dict) or str(fields.get("id")) != handle:
            raise TransientError(f'{answer.where} answered with something else than this post; check "url".')
        if taken_back(fields):
            return self._forum.gone(handle)
        try:
            if opens(fields) and text(fields.get("topic_title")) is None:
                fields |= {"topic_title": await self._title(fields)}
            return Change(network=NETWORK, id=self._forum.id(handle), mention=self._forum.mention(fields, {}))
        except UnreadableError:
            return None

    async def _title(self, fields: dict[str, Any]) -> str:
        """The title of a topic: the list of the newest posts gives it, a post by itself does not."""
        number = count(fields.get("topic_id")) or 0
        answer = await self._get(f"/t/{number}.json", ok=(200, 403, 404, 410))
        topic = answer.json() if answer.status == 200 else None
        title = text(topic.get("title")) if isinstance(topic, dict) else None
        if title is None:
            raise UnreadableError("has a title that can't be read")
        return title

    async def _page(self, walk: _Walk, before: str | None) -> Page[_Post]:
        walk.pages += 1
        if walk.pages > PAGES:
            raise TransientError(
                f"{self.host} has more posts to catch up with than one look reads; it goes on."
            )
        below = None if before is None else int(before)
        posts = await self._latest(below)
        for _ in range(EMPTY):
            if posts or below is None or below <= _LEAST:
                break
            # A window begins with the id that is named, which is left out here: they must overlap by one.
            below = max(below - WINDOW + 1, _LEAST)
            posts = await self._latest(below)
        newest_first = sorted(posts, reverse=True)
        if before is None and newest_first:
            walk.seen = max(newest_first[0], walk.top or 0)
        items = [walk.post(number, posts[number]) for number in newest_first]
        return Page(items, str(newest_first[-1]) if items else None, stable=True)

    async def _latest(self, below: int | None) -> dict[int, dict[str, Any]]:
        """The newest posts below an id, by their ids."""
        answer = await self._get("/posts.json", {} if below is None else {"before": below}, ok=(200, 403))
        if answer.status == 403:
            self._forbidden(answer)
        self._budget = budget(answer.headers) or self._budget
        body = answer.json()
        found = body.get("latest_posts") if isinstance(body, dict) else None
        if not isinstance(found, list):
            raise TransientError(f'{answer.where} answered without posts; check that "url" is a forum.')
        posts: dict[int, dict[str, Any]] = {}
        for fields in found:
            number = count(fields.get("id")) if isinstance(fields, dict) else None
            if number:
                posts[number] = fields
            else:
                self._rejected.append(refused(self.name, 'the post lacks "id"', fields))
        if below is None:
            return posts
        if any(number > below for number in posts):
            raise PermanentError(
                f"{answer.where} gives the same posts for every page; nothing more is read of it."
            )
        # Newer forums leave out the post with the id that was named, older ones begin with it.
        return {number: fields for number, fields in posts.items() if number < below}

    async def _get(self, path: str, params: dict[str, Any] | None = None, *, ok: tuple[int, ...]) -> Answer:
        return await self._http.get(
            f"{self._settings.url}{path}", params=params, headers=self._headers, ok=ok
        )

    async def _sign(self) -> None:
        """Say who we are, with the key as it is now."""
        self._headers = {"accept": "application/json"}
        if self._secret is not None:
            key = (await self._secret()).get_secret_value()
            if not key.isascii():
                raise AuthError(f'The "api_key" of "{self.name}" holds characters that no key has.')
            self._headers["api-key"] = key
        if self._settings.api_username:
            self._headers["api-username"] = self._settings.api_username

    def _forbidden(self, answer: Answer) -> None:
        """What a 403 means: of the forum itself, in JSON, or of something that stands before it.

        Raises:
            SourceError: always.
        """
        try:
            body = answer.json()
        except TransientError:
            check(answer)
        if self._secret is None:
            raise AuthError(
                f"{self.host} shows its posts to members only;"
                ' set "api_key" and "api_username" of a user who may read them.'
            )
        errors = body.get("errors") if isinstance(body, dict) else None
        words = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], str) else ""
        said = f" ({sentence(words).rstrip('.')})" if words else ""
        raise AuthError(
            f"{self.host} refuses the API key or its user{said};"
            ' make a new key in its admin pages, or correct "api_username".'
        )

    def _batches(self, posts: list[_Post], cursor: str) -> list[Batch]:
        """The posts that somebody listens for; the place goes with the last of the batches."""
        places = {spot(post.fields, "post_number"): post.id for post in posts}
        batch = Batch(rejected=self._rejected, budget=self._budget, known=True)
        self._rejected = []
        batches = [batch]
        for post in posts:
            if not regular(post.fields):
                continue
            if taken_back(post.fields):
                batch.changes.append(self._forum.gone(str(post.id)))
                continue
            try:
                found = self._forum.mention(post.fields, places)
            except UnreadableError as error:
                batch.rejected.append(refused(self.name, f"post {post.id}: {error}", post.fields))
                continue
            if self._settings.all or self._listener(found):
                if len(batches[-1].mentions) == BATCH:
                    batches.append(Batch(known=True))
                batches[-1].mentions.append(found)
                batches[-1].handles[found.id] = str(post.id)
        batches[-1].cursor = cursor
        return batches


def _ms(value: object) -> int | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return None if moment is None else to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def _whole(value: object) -> int | None:
    return None if value is None else int(str(value))


def source(settings: Settings, tools: Tools) -> Discourse:
    """The source that the settings describe."""
    return Discourse(settings, tools)
