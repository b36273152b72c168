"""The interface of a source: batches of mentions with the place reached."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol

from data.models.mention import Mention, Rejected

BATCH = 1_000
"""Mentions stored in one transaction; larger gains nothing, 100 costs a quarter of the speed."""


@dataclass
class Batch:
    """What one reading gave. `cursor` is the opaque place to go on from after this batch."""

    mentions: list[Mention] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    cursor: str | None = None

    @property
    def read(self) -> int:
        """Items in this batch, good and bad."""
        return len(self.mentions) + len(self.rejected)


class SourceError(Exception):
    """A source can't be read now; `str()` is one sentence that says what to do."""


class Source(Protocol):
    """One configured way in."""

    name: str

    def poll(self, cursor: str | None) -> AsyncIterator[Batch]:
        """All that is new since `cursor`, in batches of at most `BATCH`.

        The caller stores each batch and its cursor in one transaction before it
        asks for the next.

        Raises:
            SourceError: it can't be read now; what was yielded stays good.
        """
        ...
