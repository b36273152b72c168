"""HTTP for the sources: one request with a limit of time, of size and of where it may lead.

httpx alone knows no limit for a whole answer, neither in seconds nor in bytes,
and follows a redirect anywhere; so the body is read and unpacked here piece by
piece, redirects are followed here, and a connection is looked at before a byte
is sent over it.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import ipaddress
import json
import socket
import ssl
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

from pydantic import SecretStr

from data.models.feed import Budget
from data.sources.base import (
    AuthError,
    PermanentError,
    RateLimitedError,
    SourceError,
    TransientError,
    UnreachableError,
    sentence,
)

if TYPE_CHECKING:
    import httpx

TOTAL_S = 15.0
"""Longest time in seconds that one request may take, redirects and body included."""

BODY_BYTES = 5 * 1024 * 1024
"""Largest body that is read, both as it is sent and unpacked."""

REDIRECTS = 5

AFTER_429_S = 60.0
"""How long we wait when a server limits us and does not say for how long."""

_CONNECT_S = 10.0
_RETRY_MAX = timedelta(hours=24)
_CHUNK = 64 * 1024
_SECRET_LEAST = 8

_LOCATION = "location"
"""Where a redirect leads is kept beside the headers: httpx refuses an answer that leads to no address."""

_public_only: contextvars.ContextVar[bool] = contextvars.ContextVar("public_only", default=False)
_peers: contextvars.ContextVar[list[str] | None] = contextvars.ContextVar("peers", default=None)


class _PrivateAddressError(Exception):
    """A redirect led from a public address to one of our own networks."""


@dataclass(frozen=True)
class Answer:
    """One whole answer, unpacked.

    `asked` is the address that was asked for, `url` where it came from in the
    end, `moved` a permanent new address.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    moved: str | None = None
    asked: str = ""

    @property
    def where(self) -> str:
        """Who answered, as the beginning of a sentence; with the address that led there, if another did."""
        return led(self.asked or self.url, self.url)

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            TransientError: it is none; some servers answer 200 with an error page.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise TransientError(f"{self.where} answered {self.status} with what is no JSON.") from None


def place(url: str) -> str:
    """A link as a person may see it: host and path, without what may hold a token or a password."""
    parts = urlsplit(url)
    return sentence(f"{host_of(url)}{parts.path}")


def led(start: str, end: str) -> str:
    """Two places as the beginning of a sentence: the one that the settings name, and where it leads."""
    return place(start) if place(start) == place(end) else f"{place(start)} leads to {place(end)}, which"


