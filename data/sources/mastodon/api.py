"""The API of Mastodon and of the servers that speak it: requests, ids that tell a time, posts as mentions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from pydantic import SecretStr

from data.models.feed import Budget
from data.sources.base import (
    AuthError,
    PermanentError,
    RateLimitedError,
    Secret,
    TransientError,
    UnreachableError,
    sentence,
)
from data.sources.http import Answer, budget, check, host_of, place

if TYPE_CHECKING:
    from data.sources.http import Http

LIMIT = 40
"""Posts on a page; the most that Mastodon gives (docs.joinmastodon.org, methods/timelines)."""

Params = tuple[tuple[str, str], ...]


class ScopeError(AuthError):
    """The token is good and lacks one right; what needs another right still works."""


@dataclass(frozen=True)
class Instance:
    """What a server says of itself; `domain` is the part behind the @ of its own accounts."""

    domain: str
    streaming: str | None = None
    tags_off: bool = False


class Api:
    """Requests to one server, with its token. `budget` is what it said last about its limits."""

    def __init__(self, http: Http, base: str, secret: Secret | None, now: Callable[[], datetime]) -> None:
        self.base = base
        self.host = host_of(base)
        self.budget: Budget | None = None
        self._http = http
        self._secret = secret
        self._now = now
        self._token: SecretStr | None = None
        self._instance: Instance | None = None
        self._one_each = False

    async def token(self) -> str | None:
        """The token; None where the settings have none.

        Raises:
            AuthError: it can't be had.
        """
        if self._secret is None:
            return None
        if self._token is None:
            self._token = await self._secret()
        return self._token.get_secret_value().strip()

    def forget(self) -> None:
        """Ask for the token anew the next time; it was refused."""
        self._token = None

    async def get(self, path: str, params: Params = (), ok: Iterable[int] = (200,)) -> Answer:
        """One GET below the address of the server; `path` begins with a slash.

        Raises:
            SourceError: as `check` says; 403 with a reason is a right that the token lacks.
        """
        url = self.base + path
        self._leave_some(url)
        token = await self.token()
        headers = {"accept": "application/json"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        answer = await self._ask(url, params, headers)
        self.budget = budget(answer.headers, self._now()) or self.budget
        if answer.status not in ok:
            self._refuse(answer)
        return answer

    async def _ask(self, url: str, params: Params, headers: dict[str, str]) -> Answer:
        """One GET, asked once more where the connection broke.

        snac closes each connection after one answer and does not say so, which
        breaks the next request on it now and then; from the first time on, each
        request has a connection of its own.
        """
        if not self._one_each:
            try:
                return await self._http.get(url, params=params, headers=headers, ok=range(100, 600))
            except TransientError as error:
                if isinstance(error, UnreachableError) or not _broke(error):
                    raise
            self._one_each = True
        headers = headers | {"connection": "close"}
        return await self._http.get(url, params=params, headers=headers, ok=range(100, 600))

    def _leave_some(self, url: str) -> None:
        """Requests with one token are counted together, so some are left for what we publish."""
        left = self.budget
        if left is None or left.resets_at is None or left.resets_at <= self._now():
            return
        if left.remaining <= (left.limit or 0) // 20:
            raise RateLimitedError(f"{place(url)} has answered all we may ask for now.", left.resets_at)

    def _refuse(self, answer: Answer) -> NoReturn:
        status = answer.status
        if status in (401, 421):  # 421 is how snac says 401
            self.forget()
            if self._secret is None:
                raise AuthError(f'{answer.where} asks for a token; add "token" to this source.')
            if status == 421:
                raise AuthError(f"{answer.where} does not accept our token; make a new one.")
        try:
            check(answer)
        except PermanentError as error:
            words = _error_of(answer)
            if words is not None and (status == 403 or "authenticated user" in words):
                mend = (
                    'add "token" to this source'
                    if self._secret is None
                    else "make a token with the scopes read:statuses, read:notifications and read:search"
                )
                raise ScopeError(f"{str(error).rstrip('.')}; {mend}.") from None
            raise
        raise TransientError(f"{answer.where} answered {status}, which says nothing.")

    async def instance(self) -> Instance:
        """What the server says of itself; asked once. Without an answer its address stands for its name.

        Raises:
            RateLimitedError: it asks us to wait.
            UnreachableError: there is no connection.
        """
        if self._instance is not None:
            return self._instance
        try:
            for path in ("/api/v2/instance", "/api/v1/instance"):
                answer = await self.get(path, ok=(200, *range(400, 429), *range(430, 500)))
                found = answer.json() if answer.status == 200 else None
                if isinstance(found, dict):
                    self._instance = _instance(found, self.host)
                    return self._instance
        except UnreachableError:
            raise
        except (AuthError, PermanentError, TransientError):
            pass
        return Instance(self.host)


def _broke(error: TransientError) -> bool:
    import httpx

    return isinstance(error.__context__, httpx.NetworkError | httpx.RemoteProtocolError)


def _error_of(answer: Answer) -> str | None:
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    words = found.get("error") if isinstance(found, dict) else None
    return words if isinstance(words, str) else None


def at(value: Any, *path: str) -> Any:
    """What lies at a path inside of JSON objects; None where there is nothing."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _instance(found: Mapping[str, Any], host: str) -> Instance:
    domain = found.get("domain") or found.get("uri")
    if isinstance(domain, str) and "://" in domain:
        domain = host_of(domain)
    if not isinstance(domain, str) or not domain or sentence(domain) != domain or " " in domain:
        domain = host
    streaming = at(found, "configuration", "urls", "streaming") or at(found, "urls", "streaming_api")
    feeds = at(found, "configuration", "timelines_access", "hashtag_feeds")
    off = isinstance(feeds, dict) and bool(feeds) and all(each == "disabled" for each in feeds.values())
    return Instance(domain.lower(), streaming if isinstance(streaming, str) and streaming else None, off)


def is_address(url: str) -> bool:
    """True for `http(s)://host[:port][/path]` with nothing else in it."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in ("http", "https", "ws", "wss")
            and bool(parts.hostname)
            and parts.port != 0
            and "@" not in parts.netloc
            and not parts.query
            and not parts.fragment
            and url.isprintable()
            and " " not in url
        )
    except ValueError:
        return False
