"""Assesses severity from what is stored, and raises the standing level at once."""

from __future__ import annotations

from datetime import datetime, timedelta

from crisis_tui.analysis.severity import Floor, assess, next_change_above
from crisis_tui.analysis.signals import HOUR, LOOK_BACK, WEEK, Samples, Voices, signals
from crisis_tui.response.acts import raise_level
from data.models.assessment import Assessment
from data.models.base import to_ms
from data.models.level import Level
from data.models.mention import StoredMention, Tone
from data.models.playbook import CrisisType
from data.models.watch import Watch
from data.store import Store

INFLUENTIAL_FOLLOWERS = 50_000
"""An author with as many followers counts as influential without being listed (our own choice)."""

AGENT = "agent"
"""The actor of automatic changes."""

FLOORS = {CrisisType.SECURITY: Floor(Level.CRISIS, "personal data may be exposed (security incident open)")}
"""Levels that an open incident of a type sets, whatever the score."""


def _minute(moment: datetime) -> int:
    return to_ms(moment) // 60_000


def _sample(stored: StoredMention) -> str:
    mention = stored.mention
    return f"{mention.network} {mention.author or mention.id}: {mention.text[:100]}"


async def assess_at(
    store: Store, at: datetime, brand: Watch, *, standing: Level = Level.ROUTINE, stale: tuple[str, ...] = ()
) -> Assessment:
    """The assessment of one moment, past or present, from what is stored."""
    end = _minute(at) + 1
    until = at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    reach_back = timedelta(minutes=2 * LOOK_BACK + 2 * HOUR)
    spans = [(until - reach_back, until)]
    span = await store.mentions.span()
    for weeks in range(1, 5):
        shifted = until - timedelta(minutes=weeks * WEEK)
        if span and shifted >= span[0]:
            spans.append((shifted - timedelta(minutes=LOOK_BACK + HOUR), shifted))
    minutes = await store.mentions.minutes(spans)
    start = until - timedelta(hours=1)
    found = signals(
        minutes,
        end,
        _minute(span[0]) if span and span[0] < until else None,
        await _voices(store, start, until, brand),
        Samples(
            all=tuple(_sample(each) for each in await store.mentions.loudest(start, until)),
            negative=tuple(
                _sample(each) for each in await store.mentions.loudest(start, until, tone=Tone.NEGATIVE)
            ),
        ),
    )
    floors = [
        FLOORS[each.type]
        for each in await store.incidents.all()
        if _sets_floor(each.type, each.opened_at, at)
    ]
    return assess(found, at, floors=floors, standing=standing, stale=stale)


def _sets_floor(kind: CrisisType, opened_at: datetime, at: datetime) -> bool:
    return kind in FLOORS and opened_at <= at


def _bare(name: str) -> str:
    return name.lower().lstrip("@")


async def _voices(store: Store, start: datetime, end: datetime, brand: Watch) -> Voices:
    listed = {_bare(name) for name in brand.influencers}
    own = {_bare(name) for name in brand.own_accounts}
    found = await store.mentions.voices(start, end, least=INFLUENTIAL_FOLLOWERS, names=listed | own)
    ours = [each.followers for each in found.told if _bare(each.name) in own and each.followers is not None]
    influential = sorted(
        (
            each
            for each in found.told
            if ((each.followers or 0) >= INFLUENTIAL_FOLLOWERS or _bare(each.name) in listed)
            and _bare(each.name) not in own
        ),
        key=lambda each: -(each.followers or 0),
    )
    return Voices(
        followers=found.followers - sum(ours) if found.known > len(ours) else None,
        influential=tuple(f"{each.network} {each.name}" for each in influential),
        own_followers=brand.own_followers,
    )


async def judge(store: Store, at: datetime, brand: Watch, stale: tuple[str, ...] = ()) -> Assessment:
    """Assess the present, keep the result, and raise the standing level if the signs are higher."""
    change = await store.incidents.level()
    standing = change.after if change else Level.ROUTINE
    signs = await assess_at(store, at, brand, stale=stale)
    if signs.level > standing:
        await store.events.append(
            [raise_level(standing, signs.level, f"{signs.by}: {signs.reason}")], AGENT, at
        )
        shown = signs
    elif standing > signs.level:
        shown = signs.model_copy(
            update={
                "level": standing,
                "word": standing.word,
                "by": "standing",
                "next_change": next_change_above(signs, standing),
                "reason": f"{standing.word} since {change.at:%H:%M} UTC, a person lowers it"
                if change
                else "",
            }
        )
    else:
        shown = signs
    await store.standing.save_assessment(shown, signs.level)
    return shown


async def worst_hour(store: Store, brand: Watch) -> datetime | None:
    """The moment of a stored history at which severity was highest; None in an empty store."""
    best: tuple[float, datetime] | None = None
    for end in await store.mentions.busiest_hours(12):
        moment = end - timedelta(minutes=1)
        assessment = await assess_at(store, moment, brand)
        if best is None or assessment.score > best[0]:
            best = assessment.score, moment
    return best[1] if best else None
