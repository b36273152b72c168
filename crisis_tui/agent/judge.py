"""Assesses severity from what is stored, and raises the standing level at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from crisis_tui.agent import gather
from crisis_tui.agent.bursts import ALL, BurstBook
from crisis_tui.agent.gather import Span
from crisis_tui.agent.stories import StoryBook
from crisis_tui.analysis.severity import DEFAULTS, Floor, assess, next_change_above
from crisis_tui.analysis.signals import HOUR, signals
from crisis_tui.response.acts import raise_level
from data.models.assessment import Assessment, BurstNote, CueNote, Minute, Override
from data.models.base import to_ms
from data.models.fact import Fact, StatedFact, floor_of
from data.models.incident import Incident, LevelChange
from data.models.level import Level
from data.models.playbook import CrisisType
from data.models.severity import SeverityTable
from data.models.watch import Watch
from data.store import Store
from data.text import SafeText, clean_line

AGENT = "agent"
"""The actor of automatic changes."""

MOST_OVERRIDES = 20
"""Decisions about single mentions that are told, the newest ones."""


class Judge:
    """Assesses one store; what it has counted once it does not count again."""

    def __init__(self, store: Store, brand: Watch, table: SeverityTable = DEFAULTS) -> None:
        self._store = store
        self._brand = brand
        self._table = table
        self._bursts = BurstBook(store, table)
        self._stories = StoryBook(store)

    async def signs(self, at: datetime, stale: tuple[str, ...] = ()) -> Assessment:
        """The assessment of one moment, past or present, from what was posted and stated up to it.

        It does not know what level stood before; `shown` does.
        """
        store = self._store
        await self._bursts.follow()
        span = Span(at, await store.readings.later(at))
        first = await store.mentions.first_posted(at)
        minutes = await gather.minutes(store, span, first) if first else []
        found = signals(
            minutes,
            span.end_minute,
            to_ms(first) // 60_000 if first else None,
            await gather.voices(store, span, self._brand, self._table),
            await gather.samples(store, span),
            self._table,
            self._bursts.novelty(at, span.later_by_network()) if first else {},
            await gather.usual(store, span),
        )
        bursts = self._bursts.notes(at, span.later_by_network()) if first else ()
        facts = await store.facts.stated(at)
        incidents = [each for each in await store.incidents.all() if each.opened_at <= at]
        tallies = await gather.tallies(store, span)
        cues = _unanswered(await gather.cue_notes(store, span, tallies), facts, at)
        floors = [
            *self._burst_floors(bursts, at),
            *_stated_floors(facts, incidents),
            *_asked_floors(cues, minutes, span.end_minute),
        ]
        assessed = assess(found, at, floors=floors, stale=stale, table=self._table)
        return assessed.model_copy(
            update={
                "bursts": bursts,
                "type": await gather.type_note(store, span, tallies),
                "stories": await self._stories.notes(span) if first else (),
                "cues": cues,
                "overrides": (*_overrides(facts), *await store.triage.overrides(at, MOST_OVERRIDES)),
                "taught": clean_line(await gather.taught_words(store, at)),
                "reader": await store.readings.model_at(at) if first else "",
                "unscored": _unscored(minutes, span.end_minute),
            }
        )

    def _burst_floors(self, bursts: Iterable[BurstNote], at: datetime) -> Iterable[Floor]:
        """A burst of all mentions or of a watch holds its level for as long as a level must hold anyway."""
        hold = timedelta(minutes=self._table.hold_minutes)
        for note in bursts:
            told = note.scope == ALL or note.scope.startswith("watch ")
            if told and note.alarm_at and at - note.alarm_at <= hold:
                where = "" if note.scope == ALL else f" of {note.scope}"
                words = f"volume{where} {note.alarm_z:.1f} sd above a usual day's peak"
                yield Floor(self._table.burst_level, f"{words}, {note.alarm_at:%H:%M} UTC")

    async def shown(self, at: datetime, stale: tuple[str, ...] | None = None) -> Assessment:
        """What the gauge shows of a moment: the signs, or a level that stood before and nobody took down.

        `stale` None stands for a moment of the past: the feeds that were told stale then.
        """
        signs = await self.signs(at, await self._stale(at) if stale is None else stale)
        return self._with_standing(signs, await self._store.incidents.level(at))

    async def _stale(self, at: datetime) -> tuple[str, ...]:
        kept = await self._store.standing.assessment(at)
        return kept.stale if kept is not None and _minute(kept.at) == _minute(at) else ()

    def _with_standing(self, signs: Assessment, change: LevelChange | None) -> Assessment:
        if change is None or change.after <= signs.level:
            return signs
        return signs.model_copy(
            update={
                "level": change.after,
                "word": change.after.word,
                "by": "standing",
                "next_change": next_change_above(signs, change.after, self._table),
                "reason": clean_line(
                    f"{change.after.word} since {change.at:%H:%M} UTC, a person lowers it"
                    + ("" if change.by == AGENT else f"; {change.by}: {change.reason}")
                ),
            }
        )

    async def judge(self, at: datetime, stale: tuple[str, ...] = ()) -> Assessment:
        """Assess the present, keep the result, and raise the standing level if the signs are higher.

        Raises:
            StoreError: it could not be kept.
        """
        change = await self._store.incidents.level()
        standing = change.after if change else Level.ROUTINE
        signs = await self.signs(at, stale)
        if signs.level > standing:
            reason = f"{signs.by}: {signs.reason}"
            await self._store.events.append([raise_level(standing, signs.level, reason)], AGENT, at)
            shown = signs
        else:
            shown = self._with_standing(signs, change)
        await self._store.standing.save_assessment(shown, signs.level)
        return shown

    async def worst_hour(self) -> datetime | None:
        """The moment of a stored history at which severity was highest; None in an empty store."""
        best: tuple[float, datetime] | None = None
        for end in sorted(await self._store.mentions.busiest_hours(12)):
            moment = end - timedelta(minutes=1)
            assessment = await self.signs(moment)
            if best is None or assessment.score > best[0]:
                best = assessment.score, moment
        return best[1] if best else None


def _minute(moment: datetime) -> int:
    return to_ms(moment) // 60_000


def _stated_floors(facts: Sequence[StatedFact], incidents: Iterable[Incident]) -> Iterable[Floor]:
    """What people stated; an open security breach says that data is exposed until somebody denies it."""
    level, reason = floor_of(facts)
    if level > Level.ROUTINE:
        yield Floor(level, reason)
    denied = next((each for each in facts if each.fact is Fact.EXPOSED and not each.holds), None)
    for each in incidents:
        if each.type is CrisisType.SECURITY and (denied is None or denied.at < each.opened_at):
            yield Floor(Level.CRISIS, "personal data may be exposed (security incident open)")


ANSWERED = timedelta(hours=24)
"""For so long a question is not asked again after a person stated the fact (our own choice)."""

LEAST_ASKING = 3
MANY_ASKING = 10
ASKING_SHARE = 0.05
"""A question calls a person when so many mentions raise it, and they are many or this part of the hour."""


def _unanswered(cues: Sequence[CueNote], facts: Iterable[StatedFact], at: datetime) -> tuple[CueNote, ...]:
    known = {each.fact.value for each in facts if at - each.at <= ANSWERED}
    return tuple(each for each in cues if each.fact not in known)


def _asked_floors(cues: Iterable[CueNote], minutes: Iterable[Minute], end: int) -> Iterable[Floor]:
    """Several who speak of danger, a leak or a recall call a person; what is true, the person says."""
    hour = sum(each.mentions for each in minutes if end - HOUR <= each.minute < end)
    for each in cues:
        many = each.mentions >= MANY_ASKING or each.mentions >= ASKING_SHARE * hour
        if each.mentions >= LEAST_ASKING and many and each.fact != Fact.CRIME:
            yield Floor(Level.EMERGENT, each.question)


def _overrides(facts: Iterable[StatedFact]) -> Iterable[Override]:
    for each in facts:
        words = each.fact.words if each.holds else f"not so: {each.fact.words}"
        yield Override(what=SafeText(words), by=each.by, at=each.at, reason=each.reason)


def _unscored(minutes: Iterable[Minute], end: int) -> float | None:
    """The part of the last hour's mentions that could not be read; None without mentions."""
    hour = [each for each in minutes if end - HOUR <= each.minute < end]
    mentions = sum(each.mentions for each in hour)
    return round(1 - sum(each.scored for each in hour) / mentions, 4) if mentions > 0 else None


async def assess_at(
    store: Store, at: datetime, brand: Watch, *, table: SeverityTable = DEFAULTS, stale: tuple[str, ...] = ()
) -> Assessment:
    """The signs of one moment, once; who asks again and again keeps a `Judge`."""
    return await Judge(store, brand, table).signs(at, stale)


async def judge(
    store: Store, at: datetime, brand: Watch, stale: tuple[str, ...] = (), table: SeverityTable = DEFAULTS
) -> Assessment:
    """Judge the present once; see `Judge.judge`."""
    return await Judge(store, brand, table).judge(at, stale)


async def worst_hour(store: Store, brand: Watch, table: SeverityTable = DEFAULTS) -> datetime | None:
    """The worst moment of a history, once; see `Judge.worst_hour`."""
    return await Judge(store, brand, table).worst_hour()