def host_of(url: str) -> str:
    """Host and, where it is not the usual one, port: what limits are kept by."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    host = (parts.hostname or "").lower()
    usual = {"http": 80, "https": 443, "ws": 80, "wss": 443}.get(parts.scheme)
    return host if port in (None, usual) else f"{host}:{port}"


def is_private(address: str) -> bool:
    """True for an address that is not on the public internet: loopback, local networks, metadata."""
    try:
        found = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return not found.is_global or (mapped is not None and not mapped.is_global)


class Http:
    """Requests of one source. It has connections of its own, so that no other source opens doors for it."""

    def __init__(self, agent: str, *, total_s: float = TOTAL_S, body_bytes: int = BODY_BYTES) -> None:
        self._agent = agent
        self._total_s = total_s
        self._body_bytes = body_bytes
        self._client: httpx.AsyncClient | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
        ok: Iterable[int] = (200,),
    ) -> Answer:
        """One GET. See `send`."""
        return await self.send("GET", url, params=params, headers=headers, ok=ok)

    async def send(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        body: Any = None,
        auth: tuple[str, str] | None = None,
        ok: Iterable[int] = (200,),
        redirects: int = REDIRECTS,
    ) -> Answer:
        """One request, with its redirects, at most so many. `auth` is Basic.

        `form` and `body` are sent as such, `body` as JSON unless it is bytes. With `redirects` 0 a redirect
        is an answer like any other. Headers that name who we are are not sent on to another host. A status
        outside of `ok` raises what `check` makes of it.

        Raises:
            SourceError: of the class that says what to do next.
        """
        import httpx

        trail = [url]
        sent = {"user-agent": self._agent, "accept-encoding": "gzip, deflate", **(headers or {})}
        try:
            async with asyncio.timeout(self._total_s):
                answer = await self._follow(method, trail, params, sent, form, body, auth, redirects)
        except TimeoutError:
            where = led(url, trail[-1])
            raise TransientError(f"{where} did not answer in full within {self._total_s:g} s.") from None
        except _PrivateAddressError as error:
            raise PermanentError(
                f"{place(url)} leads to {error}, an address of a local network; that is not followed."
            ) from None
        except httpx.TimeoutException:
            where = led(url, trail[-1])
            raise UnreachableError(f"{where} can't be reached: no connection within 10 s.") from None
        except httpx.ConnectError as error:
            raise _no_connection(url, trail[-1], error) from None
        except (httpx.TransportError, httpx.InvalidURL, zlib.error, ssl.SSLError) as error:
            why = sentence(str(error) or type(error).__name__)
            raise TransientError(f"{led(url, trail[-1])} broke off its answer ({why}).") from None
        if answer.status >= 400:
            # Some servers quote in their complaint what they were sent.
            answer = _without(answer, _secrets(headers, form, auth))
        if answer.status not in ok:
            check(answer)
        return answer

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = _client(_CONNECT_S)
        return self._client

    async def _follow(
        self,
        method: str,
        trail: list[str],
        params: Any,
        headers: dict[str, str],
        form: Mapping[str, str] | None,
        body: Any,
        auth: tuple[str, str] | None,
        redirects: int,
    ) -> Answer:
        import httpx

        client = self._opened()
        peers: list[str] = []
        _peers.set(peers)
        _public_only.set(False)
        start = url = trail[0]
        moved, permanent = None, True
        for hop in range(redirects + 1):
            if urlsplit(url).scheme not in ("http", "https") or not host_of(url):
                raise PermanentError(
                    f"{place(start)} leads to {_shown(url)}, which is no web address; correct its address."
                )
            request = client.build_request(
                method,
                url,
                params=params if hop == 0 else None,
                headers=headers,
                data=form,
                json=None if isinstance(body, bytes) else body,
                content=body if isinstance(body, bytes) else None,
            )
            if auth is not None:
                request = next(httpx.BasicAuth(*auth).auth_flow(request))
            response = await client.send(request, stream=True)
            try:
                location = response.extensions.get(_LOCATION) if redirects else None
                if response.status_code not in (301, 302, 303, 307, 308) or location is None:
                    content = await self._read(response, url)
                    return Answer(
                        response.status_code, response.headers, content, str(response.url), moved, start
                    )
                target = _joined(url, location, start)
                permanent = permanent and response.status_code in (301, 308)
                moved = target if permanent else moved
                if response.status_code == 303 or (method == "POST" and response.status_code in (301, 302)):
                    method, form, body = "GET", None, None
            finally:
                await response.aclose()
            if _origin(target) != _origin(url):
                if form is not None or body is not None:
                    raise PermanentError(
                        f"{place(start)} leads to another host, where what we send does not go; correct it."
                    )
                headers = {
                    k: v
                    for k, v in headers.items()
                    if k.lower() in ("user-agent", "accept", "accept-encoding")
                }
                auth = None
            _public_only.set(bool(peers) and not is_private(peers[0]))
            url = target
            trail.append(url)
        raise PermanentError(f"{place(start)} redirects more than {redirects} times; correct its address.")

    async def _read(self, response: httpx.Response, url: str) -> bytes:
        coding = response.headers.get("content-encoding", "identity").strip().lower()
        if coding in ("", "identity"):
            unpack: Any = None
        elif coding in ("gzip", "x-gzip", "deflate"):
            unpack = _Unpacked(raw_deflate_allowed=coding == "deflate")
        else:
            raise TransientError(
                f"{place(url)} packs its answer as {sentence(coding)}, which was not asked for."
            )
        body = bytearray()
        sent = 0
        async for chunk in response.aiter_raw(_CHUNK):
            sent += len(chunk)
            if sent > self._body_bytes:
                raise self._too_large(url)
            if unpack is None:
                body += chunk
            else:
                body += unpack.feed(chunk, self._body_bytes - len(body) + 1)
            if len(body) > self._body_bytes:
                raise self._too_large(url)
        return bytes(body)

    def _too_large(self, url: str) -> SourceError:
        return TransientError(
            f"{place(url)} sends more than {self._body_bytes // (1024 * 1024)} MB; nothing of it was kept."
        )


class _Unpacked:
    """gzip or deflate, at most so many bytes at a time."""

    def __init__(self, *, raw_deflate_allowed: bool) -> None:
        self._inner = zlib.decompressobj(zlib.MAX_WBITS | 32)
        self._raw = raw_deflate_allowed

    def feed(self, data: bytes, most: int) -> bytes:
        try:
            return self._inner.decompress(data, most)
        except zlib.error:
            if not self._raw:
                raise
            # Some servers send deflate without its header.
            self._raw = False
            self._inner = zlib.decompressobj(-zlib.MAX_WBITS)
            return self._inner.decompress(data, most)


def _secrets(
    headers: Mapping[str, str] | None, form: Mapping[str, str] | None, auth: tuple[str, str] | None
) -> list[str]:
    """What of a request may be secret: every word that is long enough to be one."""
    values = [*(headers or {}).values(), *(form or {}).values(), *(auth or ())]
    return [word for value in values for word in value.split() if len(word) >= _SECRET_LEAST]


def _without(answer: Answer, secrets: Iterable[str]) -> Answer:
    body = answer.body
    for each in secrets:
        body = body.replace(each.encode(), b"[secret]")
    return replace(answer, body=body)


def _joined(url: str, location: str, start: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise PermanentError(f"{place(start)} leads to nowhere, which is no web address.") from None


def _origin(url: str) -> tuple[str, str]:
    return urlsplit(url).scheme, host_of(url)


def _shown(url: str) -> str:
    scheme = urlsplit(url).scheme
    return sentence(f'a "{scheme}:" link') if scheme not in ("http", "https") else "nowhere"


def _no_connection(start: str, url: str, error: Exception) -> SourceError:
    """Why no connection to an address came about, to which the first one leads, as one sentence."""
    where = led(start, url)
    host = host_of(url) if start == url else f"{place(start)} leads to {host_of(url)}, which"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return PermanentError(
                f"{where} shows a certificate that is not valid ({sentence(cause.verify_message)})."
            )
        if isinstance(cause, ssl.SSLError):
            return TransientError(f"{where} does not speak TLS as it should ({sentence(str(cause.reason))}).")
        if isinstance(cause, ConnectionRefusedError):
            # Somebody answered: neither the network nor the way there is at fault.
            return TransientError(f"{host} refuses the connection; check its port, and that it runs.")
        if isinstance(cause, socket.gaierror):
            return UnreachableError(f"{host} is not found; check the address and the network.")
        cause = cause.__cause__ or cause.__context__
    return UnreachableError(f"{host} can't be reached ({sentence(str(error)) or 'no connection'}).")


def bearer(secret: SecretStr) -> dict[str, str]:
    """The header that shows a token.

    Raises:
        AuthError: it can't be one.
    """
    token = secret.get_secret_value()
    if not (token.isascii() and token.isprintable()):
        raise AuthError("The token holds characters that no token has; copy it again.")
    return {"authorization": f"Bearer {token}"}


def check(answer: Answer) -> None:
    """Raise what a status means to the scheduler.

    Raises:
        SourceError: always. A source whose network means something else by a status looks before this.
    """
    where, status = answer.where, answer.status
    detail = _detail(answer)
    if status == 429 or (status == 503 and "retry-after" in answer.headers):
        until = limited_until(answer.headers) or datetime.now(UTC) + timedelta(seconds=AFTER_429_S)
        raise RateLimitedError(f"{where} asks us to wait{detail}", until)
    if status == 401:
        raise AuthError(f"{where} does not accept our credentials{detail}")
    if status in (403, 451):
        raise PermanentError(f"{where} forbids it ({status}){detail}")
    if status == 404:
        raise PermanentError(f"{where} does not exist (404){detail}")
    if status == 410:
        raise PermanentError(f"{where} is gone for good (410){detail}")
    if status >= 500 or status in (408, 425):
        raise TransientError(f"{where} has a fault of its own ({status}){detail}")
    raise PermanentError(f"{where} does not understand us ({status}){detail}")


def _detail(answer: Answer) -> str:
    """The server's own words, where they are short and plain."""
    try:
        found = json.loads(answer.body) if len(answer.body) < 10_000 else None
    except (ValueError, RecursionError):
        found = None
    words = None
    if isinstance(found, dict):
        words = next(
            (
                found[key]
                for key in ("error_description", "detail", "message", "error", "title")
                if isinstance(found.get(key), str) and found[key]
            ),
            None,
        )
    return f": {sentence(words).rstrip('.')}." if words else "."


