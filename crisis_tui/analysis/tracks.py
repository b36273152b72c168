"""Tracks: counts a minute, in any order of arrival, to what the burst detector says.

Pure. Networks deliver late: a poll brings posts of ten minutes ago, a backfill
those of last week. A reading must not depend on that, or two dashboards and
a restart would tell different stories. So a track keeps the counts
and marks of the detector along the way, and goes back to the last mark
before a late count.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass

from crisis_tui.analysis.bursts import DAY, BurstDetector, BurstReading, BurstSettings

BIN = 5
"""Minutes of a bin; the detector's constants were measured on these."""

KEPT_DAYS = 60
"""Counts, marks and alarms are kept this many days behind the newest reading: after four half-lives
of the daily peaks what came before is a sixteenth of what is known."""

SILENT_DAYS = 28
"""After so long without a mention the next begins a new history: the old peaks would weigh a quarter."""

_BINS_A_DAY = DAY // BIN
_BINS_AN_HOUR = 60 // BIN
_SILENT = SILENT_DAYS * _BINS_A_DAY


@dataclass(slots=True)
class _Fold:
    """How far the counts have been read."""

    detector: BurstDetector | None
    """None where no history runs: before the first mention and in a long silence."""
    following: int
    """The first bin that was not read."""
    last: int
    """The last bin with a mention; means nothing without a detector."""

    def copy(self) -> _Fold:
        detector = None if self.detector is None else self.detector.copy()
        return _Fold(detector, self.following, self.last)


