"""Requests to Reddit: an app's own login, and what Reddit means by its refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pydantic import SecretStr

from data.models.feed import Budget
from data.sources.base import (
    AuthError,
    PermanentError,
    RateLimitedError,
    Secret,
    TransientError,
    sentence,
)
from data.sources.http import Answer, Http, bearer, budget, check, host_of, place, spare

BLOCKED = timedelta(hours=1)
"""How long we keep away after Reddit turned our network away (our own choice; it does not say)."""

_EARLY = timedelta(seconds=60)
_LIFE_S = 3_600


class ForbiddenError(PermanentError):
    """Private, banned, or not there at all; `reason` is Reddit's word for it."""

    def __init__(self, words: str, reason: str) -> None:
        super().__init__(words)
        self.reason = reason


@dataclass(frozen=True)
class Listing:
    """One page of a list: its children as sent, and the name after which the next one begins."""

    children: list[Any]
    after: str | None


class Api:
    """Asks Reddit with a token of an app, which is kept in memory until it ends."""

    def __init__(
        self,
        url: str,
        login_url: str,
        http: Http,
        login: tuple[str, Secret],
        username: str,
        now: Callable[[], datetime],
    ) -> None:
        self.budget: Budget | None = None
        self._url = url
        self._login_url = login_url
        self._http = http
        self._client, self._secret = login
        self._agent = {"user-agent": f"linux:crisis-tui:{_version()} (by /u/{username})"}
        self._now = now
        self._headers: dict[str, str] | None = None
        self._until = now()

    async def listing(self, path: str, params: Mapping[str, Any]) -> Listing:
        """One page of a list.

        Raises:
            ForbiddenError: it is private, banned or not there.
            SourceError: Reddit does not give it.
        """
        url = self._url + path
        # Another kind of text would have its & and < replaced.
        answer = await self._get(url, {"raw_json": 1, **params})
        found = answer.json()
        data = found.get("data") if isinstance(found, dict) else None
        children = data.get("children") if isinstance(data, dict) else None
        if not isinstance(data, dict) or not isinstance(children, list):
            raise TransientError(f"{place(url)} answered 200 with what is no list of posts.")
        if children and all(isinstance(each, dict) and each.get("kind") == "t5" for each in children):
            # Who asks for a subreddit that there is not is led to a search for subreddits.
            raise ForbiddenError(f"{place(url)} does not exist.", "no such subreddit")
        after = data.get("after")
        return Listing(children, after if isinstance(after, str) and after else None)

    async def _get(self, url: str, params: Mapping[str, Any]) -> Answer:
        for attempt in range(2):
            if self.budget and self.budget.resets_at and self.budget.resets_at > self._now():
                spare(self.budget, url)
            headers = {**self._agent, **await self._token()}
            answer = await self._http.get(url, params=params, headers=headers, ok=range(200, 600))
            self.budget = budget(answer.headers, self._now()) or self.budget
            if answer.status == 401 and attempt == 0:
                # Reddit may end a token before its time.
                self._headers = None
                continue
            break
        if answer.status == 200:
            return answer
        self._turned_away(answer)
        if answer.status in (403, 404) and (told := _json(answer)) is not None:
            reason = sentence(str(told.get("reason") or told.get("message") or answer.status))
            raise ForbiddenError(f"{place(url)} can't be read ({answer.status}, {reason}).", reason)
        if answer.status == 401:
            self._headers = None
            raise AuthError(f"{host_of(url)} does not accept the token that it has just given; try later.")
        return _checked(answer)

    async def _token(self) -> dict[str, str]:
        if self._headers is not None and self._now() < self._until:
            return self._headers
        secret = (await self._secret()).get_secret_value()
        answer = await self._http.send(
            "POST",
            f"{self._login_url}/api/v1/access_token",
            headers=self._agent,
            form={"grant_type": "client_credentials"},
            auth=(self._client, secret),
            ok=range(200, 600),
        )
        self._turned_away(answer)
        told = _json(answer)
        refused = answer.status in (400, 401, 403) or (answer.status == 200 and told and "error" in told)
        if refused:
            words = sentence(str((told or {}).get("error", answer.status)))
            raise AuthError(
                f"{host_of(self._login_url)} refuses the login ({words});"
                ' check "client_id" and "client_secret".'
            )
        if answer.status != 200:
            _checked(answer)
        token = (told or {}).get("access_token")
        if not isinstance(token, str) or not token:
            raise TransientError(f"{answer.where} gave no token.")
        life = (told or {}).get("expires_in")
        seconds = life if isinstance(life, int | float) and 0 < life < 1e7 else _LIFE_S
        self._until = self._now() + timedelta(seconds=seconds) - min(_EARLY, timedelta(seconds=seconds / 2))
        self._headers = bearer(SecretStr(token))
        return self._headers

    def _turned_away(self, answer: Answer) -> None:
        """A page for people instead of an answer: Reddit does not want requests from our network."""
        if answer.status == 403 and _json(answer) is None:
            raise RateLimitedError(
                f"{host_of(answer.url)} turns our network away; after an hour it is asked again.",
                self._now() + BLOCKED,
            )


def _json(answer: Answer) -> dict[str, Any] | None:
    with suppress(TransientError):
        found = answer.json()
        return found if isinstance(found, dict) else None
    return None


def _checked(answer: Answer) -> Answer:
    check(answer)
    return answer


def _version() -> str:
    try:
        return version("crisis-tui")
    except PackageNotFoundError:
        return "0"
