"""Follows the volume of all mentions, of each network and of each watch, and says which of them bursts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from crisis_tui.analysis.bursts import BurstSettings
from crisis_tui.analysis.signals import Novelty
from crisis_tui.analysis.tracks import BurstTrack
from data.models.assessment import BurstNote
from data.models.base import from_ms, to_ms
from data.models.severity import SeverityTable
from data.store import Store
from data.text import SafeText, clean_line

ALL = SafeText("all mentions")
"""The scope of everything that was found."""

RECENT = timedelta(hours=24)
"""An alarm is told for so long."""


class BurstBook:
    """Burst tracks over one store; `follow` takes in what is new, `notes` says what is known at a moment."""

    def __init__(self, store: Store, table: SeverityTable) -> None:
        self._store = store
        self._settings = BurstSettings(tell=table.burst_z)
        self._all = BurstTrack(self._settings)
        self._networks: dict[str, BurstTrack] = {}
        self._watches: dict[str, BurstTrack] = {}
        self._counted = 0
        self._read = 0

    async def follow(self) -> None:
        """Count the mentions that were stored since the last time."""
        self._counted, rows = await self._store.mentions.counted(self._counted)
        for minute, network, count in rows:
            self._all.add(minute, count)
            self._track(self._networks, network).add(minute, count)
        self._read, watched = await self._store.readings.watched(self._read)
        for minute, names, count in watched:
            for name in names:
                self._track(self._watches, name).add(minute, count)

    def _track(self, tracks: dict[str, BurstTrack], name: str) -> BurstTrack:
        found = tracks.get(name)
        if found is None:
            found = tracks[name] = BurstTrack(self._settings)
        return found

    def notes(self, at: datetime, later: dict[str, int]) -> tuple[BurstNote, ...]:
        """What is known at a moment: of all mentions, and of the series that stand out.

        Args:
            later: mentions a network that were posted after the moment, but in its minute.
        """
        if not self._counted:
            return ()
        minute = to_ms(at) // 60_000
        everything = self._note(ALL, self._all, minute, sum(later.values()))
        others = [
            self._note(clean_line(name), track, minute, later.get(name, 0)) for name, track in self._others()
        ]
        standing_out = [each for each in others if each.alarm_at or each.ramping or each.z > 0]
        return (everything, *sorted(standing_out, key=lambda each: (-each.z, each.scope)))

    def novelty(self, at: datetime, later: dict[str, int]) -> dict[str, Novelty]:
        """How each network compares with its usual days, and all mentions under the empty name."""
        if not self._counted:
            return {}
        minute = to_ms(at) // 60_000
        tracks = {"": self._all, **self._networks}
        notes = {
            name: self._note(ALL, track, minute, later.get(name, 0) if name else sum(later.values()))
            for name, track in tracks.items()
        }
        return {
            name: Novelty(above=note.quiet or note.z >= 0 or note.alarm_at is not None, young=note.quiet)
            for name, note in notes.items()
        }

    def _others(self) -> Iterator[tuple[str, BurstTrack]]:
        if len(self._networks) > 1:
            yield from self._networks.items()
        for name, track in self._watches.items():
            yield f"watch {name}", track

    def _note(self, scope: SafeText, track: BurstTrack, minute: int, later: int) -> BurstNote:
        reading = track.reading(minute, later)
        last = track.last_alarm(minute, later)
        recent = last is not None and minute - last[0] < RECENT // timedelta(minutes=1)
        return BurstNote(
            scope=scope,
            z=round(reading.z, 2),
            usual_peak=round(reading.usual_peak_hour, 1),
            alarm_at=from_ms(last[0] * 60_000) if last and recent else None,
            alarm_z=round(last[1], 2) if last and recent else None,
            ramping=reading.ramping,
            quiet=reading.quiet,
        )