class BurstTrack:
    """The burst readings of one series of mentions: a watch, a network or a story.

    `reading(at_minute)` is a function of the mentions in the minutes up to and
    including `at_minute`, whatever else is known and in whatever order and parts it came: bit
    for bit what a new track says that is given them all at once. The
    bin that holds `at_minute` is open and read with what it has so far.

    The series begins with the bin of its first mention, and begins anew after
    `SILENT_DAYS` without one. Bins without mentions count as 0, so a feed that
    was down looks like silence. Minutes are counted from 1970 UTC.

    A count more than `KEPT_DAYS` older than the newest reading is ignored, as
    it could move readings by little. Mentions from the future wait until a
    reading reaches them. Memory: 6 kB a day with mentions, of the last 60 days.
    """

    __slots__ = ("_alarms", "_days", "_fold", "_marks", "_settings")

    def __init__(self, settings: BurstSettings | None = None) -> None:
        """A track without mentions."""
        self._settings = settings
        self._days: dict[int, array[int]] = {}
        self._fold = _Fold(None, 0, 0)
        self._marks: dict[int, _Fold] = {0: self._fold.copy()}
        self._alarms: list[tuple[int, float]] = []

    def add(self, minute: int, count: int = 1) -> None:
        """Count mentions that were made in a minute.

        Args:
            minute: minutes since 1970 UTC.
            count: how many more there are, 0 or more.

        Raises:
            ValueError: the minute lies before 1970, or the count is negative.
        """
        if minute < 0:
            raise ValueError(f"minutes are counted from 1970, so there is none {minute}")
        if count < 0:
            raise ValueError(f"mentions are only ever added, so not {count}")
        number = minute // BIN
        if not count or number < next(iter(self._marks)):
            return
        day = self._days.get(minute // DAY)
        if day is None:
            day = self._days[minute // DAY] = array("I", bytes(DAY * array("I").itemsize))
        day[minute % DAY] += count
        if number < self._fold.following:
            self._rewind(number)

    def reading(self, at_minute: int, less: int = 0) -> BurstReading:
        """What is known at the end of a minute, from the mentions up to and including it.

        `less` of the minute's mentions are left out (all, where there are fewer in its bin), as they were
        made after the moment that is asked for.
        Before the first mention, and in a long silence, it is that of a series that begins with a bin of 0.

        Raises:
            ValueError: the minute lies before what is kept, see `KEPT_DAYS`.
        """
        return self._at(at_minute, less)[0]

    def alarms(self, at_minute: int, less: int = 0) -> list[tuple[int, float]]:
        """All alarms that a reading at that minute knows of, oldest first: (first minute of its bin, z).

        Goes back `KEPT_DAYS`. An alarm in the open bin is among them.

        Raises:
            ValueError: the minute lies before what is kept.
        """
        reading, past = self._at(at_minute, less)
        number = at_minute // BIN
        found = [(each * BIN, z) for each, z in past if each < number]
        return [*found, (number * BIN, reading.z)] if reading.alarm else found

    def last_alarm(self, at_minute: int, less: int = 0) -> tuple[int, float] | None:
        """The newest of `alarms`; None where there is none.

        Raises:
            ValueError: the minute lies before what is kept.
        """
        return next(iter(self.alarms(at_minute, less)[-1:]), None)

    def _at(self, at_minute: int, less: int) -> tuple[BurstReading, list[tuple[int, float]]]:
        """The reading of an open bin, and alarms of which those before it are right."""
        number = at_minute // BIN
        if number < next(iter(self._marks)):
            raise ValueError(f"minute {at_minute} lies more than {KEPT_DAYS} days back and is not kept")
        fold = self._fold
        if number < fold.following:
            fold = self._mark_before(number).copy()
            self._read(fold, number, [])
        else:
            self._read(fold, number, self._alarms, marking=True)
            self._forget(number)
        # What was posted later may have been stored later too, and then be unknown here.
        count = max(self._count(number, at_minute + 1) - less, 0)
        detector = fold.detector
        if detector is None or number - fold.last >= _SILENT:
            detector = BurstDetector(self._settings, BIN)
        return detector.peek(count), self._alarms

    def _read(
        self, fold: _Fold, until: int, alarms: list[tuple[int, float]], *, marking: bool = False
    ) -> None:
        """Read the bins before `until`, which are closed."""
        while fold.following < until:
            number = fold.following
            if marking and number % _BINS_AN_HOUR == 0:
                self._mark(number)
            count = self._count(number, (number + 1) * BIN)
            if fold.detector is not None and number - fold.last >= _SILENT:
                fold.detector = None
            if fold.detector is None:
                if not count:
                    fold.following = self._next_mention(number, until)
                    continue
                fold.detector = BurstDetector(self._settings, BIN)
            if count:
                fold.last = number
            reading = fold.detector.step(count)
            if reading.alarm:
                alarms.append((number, reading.z))
            fold.following = number + 1

    def _mark(self, number: int) -> None:
        """Each hour of the last day, since most late counts are hours late, and each midnight before."""
        self._marks[number] = self._fold.copy()
        old = number - _BINS_A_DAY
        if old % _BINS_A_DAY:
            self._marks.pop(old, None)

    def _mark_before(self, number: int) -> _Fold:
        """The last mark that knows nothing of a bin and what follows it."""
        return self._marks[max(each for each in self._marks if each <= number)]

    def _rewind(self, number: int) -> None:
        """Forget what was made of a bin and of what follows it."""
        self._fold = self._mark_before(number).copy()
        for each in [each for each in self._marks if each > number]:
            del self._marks[each]
        del self._alarms[bisect_left(self._alarms, (self._fold.following,)) :]

    def _forget(self, number: int) -> None:
        """Drop what lies too far back; the oldest mark that is kept carries what it said."""
        oldest = number - KEPT_DAYS * _BINS_A_DAY
        root = max((each for each in self._marks if each <= oldest), default=None)
        if root is None or root == next(iter(self._marks)):
            return
        for each in [each for each in self._marks if each < root]:
            del self._marks[each]
        for day in [day for day in self._days if (day + 1) * _BINS_A_DAY <= root]:
            del self._days[day]
        del self._alarms[: bisect_left(self._alarms, (root,))]

    def _count(self, number: int, end: int) -> int:
        """Mentions of a bin in the minutes before `end`."""
        first = number * BIN
        day = self._days.get(first // DAY)
        if day is None:
            return 0
        place = first % DAY
        return sum(day[place : place + min(end - first, BIN)])

    def _next_mention(self, number: int, until: int) -> int:
        """The first bin from `number` on that has a mention; `until` where none has before."""
        first = number // _BINS_A_DAY
        for day in sorted(each for each in self._days if each >= first):
            minutes = self._days[day]
            start = max(number * BIN - day * DAY, 0)
            for minute in range(start, DAY):
                if minutes[minute]:
                    return min((day * DAY + minute) // BIN, until)
        return until
