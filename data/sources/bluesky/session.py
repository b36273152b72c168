"""A session at a Bluesky server: logged in once, kept on disk, renewed when it has run out."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeGuard

from data.models.feed import Budget
from data.sources.base import AuthError, Secret, SourceError, TransientError, sentence
from data.sources.http import Answer, Http, budget, check, host_of, spare

_ANY = range(200, 600)
_ENDED = ("ExpiredToken", "InvalidToken")

LOGINS = 6
LOGINS_S = 1_800.0
"""At most so many logins in so many seconds, whoever ends our sessions: the server allows 30 in 5 minutes
and 300 a day for one account (docs.bsky.app, Rate Limits), for publishing and people too."""


@dataclass(frozen=True)
class _Tokens:
    """What a login gave; `logins` are the moments of the last ones in seconds since 1970."""

    access: str = ""
    refresh: str = ""
    logins: tuple[float, ...] = ()


class Session:
    """Requests to a personal data server (PDS) in the name of one account.

    `note` is a sentence when the session can't be kept on disk, `budget` what
    the server lets us ask.
    """

    def __init__(
        self,
        http: Http,
        url: str,
        handle: str,
        password: Secret,
        private: Path,
        now: Callable[[], datetime],
    ) -> None:
        self.note = ""
        self.budget: Budget | None = None
        self._http = http
        self._url = url
        self._host = host_of(url)
        self._handle = handle
        self._password = password
        name = hashlib.sha256(f"{url}\n{handle}".encode()).hexdigest()[:32]
        self._path = private / f"bluesky-{name}.json"
        self._now = now
        self._tokens: _Tokens | None = None
        self._lock = asyncio.Lock()

    async def get(self, method: str, params: Iterable[tuple[str, Any]]) -> Answer:
        """One query of the network's interface; `method` is its name, such as `app.bsky.feed.getPosts`.

        Raises:
            SourceError: of the class that says what to do next.
        """
        if self.budget is not None and self.budget.resets_at and self.budget.resets_at > self._now():
            spare(self.budget, self._url)
        url, asked = f"{self._url}/xrpc/{method}", list(params)
        refused = ""
        for again in range(4):
            token = await self._token(refused, anew=again > 2)
            answer = await self._http.get(
                url, params=asked, headers={"authorization": f"Bearer {token}"}, ok=_ANY
            )
            self.budget = budget(answer.headers) or self.budget
            if not _ended(answer):
                break
            refused = token
        else:
            raise AuthError(
                f"{self._host} does not accept the session that it gave to {sentence(self._handle)};"
                " check the account there."
            )
        if answer.status != 200:
            self._refuse(answer)
        return answer

    async def _token(self, refused: str, *, anew: bool) -> str:
        """A token that is not the refused one: that of another process, a renewed one, or by a new login."""
        async with self._lock:
            held = self._tokens
            if held is None or held.access == refused:
                held = self._kept() or held or _Tokens()
            if not held.access or held.access == refused:
                held = (None if anew else await self._renewed(held)) or await self._logged_in(held)
                self._keep(held)
            self._tokens = held
            return held.access

    async def _renewed(self, held: _Tokens) -> _Tokens | None:
        """By the longer-lived token; None where only a login helps."""
        if not held.refresh:
            return None
        answer = await self._http.send(
            "POST",
            f"{self._url}/xrpc/com.atproto.server.refreshSession",
            headers={"authorization": f"Bearer {held.refresh}"},
            ok=_ANY,
        )
        if _ended(answer):
            return None
        if answer.status != 200:
            self._refuse(answer, held)
        return self._given(answer, held)

    async def _logged_in(self, held: _Tokens) -> _Tokens:
        now = self._now().timestamp()
        recent = tuple(each for each in held.logins if now - LOGINS_S < each <= now)
        if len(recent) >= LOGINS:
            raise TransientError(
                f"{self._host} ended {len(recent)} sessions of {sentence(self._handle)} within half an hour;"
                " the next login waits, because the server limits them."
            )
        password = (await self._password()).get_secret_value()
        answer = await self._http.send(
            "POST",
            f"{self._url}/xrpc/com.atproto.server.createSession",
            body={"identifier": self._handle, "password": password},
            ok=_ANY,
        )
        if answer.status in (400, 401, 403):
            raise AuthError(self._why(answer))
        if answer.status != 200:
            self._refuse(answer, held, password)
        return self._given(answer, replace(held, logins=(*recent, now)))

    def _why(self, answer: Answer) -> str:
        """Why a login was refused. None of the server's words, which may repeat what was sent."""
        who = sentence(self._handle)
        error = _error(answer)
        if error == "AuthFactorTokenRequired":
            return f'{self._host} asks {who} for a code by e-mail; give an app password in "password".'
        if error in ("AccountTakedown", "AccountSuspended", "AccountDeactivated"):
            return f"{self._host} has closed or suspended the account {who}; ask its operator."
        return (
            f"{self._host} does not accept the password of {who}; make an app password in the account's"
            ' settings and name it in "password".'
        )

    def _given(self, answer: Answer, held: _Tokens) -> _Tokens:
        found = answer.json()
        access = found.get("accessJwt") if isinstance(found, dict) else None
        refresh = found.get("refreshJwt") if isinstance(found, dict) else None
        if not _is_token(access) or not _is_token(refresh):
            raise TransientError(f"{self._host} answered a login without a session.")
        return replace(held, access=access, refresh=refresh)

    def _refuse(self, answer: Answer, held: _Tokens | None = None, password: str = "") -> None:
        """Raise what a status means; a server's words are left out where they repeat a secret."""
        held = held or self._tokens or _Tokens()
        try:
            check(answer)
        except SourceError as error:
            said = str(error)
            if any(secret and secret[:16] in said for secret in (held.access, held.refresh, password)):
                check(replace(answer, body=b""))
            raise

    def _kept(self) -> _Tokens | None:
        """What is on disk; None where there is nothing, or nothing that can be read."""
        try:
            found = json.loads(self._path.read_bytes())
            logins = tuple(float(each) for each in found["logins"])
            return _Tokens(str(found["access"]), str(found["refresh"]), logins)
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None

    def _keep(self, tokens: _Tokens) -> None:
        """Write it as a whole, readable by nobody else at any moment."""
        content = {"access": tokens.access, "refresh": tokens.refresh, "logins": tokens.logins}
        temporary = self._path.with_suffix(f".{secrets.token_hex(8)}")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                json.dump(content, file)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._path)
            self.note = ""
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink()
            self.note = (
                f"The session at {self._host} can't be kept in {sentence(str(self._path.parent))}"
                f" ({error.strerror}), so every start logs in anew; mend the folder's mode or space."
            )


def _is_token(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value.isascii() and value.isprintable() and bool(value)


def _error(answer: Answer) -> str:
    """The name of an error as the network gives it, empty where there is none."""
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    name = found.get("error") if isinstance(found, dict) else None
    return name if isinstance(name, str) else ""


def _ended(answer: Answer) -> bool:
    """Is our session no longer accepted? An expired or unknown token is 400 here, a missing one 401."""
    return answer.status == 401 or (answer.status == 400 and _error(answer) in _ENDED)
