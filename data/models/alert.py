"""Alerts: what a rise of the level says to people who don't look, by which ways, and what came of it."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from data.models.base import Model, Moment, SafeLine
from data.models.level import Level
from data.models.secret import SecretRef, is_reference
from data.models.severity import level_of
from data.text import SafeText

_TOLD_FROM = 3
_TOLD_FOR = timedelta(hours=24)

NoticeWish = Literal["auto", "osc9", "osc777", "none"]

Way = Literal["command", "webhook"]
"""How an alert leaves this host."""

WAYS: tuple[Way, ...] = ("command", "webhook")


def web_address(text: str) -> str:
    """A pager's address as it may be used.

    Raises:
        ValueError: it is neither https nor http on loopback. What was given is not in the message.
    """
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or not text.isprintable() or " " in text:
        raise ValueError("is no web address")
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)):
        return text
    raise ValueError("must begin with https:// (http:// is for 127.0.0.1, [::1] and localhost only)")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _address(value: object) -> object:
    if isinstance(value, str) and is_reference(value):
        return value
    try:
        # "secret" keeps what was given out of the sentence: who knows a pager's address can page.
        return web_address(value if isinstance(value, str) else "")
    except ValueError as error:
        raise PydanticCustomError("secret", "{why}", {"why": str(error)}) from None


def _program(value: object) -> object:
    """The whole command or none of it: one with an argument left out would do something else."""
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise ValueError("must be a list of texts, the program and each of its arguments")
    if any("\0" in each for each in value) or (value and not value[0].strip()):
        raise ValueError("must begin with the name of a program")
    if value and "/" in value[0] and not value[0].startswith(("/", "~")):
        raise ValueError("must begin with a program's name or its whole path, since it may start anywhere")
    return value


AlertFrom = Annotated[
    Level, BeforeValidator(level_of(lowest=Level.EMERGENT, why="no level rises to Routine"))
]


class AlertSettings(Model):
    """When to alert, and by which ways.

    `cool_down_minutes` is how long a level that was alerted stays silent when it is reached again, with
    all below it. `bell` and `notice` are for the terminal of each dashboard; `command` is a program with
    its arguments (no shell), `webhook` an address or a reference to one, `webhook_secret` signs what goes
    there.
    """

    from_level: AlertFrom = Level.EMERGENT
    cool_down_minutes: int = Field(default=30, ge=0, le=1_440)
    bell: bool = True
    notice: NoticeWish = "auto"
    command: Annotated[tuple[str, ...], BeforeValidator(_program)] = ()
    webhook: Annotated[str, BeforeValidator(_address)] | None = None
    webhook_secret: SecretRef | None = None

    @property
    def ways(self) -> tuple[Way, ...]:
        """The ways out of this host that are configured."""
        return tuple(way for way in WAYS if getattr(self, way))


class Alert(Model):
    """What leaves this host: nothing that people wrote, no name, no title.

    `id` is that of the event that raised the level, the same at each attempt; `number` is 0 to 4. `by` says
    what raised it; `score` is 0 to 100 and None where none is known; `inputs` names those that gave points.
    """

    id: str
    test: bool = False
    level: str
    number: int
    before: str
    at: Moment
    by: Literal["score", "floor", "person", "test"]
    score: float | None = None
    inputs: tuple[str, ...] = ()
    text: str
    """One sentence for a small screen."""


class Waiting(Model):
    """An alert that was not delivered yet: tried `tries` times, first at `begun`."""

    alert: Alert
    tries: int = 0
    begun: Moment | None = None


class Outcome(Model):
    """What came of the last attempt on a way, the `tries`th. `done` is false while it is tried again."""

    alert: str
    level: str
    at: Moment
    ok: bool
    says: SafeLine
    done: bool = True
    tries: int = 1


class WayPlace(Model):
    """How far a way has come.

    `origin` is the newest raise when the way was configured, `seen` the newest one that was looked at;
    both are ids of events, empty where there was none.
    """

    origin: str = ""
    seen: str = ""
    waiting: tuple[Waiting, ...] = ()
    last: Outcome | None = None


class AlertPlace(Model):
    """What the agent keeps of its ways, across restarts."""

    ways: dict[Way, WayPlace] = Field(default_factory=dict)

    def fault(self, now: datetime, tested: dict[Way, Outcome] | None = None) -> SafeText:
        """What is wrong with a way, to be told unasked; empty where its last attempt or a later test worked.

        The first attempts may fail without a word, and what failed a day ago is left to `doctor`.
        """
        for way, place in self.ways.items():
            last, test = place.last, (tested or {}).get(way)
            if last is None or last.ok or now - last.at > _TOLD_FOR:
                continue
            if not last.done and last.tries < _TOLD_FROM:
                continue
            if test is not None and test.ok and test.at > last.at:
                continue
            if last.done:  # what to do stands first, since a narrow line cuts its end
                return SafeText(f"The pager could not be reached, try crisis-tui alert --test: {last.says}")
            return SafeText(f"The pager could not be reached: {last.says} It is tried again.")
        return SafeText("")
