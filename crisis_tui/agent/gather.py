"""Reads from the store what severity at one moment is measured from: counts, voices, votes and cues."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crisis_tui.analysis.categories import FloorKind
from crisis_tui.analysis.categories.vote import decide
from crisis_tui.analysis.signals import HOUR, LOOK_BACK, WEEK, Samples, Usual, Voices
from data.models.assessment import CueNote, Minute, TypeNote
from data.models.base import to_ms
from data.models.mention import StoredMention, Tone
from data.models.playbook import CrisisType
from data.models.severity import SeverityTable
from data.models.watch import Watch
from data.store import Store
from data.store.readings import Later
from data.text import clean_line

WORDS_FROM = 300
"""Mentions of the leading type, the newest ones, from which its telling words are taken."""

CUES_FROM = 1_000
"""Cues, the newest ones, from which their words are taken."""

HINT_SHARE = 0.05
LEAST_HINTS = 5
"""Misinformation is suggested from so many mentions that dispute, and this share of all (our own choice)."""

SAMPLE = 100
"""Characters of a sample that are kept."""


@dataclass(frozen=True)
class Span:
    """The hour up to a moment, and what in the moment's minute came later."""

    at: datetime
    later: Sequence[Later]

    @property
    def end_minute(self) -> int:
        """The minute after that of the moment, since 1970 UTC."""
        return to_ms(self.at) // 60_000 + 1

    @property
    def until(self) -> datetime:
        """The end of the moment's minute."""
        return self.at.replace(second=0, microsecond=0) + timedelta(minutes=1)

    @property
    def start(self) -> datetime:
        """Where the hour of whole minutes begins."""
        return self.until - timedelta(hours=1)

    @property
    def end(self) -> datetime:
        """Right after the moment, in the store's milliseconds."""
        return self.at + timedelta(milliseconds=1)

    def later_by_network(self) -> dict[str, int]:
        """Mentions a network that came later in the minute."""
        return dict(Counter(each.network for each in self.later))


def sample(stored: StoredMention) -> str:
    """A mention as one short line."""
    mention = stored.mention
    return f"{mention.network} {mention.author or mention.id}: {mention.text[:SAMPLE]}"


async def minutes(store: Store, span: Span, first: datetime | None) -> list[Minute]:
    """Counts of the last 26 hours and of the same hours of four weeks, without what came later."""
    reach_back = timedelta(minutes=2 * LOOK_BACK + 2 * HOUR)
    spans = [(span.until - reach_back, span.until)]
    for weeks in range(1, 5):
        shifted = span.until - timedelta(minutes=weeks * WEEK)
        if first and shifted >= first:
            spans.append((shifted - timedelta(minutes=LOOK_BACK + HOUR), shifted))
    found = await store.mentions.minutes(spans)
    if span.later:
        found = _without(found, span.later, span.end_minute - 1)
    taught = await _taught(store, span)
    return _retoned(found, taught) if taught else found


