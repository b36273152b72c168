"""The interface of a source: batches of what came with the place reached, and how it can fail."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol, get_args, runtime_checkable

from pydantic import Field, SecretStr, field_validator

from data.matcher import Listener
from data.models.base import Model, SafeLine
from data.models.batch import Batch
from data.models.secret import REFERENCE, SecretRef
from data.text import clean_line

if TYPE_CHECKING:
    from data.sources.http import Http

__all__ = (
    "BATCH",
    "AuthError",
    "Batch",
    "CursorInvalidError",
    "Hinting",
    "PermanentError",
    "RateLimitedError",
    "Refreshing",
    "Secret",
    "SecretRef",
    "Source",
    "SourceError",
    "SourceSettings",
    "Tools",
    "TransientError",
    "UnreachableError",
    "references",
    "sentence",
)

BATCH = 1_000
"""Mentions stored in one transaction; larger gains nothing, 100 costs a quarter of the speed."""


class SourceError(Exception):
    """A source can't be read now; `str()` is one sentence that says what to do."""


class AuthError(SourceError):
    """The credentials are refused or lack a right: nothing is asked again until a person mends them."""


class RateLimitedError(SourceError):
    """The host asks us to wait until a moment; every source on that host waits."""

    def __init__(self, sentence: str, until: datetime) -> None:
        super().__init__(sentence)
        self.until = until


class TransientError(SourceError):
    """It may work in a moment: a timeout, 5xx, an answer that is none. Tried again, later and later."""


class UnreachableError(TransientError):
    """No connection at all: no such host, no route, refused. If no host answers, we are offline."""


class PermanentError(SourceError):
    """It will not work until a person changes something: gone, forbidden, wrong, pages without end."""


class CursorInvalidError(SourceError):
    """The server no longer knows our place. The source starts anew and tells the gap."""


@runtime_checkable
class Source(Protocol):
    """One configured way in.

    `host` is what limits are kept by (see `http.host_of`): all sources on one
    host wait when it asks one of them to; empty for what is no network.
    """

    name: str
    host: str

    def poll(self, cursor: str | None) -> AsyncIterator[Batch]:
        """All that is new since `cursor`, in batches of at most `BATCH`, ending when caught up.

        The caller stores each batch and its cursor in one transaction before it
        asks for the next.

        Raises:
            SourceError: it can't be read now; what was yielded stays good.
        """
        ...


@runtime_checkable
class Refreshing(Protocol):
    """A source that can look again at posts it brought: how edits, deletions and counts are found."""

    refresh_size: int
    """Posts asked for at once."""
    refresh_pause_s: float
    """Least seconds between two times of asking; 0 where a few may follow each other."""

    async def refresh(self, handles: Sequence[str]) -> Batch:
        """What became of these posts, as `changes`; those of which nothing can be said are left out.

        Raises:
            SourceError: nothing can be said now.
        """
        ...


@runtime_checkable
class Hinting(Protocol):
    """A source with a stream, which only hints: its batches have no cursor and wake the poller."""

    silence_s: float
    """After so many seconds without a sign of life from the server the stream counts as dead."""

    def hints(self) -> AsyncIterator[Batch]:
        """What the stream tells, for as long as it lives; an empty batch for each other sign of life.

        Raises:
            SourceError: the stream broke or can't be opened.
        """
        ...


def references(settings: SourceSettings) -> list[str]:
    """All secrets that the settings of a source refer to."""
    found = []
    for name, field in type(settings).model_fields.items():
        annotated = (
            *field.metadata,
            *(part for each in get_args(field.annotation) for part in get_args(each)),
        )
        value = getattr(settings, name)
        if REFERENCE in annotated and isinstance(value, str):
            found.append(value)
    return found


Secret = Callable[[], Awaitable[SecretStr]]
"""Gives the secret that a reference names.

Raises:
    AuthError: it can't be had; the sentence names the reference, never the secret.
"""


class SourceSettings(Model):
    """What every `[[source]]` table may say. Each kind adds its own keys by a subclass."""

    default_every: ClassVar[float] = 60.0
    """Seconds between two looks where the settings don't say."""

    min_every: ClassVar[float] = 15.0
    """Seconds between two looks below which the network would mind."""

    name: SafeLine = Field(min_length=1, max_length=40)
    kind: str
    every: float | None = Field(default=None, le=86_400, description="seconds between two looks")
    monthly_cost_cap_usd: Decimal | None = Field(default=None, ge=0)

    @field_validator("every")
    @classmethod
    def _not_too_often(cls, every: float | None) -> float | None:
        if every is not None and every < cls.min_every:
            raise ValueError(f"must be {cls.min_every:g} seconds or more")
        return every

    @property
    def seconds(self) -> float:
        """Seconds between two looks."""
        return self.default_every if self.every is None else self.every


@dataclass(frozen=True)
class Tools:
    """What the program lends a source when it is made.

    `listener` is all that this source listens for, `secret` turns a reference
    into what gives the secret, `private` is a folder of ours with mode 0700 (it
    may have to be made) for what must survive a restart and not stand in the
    store, such as a session.
    """

    http: Callable[[], Http]
    listener: Listener
    secret: Callable[[str], Secret]
    now: Callable[[], datetime]
    private: Path


def sentence(text: str) -> str:
    """Foreign words (a server's error) as part of a sentence of ours: one line, harmless, not too long."""
    line = clean_line(text)
    return line if len(line) <= 200 else f"{line[:199]}…"
