"""`crisis-tui backtest`: the burst detector on a history of your own."""

from __future__ import annotations

import argparse
import csv
import io
import itertools
import math
import statistics
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from crisis_tui.cli._run import DONE, USAGE, complain, print_json, say

if TYPE_CHECKING:
    from crisis_tui.analysis.bursts import BurstReading

HELP = (
    "try the burst detector on a history: timestamp,value rows from a CSV file, or from standard input with -"
)

_SHORTEST = 5.0
"""Minutes; finer rows are gathered into bins of at least this, and each is read as the open bin is live."""

_LAST = datetime(2200, 1, 1, tzinfo=UTC).timestamp()
_MOST = 1e12

_MILLISECONDS = 1e12
"""Numbers from here on are milliseconds since 1970: their 13 digits begin in 2001, as seconds in 33658."""

_DELIMITERS = ",;\t"


class Row(NamedTuple):
    """One row of the file."""

    seconds: float
    """Since 1970 UTC."""
    mentions: float


class Alarm(NamedTuple):
    """A row of which the operator would have been told."""

    row: int
    """Its place in the file, from 0."""
    mentions: float
    """Mentions in its bin by then."""
    reading: BurstReading


class Backtest(NamedTuple):
    """What the detector says of a file."""

    scores: list[float]
    """One a row, in the order of the file."""
    alarms: list[Alarm]
    """In the order of time."""
    bin_minutes: float
    """How long a row is, from the usual step between rows."""
    doubles: int
    """Rows left out because another has the same time and a count that is as high or higher."""


class Unreadable(ValueError):
    """A file that can't be used; the sentence says which line, and what would do."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE|- and --json."""
    parser.add_argument("file", metavar="FILE", help="rows of timestamp,value; - for standard input")
    parser.add_argument("--json", action="store_true", help="print one score in [0,1] for each row as JSON")


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}...")


def seconds_of(text: str) -> float | None:
    """Seconds since 1970 UTC of an ISO 8601 time (UTC where it names no zone) or of that number; or None.

    A number of 13 digits is one of milliseconds.
    """
    text = text.strip()
    # Eight digits are a date in ISO 8601; as seconds they would lie in the early seventies.
    if not (len(text) == 8 and text.isdigit()):
        try:
            number = float(text)
        except ValueError:
            pass
        else:
            if _MILLISECONDS <= number < _LAST * 1000:
                return number / 1000
            return number if 0 <= number < _LAST else None
    try:
        moment = datetime.fromisoformat(text)
        found = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
    return found if 0 <= found < _LAST else None


