"""One list of posts of Bluesky, newest first, page by page, however far the server lets us scroll."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from data.models.base import from_ms, to_ms
from data.models.mention import Rejected
from data.sources.base import PermanentError, TransientError
from data.sources.bluesky.posts import BadPostError, Post, moment, read
from data.sources.bluesky.session import Session
from data.sources.http import Answer
from data.sources.items import refused
from data.sources.paging import Page

LIMIT = 100
"""Posts on one page: the most that the network gives."""

PAGES = 200
"""Pages that one walk reads at most, 20,000 posts; what lies below is told as a gap."""

NOTIFICATIONS = "app.bsky.notification.listNotifications"
SEARCH = "app.bsky.feed.searchPosts"
REASONS = ("mention", "reply", "quote")

_TIE_MS = 1_000
_NEVER_MS = 2**62


class Pages:
    """Pages of one method, for one walk. What could not be read gathers in `rejected`.

    `term` is what is searched for, None for the notifications. A server may let
    nobody scroll down to the end of a search ("may not allow scrolling through
    entire result set", lexicon app.bsky.feed.searchPosts); then it is asked
    anew for what is older than the last post. `ended_ms` is the oldest time that
    was reached when the walk was cut at `PAGES`, else None.
    """

    def __init__(
        self, session: Session, source: str, term: str | None, floor_ms: int, now: Callable[[], datetime]
    ) -> None:
        self.term = term
        self.rejected: list[Rejected] = []
        self.ended_ms: int | None = None
        self._session = session
        self._source = source
        self._floor_ms = floor_ms
        self._now = now
        self._seen: set[str] = set()
        self._oldest_ms = _NEVER_MS
        self._pages = 0

    def ms_of(self, post: Post) -> int:
        """Where a post stands in the list.

        The time that its author wrote into it is not believed where it lies
        behind what is asked for: a post dated 1970 would end the walk.
        """
        return post.key_ms if post.key_ms >= self._floor_ms else post.indexed_ms

    async def __call__(self, token: str | None) -> Page[Post]:
        """The page that a token of the page before leads to, None is the first.

        Raises:
            SourceError: it can't be had.
        """
        until_ms, cursor = json.loads(token) if token else (None, None)
        asked = {cursor}
        while True:
            items, following = self._posts(await self._asked(until_ms, cursor))
            found = self._read(items)
            self._pages += 1
            if found or following is None or self._pages >= PAGES or self._below(items):
                break
            # A page of likes only says nothing of what stands below it.
            if following in asked:
                raise PermanentError("The server's pages go round in circles; nothing more is read of it.")
            asked.add(following)
            cursor = following
        if until_ms is not None:
            # A server that knows no "until" gives its newest again: that leads nowhere.
            found = [each for each in found if self.ms_of(each) <= until_ms + _TIE_MS]
        fresh = [each for each in found if each.uri not in self._seen]
        if cursor is None and until_ms is not None and not fresh:
            return Page([], None)
        self._seen.update(each.uri for each in fresh)
        self._oldest_ms = min([*(self.ms_of(each) for each in fresh), self._oldest_ms])
        return Page(found, self._next(until_ms, following, full=len(items) >= LIMIT, fresh=bool(fresh)))

    def _next(self, until_ms: int | None, following: str | None, *, full: bool, fresh: bool) -> str | None:
        """What leads to the page below: the server's token, or the time of the oldest post."""
        reached = self._oldest_ms < self._floor_ms
        if following is None and (
            self.term is None or not fresh or reached or (self._pages < 2 and not full)
        ):
            return None
        if self._pages >= PAGES:
            self.ended_ms = None if reached else self._oldest_ms
            return None
        return json.dumps([until_ms, following] if following else [self._oldest_ms + _TIE_MS, None])

    def _below(self, items: list[object]) -> bool:
        """Are all of these older than what is asked for?"""
        times = [moment(each.get("indexedAt")) for each in items if isinstance(each, dict)]
        return all(each is not None and to_ms(each) < self._floor_ms for each in times)

    async def _asked(self, until_ms: int | None, cursor: str | None) -> Answer:
        if self.term is None:
            params = [("limit", str(LIMIT)), *(("reasons", each) for each in REASONS)]
        else:
            params = [("q", query(self.term)), ("sort", "latest"), ("limit", str(LIMIT))]
            params.append(("since", _written(self._floor_ms)))
            if until_ms is not None:
                params.append(("until", _written(until_ms)))
        if cursor is not None:
            params.append(("cursor", cursor))
        try:
            return await self._session.get(NOTIFICATIONS if self.term is None else SEARCH, params)
        except PermanentError as error:
            if self.term is not None and "(403)" in str(error):
                raise PermanentError(
                    f'{str(error).rstrip(".")}; take "search" out of "read", or give the account\'s own'
                    ' server as "url".'
                ) from None
            raise

    def _posts(self, answer: Answer) -> tuple[list[object], str | None]:
        """The items of an answer, and its cursor."""
        found = answer.json()
        items = (
            found.get("notifications" if self.term is None else "posts") if isinstance(found, dict) else None
        )
        if not isinstance(items, list):
            raise TransientError(f"{answer.where} answered without a list of posts.")
        cursor = found.get("cursor")
        return items, cursor if isinstance(cursor, str) and cursor and items else None

    def _read(self, items: list[object]) -> list[Post]:
        found = []
        for raw in items:
            # A server that does not know "reasons" tells of likes and follows too.
            if self.term is None and isinstance(raw, dict) and raw.get("reason") not in REASONS:
                continue
            try:
                found.append(read(raw, self._now()))
            except BadPostError as error:
                self.rejected.append(refused(self._source, f"a post {error}", raw))
        return found


def query(term: str) -> str:
    """A term of a watch in the words of the search, which knows no `word*`.

    Without quotes, which some servers look for in the text itself; what is
    found besides is left out here.
    """
    return " ".join(term.replace('"', " ").rstrip("*").split())


def _written(ms: int) -> str:
    return from_ms(ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")
