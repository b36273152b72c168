"""One request to X, in the spelling that it takes today."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from data.models.feed import Budget
from data.sources.base import Secret, TransientError
from data.sources.http import Answer, Http, bearer, budget, host_of, spare
from data.sources.x.faults import complains, refusal
from data.sources.x.posts import Page

_FIELDS = {
    spelling: ",".join(
        (
            *("created_at", "author_id", "lang", "conversation_id", "public_metrics", "in_reply_to_user_id"),
            *("entities", "edit_controls", f"referenced_{spelling}s", f"note_{spelling}"),
            f"edit_history_{spelling}_ids",
        )
    )
    for spelling in ("tweet", "post")
}
_OTHER: dict[str, str] = {"tweet": "post", "post": "tweet"}


class RefusedError(Exception):
    """X does not take one of the bounds that we set; `str()` is its name."""


class Api:
    """Asks X, and learns which of its two spellings it takes; `budget` is what it last said of limits."""

    def __init__(
        self, url: str, http: Http, token: Secret, spelling: str, now: Callable[[], datetime]
    ) -> None:
        self.budget: Budget | None = None
        self._url = url
        self._http = http
        self._token = token
        self._spelling = spelling
        self._refused: set[str] = set()
        self._guessed = False
        self._now = now

    async def ask(self, path: str, params: Mapping[str, Any]) -> Page:
        """One answer of X.

        Raises:
            RefusedError: a bound that was set is not taken.
            SourceError: X does not give it.
        """
        url = self._url + path
        while True:
            if self.budget and self.budget.resets_at and self.budget.resets_at > self._now():
                spare(self.budget, url)
            asked = {
                **params,
                f"{self._spelling}.fields": _FIELDS[self._spelling],
                "expansions": "author_id",
                "user.fields": "username,name,public_metrics,verified,created_at",
            }
            answer = await self._http.get(
                url, params=asked, headers=bearer(await self._token()), ok=range(200, 600)
            )
            self.budget = budget(answer.headers) or self.budget
            if answer.status == 200:
                return self._understood(answer)
            if answer.status == 400:
                if self._respelled(answer):
                    continue
                for name in ("until_id", "since_id"):
                    if name in params and complains(answer, name):
                        raise RefusedError(name)
            raise refusal(answer)

    def _understood(self, answer: Answer) -> Page:
        found = answer.json()
        if not isinstance(found, dict) or not isinstance(found.get("data") or [], list):
            raise TransientError(f"{host_of(answer.url)} answered 200 with what is no answer of X.")
        page = Page.model_validate(found)
        items = page.data or []
        named = any(isinstance(each, dict) and "author_id" in each for each in items)
        if items and not named and not self._guessed:
            # A server may leave out, without a word, what it knows by the other spelling.
            self._guessed, self._spelling = True, _OTHER[self._spelling]
        return page

    def _respelled(self, answer: Answer) -> bool:
        """Change to the other name of the fields, if it is them that X complains of."""
        body = answer.body.decode("utf-8", "replace")
        ours = (f"{self._spelling}.fields", f"_{self._spelling}s", f"note_{self._spelling}")
        if not any(each in body for each in ours):
            return False
        self._refused.add(self._spelling)
        self._spelling = _OTHER[self._spelling]
        return self._spelling not in self._refused
