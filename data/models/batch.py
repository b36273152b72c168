"""Batches: what one reading of a source gave."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from data.models.feed import Budget, Change
from data.models.mention import Gap, Mention, Rejected


@dataclass
class Batch:
    """What one reading gave; all of it is stored in one transaction.

    `cursor` is the opaque place to go on from after this batch, None to leave
    it where it is. `known` says that a post which is stored already and reads
    differently now was edited or counted anew, not merely sent twice. `note` is
    one sentence about an answer that was not as it should be: the feed is then
    degraded. `handles` gives, by id of a mention, the name under which
    `refresh` asks for it, where that is not the id.
    """

    mentions: list[Mention] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    handles: dict[str, str] = field(default_factory=dict)
    cursor: str | None = None
    gap: Gap | None = None
    budget: Budget | None = None
    cost_usd: Decimal = Decimal(0)
    note: str = ""
    known: bool = False

    @property
    def read(self) -> int:
        """Items in this batch, good and bad."""
        return len(self.mentions) + len(self.rejected)
