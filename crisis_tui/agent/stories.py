"""What the last hour keeps saying: the stories with most mentions, and who tells them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crisis_tui.agent.gather import SAMPLE, Span
from crisis_tui.analysis.stories import StoryStats, credits_another, is_bare
from crisis_tui.analysis.tracks import BurstTrack
from data.models.assessment import BurstNote, StoryNote
from data.models.base import to_ms
from data.store import Store
from data.store.stories import Member
from data.text import clean_line

MOST = 3
"""Stories that are told."""

LEAST_COPIES = 2
"""A text that was said again only once is no story yet (our own choice)."""

_KEPT = 20
_HOUR = timedelta(hours=1)

_AT_ONCE = 500
"""Members taken in before others of this process get their turn."""


@dataclass
class _Told:
    """What was gathered of a story so far."""

    stats: StoryStats = field(default_factory=StoryStats)
    reached: int = 0
    mentions: int = 0
    newest: datetime | None = None
    sample: str = ""
    track: BurstTrack = field(default_factory=BurstTrack)

    def add(self, member: Member) -> None:
        """Take in the next one."""
        self.stats.add(
            member.created_at,
            member.author,
            followers=member.followers,
            author_created_at=member.author_created_at,
            repost=credits_another(member.text),
            bare=is_bare(member.text),
        )
        self.track.add(to_ms(member.created_at) // 60_000)
        self.reached = member.seq
        self.mentions += 1
        self.newest = member.created_at if self.newest is None else max(self.newest, member.created_at)
        self.sample = self.sample or f"{member.author or ''}: {member.text[:SAMPLE]}"


class StoryBook:
    """Stories of one store; those that were looked at lately are not gathered again from their beginning."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: dict[int, _Told] = {}

    async def notes(self, span: Span) -> tuple[StoryNote, ...]:
        """The stories that the hour repeats most, the largest first."""
        copies = await self._store.stories.copies(span.start, span.until)
        for each in span.later:
            if each.story is not None:
                copies[each.story] -= 1
        most = sorted(
            (item for item in copies.items() if item[1] >= LEAST_COPIES), key=lambda item: (-item[1], item[0])
        )
        return tuple([await self._note(story, count, span.start, span.at) for story, count in most[:MOST]])

    async def note(self, story: int, at: datetime) -> StoryNote:
        """One story up to a moment; `mentions` are those of the 60 minutes before that one's."""
        start = at.replace(second=0, microsecond=0) - _HOUR
        copies = (await self._store.stories.copies(start, start + _HOUR)).get(story, 0)
        return await self._note(story, copies, start, at)

    async def _note(self, story: int, copies: int, start: datetime, at: datetime) -> StoryNote:
        told = await self._told(story, at)
        figures = told.stats.figures()
        first = figures.first or at
        return StoryNote(
            story=story,
            sample=clean_line(told.sample),
            first_at=first,
            mentions=copies + int(await self._begins_within(story, start, at)),
            total=figures.mentions,
            authors=figures.authors,
            reach=figures.reach,
            young_share=None if figures.young_share is None else round(figures.young_share, 4),
            coordinated=figures.coordinated,
            reasons=tuple(clean_line(each) for each in figures.reasons),
            burst=_burst(told.track, at),
        )

    async def _begins_within(self, story: int, start: datetime, at: datetime) -> bool:
        first = await self._store.mentions.get(story)
        return first is not None and start <= first.mention.created_at <= at

    async def _told(self, story: int, at: datetime) -> _Told:
        """What its members up to a moment are; gathered anew where later ones are among those kept."""
        kept = self._kept.pop(story, None)
        told = kept if kept and (kept.newest is None or kept.newest <= at) else _Told()
        whole = True
        reached = told.reached
        while members := await self._store.stories.members(story, reached, _AT_ONCE):
            reached = members[-1].seq
            for member in members:
                if member.created_at <= at:
                    told.add(member)
                else:
                    whole = False
        if whole:
            self._kept[story] = told
            while len(self._kept) > _KEPT:
                del self._kept[next(iter(self._kept))]
        return told


def _burst(track: BurstTrack, at: datetime) -> BurstNote | None:
    """How a story of more than a day compares with its own usual days."""
    reading = track.reading(to_ms(at) // 60_000)
    if reading.quiet:
        return None
    return BurstNote(
        scope=clean_line("story"),
        z=round(reading.z, 2),
        usual_peak=round(reading.usual_peak_hour, 1),
        ramping=reading.ramping,
    )
