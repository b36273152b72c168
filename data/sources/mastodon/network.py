"""Mastodon and what speaks its API: hashtags, notifications, searches, the home timeline, and a stream."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from data.models.base import from_ms, to_ms
from data.models.feed import Change
from data.models.mention import Gap, Mention
from data.sources.base import (
    BATCH,
    AuthError,
    Batch,
    CursorInvalidError,
    PermanentError,
    RateLimitedError,
    Source,
    SourceError,
    Tools,
    UnreachableError,
)
from data.sources.items import refused
from data.sources.mastodon.api import Api, Instance, ScopeError
from data.sources.mastodon.ids import Spot
from data.sources.mastodon.posts import mention_of, native_id, reason_of, tags_of
from data.sources.mastodon.refresh import REFRESH, Again, handle_of
from data.sources.mastodon.settings import Settings, timelines
from data.sources.mastodon.stream import Event, events, stream_url
from data.sources.mastodon.walk import Timeline

__all__ = ["MastodonSource", "Settings", "StreamingMastodon", "source"]

SEARCHES = 10
"""Terms searched for in one poll; further ones take turns, so that searches leave room for the rest."""

SILENT = timedelta(hours=24)
"""How long after its last post a timeline without anything at all is worth a word."""

REMEMBERED = 20_000
"""Posts whose uri is kept in memory: the stream tells of a deletion only by the id on the server."""


class MastodonSource:
    """One server, read timeline by timeline; each has its own place in the cursor."""

    refresh_size = REFRESH
    refresh_pause_s = 0.0

    def __init__(self, settings: Settings, tools: Tools) -> None:
        self.name: str = settings.name
        self.settings = settings
        secret = None if settings.token is None else tools.secret(settings.token)
        self.api = Api(tools.http(), settings.url, secret, tools.now)
        self.host = self.api.host
        self.timelines = timelines(settings, tools.listener.terms)
        self._listener = tools.listener
        self._now = tools.now
        self._again = Again(self.api)
        self._uris: OrderedDict[str, str] = OrderedDict()
        self._turn = 0

    async def poll(self, cursor: str | None) -> AsyncIterator[Batch]:
        """All that is new, and what came late. What one timeline can't give does not stop the others.

        Raises:
            CursorInvalidError: the cursor can't be read.
            SourceError: the server refuses us, or all that is read of it.
        """
        if not self.timelines:
            raise PermanentError(
                f'There is nothing to read on {self.host}: add a term that begins with #, "tags" or "token".'
            )
        now = self._now()
        first = Spot(to_ms(now - timedelta(hours=self.settings.since_hours)))
        spots = {each.key: first for each in self.timelines} | _spots(cursor, self.timelines)
        instance = await self.api.instance()
        troubles = _Troubles()
        read = self._this_time()
        for timeline in read:
            try:
                async for entries, spot in timeline.walk(self.api, spots[timeline.key], now):
                    spots[timeline.key] = spot
                    items = [*(each.item for each in entries), *timeline.taken()]
                    batches = self._batches(timeline, items, instance.domain) or [Batch(known=True)]
                    batches[-1].cursor, batches[-1].budget = _cursor(spots), self.api.budget
                    batches[-1].gap = _gap(timeline, self.host)
                    for batch in batches:
                        yield batch
            except (RateLimitedError, UnreachableError):
                raise
            except SourceError as error:
                for batch in self._batches(timeline, timeline.taken(), instance.domain):
                    yield batch
                if troubles.add(timeline, error):
                    break
            else:
                troubles.read += 1
        note = " ".join([*troubles.notes(), *await self._silence(read, spots, instance, now)])
        yield Batch(cursor=_cursor(spots), budget=self.api.budget, note=note, known=True)
        troubles.tell()

    def _this_time(self) -> list[Timeline]:
        """The timelines of this poll: all but searches, of which some take turns; the first tag changes."""
        searches = [each for each in self.timelines if each.offset]
        tags = [each for each in self.timelines if not each.offset and not each.ours]
        turn = self._turn % max(len(tags), 1)
        if len(searches) > SEARCHES:
            start = self._turn * SEARCHES % len(searches)
            searches = [*searches[start:], *searches[:start]][:SEARCHES]
        self._turn += 1
        return [*(each for each in self.timelines if each.ours), *tags[turn:], *tags[:turn], *searches]

    def _batches(self, timeline: Timeline, items: list[Any], domain: str) -> list[Batch]:
        """The posts among these items that somebody listens for, and what can't be read."""
        whole: list[Batch] = []
        for item in items:
            status = item
            if timeline.ours:
                if not isinstance(item, dict) or item.get("type") not in ("mention", "quote"):
                    continue
                status = item.get("status")
            if not whole or whole[-1].read >= BATCH:
                whole.append(Batch(known=True))
            self._add(whole[-1], status, domain, ours=timeline.ours, item=item)
        return [each for each in whole if each.read]

    def _add(self, batch: Batch, status: Any, domain: str, *, ours: bool, item: Any) -> Mention | None:
        """Put a post into a batch, or why it can't be; gives one that is fine but that nobody listens for."""
        if isinstance(status, dict) and isinstance(status.get("reblog"), dict):
            status = status["reblog"]
        try:
            mention = mention_of(status, domain, self._uris)
        except ValueError as error:
            batch.rejected.append(refused(self.name, reason_of(error), item))
            return None
        if not ours and not self._heard(mention, status):
            return mention
        native = native_id(status)
        if native is not None:
            batch.handles[mention.id] = handle_of(self.host, native, mention.id)
            self._uris[native] = mention.id
            self._uris.move_to_end(native)
            if len(self._uris) > REMEMBERED:
                self._uris.popitem(last=False)
        batch.mentions.append(mention)
        return None

    def _heard(self, mention: Mention, status: Any) -> bool:
        """Does anybody listen for it? Hashtags count that a post is filed under but does not show."""
        if self._listener(mention):
            return True
        tags = " ".join(f"#{tag}" for tag in tags_of(status))
        return bool(tags) and self._listener(mention.model_copy(update={"text": f"{mention.text}\n{tags}"}))

    async def _silence(
        self, read: Sequence[Timeline], spots: dict[str, Spot], instance: Instance, now: datetime
    ) -> list[str]:
        """What is suspicious about answers without anything in them.

        A list of notifications is not: people clear theirs.
        """
        since = to_ms(now - SILENT)
        notes = []
        for each in read:
            if not each.empty or each.ours or spots[each.key].newest <= since:
                continue
            if await self._again.is_gone(spots[each.key].last):
                spots[each.key] = replace(spots[each.key], newest=0, last=None)
                continue
            notes.append(
                f"{each.label} on {self.host} is empty, though it had posts:"
                " what it should bring may be missing."
            )
        if instance.tags_off and any(each.empty for each in read if each.key.startswith("tag:")):
            notes.append(f"{self.host} has switched its hashtags off; nothing can be read of them there.")
        searches = [each for each in self.timelines if each.offset]
        if (
            any(each in read and each.empty for each in searches)
            and not any(spots[each.key].newest for each in searches)
            and (self.settings.read is not None or not any(each.key.startswith("tag:") for each in read))
        ):
            notes.append(
                f"The search on {self.host} found nothing for any term yet; without full-text search there"
                " only hashtags and notifications come: add a term that begins with #,"
                ' or leave the search out of "read".'
            )
        return notes

    async def refresh(self, handles: Sequence[str]) -> Batch:
        """What became of these posts on this server.

        Raises:
            SourceError: nothing can be said now.
        """
        return await self._again.look(handles, self._uris, self.name)