def _count_of(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number <= _MOST else None


def _first_written(lines: Iterator[str]) -> Iterator[str]:
    """Lines up to the first that is not blank, with it."""
    for line in lines:
        yield line
        if line.strip():
            return


def _columns(names: Sequence[str]) -> tuple[int, int]:
    """Where time and count stand by a header; the first two columns where it does not say."""
    known = [name.strip().lower() for name in names]
    if "timestamp" in known and "value" in known:
        return known.index("timestamp"), known.index("value")
    return 0, 1


def _delimiter(line: str) -> str:
    """What parts the columns of a line: what leaves a time or known names, else what parts it at all."""
    try:
        parted = {each: next(csv.reader([line], delimiter=each), []) for each in _DELIMITERS}
    except csv.Error:  # told with its line by whoever reads on
        return _DELIMITERS[0]
    several = {each: fields for each, fields in parted.items() if len(fields) > 1}
    for each, fields in several.items():
        names = {name.strip().lower() for name in fields}
        if names >= {"timestamp", "value"} or seconds_of(fields[0]) is not None:
            return each
    return next(iter(several), _DELIMITERS[0])


def read(lines: Iterable[str]) -> list[Row]:
    """The rows of a CSV file, parted by commas, semicolons or tabs as its first line is.

    Blank lines are passed over, and a header where there is one.

    Raises:
        Unreadable: a line is no time and number, or there is none at all.
    """
    rows: list[Row] = []
    time_at, count_at = 0, 1
    rest = iter(lines)
    begun = list(_first_written(rest))
    reader = csv.reader(
        itertools.chain(begun, rest), delimiter=_delimiter(begun[-1]) if begun else _DELIMITERS[0]
    )
    first = True
    try:
        for fields in reader:
            if not any(field.strip() for field in fields):
                continue
            line = f"line {reader.line_num}"
            begins, first = first, False
            if len(fields) <= max(time_at, count_at):
                raise Unreadable(f"{line} has no two columns; write timestamp,value")
            seconds, count = seconds_of(fields[time_at]), _count_of(fields[count_at])
            if begins and seconds is None and count is None:
                time_at, count_at = _columns(fields)
                continue
            if seconds is None:
                raise Unreadable(
                    f"{line}: {_shown(fields[time_at])} is no time from 1970 on; "
                    "write it as 2026-11-22T03:00:00Z or as (milli)seconds since 1970"
                )
            if count is None:
                raise Unreadable(f"{line}: {_shown(fields[count_at])} is no number of mentions, 0 or more")
            rows.append(Row(seconds, count))
    except csv.Error as error:
        raise Unreadable(f"line {reader.line_num} is no CSV ({error})") from None
    if not rows:
        raise Unreadable("there are no rows in it; write timestamp,value")
    return rows


def _leaves_zeros_out(rows: Sequence[Row]) -> bool:
    """A series in which ones are common and a 0 never stands does not write its zeros.

    Elsewhere a gap is one of collection. One in twenty is what a Poisson series of
    4.5 a bin has, with one 0 in ninety: above that it matters little what a gap is.
    """
    ones = sum(row.mentions == 1 for row in rows)
    return min(row.mentions for row in rows) > 0 and 20 * ones >= len(rows)


def _step(times: Sequence[float], leaves_out: bool) -> float:
    """Minutes from row to row: the median; the commonest where rows are left out at will.

    Raises:
        Unreadable: that is more than a day.
    """
    steps = [after - before for before, after in pairwise(times)]
    if not steps:
        return _SHORTEST
    if leaves_out:
        common = Counter(round(step) or step for step in steps)
        minutes = max(common, key=lambda step: (common[step], -step)) / 60
    else:
        minutes = statistics.median(steps) / 60
    if minutes > 1440:
        raise Unreadable(
            f"its rows lie {_span(minutes)} apart, and days are compared here; give rows of a day or less"
        )
    return minutes


def _bins(times: Sequence[float], step: float, width: float) -> Iterator[int]:
    """The number of the bin of each time, rising."""
    number = 0
    for place, time in enumerate(times):
        if width > step:
            # Half a step of play, so that rows whose times jitter fall into the bin that they are meant for.
            number = math.floor(((time - times[0]) / 60 + step / 2) / width)
        elif place:
            number += max(round((time - times[place - 1]) / 60 / step), 1)
        yield number


def backtest(rows: Sequence[Row]) -> Backtest:
    """Read a history as the agent would have read it live.

    Rows may come in any order. Of rows with one time that with the highest count is
    read, and the others score 0. Rows that are missing count as 0 where the file
    leaves its zeros out (it has many ones and never a 0); else nothing is known of that time,
    and the detector waits. After 28 days of nothing it begins anew, as it does live.

    Raises:
        Unreadable: the rows lie more than a day apart.
    """
    from crisis_tui.analysis.bursts import BurstDetector, BurstSettings
    from crisis_tui.analysis.tracks import SILENT_DAYS

    margin = BurstSettings().margin
    order = sorted(range(len(rows)), key=lambda place: (rows[place].seconds, -rows[place].mentions, place))
    kept = [
        place
        for before, place in zip([None, *order], order, strict=False)
        if before is None or rows[before].seconds != rows[place].seconds
    ]
    times = [rows[place].seconds for place in kept]
    leaves_out = _leaves_zeros_out(rows)
    step = _step(times, leaves_out)
    width = step * math.ceil(round(_SHORTEST / step, 6)) if step < _SHORTEST else step
    silent = SILENT_DAYS * 1440 / width

    scores = [0.0] * len(rows)
    alarms: list[Alarm] = []
    detector = BurstDetector(bin_minutes=min(width, 1440))
    numbers = list(_bins(times, step, width))
    before, total, told = 0, 0.0, 0.0
    for turn, (place, number) in enumerate(zip(kept, numbers, strict=True)):
        if number - before >= silent:
            detector = BurstDetector(bin_minutes=min(width, 1440))
        elif leaves_out:
            for _ in range(number - before - 1):
                detector.step(0)
        if number != before:
            total, told = 0.0, 0.0
        total += rows[place].mentions
        closes = turn + 1 == len(numbers) or numbers[turn + 1] != number
        reading = detector.step(total) if closes else detector.peek(total)
        # What the open bin has told already is told again only as the gate would: clearly stronger.
        if reading.score and reading.z > margin * told:
            scores[place], told = reading.score, reading.z
            if reading.alarm:
                alarms.append(Alarm(place, total, reading))
        before = number
    return Backtest(scores, alarms, step, len(rows) - len(kept))


def _span(minutes: float) -> str:
    """A length of time as people say it."""
    for name, length in (("day", 1440.0), ("hour", 60.0), ("minute", 1.0), ("second", 1 / 60)):
        if minutes >= length or name == "second":
            number = minutes / length
            shown = f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
            return f"{shown} {name}{'' if shown == '1' else 's'}"
    raise AssertionError


def _lines(rows: Sequence[Row], done: Backtest) -> Iterator[str]:
    """The alarms and a summary, for a person."""
    width = max(done.bin_minutes, _SHORTEST)
    before = -math.inf
    for alarm in done.alarms:
        z, seconds = alarm.reading.z, rows[alarm.row].seconds
        how = "far above" if z >= 2 else "well above" if z >= 1.25 else "above"
        again = ", stronger than before" if seconds - before <= 86_400 else ""
        before = seconds
        yield (
            f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC  "
            f"{alarm.mentions:,.0f} in {_span(width)}, {how} a usual day's peak "
            f"(z {z:.1f}; its busiest {_span(width)}: {alarm.reading.usual_peak:,.0f}){again}"
        )
    if done.alarms:
        yield (
            "z: how many standard deviations the last 5 minutes, hour and 4 hours, taken together, stand "
            "above the peaks of usual days."
        )
    times = [row.seconds for row in rows]
    days = (max(times) - min(times)) / 86_400 + done.bin_minutes / 1440
    doubles = f" ({done.doubles:,} left out: same time as another)" if done.doubles else ""
    often = f", {len(done.alarms) * 7 / days:.2g} a week" if days >= 7 else ""
    yield (
        f"{_counted(len(rows), 'row')} of {_span(done.bin_minutes)} over {_span(days * 1440)}{doubles}: "
        f"{_counted(len(done.alarms), 'alarm')}{often}."
    )


def _counted(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"


def _text(name: str) -> str:
    """All of a file.

    Raises:
        OSError, UnicodeDecodeError, Unreadable: there is no text to be had; the last where input is closed.
    """
    if name != "-":
        return Path(name).read_text("utf-8-sig")
    if sys.stdin is None:
        raise Unreadable("it is closed")
    return sys.stdin.buffer.read().decode("utf-8-sig")


def run(options: argparse.Namespace) -> int:
    """Read, score, print; what can't be read is one sentence."""
    name = "standard input" if options.file == "-" else options.file
    try:
        rows = read(io.StringIO(_text(options.file), newline=""))
        done = backtest(rows)
    except UnicodeDecodeError:
        complain(f"{name} is no UTF-8 text; save it as CSV in UTF-8.")
        return USAGE
    except Unreadable as error:
        complain(f"{name} can't be used: {error}.")
        return USAGE
    if options.json:
        print_json({"scores": done.scores})
        return DONE
    for line in _lines(rows, done):
        say(line)
    return DONE
