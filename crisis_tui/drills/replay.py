"""Plays a drill's recording into the store, as a source like any other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from data.library.read import DrillScript, LibraryError
from data.models.mention import Mention
from data.sources.base import BATCH, Batch


class ReplaySource:
    """The rows of a recording whose moment has come on the drill clock."""

    name = "drill"
    host = ""

    def __init__(self, script: DrillScript, onset: datetime, now: Callable[[], datetime]) -> None:
        """Raises LibraryError where the recording is damaged."""
        self._onset = onset
        self._now = now
        self._rows = [_timed(row, number, onset) for number, row in enumerate(script.rows(), 1)]
        self._rows.sort(key=lambda timed: timed[0])

    async def poll(self, cursor: str | None) -> AsyncIterator[Batch]:
        """Rows that are due and not yet stored; the cursor counts the rows that are."""
        place = int(cursor or 0)
        due = (self._now() - self._onset).total_seconds()
        while place < len(self._rows) and self._rows[place][0] <= due:
            batch = Batch()
            while place < len(self._rows) and self._rows[place][0] <= due and len(batch.mentions) < BATCH:
                batch.mentions.append(self._rows[place][1])
                place += 1
            batch.cursor = str(place)
            yield batch


def _timed(row: Any, number: int, onset: datetime) -> tuple[float, Mention]:
    """A row as (seconds from onset, mention)."""
    try:
        seconds = float(row.pop("t"))
        return seconds, Mention.model_validate({**row, "created_at": onset + timedelta(seconds=seconds)})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise LibraryError(f"Row {number} of the recording: {first['loc']} {first['msg']}.") from None
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        raise LibraryError(f'Row {number} of the recording has no "t", its seconds from onset.') from None