class StreamingMastodon(MastodonSource):
    """The same with its stream, which only hints: polling stays the truth."""

    silence_s = 90.0
    ping_s = 30.0

    async def hints(self) -> AsyncIterator[Batch]:
        """Posts, edits and deletions as they happen.

        Raises:
            SourceError: the stream broke or can't be opened.
        """
        instance = await self.api.instance()
        token = await self.api.token() or ""
        url = stream_url(self.settings.url, instance.streaming, self.settings.stream_url)
        tags = [each.key.partition(":")[2] for each in self.timelines if each.key.startswith("tag:")]
        try:
            async for event in events(url, token, tags, self.ping_s):
                yield self._hint(event, instance.domain)
        except AuthError:
            self.api.forget()
            raise

    def _hint(self, event: Event, domain: str) -> Batch:
        batch, payload = Batch(known=True), event.payload
        if event.kind == "delete":
            uri = self._uris.get(str(payload))
            if uri is not None:
                batch.changes.append(Change(network="mastodon", id=uri))
        elif event.kind == "notification":
            if isinstance(payload, dict) and payload.get("type") in ("mention", "quote"):
                self._add(batch, payload.get("status"), domain, ours=True, item=payload)
        elif event.kind in ("update", "status.update"):
            other = self._add(batch, payload, domain, ours=False, item=payload)
            if other is not None and event.kind == "status.update":
                # It may have been ours before it was edited.
                batch.changes.append(Change(network="mastodon", id=other.id, mention=other))
        return batch


class _Troubles:
    """What the timelines of one poll could not do, and what is said of it in the end."""

    def __init__(self) -> None:
        self.read = 0
        self._hard: list[SourceError] = []
        self._soft: list[SourceError] = []
        self._searches: list[SourceError] = []

    def add(self, timeline: Timeline, error: SourceError) -> bool:
        """Note what failed; True when there is no point in asking for more now."""
        if timeline.offset:
            self._searches.append(error)
            return len(self._searches) > 1
        if isinstance(error, PermanentError | ScopeError):
            self._soft.append(error)
            return False
        self._hard.append(error)
        return len(self._hard) > 1

    def notes(self) -> list[str]:
        """Sentences on what failed while the rest went well; a search never says more than one."""
        if not self.read:
            return []
        return list(dict.fromkeys(str(each) for each in [*self._soft, *self._searches[:1]]))

    def tell(self) -> None:
        """Raise what concerns all of the source, or all that was read of it.

        Raises:
            SourceError: the first of the gravest kind.
        """
        if self._hard:
            raise self._hard[0]
        if not self.read and (self._soft or self._searches):
            raise [*self._soft, *self._searches][0]


def _gap(timeline: Timeline, host: str) -> Gap | None:
    lost = timeline.missed()
    if lost is None:
        return None
    start, end = lost
    return Gap(
        start=from_ms(start),
        end=from_ms(end),
        reason=f"{timeline.label} on {host} did not reach back far enough.",
    )


def _cursor(spots: dict[str, Spot]) -> str:
    return json.dumps({"v": 1, "at": {key: spot.data() for key, spot in spots.items()}})


def _spots(cursor: str | None, known: Sequence[Timeline]) -> dict[str, Spot]:
    """The place of each timeline in a cursor; what is no longer read is left out.

    Raises:
        CursorInvalidError: it is no cursor of ours.
    """
    if cursor is None:
        return {}
    try:
        at = json.loads(cursor)["at"]
        keys = {each.key for each in known}
        return {key: spot for key, data in at.items() if key in keys and (spot := Spot.of(data)) is not None}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CursorInvalidError("The place up to which Mastodon was read can't be understood.") from None


def source(settings: Settings, tools: Tools) -> Source:
    """The source that the settings describe; only one with a stream has hints."""
    return (StreamingMastodon if settings.stream else MastodonSource)(settings, tools)