async def _taught(store: Store, span: Span) -> list[tuple[int, str, Tone, Tone]]:
    """Mentions whose tone a person taught by then: minute, network, what the model said, what it is.

    Only the last two hours are measured by tone.
    """
    found = []
    for label in await store.triage.toned([(span.start - timedelta(hours=1), span.end)], span.at):
        stored = await store.mentions.find(label.network, label.id)
        if stored is not None and stored.tone not in (None, label.tone):
            found.append((label.created_ms // 60_000, label.network, stored.tone, label.tone))
    return found


def _retoned(minutes: Sequence[Minute], taught: Sequence[tuple[int, str, Tone, Tone]]) -> list[Minute]:
    """The counts with what people taught in place of what the model said."""
    moves: dict[tuple[int, str], Counter[Tone]] = {}
    for minute, network, was, tone in taught:
        move = moves.setdefault((minute, network), Counter())
        move[was] -= 1
        move[tone] += 1
    changed = []
    for row in minutes:
        found = moves.get((row.minute, row.network))
        changed.append(row if found is None else _moved(row, found))
    return changed


def _moved(row: Minute, move: Counter[Tone]) -> Minute:
    return row.model_copy(
        update={
            "scored": row.scored - move[Tone.UNSCORED],
            "negative": row.negative + move[Tone.NEGATIVE],
            "positive": row.positive + move[Tone.POSITIVE],
        }
    )


def _without(minutes: Sequence[Minute], later: Sequence[Later], minute: int) -> list[Minute]:
    """The counts without what came later in a minute; a minute with nothing left is as if it never was."""
    less: dict[str, list[Later]] = {}
    for each in later:
        less.setdefault(each.network, []).append(each)
    kept = []
    for row in minutes:
        gone = less.get(row.network, ()) if row.minute == minute else ()
        left = row.model_copy(
            update={
                "mentions": row.mentions - len(gone),
                "scored": row.scored - sum(each.tone not in (None, Tone.UNSCORED) for each in gone),
                "negative": row.negative - sum(each.tone is Tone.NEGATIVE for each in gone),
                "positive": row.positive - sum(each.tone is Tone.POSITIVE for each in gone),
            }
        )
        if left.mentions > 0:
            kept.append(left if gone else row)
    return kept


def bare(name: str) -> str:
    """An account's name without @, in lower case."""
    return name.lower().lstrip("@")


async def voices(store: Store, span: Span, brand: Watch, table: SeverityTable) -> Voices:
    """Who posted in the hour, how many follow them, and who of them is influential."""
    marked = [each.author for each in await store.triage.influential(span.at) if each.author]
    listed = {bare(name) for name in (*brand.influencers, *marked)}
    own = {bare(name) for name in brand.own_accounts}
    least = table.influential_followers
    found = await store.mentions.voices(span.start, span.end, least=least, names=listed | own)
    ours = [each.followers for each in found.told if bare(each.name) in own and each.followers is not None]
    influential = sorted(
        (
            each
            for each in found.told
            if ((each.followers or 0) >= least or bare(each.name) in listed) and bare(each.name) not in own
        ),
        key=lambda each: (-(each.followers or 0), each.network, each.name),
    )
    return Voices(
        followers=found.followers - sum(ours) if found.known > len(ours) else None,
        influential=tuple(f"{each.network} {each.name}" for each in influential),
        own_followers=brand.own_followers,
    )


USUAL_DAYS = 7
"""Days from which the usual negative share is taken; they end a day before, so that no crisis is its own."""


async def usual(store: Store, span: Span) -> Usual:
    """How negative the days before were."""
    end = span.until - timedelta(days=1)
    scored, negative = await store.mentions.tone_of(end - timedelta(days=USUAL_DAYS), end)
    return Usual(scored, negative)


async def samples(store: Store, span: Span) -> Samples:
    """The loudest mentions of the hour, of all and of the negative ones."""
    return Samples(
        all=tuple(sample(each) for each in await store.mentions.loudest(span.start, span.end)),
        negative=tuple(
            sample(each) for each in await store.mentions.loudest(span.start, span.end, tone=Tone.NEGATIVE)
        ),
    )


async def taught_words(store: Store, at: datetime) -> str:
    """How much people taught by then, and how often the model had said the same; empty for nothing."""
    labels = await store.triage.taught(at)
    if not labels:
        return ""
    read = [each for each in labels if each.was not in (None, Tone.UNSCORED)]
    right = sum(each.was is each.tone for each in read)
    share = f"; the model had said the same of {right} of {len(read)}" if read else ""
    texts = "1 text" if len(labels) == 1 else f"{len(labels)} texts"
    return f"{texts} taught{share}"


async def type_note(store: Store, span: Span, tallies: Counter[str]) -> TypeNote | None:
    """What kind of crisis the hour speaks of; None where nothing votes."""
    seen = tallies["votes"]
    if not seen:
        return None
    votes = {kind: tallies[f"type:{kind.value}"] for kind in CrisisType}
    verdict = decide(votes, seen)
    words: list[tuple[str, int]] = []
    if verdict.type is not None:
        told = await store.readings.about(verdict.type, span.start, span.end, WORDS_FROM)
        counts = Counter(word for each in told for word in each)
        words = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:5]
    hints = tallies["hint"]
    disputed = hints >= LEAST_HINTS and hints >= HINT_SHARE * seen
    return TypeNote(
        type=verdict.type,
        share=round(verdict.share, 4),
        votes=verdict.n,
        words=tuple(clean_line(f"{word} ({count})") for word, count in words),
        runner_up=verdict.runner_up,
        confident=verdict.confident,
        hint=clean_line(f"possible misinformation: {hints} mentions dispute what is said")
        if disputed
        else None,
    )


async def cue_notes(store: Store, span: Span, tallies: Counter[str]) -> tuple[CueNote, ...]:
    """Words that may call for a floor, as questions to a person."""
    found = [kind for kind in FloorKind if tallies[f"cue:{kind.value}"] > 0]
    if not found:
        return ()
    told: dict[str, Counter[str]] = {kind.value: Counter() for kind in FloorKind}
    for name, words in await store.readings.cues(span.start, span.end, CUES_FROM):
        told[name].update(words)
    notes = []
    for kind in found:
        count = tallies[f"cue:{kind.value}"]
        ordered = sorted(told[kind.value].items(), key=lambda item: (-item[1], item[0]))[:5]
        speak = "1 mention speaks" if count == 1 else f"{count} mentions speak"
        notes.append(
            CueNote(
                fact=kind.value,
                mentions=count,
                words=tuple(clean_line(word) for word, _ in ordered),
                question=clean_line(f"{speak} of {kind.subject}: {kind.question}"),
            )
        )
    return tuple(notes)


async def tallies(store: Store, span: Span) -> Counter[str]:
    """How many mentions of the hour are of each kind, without what came later."""
    found = await store.readings.tallies(span.start, span.until)
    for each in span.later:
        if each.tone is not None and each.tone is not Tone.POSITIVE:
            found["votes"] -= 1
            if each.type is not None:
                found[f"type:{each.type.value}"] -= 1
            if each.hint:
                found["hint"] -= 1
        for cue in each.cues:
            found[f"cue:{cue}"] -= 1
    return found
