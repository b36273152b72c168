"""The live stream of a Mastodon server over one WebSocket: events as they come, and signs of life."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from data.sources.base import (
    AuthError,
    PermanentError,
    SourceError,
    TransientError,
    UnreachableError,
    sentence,
)
from data.sources.http import Answer, check, host_of, is_private, place

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

PATH = "/api/v1/streaming"
FRAME_BYTES = 1024 * 1024
OPEN_S = 10.0


@dataclass(frozen=True)
class Event:
    """One event. `payload` is read JSON, a bare id for `delete`; a sign of life has no kind."""

    kind: str = ""
    payload: Any = None


def stream_url(base: str, advertised: str | None, override: str | None) -> str:
    """Where the stream is: as the settings say, as the server says, or at the server's own address.

    Raises:
        PermanentError: a server behind TLS names a place without it, to which no token is sent.
    """
    chosen = override or advertised or base
    parts, home = urlsplit(chosen), urlsplit(base)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    if override is None and scheme == "ws" and home.scheme == "https":
        raise PermanentError(
            f'{host_of(base)} names a stream without TLS; set "stream_url" to one that begins with wss.'
        )
    if override is None and home.scheme == "http" and parts.hostname == home.hostname:
        scheme = "ws"  # GoToSocial names wss whatever it speaks itself
    path = parts.path.rstrip("/")
    return f"{scheme}://{parts.netloc}{path if path.endswith(PATH) else path + PATH}"


async def events(url: str, token: str, tags: Sequence[str], ping_s: float) -> AsyncIterator[Event]:
    """Notifications and the home timeline of the account, and these hashtags, until the stream breaks.

    Where nothing comes for `ping_s` seconds the server is asked whether it lives,
    and has as long to answer.

    Raises:
        SourceError: the stream can't be opened or broke.
    """
    from websockets.asyncio.client import connect
    from websockets.exceptions import ConnectionClosed, InvalidStatus, InvalidURI, WebSocketException

    class Straight(connect):
        """Follows no redirect, because a token goes along."""

        def process_redirect(self, exc: Exception) -> Exception | str:
            return exc

    quiet = logging.getLogger(f"{__name__}.socket")
    quiet.setLevel(logging.WARNING)  # below that, headers are logged, and the token is one
    host = urlsplit(url).hostname or ""
    try:
        async with Straight(
            url,
            additional_headers={"Authorization": f"Bearer {token}"},
            user_agent_header="crisis-tui",
            proxy=None if host == "localhost" or is_private(host) else True,
            open_timeout=OPEN_S,
            close_timeout=2,
            ping_interval=None,
            max_size=FRAME_BYTES,
            logger=quiet,
        ) as connection:
            await connection.send(json.dumps({"type": "subscribe", "stream": "user"}))
            for tag in tags:
                await connection.send(json.dumps({"type": "subscribe", "stream": "hashtag", "tag": tag}))
            while True:
                try:
                    async with asyncio.timeout(ping_s):
                        frame = await connection.recv()
                except TimeoutError:
                    await _alive(connection, ping_s)
                    yield Event()
                    continue
                yield _event(frame, url)
    except InvalidStatus as error:
        raise _refused(url, error.response.status_code, error.response.headers, error.response.body) from None
    except ConnectionClosed as error:
        words = sentence(error.rcvd.reason) if error.rcvd is not None and error.rcvd.reason else ""
        raise TransientError(f"The stream of {place(url)} broke{f' ({words})' if words else ''}.") from None
    except InvalidURI:
        raise PermanentError(f'{place(url)} is no address of a stream; correct "stream_url".') from None
    except WebSocketException as error:
        raise TransientError(f"{place(url)} is no stream ({sentence(str(error))}).") from None
    except OSError as error:
        raise _broken(url, error) from None


async def _alive(connection: ClientConnection, within_s: float) -> None:
    """Ask for a sign of life.

    Raises:
        TimeoutError: none came; the connection is given up.
    """
    answered = await connection.ping()
    try:
        async with asyncio.timeout(within_s):
            await answered
    except TimeoutError:
        connection.transport.abort()
        raise


def _event(frame: str | bytes, url: str) -> Event:
    """One frame; what can't be read is a sign of life all the same.

    Raises:
        AuthError: the server says in a frame that the token may not do this.
        TransientError: it tells another error.
    """
    try:
        message = json.loads(frame)
    except (ValueError, RecursionError):
        return Event()
    if not isinstance(message, dict):
        return Event()
    if "error" in message and "event" not in message:
        words = sentence(str(message["error"])).rstrip(".")
        if message.get("status") in (401, 403):
            raise AuthError(f"{place(url)} does not let our token listen: {words}.")
        raise TransientError(f"{place(url)} tells an error: {words}.")
    kind, payload = message.get("event"), message.get("payload")
    if not isinstance(kind, str):
        return Event()
    if kind != "delete" and isinstance(payload, str):
        try:
            payload = json.loads(payload)
        except (ValueError, RecursionError):
            payload = None
    return Event(kind, payload)


def _refused(url: str, status: int, headers: Any, body: bytes | bytearray | None) -> SourceError:
    """What the answer to a refused upgrade means."""
    if status in (404, 405):
        return PermanentError(
            f'{place(url)} has no stream ({status}); set "stream_url" to where it is, or "stream" to false.'
        )
    if status == 403:
        return AuthError(f"{place(url)} does not let our token listen (403); make one with the scope read.")
    known = {name.lower(): value for name, value in headers.raw_items()}
    try:
        check(Answer(status, known, bytes(body or b""), url))
    except SourceError as error:
        return error
    return TransientError(f"{place(url)} answered {status}, which opens no stream.")


def _broken(url: str, error: OSError) -> SourceError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return PermanentError(
            f"{place(url)} shows a certificate that is not valid ({sentence(error.verify_message)})."
        )
    if isinstance(error, ssl.SSLError):
        return TransientError(
            f'{place(url)} does not speak TLS as it should; if it has none, set "stream_url" to ws://….'
        )
    if isinstance(error, socket.gaierror):
        return UnreachableError(f"{host_of(url)} is not found; check the address and the network.")
    if isinstance(error, TimeoutError):
        return UnreachableError(f"The stream of {place(url)} is silent.")
    why = sentence(error.strerror or type(error).__name__)
    return UnreachableError(f"{host_of(url)} can't be reached ({why}).")
