"""Posts looked at again on their server: what was edited, what is gone, what is counted anew."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from data.models.feed import Change
from data.sources.base import AuthError, Batch, PermanentError, SourceError, TransientError
from data.sources.items import refused
from data.sources.mastodon.api import Api, ScopeError
from data.sources.mastodon.posts import mention_of, moment_of, native_id, reason_of

REFRESH = 20
"""Posts that Mastodon gives at once (`GET /api/v1/statuses`, since 4.3)."""

_AT_ONCE = 4

_GONE = object()
_UNKNOWN = object()


def handle_of(host: str, native: str, uri: str) -> str:
    """The name by which a post is asked for again: its server, its id there, and its uri.

    An id means nothing on another server, and a post that is gone no longer
    tells its uri.
    """
    return f"{host} {native} {uri}"


class Again:
    """Asks one server for posts by their handles, many at once where it can."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._many = True

    async def look(self, handles: Sequence[str], uris: Mapping[str, str], source: str) -> Batch:
        """What became of these posts. `uris` gives the uri of a post whose handle is only its id.

        Raises:
            SourceError: nothing can be said now.
        """
        asked: dict[str, str | None] = {}
        for handle in handles:
            host, _, rest = handle.partition(" ")
            if not rest:
                asked[handle] = uris.get(handle)
            elif host == self._api.host:
                native, _, known = rest.partition(" ")
                asked[native] = known
        domain = (await self._api.instance()).domain
        found: dict[str, Any] = dict(await self._together(list(asked))) if asked else {}
        found |= await self._singly([native for native in asked if native not in found])
        if len(asked) > 1 and all(found.get(native) is _GONE for native in asked):
            await self._still_there()
        batch = Batch(budget=self._api.budget, known=True)
        for native, uri in asked.items():
            self._tell(batch, source, found.get(native, _UNKNOWN), native, uri, domain, uris)
        return batch

    def _tell(
        self,
        batch: Batch,
        source: str,
        status: Any,
        native: str,
        uri: str | None,
        domain: str,
        uris: Mapping[str, str],
    ) -> None:
        if status is _UNKNOWN or (status is _GONE and uri is None):
            return
        if status is _GONE:
            batch.changes.append(Change(network="mastodon", id=uri or ""))
            return
        try:
            mention = mention_of(status, domain, uris)
        except ValueError as error:
            batch.rejected.append(refused(source, reason_of(error), status))
            return
        # The uri decides, because an edit on snac gives a post another id.
        if uri == mention.id or (uri is None and native_id(status) == native):
            edited = moment_of(status.get("edited_at"))
            batch.changes.append(Change(network="mastodon", id=mention.id, mention=mention, at=edited))

    async def _together(self, natives: list[str]) -> dict[str, Any]:
        """What one request for all of them gives; nothing where the server has no such request."""
        if not self._many:
            return {}
        refusals = (400, 404, 405, 410, 422, 501)
        params = tuple(("id[]", native) for native in natives)
        try:
            answer = await self._api.get("/api/v1/statuses", params, ok=(200, *refusals))
        except AuthError:
            if await self._api.token():
                raise
            return {}
        found = answer.json() if answer.status == 200 else None
        if not isinstance(found, list):
            self._many = False
            return {}
        return {native: item for item in found if (native := native_id(item)) in natives and native}

    async def _singly(self, natives: list[str]) -> dict[str, Any]:
        """What a request for each gives.

        Raises:
            SourceError: of a request, when not one said anything.
        """
        room = asyncio.Semaphore(_AT_ONCE)

        async def one(native: str) -> Any:
            async with room:
                return await self._single(native)

        answers = await asyncio.gather(*(one(native) for native in natives), return_exceptions=True)
        failed = [each for each in answers if isinstance(each, BaseException)]
        for each in failed:
            if not isinstance(each, SourceError) or len(failed) == len(answers):
                raise each
        told = zip(natives, answers, strict=True)
        return {native: each for native, each in told if not isinstance(each, BaseException)}

    async def _single(self, native: str) -> Any:
        path = f"/api/v1/statuses/{quote(native, safe='')}"
        try:
            answer = await self._api.get(path, ok=(200, 404, 410))
        except (ScopeError, PermanentError):
            return _UNKNOWN
        except AuthError:
            if await self._api.token():
                raise
            return _UNKNOWN
        if answer.status != 200:
            return _GONE
        found = answer.json()
        return found if native_id(found) is not None else _UNKNOWN

    async def is_gone(self, native: str | None) -> bool:
        """Whether the server says that this post is gone; no when nothing can be said."""
        try:
            return native is not None and await self._single(native) is _GONE
        except SourceError:
            return False

    async def _still_there(self) -> None:
        """Nothing at all is left: is it the posts that are gone, or the server's whole API?

        Raises:
            TransientError: it is the API.
        """
        for path in ("/api/v2/instance", "/api/v1/instance"):
            answer = await self._api.get(path, ok=range(200, 429))
            if answer.status == 200 and isinstance(answer.json(), dict):
                return
        raise TransientError(f"{self._api.host} knows none of the posts and does not say who it is.")
