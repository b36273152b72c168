"""Frames of a Jetstream, of either version of its protocol, as batches of what somebody listens for."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, NoReturn, TypeGuard

from data.matcher import Listener, Terms
from data.models.base import from_ms
from data.models.batch import Batch
from data.models.feed import Change
from data.models.mention import EARLIEST, LATEST, Gap
from data.sources.base import BATCH, CursorInvalidError, TransientError, sentence
from data.sources.bluesky.posts import COLLECTION, NETWORK, BadPostError, mention, moment, read
from data.sources.items import refused
from data.text import clean_line

FULL = 200
"""Mentions that are given away at once."""

BACK_US = 10_000_000
"""How far behind its place reading starts again, in microseconds, because servers
meet posts in an order of their own. Source: bluesky-social/jetstream, docs/README.md section 2."""

KEPT_US = 36 * 3_600 * 1_000_000
"""How far back a server goes, in microseconds; v1 says nothing when more is asked for."""

_SLACK_US = 60_000_000


class StreamPlace:
    """How far the stream was read: `time_us` is in microseconds since 1970, `met` if an event stood there."""

    def __init__(self, host: str, time_us: int, *, met: bool) -> None:
        self.host = host
        self.time_us = time_us
        self.met = met

    @classmethod
    def parse(cls, cursor: str | None) -> StreamPlace | None:
        """The place that a cursor names, None where it names none."""
        try:
            fields = json.loads(cursor) if cursor else None
        except (ValueError, RecursionError):
            return None
        if not isinstance(fields, dict) or not _believed(time_us := fields.get("time_us")):
            return None
        return cls(str(fields.get("host")), time_us, met=fields.get("met") is not False)

    def cursor(self) -> str:
        """The place as text."""
        return json.dumps({"host": self.host, "time_us": self.time_us, "met": self.met})


class Reading:
    """Takes frames in and gives batches out; `asked_us` is where the server shall start, None for now."""

    def __init__(
        self,
        source: str,
        host: str,
        listener: Listener,
        terms: Terms,
        before: StreamPlace | None,
        now: Callable[[], datetime],
    ) -> None:
        self._source = source
        self._host = host
        self._listener = listener
        self._terms = terms
        self._now = now
        self._before = before
        self._first = True
        now_us = _us(now())
        self.starts = before is None
        self._cut = before is not None and before.time_us < now_us - KEPT_US
        self.asked_us = None
        if before is not None:
            self.asked_us = max(before.time_us - BACK_US, now_us - KEPT_US)
        self._place = StreamPlace(host, before.time_us if before else now_us, met=bool(before and before.met))
        self._start()

    def _start(self) -> None:
        self.moved = False
        self._batch = Batch(known=True)
        self._gone: dict[str, None] = {}
        self._edited: dict[str, Change] = {}

    @property
    def full(self) -> bool:
        """Should what was read be given away?"""
        batch = self._batch
        return batch.read >= FULL or len(self._gone) + len(self._edited) >= BATCH

    def take(self) -> Batch:
        """What was read since the last time, and the place after it."""
        batch = self._batch
        # A clock of the server's that runs ahead must not take the place along, or posts would be left out.
        self._place.time_us = min(self._place.time_us, _us(self._now()))
        batch.cursor = self._place.cursor()
        batch.changes = [*self._edited.values(), *(Change(network=NETWORK, id=uri) for uri in self._gone)]
        self._start()
        return batch

    def add(self, frame: str | bytes) -> None:
        """One frame of either version of the protocol.

        Raises:
            SourceError: it says that the stream ends.
        """
        try:
            found = json.loads(frame)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            sent = frame.encode("utf-8", "replace") if isinstance(frame, str) else frame
            self._batch.rejected.append(refused(self._source, "a post is no JSON object", sent))
            self.moved = True
            return
        if found.get("$type") == "error":
            self._ended(found)
        payload = found.get("payload")
        event = payload if isinstance(payload, dict) else found
        time_us = _time_us(event)
        if time_us is not None:
            self._reached(time_us)
        commit = event.get("commit") if event.get("kind") == "commit" else event
        if isinstance(commit, dict) and commit.get("collection") == COLLECTION:
            self._commit(event, commit, time_us)

    def _ended(self, found: dict[str, Any]) -> NoReturn:
        name = found.get("error")
        if name in ("CursorTooOld", "OutdatedCursor"):
            raise CursorInvalidError(f"{self._host} no longer has what was written when it was last read.")
        why = sentence(name) if isinstance(name, str) else "no reason"
        raise TransientError(f"{self._host} ended the stream ({why}); it is opened anew.")

    def _reached(self, time_us: int) -> None:
        """An event of this time came; the first one tells whether all before it came too.

        The server starts at the first event from the asked moment on, so where
        an event stood at our place, that one or an earlier one must come first.
        """
        self.moved = True
        before, asked_us = self._before, self.asked_us
        if self._first and before is not None and asked_us is not None:
            expected = max(before.time_us, asked_us)
            missed = before.met and time_us > expected + _SLACK_US
            if self._cut or missed:
                self._batch.gap = Gap(
                    start=from_ms(before.time_us // 1000),
                    end=from_ms(max(time_us if missed else asked_us, before.time_us) // 1000),
                    reason=clean_line(
                        f"{self._host} no longer had the posts of this time (it keeps 36 hours)."
                    ),
                )
        if self._first or time_us > self._place.time_us:
            start = before.time_us if before is not None and before.met else 0
            self._place = StreamPlace(self._host, max(time_us, start), met=True)
        self._first = False

    def _commit(self, event: dict[str, Any], commit: dict[str, Any], time_us: int | None) -> None:
        uri = f"at://{event.get('did')}/{COLLECTION}/{commit.get('rkey')}"
        operation, record = commit.get("operation"), commit.get("record")
        if operation == "delete":
            self._gone[uri] = None
            return
        text = record.get("text") if isinstance(record, dict) else None
        ours = isinstance(text, str) and self._terms(text)
        if not ours and operation != "update" and uri not in self._gone:
            return
        self._gone.pop(uri, None)
        view: dict[str, Any] = {
            "uri": uri,
            "cid": commit.get("cid"),
            "author": {},
            "record": record,
            "indexedAt": None if time_us is None else from_ms(time_us // 1000).isoformat(),
        }
        try:
            found = mention(read(view, self._now()))
        except BadPostError as error:
            if ours:
                self._batch.rejected.append(refused(self._source, f"a post {error}", view))
            return
        if ours and self._listener(found):
            self._batch.mentions.append(found)
            self._edited.pop(uri, None)
        elif operation == "update":
            # It may be one that was ours before it was edited; only the store knows.
            self._edited[uri] = Change(network=NETWORK, id=uri, mention=found)


def _time_us(event: dict[str, Any]) -> int | None:
    """When the server met an event, in microseconds since 1970; v2 writes it as a date."""
    found = event.get("time_us")
    if isinstance(found, int) and not isinstance(found, bool):
        return found if _believed(found) else None
    met = moment(event.get("witnessedAt")) or moment(event.get("time"))
    found = None if met is None else _us(met)
    return found if _believed(found) else None


def _believed(time_us: object) -> TypeGuard[int]:
    return (
        isinstance(time_us, int) and not isinstance(time_us, bool) and _us(EARLIEST) < time_us < _us(LATEST)
    )


def _us(when: datetime) -> int:
    return round(when.timestamp() * 1_000_000)