def limited_until(headers: Mapping[str, str], now: datetime | None = None) -> datetime | None:
    """Until when the headers ask us to wait; None where they don't say. At most a day ahead.

    `Retry-After` is seconds or a date; `RateLimit-Reset` and `X-RateLimit-Reset`
    are a moment as ISO 8601 (Mastodon), seconds since 1970 (Bluesky, X) or
    seconds from now (Reddit): told apart by their size.
    """
    now = now or datetime.now(UTC)
    found = [
        moment
        for name in ("retry-after", "ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")
        if (moment := _moment(headers.get(name), now)) is not None
    ]
    if not found:
        return None
    return min(max(found[0], now + timedelta(seconds=1)), now + _RETRY_MAX)


def budget(headers: Mapping[str, str], now: datetime | None = None) -> Budget | None:
    """What the headers say we may still ask, in any of the usual spellings."""
    now = now or datetime.now(UTC)
    for prefix in ("ratelimit", "x-ratelimit", "x-rate-limit"):
        remaining = _number(headers.get(f"{prefix}-remaining"))
        if remaining is None:
            continue
        limit = _number(headers.get(f"{prefix}-limit"))
        return Budget(
            remaining=max(int(remaining), 0),
            limit=None if limit is None else int(limit),
            resets_at=_moment(headers.get(f"{prefix}-reset"), now),
        )
    return None


