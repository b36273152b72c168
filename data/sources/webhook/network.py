"""A small HTTP receiver: other programs send mentions here, signed with a secret that both know.

A body is on disk before it is acknowledged; `poll` brings it into the store.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import hmac
import ipaddress
import json
import math
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from data.models.mention import Network
from data.sources.base import (
    AuthError,
    Batch,
    PermanentError,
    SecretRef,
    SourceError,
    SourceSettings,
    Tools,
    TransientError,
)
from data.sources.webhook import spool
from data.sources.webhook.spool import Kept, NoItemsError, Place, Spool, SpoolFullError, batches, items

if TYPE_CHECKING:
    import h11

STAMP_S = 300
"""How far the time of a signature may be from ours in seconds (the bound that Slack and Stripe set too)."""

SECRET_CHARS = 16
"""A shorter secret could be found by trying (our own choice)."""

_LISTEN = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):([0-9]{1,5})")
_SIGNATURE = re.compile(rb"sha256=([0-9a-fA-F]{64})")
_STAMP = re.compile(rb"[0-9]{1,12}")
_CHUNK = 16 * 1024
_DISCARDED = 1024 * 1024
_ADVICE = 'free it or change "listen" of this source'


def _address(listen: str) -> tuple[str, int]:
    """The address and the port of `listen`."""
    found = _LISTEN.fullmatch(listen)
    if found is None or int(found[3]) > 65_535:
        raise ValueError("must be an IP address and a port, such as 127.0.0.1:8765 or [::1]:8765")
    address = ipaddress.IPv6Address(found[1]) if found[1] else ipaddress.IPv4Address(found[2])
    return str(address), int(found[3])


def _listen(listen: str) -> str:
    try:
        _address(listen)
    except ipaddress.AddressValueError:
        raise ValueError("holds no IP address; write it as 127.0.0.1:8765 or [::1]:8765") from None
    return listen


class Settings(SourceSettings):
    """Who may send, and how much.

    `listen` is an IP address and a port; what is not loopback can be reached by
    others and is unencrypted. `max_body_kb` counts 1024 bytes, `max_per_minute`
    bodies with a good signature; `network` is that of items which name none.
    """

    default_every: ClassVar[float] = 1.0
    min_every: ClassVar[float] = 0.1

    kind: Literal["webhook"] = "webhook"
    listen: Annotated[str, AfterValidator(_listen)] = "127.0.0.1:8765"
    secret: SecretRef
    path: str = Field(default="/mentions", pattern=r"^/[A-Za-z0-9._~/-]*$", max_length=200)
    max_body_kb: int = Field(default=256, ge=1, le=2_048)
    max_per_minute: int = Field(default=600, ge=1, le=60_000)
    network: Network | None = None


@dataclass(frozen=True)
class Limits:
    """Bounds that are no settings, in seconds and bytes.

    `settle_s` is how long a body stays on disk after it was stored: the store
    of mentions may lose its last transactions with the power, and a body can't
    be fetched again; Linux writes out after 30 s.
    """

    connections: int = 32
    request_s: float = 10.0
    linger_s: float = 1.0
    life_s: float = 30.0
    head_bytes: int = 16 * 1024
    spool_bytes: int = spool.MAX_BYTES
    spool_files: int = spool.MAX_FILES
    settle_s: float = 60.0


class _GoneError(Exception):
    """The other side left before its request was whole."""


class _RefusedError(Exception):
    """A request that is not accepted, with what is answered."""

    def __init__(self, status: int, sentence: str, retry_s: int | None = None, *, bare: bool = False) -> None:
        super().__init__(sentence)
        more = {} if retry_s is None else {"Retry-After": str(retry_s)}
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            more["Allow"] = "POST"
        self.answer = _encoded(status, {"error": sentence}, more, bare=bare)


def _encoded(
    status: int, content: Mapping[str, object], more: Mapping[str, str] | None = None, *, bare: bool = False
) -> bytes:
    """A whole answer, after which the connection ends; `bare` leaves out the body, as HEAD wants it."""
    body = json.dumps(content).encode() + b"\n"
    fields = {
        "Date": formatdate(usegmt=True),
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
        **(more or {}),
    }
    head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return head.encode() + b"\r\n" + (b"" if bare else body)


@dataclass
class _Asked:
    """What was sent, and what it claims: the signature in lower case, and its time if it has one."""

    signature: bytes
    stamp: bytes | None
    body: bytes = b""

    def check_time(self, now: float) -> None:
        """Refuse what was signed too long ago.

        Raises:
            _RefusedError: its time is none, or too far from ours.
        """
        if self.stamp is None:
            return
        if not _STAMP.fullmatch(self.stamp):
            raise _RefusedError(401, "X-Crisis-Tui-Timestamp must be the seconds since 1970.")
        off = round(now - int(self.stamp))
        if abs(off) > STAMP_S:
            which = "old" if off > 0 else "ahead"
            raise _RefusedError(
                401,
                f"The timestamp is {abs(off)} s {which} by the clock here, and {STAMP_S} s are allowed:"
                " sign anew as you send, and compare the clocks.",
            )

    def signed(self, secret: bytes) -> bool:
        """True if it was signed with the secret."""
        content = self.body
        if self.stamp is not None:
            content = self.stamp + b"." + content
        elif content[:1].isdigit():  # a signed "<time>.<body>" sent again as a body, to be rid of its time
            return False
        wanted = hmac.new(secret, content, hashlib.sha256).hexdigest()
        return hmac.compare_digest(wanted.encode(), self.signature)


class _Rate:
    """At most so many in any 60 seconds."""

    def __init__(self, most: int, clock: Callable[[], float]) -> None:
        self._most = most
        self._clock = clock
        self._times: deque[float] = deque()

    def wait_s(self) -> int:
        """Count one more; the seconds to wait if that is too many, else 0."""
        now = self._clock()
        while self._times and self._times[0] <= now - 60:
            self._times.popleft()
        if len(self._times) >= self._most:
            return max(1, math.ceil(self._times[0] + 60 - now))
        self._times.append(now)
        return 0


class _Receiver:
    """Answers requests while it is open; `accepted` gets an item for each body that was kept."""

    def __init__(
        self,
        settings: Settings,
        limits: Limits,
        keep: Spool,
        secret: bytes,
        now: Callable[[], float],
        rate: _Rate,
    ) -> None:
        self.accepted: asyncio.Queue[None] = asyncio.Queue()
        self._settings = settings
        self._limits = limits
        self._spool = keep
        self._secret = secret
        self._now = now
        self._rate = rate
        self._busy = 0
        self._closed = False
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a connection; far too many are dropped without a word."""
        if self._closed or len(self._open) >= 2 * self._limits.connections:
            writer.transport.abort()
            return
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._open[task] = writer
        task.add_done_callback(self._open.pop)

    async def close(self) -> None:
        """Break off what is under way; what was not acknowledged is sent again."""
        self._closed = True
        for task, writer in self._open.items():
            task.cancel()
            writer.transport.abort()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answer, whole = await self._answer(reader, writer)
            writer.write(answer)
            if not whole:
                await self._linger(reader, writer)
        except (OSError, _GoneError):
            pass
        finally:
            writer.close()

    async def _linger(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Let the answer arrive: closing on unread bytes would reset the connection before it is read."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._limits.linger_s):
                writer.write_eof()
                left = _DISCARDED
                while left > 0 and (data := await reader.read(_CHUNK)):
                    left -= len(data)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[bytes, bool]:
        """What is answered, and whether the request was read to its end."""
        whole = False
        self._busy += 1
        try:
            if self._busy > self._limits.connections:
                raise _RefusedError(503, "Too many connections at once; try again in a moment.", 1)
            async with asyncio.timeout(self._limits.request_s):
                asked = await self._request(reader, writer)
            whole = True
            return _encoded(202, {"accepted": await self._take(asked)}), whole
        except _RefusedError as refused:
            return refused.answer, whole
        except TimeoutError:
            return _RefusedError(
                408, f"The request was not whole within {self._limits.request_s:g} s."
            ).answer, whole
        finally:
            self._busy -= 1

    async def _request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> _Asked:
        """Read one request, as far as it may be accepted.

        Raises:
            _RefusedError: it can't be, however it goes on.
            _GoneError: it ends in its middle.
        """
        import h11

        wire = h11.Connection(h11.SERVER, max_incomplete_event_size=self._limits.head_bytes)
        asked: _Asked | None = None
        body = bytearray()
        while True:
            try:
                event = wire.next_event()
            except h11.RemoteProtocolError as error:
                raise _RefusedError(
                    error.error_status_hint, "That is no HTTP request as it should be."
                ) from None
            if event is h11.NEED_DATA:
                if wire.they_are_waiting_for_100_continue:
                    writer.write(wire.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
                if not (data := await reader.read(_CHUNK)):
                    raise _GoneError
                wire.receive_data(data)
            elif isinstance(event, h11.Request):
                asked = self._admitted(event)
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > self._settings.max_body_kb * 1024:
                    raise self._too_large()
            elif isinstance(event, h11.EndOfMessage) and asked is not None:
                asked.body = bytes(body)
                return asked
            else:
                raise _GoneError

    def _too_large(self) -> _RefusedError:
        return _RefusedError(
            413, f"The body is larger than {self._settings.max_body_kb} KB; send it in parts."
        )

    def _admitted(self, head: h11.Request) -> _Asked:
        """What the head claims, if a body may follow it.

        Raises:
            _RefusedError: whatever followed would be refused.
        """
        fields: dict[bytes, list[bytes]] = {}
        for name, value in head.headers:
            fields.setdefault(name, []).append(value)
        bare = head.method == b"HEAD"
        try:
            path = urlsplit(head.target.decode("ascii")).path
        except ValueError:
            path = ""
        if path != self._settings.path:
            raise _RefusedError(404, "There is nothing here.", bare=bare)
        if head.method != b"POST":
            raise _RefusedError(405, "Mentions are sent by POST.", bare=bare)
        if fields.get(b"content-encoding", [b"identity"]) != [b"identity"]:
            raise _RefusedError(415, "The body must not be compressed.")
        length = fields.get(b"content-length", [b"0"])[0]
        if int(length) > self._settings.max_body_kb * 1024:
            raise self._too_large()
        given = fields.get(b"x-crisis-tui-signature") or fields.get(b"x-hub-signature-256") or [b""]
        stamps = fields.get(b"x-crisis-tui-timestamp", [])
        signature = _SIGNATURE.fullmatch(given[0])
        if signature is None or len(given) > 1 or len(stamps) > 1:
            raise _unsigned()
        return _Asked(signature[1].lower(), stamps[0] if stamps else None)

    async def _take(self, asked: _Asked) -> int:
        """Keep what was sent; returns how many items it holds.

        Only what is signed counts for the rate, or anybody could use it up.

        Raises:
            _RefusedError: nothing was kept.
        """
        asked.check_time(self._now())
        if not asked.signed(self._secret):
            raise _unsigned()
        if wait := self._rate.wait_s():
            raise _RefusedError(429, f"More than {self._settings.max_per_minute} bodies a minute.", wait)
        try:
            count = await asyncio.to_thread(self._keep, asked.body)
        except NoItemsError:
            raise _RefusedError(
                400, "The body is no JSON that is read here: send a mention, an array of them, or NDJSON."
            ) from None
        except SpoolFullError:
            raise _RefusedError(503, "Too much waits to be stored; try again later.", 30) from None
        except OSError:
            raise _RefusedError(503, "The body can't be kept on disk now; try again later.", 30) from None
        if count:
            self.accepted.put_nowait(None)
        return count

    def _keep(self, body: bytes) -> int:
        count = len(items(body))
        if count:
            self._spool.put(body)
        return count


def _unsigned() -> _RefusedError:
    return _RefusedError(401, "The signature is missing or wrong.")


class WebhookSource:
    """What others send. `hints` receives, `poll` reads what was received; either may run without the other.

    `port` is the one that is listened on, 0 while none is.
    """

    def __init__(
        self,
        settings: Settings,
        tools: Tools,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name: str = settings.name
        self.host = ""
        self.silence_s = 90.0
        self.port = 0
        self._deaf: SourceError | None = None
        self._settings = settings
        self._tools = tools
        self._limits = limits or Limits()
        self._clock = clock
        self._rate = _Rate(settings.max_per_minute, clock)
        self._done_at: dict[Kept, float] = {}
        folder = tools.private / f"webhook-{hashlib.sha256(settings.name.encode()).hexdigest()[:16]}"
        self._spool = Spool(folder, max_bytes=self._limits.spool_bytes, max_files=self._limits.spool_files)

    async def poll(self, cursor: str | None) -> AsyncIterator[Batch]:
        """What was received since `cursor`. A body is deleted once a later poll starts beyond it.

        Raises:
            SourceError: the folder can't be read or emptied, or nobody can send anything now.
        """
        place = Place(cursor)
        try:
            stored = [each for each in await asyncio.to_thread(self._spool.kept) if place.done(each)]
            found = batches(self._spool, place, self.name, self._settings.network)
            while (batch := await asyncio.to_thread(next, found, None)) is not None:
                yield batch
            await asyncio.to_thread(self._forget, stored)
        except OSError as error:
            raise TransientError(
                f"The folder {self._spool.folder} can't be used ({error.strerror}); check its owner and mode."
            ) from None
        if self._deaf is not None:
            raise self._deaf.with_traceback(None)

    def _forget(self, stored: list[Kept]) -> None:
        """Delete what has been in the store for long enough."""
        now = self._clock()
        self._done_at = {each: self._done_at.get(each, now) for each in stored}
        for each, since in self._done_at.items():
            if now - since >= self._limits.settle_s or self._spool.half_full:
                self._spool.remove(each)

    async def hints(self) -> AsyncIterator[Batch]:
        """Receive for as long as this is iterated; an empty batch once it listens, for each body, every 30 s.

        The secret is read once, at the start.

        Raises:
            AuthError: there is no secret, or one that is too short.
            PermanentError: this port is for root only.
            TransientError: the address can't be listened on now.
        """
        try:
            receiver, server = await self._open()
        except SourceError as error:
            self._deaf = error
            raise
        self._deaf = None
        try:
            self.port = server.sockets[0].getsockname()[1]
            while True:
                yield Batch()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._limits.life_s):
                        await receiver.accepted.get()
        finally:
            self.port = 0
            server.close()
            await receiver.close()

    async def _open(self) -> tuple[_Receiver, asyncio.Server]:
        secret = (await self._tools.secret(self._settings.secret)()).get_secret_value()
        if len(secret) < SECRET_CHARS:
            raise AuthError(
                f'The secret of "{self.name}" has fewer than {SECRET_CHARS} characters;'
                " make one with: openssl rand -hex 32"
            )
        await self._prepare()
        receiver = _Receiver(
            self._settings,
            self._limits,
            self._spool,
            secret.encode(),
            lambda: self._tools.now().timestamp(),
            self._rate,
        )
        return receiver, await self._listening(receiver)

    async def _prepare(self) -> None:
        try:
            await asyncio.to_thread(self._spool.open)
        except OSError as error:
            raise TransientError(
                f"The folder {self._spool.folder} can't be made ({error.strerror}); check its owner and mode."
            ) from None

    async def _listening(self, receiver: _Receiver) -> asyncio.Server:
        listen = self._settings.listen
        host, port = _address(listen)
        try:
            return await asyncio.start_server(receiver.connected, host, port)
        except OSError as error:
            raise _unbound(listen, error) from None


def _unbound(listen: str, error: OSError) -> SourceError:
    if error.errno == errno.EADDRINUSE:
        return TransientError(f"{listen} is in use by another program; {_ADVICE}.")
    # From Python 3.13 on asyncio tells this one without a number.
    if error.errno in (errno.EADDRNOTAVAIL, None):
        return TransientError(f"{listen} is no address of this machine now; {_ADVICE}.")
    if error.errno == errno.EACCES:
        return PermanentError(f"{listen} may not be used by you; choose a port from 1024 on.")
    return TransientError(f"{listen} can't be listened on (error {error.errno}); {_ADVICE}.")


def source(settings: Settings, tools: Tools) -> WebhookSource:
    """The source that the settings describe."""
    return WebhookSource(settings, tools)
