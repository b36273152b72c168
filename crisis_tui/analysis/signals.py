"""From counts a minute and authors to the signals that severity is made of. Pure."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from crisis_tui.analysis.severity import DEFAULTS, Signal
from data.models.assessment import Minute
from data.models.severity import SeverityTable

HOUR = 60
WEEK = 7 * 24 * HOUR
LOOK_BACK = 12 * HOUR
"""Duration is followed this far back, and the fallback baseline is this long."""

LEAST_HOURS = 3
"""Hours that the fallback baseline needs; a younger history has no baseline."""

_Z95 = 1.96


class Series:
    """Counts a minute with quick sums over any span; minutes are counted from 1970 UTC."""

    def __init__(self, counts: Mapping[int, int]) -> None:
        self._first = min(counts, default=0)
        sums = [0]
        for minute in range(self._first, max(counts, default=-1) + 1):
            sums.append(sums[-1] + counts.get(minute, 0))
        self._sums = sums

    def between(self, start: int, end: int) -> int:
        """The sum over [start, end)."""
        last = len(self._sums) - 1
        return (
            self._sums[min(max(end - self._first, 0), last)]
            - self._sums[min(max(start - self._first, 0), last)]
        )


@dataclass(frozen=True)
class Baseline:
    """What is normal for an hour: median and spread of `hours` comparable ones."""

    median: float
    spread: float
    hours: int
    words: str

    def z(self, count: int) -> float:
        """How many spreads a count lies above the median."""
        return (count - self.median) / self.spread


def baseline(series: Series, end: int, history_start: int) -> Baseline | None:
    """Normal for the hour up to minute `end`: the same hour of up to 4 weeks, else the 12 hours before.

    None where the history that began at minute `history_start` is too short.
    """
    starts = [end - HOUR - weeks * WEEK for weeks in range(1, 5)]
    weekly = [series.between(start, start + HOUR) for start in starts if start >= history_start]
    if len(weekly) >= 2:
        return _baseline(weekly, f"same hour of {len(weekly)} weeks")
    hours = [
        series.between(start, start + HOUR)
        for start in range(end - 2 * HOUR, end - HOUR - LOOK_BACK - 1, -HOUR)
        if start >= history_start
    ]
    return _baseline(hours, f"{len(hours)} h before") if len(hours) >= LEAST_HOURS else None


def _baseline(counts: Sequence[int], words: str) -> Baseline:
    median = statistics.median(counts)
    deviation = statistics.median(abs(count - median) for count in counts)
    spread = max(1.4826 * deviation, math.sqrt(median), 1.0)
    return Baseline(median, spread, len(counts), words)


def wilson_lower(part: int, whole: int) -> float:
    """The lower end of the 95 % Wilson interval of a share, 0 to 1."""
    if whole == 0:
        return 0.0
    share = part / whole
    middle = share + _Z95**2 / (2 * whole)
    reach = _Z95 * math.sqrt(share * (1 - share) / whole + _Z95**2 / (4 * whole**2))
    return (middle - reach) / (1 + _Z95**2 / whole)


def growth_lower(now: int, before: int) -> float:
    """The lower end of the 95 % interval of a growth from one hour to the next.

    Of two Poisson counts with one sum, the later one is binomial: its Wilson
    bound, as a ratio (the conditional test of two rates, Przyborowski and
    Wilenski 1940). So five posts after none are no storm.
    """
    share = wilson_lower(now, now + before)
    return share / (1 - share) if share < 1 else math.inf


@dataclass(frozen=True)
class Voices:
    """Who posted in the last hour: followers in sum (None if unknown to all) and who is influential."""

    followers: int | None
    influential: tuple[str, ...]
    own_followers: int | None


@dataclass(frozen=True)
class Novelty:
    """How the volume of one series compares with the peaks of its usual days.

    `above` is set while it is over them, or was within a day; `young` on the
    first day, when there are no usual days.
    """

    above: bool = True
    young: bool = False


@dataclass(frozen=True)
class Usual:
    """How the days before read."""

    scored: int = 0
    negative: int = 0

    @property
    def share(self) -> float | None:
        """The negative share, 0 to 1; None where too few were scored to know it."""
        return self.negative / self.scored if self.scored >= USUAL_SCORED else None


UNKNOWN = Usual()

USUAL_SCORED = 200
"""Scored mentions from which the usual negative share is known, to 7 points (our own choice)."""

NOVEL = Novelty()
"""Where nobody has compared."""

BELOW_PEAK = 1
"""Most points of a volume, and of its growth, that usual days reach, too (our own choice)."""


CALM = 2
"""Most points of volume, networks and duration while what is said is not negative (our own choice)."""

LEAST_READ = 0.2
"""Part of the mentions that must be scored for their negative share to stand for all (our own choice)."""


@dataclass(frozen=True)
class Samples:
    """Texts that stand for what was measured, loudest first."""

    all: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()


def signals(
    minutes: Iterable[Minute],
    end: int,
    history_start: int | None,
    voices: Voices,
    samples: Samples | None = None,
    table: SeverityTable = DEFAULTS,
    novelty: Mapping[str, Novelty] | None = None,
    usual: Usual = UNKNOWN,
) -> dict[str, Signal]:
    """The signals for the hour up to minute `end` (exclusive).

    Args:
        usual: what is known of other times.
        novelty: of each network, and of all mentions under "".
        minutes: counts of at least the last 25 hours, and of the same spans of
            up to four weeks before where there are any.
        history_start: the first minute of the history; None if there is none.
    """
    if history_start is None:
        return {}
    samples = samples or Samples()
    novelty = novelty or {}
    whole = novelty.get("", NOVEL)
    per_network: dict[str, dict[int, int]] = defaultdict(dict)
    total: dict[int, int] = defaultdict(int)
    scored: dict[int, int] = defaultdict(int)
    negative: dict[int, int] = defaultdict(int)
    for each in minutes:
        per_network[each.network][each.minute] = each.mentions
        total[each.minute] += each.mentions
        scored[each.minute] += each.scored
        negative[each.minute] += each.negative
    found: dict[str, Signal] = {}
    everything = Series(total)
    _volume(found, everything, end, history_start, samples, table, whole)
    _networks(found, per_network, end, history_start, table, novelty)
    _duration(found, everything, end, history_start, table, whole)
    _tone(found, everything, Series(scored), Series(negative), end, samples, table, usual, whole)
    _calm(found, table)
    _voices(found, voices, table)
    media = sum(
        Series(counts).between(end - HOUR, end)
        for network, counts in per_network.items()
        if network in table.media_networks
    )
    found["media"] = Signal(float(media), "last 1 h", "news and press feeds")
    return found


def _volume(
    found: dict[str, Signal],
    series: Series,
    end: int,
    history_start: int,
    samples: Samples,
    table: SeverityTable,
    novelty: Novelty,
) -> None:
    normal = baseline(series, end, history_start)
    if normal is None:
        return
    count = series.between(end - HOUR, end)
    found["volume"] = Signal(
        round(normal.z(count), 1),
        f"{count} in the last 1 h",
        f"median {normal.median:g} ({normal.words})" + ("" if novelty.above else ", usual days peak higher"),
        samples.all,
        eligible=count >= _least(table, novelty) and count >= table.least_ratio * normal.median,
        most=4 if novelty.above else BELOW_PEAK,
    )


def _least(table: SeverityTable, novelty: Novelty) -> int:
    """Mentions an hour below which volume says nothing."""
    return table.least_volume_young if novelty.young else table.least_volume


def _elevated(
    series: Series, end: int, history_start: int, table: SeverityTable, novelty: Novelty
) -> bool | None:
    """Is the hour up to `end` at two spreads or more, and news for its days? None without a baseline."""
    normal = baseline(series, end, history_start)
    if normal is None:
        return None
    count = series.between(end - HOUR, end)
    return novelty.above and count >= _least(table, novelty) and normal.z(count) >= 2


def _networks(
    found: dict[str, Signal],
    per_network: Mapping[str, Mapping[int, int]],
    end: int,
    history_start: int,
    table: SeverityTable,
    novelty: Mapping[str, Novelty],
) -> None:
    verdicts = {
        network: _elevated(Series(counts), end, history_start, table, novelty.get(network, NOVEL))
        for network, counts in per_network.items()
    }
    if all(verdict is None for verdict in verdicts.values()):
        return
    above = sorted(network for network, verdict in verdicts.items() if verdict)
    found["networks"] = Signal(float(len(above)), "last 1 h", f"of {len(verdicts)} networks", tuple(above))


def _duration(
    found: dict[str, Signal],
    series: Series,
    end: int,
    history_start: int,
    table: SeverityTable,
    novelty: Novelty,
) -> None:
    if _elevated(series, end, history_start, table, novelty) is None:
        return
    minutes = 0
    while minutes < LOOK_BACK and _elevated(series, end - minutes, history_start, table, novelty):
        minutes += 10
    found["duration"] = Signal(float(minutes), "up to 12 h back", "z 2 and more")


def _tone(
    found: dict[str, Signal],
    mentions: Series,
    scored: Series,
    negative: Series,
    end: int,
    samples: Samples,
    table: SeverityTable,
    usual: Usual,
    novelty: Novelty,
) -> None:
    _share(found, mentions, scored, negative, end, samples, table, usual)
    whole = scored.between(end - HOUR, end)
    now = negative.between(end - HOUR, end)
    before = negative.between(end - 2 * HOUR, end - HOUR)
    if whole or scored.between(end - 2 * HOUR, end - HOUR):
        growth = growth_lower(now, before)
        doubling = HOUR * math.log(2) / math.log(growth) if now >= table.least_volume and growth > 1 else None
        found["velocity"] = Signal(
            None if doubling is None else round(doubling, 0),
            f"{now} negative in the last 1 h",
            f"{before} in the hour before, lower end of the 95 % interval",
            samples.negative,
            most=4 if novelty.above else BELOW_PEAK,
        )


def _share(
    found: dict[str, Signal],
    mentions: Series,
    scored: Series,
    negative: Series,
    end: int,
    samples: Samples,
    table: SeverityTable,
    usual: Usual,
) -> None:
    """Left out where too few were scored, or most can't be read."""
    whole, now = scored.between(end - HOUR, end), negative.between(end - HOUR, end)
    if whole < max(table.least_scored, LEAST_READ * mentions.between(end - HOUR, end)):
        return
    lower = wilson_lower(now, whole)
    normal = usual.share is not None and lower <= usual.share
    compared = "" if usual.share is None else f", usually {100 * usual.share:.0f} %"
    found["negative share"] = Signal(
        round(100 * lower, 1),
        f"{now} of {whole} scored in the last 1 h",
        f"lower end of the 95 % interval{compared}",
        samples.negative,
        most=BELOW_PEAK if normal else 4,
    )


def _calm(found: dict[str, Signal], table: SeverityTable) -> None:
    """Much talk that is not negative is no crisis by its volume."""
    share, velocity = found.get("negative share"), found.get("velocity")
    if share is None or share.raw is None or share.raw >= table.rule("negative share").points[0]:
        return
    if velocity is not None and velocity.raw is not None:
        return
    for name in ("volume", "networks", "duration"):
        if name in found:
            found[name] = replace(found[name], most=min(found[name].most, CALM))


def _voices(found: dict[str, Signal], voices: Voices, table: SeverityTable) -> None:
    if voices.followers is not None and voices.own_followers:
        found["reach"] = Signal(
            round(voices.followers / voices.own_followers, 2),
            "authors of the last 1 h",
            f"{voices.own_followers:,} own followers",
        )
    if voices.followers is not None:
        found["influencers"] = Signal(
            float(len(voices.influential)),
            "authors of the last 1 h",
            f"listed, or {table.influential_followers:,} followers and more",
            voices.influential[:3],
        )