def spare(found: Budget | None, url: str) -> None:
    """Stop before the host has to refuse us.

    Raises:
        RateLimitedError: nothing remains of the budget.
    """
    if found is not None and found.remaining <= 0 and found.resets_at is not None:
        raise RateLimitedError(f"{place(url)} has answered all we may ask for now.", found.resets_at)


def _number(text: str | None) -> float | None:
    try:
        value = float((text or "").split(",")[0])
    except ValueError:
        return None
    return value if 0 <= value < 1e15 else None


def _moment(text: str | None, now: datetime) -> datetime | None:
    if not text:
        return None
    number = _number(text)
    if number is not None:
        if number > 1e12:
            number /= 1000
        return (
            datetime.fromtimestamp(number, UTC) if number > 1e9 else now + timedelta(seconds=min(number, 1e6))
        )
    with contextlib.suppress(ValueError):
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    with contextlib.suppress(ValueError, TypeError):
        moment = parsedate_to_datetime(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _client(connect_s: float) -> httpx.AsyncClient:
    """A client that follows nothing by itself and looks where it connects to.

    Proxies of the environment are used as curl does; behind one it is the
    proxy that connects, so there addresses can't be looked at.
    """
    import httpcore
    import httpx

    class Guard(httpcore.AnyIOBackend):
        async def connect_tcp(self, *args: Any, **kwargs: Any) -> httpcore.AsyncNetworkStream:
            stream = await super().connect_tcp(*args, **kwargs)
            peer = stream.get_extra_info("server_addr")
            address = str(peer[0]) if isinstance(peer, tuple) and peer else ""
            if _public_only.get() and is_private(address):
                await stream.aclose()
                raise _PrivateAddressError(address)
            seen = _peers.get()
            if seen is not None:
                seen.append(address)
            return stream

    class Route(httpx.AsyncBaseTransport):
        def __init__(self) -> None:
            context = ssl.create_default_context()
            self._direct = httpx.AsyncHTTPTransport(verify=context)
            self._direct._pool = httpcore.AsyncConnectionPool(
                ssl_context=context,
                max_connections=4,
                max_keepalive_connections=2,
                keepalive_expiry=30.0,
                network_backend=Guard(),
            )
            self._proxies = {
                scheme: httpx.AsyncHTTPTransport(verify=context, proxy=url)
                for scheme, url in getproxies().items()
                if scheme in ("http", "https") and url
            }

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            proxy = self._proxies.get(request.url.scheme)
            host = request.url.host
            direct = proxy is None or host == "localhost" or is_private(host) or proxy_bypass(host)
            chosen = self._direct if proxy is None or direct else proxy
            response = await chosen.handle_async_request(request)
            if _LOCATION in response.headers:
                response.extensions = {
                    **response.extensions,
                    _LOCATION: response.headers.pop(_LOCATION),
                }
            return response

        async def aclose(self) -> None:
            for each in (self._direct, *self._proxies.values()):
                await each.aclose()

    return httpx.AsyncClient(
        transport=Route(),
        timeout=httpx.Timeout(None, connect=connect_s, pool=connect_s),
        follow_redirects=False,
    )
