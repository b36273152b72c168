"""App Store: the customer reviews of one app, country by country, from Apple's public feed of them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from data.models.base import from_ms, to_ms
from data.models.feed import Budget
from data.models.mention import Gap, Mention
from data.sources.base import (
    AuthError,
    Batch,
    PermanentError,
    RateLimitedError,
    SourceError,
    SourceSettings,
    Tools,
    TransientError,
    UnreachableError,
)
from data.sources.http import budget, host_of, place
from data.sources.items import BaseUrl, UnreadableError, count, mention, refused, text

NETWORK = "appstore"

PAGES = 10
"""Apple shows no more pages than these, of 50 reviews each."""

OVERLAP = timedelta(days=3)
"""How far a look goes back behind its place: a review has the date of its writing and is shown much later."""

SHORT_LOOKS = 3
"""Looks in a row that end above the place before that is believed; the feed often loses pages for a while."""


def _app(value: object) -> object:
    return str(value).removeprefix("id") if isinstance(value, str | int) else value


Country = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2}$", to_lower=True)]


class Settings(SourceSettings):
    """`app_id` is the number in the link to the app, `countries` the stores whose reviews are read.

    Every review of the app is taken, for whoever reviews it speaks of it without
    naming it. The feed changes a few times an hour at most.
    """

    default_every: ClassVar[float] = 900.0

    kind: Literal["appstore"] = "appstore"
    app_id: Annotated[str, BeforeValidator(_app)] = Field(pattern=r"^[0-9]{1,15}$")
    countries: tuple[Country, ...] = Field(default=("us",), min_length=1)
    url: BaseUrl = "https://itunes.apple.com"


@dataclass
class _Look:
    """What one look at one country found, with the dates of its reviews in milliseconds since 1970.

    `reached` if it came down to the place less the overlap, `fault` if a page
    could not be read.
    """

    batch: Batch = field(default_factory=lambda: Batch(known=True))
    newest: int = 0
    oldest: int = 2**62
    pages: int = 0
    reached: bool = False
    fault: SourceError | None = None


class AppStore:
    """One app. The place of each country is the moment of its newest review, in milliseconds since 1970."""

    def __init__(self, settings: Settings, tools: Tools) -> None:
        self.name: str = settings.name
        self.host: str = host_of(settings.url)
        self._settings = settings
        self._now = tools.now
        self._http = tools.http()
        self._budget: Budget | None = None

    async def poll(self, cursor: str | None) -> AsyncIterator[Batch]:
        """The reviews of each country since `cursor`, and what was edited, in a batch of their own.

        Raises:
            SourceError: no country can be read now, or Apple asks us to wait; what was yielded stays good.
        """
        places = _places(cursor)
        faults: list[SourceError] = []
        notes: list[str] = []
        countries = tuple(dict.fromkeys(self._settings.countries))
        for country in countries:
            before = places.get(country)
            look = await self._look(country, before)
            note = "" if look.fault else self._settle(country, look, places)
            look.batch.cursor = json.dumps({"countries": places})
            yield look.batch
            if isinstance(look.fault, RateLimitedError | UnreachableError):
                raise look.fault
            if look.fault is not None:
                faults.append(look.fault)
                note = f"{country}: {look.fault}"
            if note:
                notes.append(note)
        if len(faults) == len(countries):
            raise faults[0]
        if notes:
            yield Batch(note=" ".join(notes))

    async def _look(self, country: str, before: dict[str, int] | None) -> _Look:
        """All pages from the newest review down to the place of this country less the overlap."""
        look = _Look()
        floor = None if before is None else before["low"] - round(OVERLAP.total_seconds() * 1000)
        seen: set[str] = set()
        for page in range(1, PAGES + 1):
            try:
                entries = await self._page(country, page)
            except SourceError as error:
                look.fault = error
                break
            fresh = self._read(country, entries, look, seen)
            if not fresh:
                break
            look.pages = page
            if floor is not None and look.oldest < floor:
                look.reached = True
                break
        look.batch.mentions.reverse()
        look.batch.budget = self._budget
        return look

    async def _page(self, country: str, page: int) -> list[Any]:
        url = (
            f"{self._settings.url}/{country}/rss/customerreviews/page={page}"
            f"/id={self._settings.app_id}/sortby=mostrecent/json"
        )
        try:
            answer = await self._http.get(url)
        except AuthError:
            raise PermanentError(
                f'{place(url)} asks for credentials, which Apple does not; correct "url".'
            ) from None
        self._budget = budget(answer.headers) or self._budget
        body = answer.json()
        feed = body.get("feed") if isinstance(body, dict) else None
        if not isinstance(feed, dict):
            raise TransientError(f'{place(url)} answered without a feed; check "app_id" and "url".')
        entries = feed.get("entry", [])
        return entries if isinstance(entries, list) else [entries]

    def _read(self, country: str, entries: list[Any], look: _Look, seen: set[str]) -> int:
        """Take in the reviews of one page; returns how many of them were new to this look."""
        fresh = 0
        for entry in entries:
            if isinstance(entry, dict) and "im:rating" not in entry:
                continue  # the app itself
            name = _label(entry, "id") if isinstance(entry, dict) else None
            if name is not None and name in seen:
                continue
            fresh += 1
            try:
                if name is None:
                    raise UnreadableError('the review lacks "id"')
                seen.add(name)
                found = self._mention(country, name, entry)
            except UnreadableError as error:
                look.batch.rejected.append(refused(self.name, f"{country}: {error}", entry))
                continue
            look.batch.mentions.append(found)
            if _label(entry, "updated") is not None:
                written = min(to_ms(found.created_at), to_ms(self._now()))
                look.newest, look.oldest = max(look.newest, written), min(look.oldest, written)
        return fresh

    def _settle(self, country: str, look: _Look, places: dict[str, dict[str, int]]) -> str:
        """Move the place of a country as far as the look allows; returns what there is to say of it."""
        before = places.get(country)
        if before is None:
            if look.newest:
                places[country] = {"low": look.newest, "short": 0}
            return ""
        if not look.batch.read:
            return f"{country}: Apple shows no reviews any more, though it did before."
        if not look.newest:
            return f"{country}: Apple's reviews have no dates now; that of reading stands for them."
        if look.oldest > before["low"] and not look.reached:
            if look.pages < PAGES:
                before["short"] += 1
                if before["short"] < SHORT_LOOKS:
                    return f"{country}: Apple's list of reviews ends too soon; it is read again."
            else:
                look.batch.gap = Gap(
                    start=from_ms(before["low"]),
                    end=from_ms(max(before["low"], look.oldest)),
                    reason=f"{country}: more reviews came than the {PAGES * 50} that Apple shows.",
                )
        places[country] = {"low": max(before["low"], look.newest), "short": 0}
        return ""

    def _mention(self, country: str, number: str, entry: dict[str, Any]) -> Mention:
        author = entry.get("author")
        title, content = _label(entry, "title"), _label(entry, "content")
        rating = count(_label(entry, "im:rating"))
        written = _label(entry, "updated")
        values = {
            "network": NETWORK,
            "id": number,
            "text": "\n\n".join(part for part in (title, content) if part),
            # Apple has left out the date for weeks: then the moment at which it was read stands for it.
            "created_at": self._now() if written is None else written,
            "author": _label(author, "name") if isinstance(author, dict) else None,
            "url": f"https://apps.apple.com/{country}/app/id{self._settings.app_id}?see-all=reviews",
            "likes": count(_label(entry, "im:voteSum")),
            "rating": rating if rating is not None and 1 <= rating <= 5 else None,
            "votes": count(_label(entry, "im:voteCount")),
            "app_version": _label(entry, "im:version"),
            "title": title,
            "country": country,
            "app_id": self._settings.app_id,
        }
        if not values["text"]:
            raise UnreadableError(f"review {number} has no text")
        return mention({name: value for name, value in values.items() if value is not None})


def _label(entry: dict[str, Any], name: str) -> str | None:
    """The text of a field. Some are sent as a list of one text in several forms."""
    found = entry.get(name)
    if isinstance(found, list) and found:
        found = found[0]
    return text(found.get("label")) if isinstance(found, dict) else None


def _places(cursor: str | None) -> dict[str, dict[str, int]]:
    """The places of an earlier run; those that can't be read count as none."""
    try:
        found = json.loads(cursor or "{}")["countries"]
        return {
            str(country): {"low": int(each["low"]), "short": int(each.get("short", 0))}
            for country, each in found.items()
        }
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}


def source(settings: Settings, tools: Tools) -> AppStore:
    """The source that the settings describe."""
    return AppStore(settings, tools)
