"""Jetstream: every post of Bluesky as it is written, of which we keep those that somebody listens for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, NoReturn
from urllib.parse import urlencode, urlsplit

from pydantic import AfterValidator, Field

from data.matcher import Listener, Terms
from data.models.batch import Batch
from data.sources.base import (
    CursorInvalidError,
    PermanentError,
    SourceError,
    SourceSettings,
    Tools,
    TransientError,
    UnreachableError,
    sentence,
)
from data.sources.bluesky.posts import COLLECTION
from data.sources.http import Answer, check, host_of, is_private, place
from data.sources.jetstream.frames import Reading, StreamPlace

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

SILENCE_S = 90.0
"""A stream of all posts that says nothing for so many seconds is dead, even if nobody closed it."""

FLUSH_S = 2.0
"""What was read is given away at least so often, in seconds."""

_FRAME_BYTES = 8 * 1024 * 1024
_V2 = "network.bsky.jetstream.subscribeEvents"


def _stream(url: str) -> str:
    try:
        parts = urlsplit(url)
        if parts.scheme in ("ws", "wss") and host_of(url) and not parts.query and not parts.fragment:
            return url
    except ValueError:
        pass
    raise ValueError(
        "must be the address of a stream, such as wss://jetstream2.us-east.bsky.network/subscribe"
    )


class Settings(SourceSettings):
    """`url` is the stream, `hold_s` how many seconds one look reads before it gives control back."""

    default_every: ClassVar[float] = 1.0
    min_every: ClassVar[float] = 1.0

    kind: Literal["jetstream"] = "jetstream"
    url: Annotated[str, AfterValidator(_stream)] = "wss://jetstream2.us-east.bsky.network/subscribe"
    hold_s: float = Field(300, gt=0, le=86_400)


class JetstreamSource:
    """The stream of all posts."""

    def __init__(self, settings: Settings, tools: Tools, *, silence_s: float = SILENCE_S) -> None:
        self.name: str = settings.name
        self.host = host_of(settings.url)
        self._url = settings.url
        self._hold_s = settings.hold_s
        self._silence_s = silence_s
        self._now = tools.now
        # A watch without terms takes whatever a source brings, which here is the whole network.
        watches = [each for each in tools.listener.watches if Terms(each.terms)]
        self._listener = Listener(watches) if watches else None
        self._terms = Terms(
            term
            for each in watches
            for term in (*each.terms, *(f"@{name.removeprefix('@')}" for name in each.own_accounts))
        )

    async def poll(self, cursor: str | None) -> AsyncIterator[Batch]:
        """What is written from `cursor` on, for as long as `hold_s` says; without a cursor from now on.

        Raises:
            SourceError: the stream can't be opened, broke or went silent; what was yielded stays good.
        """
        if self._listener is None:
            raise PermanentError(
                f"{self.host} sends every post of the network: give a watch terms, so that not all are kept."
            )
        reading = Reading(
            self.name, self.host, self._listener, self._terms, StreamPlace.parse(cursor), self._now
        )
        loop = asyncio.get_running_loop()
        end = loop.time() + self._hold_s
        socket = await self._opened(reading.asked_us)
        try:
            if reading.starts:
                yield reading.take()  # so that what is written from here on is never missed
            heard, given = loop.time(), loop.time()
            while (now := loop.time()) < end:
                if reading.full or (reading.moved and now >= given + FLUSH_S):
                    yield reading.take()
                    heard = given = loop.time()
                    continue
                until = min(end, heard + self._silence_s, given + FLUSH_S if reading.moved else end)
                try:
                    if now >= heard + self._silence_s:
                        raise TransientError(f"{self.host} sent nothing for {self._silence_s:g} s.")
                    frame = await _next(socket, until - now, self.host)
                    if frame is not None:
                        heard = loop.time()
                        reading.add(frame)
                except SourceError:
                    if reading.moved:
                        yield reading.take()
                    raise
            if reading.moved:
                yield reading.take()
        finally:
            await socket.close()

    async def _opened(self, asked_us: int | None) -> ClientConnection:
        """The stream from a moment in microseconds on.

        Raises:
            SourceError: it can't be opened.
        """
        from websockets.asyncio.client import connect
        from websockets.exceptions import WebSocketException

        v2 = urlsplit(self._url).path.rstrip("/").endswith(_V2)
        asked = (
            [("kinds", "commit"), ("collections", COLLECTION)] if v2 else [("wantedCollections", COLLECTION)]
        )
        if asked_us is not None:
            asked.append(("cursor", str(asked_us)))
        host = urlsplit(self._url).hostname or ""
        try:
            return await connect(
                f"{self._url}?{urlencode(asked)}",
                compression=None,
                max_size=_FRAME_BYTES,
                open_timeout=10,
                close_timeout=1,
                proxy=None if host == "localhost" or is_private(host) else True,
            )
        except TimeoutError:
            raise UnreachableError(f"{place(self._url)} can't be reached: no stream within 10 s.") from None
        except (WebSocketException, OSError) as error:
            _refuse(self._url, error)


async def _next(socket: ClientConnection, wait_s: float, host: str) -> str | bytes | None:
    """The next frame, None where none came in time.

    Raises:
        TransientError: the stream was closed.
    """
    from websockets.exceptions import ConnectionClosed

    try:
        async with asyncio.timeout(wait_s):
            return await socket.recv()
    except TimeoutError:
        return None
    except ConnectionClosed:
        raise TransientError(f"{host} closed the stream; it is opened anew.") from None


def _refuse(url: str, error: Exception) -> NoReturn:
    """Why no stream came about.

    Raises:
        SourceError: always.
    """
    import ssl

    from websockets.exceptions import InvalidStatus

    where = place(url)
    if isinstance(error, InvalidStatus) and error.response.status_code >= 400:
        response = error.response
        body = bytes(response.body or b"")
        if response.status_code == 400 and b"CursorTooOld" in body:
            raise CursorInvalidError(
                f"{where} no longer has what was written when it was last read."
            ) from None
        check(Answer(response.status_code, response.headers, body, url))
    if isinstance(error, ssl.SSLCertVerificationError):
        raise PermanentError(
            f"{where} shows a certificate that is not valid ({sentence(error.verify_message)})."
        ) from None
    if isinstance(error, OSError):
        raise UnreachableError(
            f"{where} can't be reached ({sentence(error.strerror or 'no connection')})."
        ) from None
    raise TransientError(f"{where} is no stream ({sentence(str(error))}).") from None


def source(settings: Settings, tools: Tools) -> JetstreamSource:
    """The source that the settings describe."""
    return JetstreamSource(settings, tools)
