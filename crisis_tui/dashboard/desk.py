"""The engine of the dashboard: reads the store into snapshots, records acts. Knows nothing of Textual."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from crisis_tui.clock import Clock, SystemClock
from crisis_tui.dashboard.charting import HISTORY, LIVE, SPANS, ChartSpan, marks
from crisis_tui.dashboard.writing import Writing
from crisis_tui.drills.clock import DrillClock
from crisis_tui.playbooks import Shelf, shelf
from crisis_tui.response import acts
from crisis_tui.response.advice import advice
from crisis_tui.response.alerting import due
from crisis_tui.triaging import Triaging
from data.models.alert import AlertSettings
from data.models.assessment import Assessment, ChartMark, StoryNote, VolumeBar
from data.models.drill import Drill
from data.models.event import NewEvent
from data.models.fact import Fact, StatedFact
from data.models.feed import FeedHealth
from data.models.incident import Incident, LevelChange
from data.models.level import Level
from data.models.mention import StoredMention
from data.models.playbook import ChecklistItem, CrisisType, Playbook, StepState
from data.models.severity import SeverityTable
from data.models.watch import Watch
from data.sources import manual
from data.store import Store
from data.text import SafeText, clean_line

if TYPE_CHECKING:
    from crisis_tui.agent.judge import Judge
    from crisis_tui.agent.stories import StoryBook

DEFAULTS = SeverityTable()

OLD_HISTORY = timedelta(hours=24)
"""Data whose newest post is older than this is shown as history, as of its worst hour."""

AGENT_SILENT = timedelta(seconds=20)
"""Without a sign of life for so long the agent counts as gone."""


PAST_ADVICE = "This is the past: T goes back to now, n to the newest mentions."


@dataclass(frozen=True)
class Snapshot:
    """All that the panes show, but for the feed's pages.

    `as_of` is None for the present; `moved` is the move that gave the standing level, `alert` the newest
    raise if it is due an alert, `pager_fault` a sentence where one could not be delivered. `copies` is how
    many of the `total` mentions repeat a story.
    """

    now: datetime
    total: int = 0
    copies: int = 0
    newest_seq: int = 0
    assessment: Assessment | None = None
    standing: Level = Level.ROUTINE
    moved: LevelChange | None = None
    alert: LevelChange | None = None
    pager_fault: str = ""
    trend: float | None = None
    bars: tuple[VolumeBar, ...] = ()
    marks: tuple[ChartMark, ...] = ()
    span_words: str = ""
    incident: Incident | None = None
    incidents: tuple[Incident, ...] = ()
    checklist: tuple[ChecklistItem, ...] = ()
    feeds: tuple[FeedHealth, ...] = ()
    agent_alive: bool = False
    as_of: datetime | None = None
    advice: str = ""
    coach: SafeText | None = None


class Desk:
    """What one person sees and does on one store."""

    def __init__(
        self,
        store: Store,
        brand: Watch,
        actor: SafeText,
        drill: Drill | None = None,
        *,
        table: SeverityTable = DEFAULTS,
    ) -> None:
        self.store = store
        self.brand = brand
        self.table = table
        self._judge: Judge | None = None
        self._book: StoryBook | None = None
        self.actor = actor
        self.drill = drill
        self.alert = AlertSettings()
        self.own_playbooks: Path | None = None
        self.clock: Clock = SystemClock()
        self.as_of: datetime | None = None
        self.writing = Writing(store, actor, lambda: self.clock.now())
        self.triaging = Triaging(store, actor, lambda: self.clock.now())
        self.snapshot = Snapshot(now=self.clock.now())
        self._incident: str | None = None
        self._onset: datetime | None = None
        self._zoom: int | None = None
        self._assessed: tuple[datetime, Assessment, float] | None = None
        self._due: tuple[str, LevelChange | None] = "", None
        self._declined = ""

    # Reading

    async def changed(self) -> bool:
        """Has anybody written to the store since the last look?"""
        acts_changed = await self.store.acts_watch.changed()
        mentions_changed = await self.store.mentions_watch.changed()
        return acts_changed or mentions_changed

    async def look(self) -> Snapshot:
        """Read everything that the panes show."""
        await self._tell_time()
        now = self.clock.now()
        incidents = await self.store.incidents.all()
        incident = next((each for each in incidents if each.id == self._incident), None)
        if incident is None and incidents:
            incident = incidents[0]
        checklist = await self.store.incidents.checklist(incident.id) if incident else ()
        change = await self.store.incidents.level()
        standing = change.after if change else Level.ROUTINE
        assessment = await self._assessment(now)
        agent = await self.store.standing.agent()
        bars = await self._bars(now)
        shown_level = assessment.level if assessment else standing
        self.writing.incident = incident.id if incident else None
        self.snapshot = Snapshot(
            now=now,
            total=await self.store.mentions.count(),
            copies=await self.store.stories.total(),
            newest_seq=await self.store.mentions.newest_seq(),
            assessment=assessment,
            standing=standing,
            moved=change,
            alert=await self._alert_due(change),
            pager_fault=await self._pager_fault(),
            trend=await self._trend(assessment),
            bars=bars,
            marks=await marks(self.store, bars[0].start, self.as_of or now),
            span_words=f"in {self._span.words}",
            incident=incident,
            incidents=incidents,
            checklist=checklist,
            feeds=await self.store.feeds.all(now),
            agent_alive=agent is not None and datetime.now(UTC) - agent.beat_at < AGENT_SILENT,
            as_of=self.as_of,
            advice=advice(
                shown_level,
                incident,
                checklist,
                await self.writing.said(),
                now,
                proposal=await self._asked_of_me(),
                actor=self.actor,
            )
            if self.as_of is None
            else PAST_ADVICE,
            coach=self._coach(now),
        )
        return self.snapshot

    async def _tell_time(self) -> None:
        """Follow the drill clock, which the agent starts, stops and moves."""
        time = await self.store.standing.drill_time()
        if time is not None:
            self._onset = time.onset
            if not isinstance(self.clock, DrillClock) or self.clock.time != time:
                self.clock = DrillClock(time)

    async def _assessment(self, now: datetime) -> Assessment | None:
        at = self.as_of
        if at is None:
            return await self.store.standing.assessment(now)
        if self._assessed is None or self._assessed[0] != at:
            before = await self._assess(at - timedelta(hours=1))
            found = await self._assess(at)
            self._assessed = at, found, found.score - before.score
        return self._assessed[1]

    async def _assess(self, at: datetime) -> Assessment:
        """Anew from what is stored."""
        return await self._judging().shown(at)

    def _judging(self) -> Judge:
        """Imported when it is needed, since the start looks at what was assessed already."""
        if self._judge is None:
            from crisis_tui.agent.judge import Judge

            self._judge = Judge(self.store, self.brand, self.table)
        return self._judge

    async def _alert_due(self, moved: LevelChange | None) -> LevelChange | None:
        """The newest raise if it is due an alert; asked anew when the level moved."""
        event = moved.event if moved else ""
        if self._due[0] != event:
            self._due = event, due(await self.store.incidents.level_changes(), self.alert)
        return self._due[1]

    async def _pager_fault(self) -> str:
        place = await self.store.alerts.place()
        return place.fault(datetime.now(UTC), await self.store.alerts.tested()) if place.ways else ""

    async def _trend(self, assessment: Assessment | None) -> float | None:
        if assessment is None:
            return None
        if self.as_of is not None and self._assessed is not None:
            return self._assessed[2]
        score = await self.store.standing.score(assessment.at - timedelta(hours=1))
        return None if score is None else assessment.score - score

    @property
    def _span(self) -> ChartSpan:
        """The span that was chosen, else that which suits the moment that is looked at."""
        return SPANS[self._zoom if self._zoom is not None else LIVE if self.as_of is None else HISTORY]

    def zoom(self, by: int) -> str:
        """Let the chart show the next longer span, or with -1 the shorter; returns in words which."""
        self._zoom = (SPANS.index(self._span) + by) % len(SPANS)
        return f"The chart shows {self._span.words}."

    async def _bars(self, now: datetime) -> tuple[VolumeBar, ...]:
        width, number = self._span.bar_minutes, self._span.bars
        end = (self.as_of or now).replace(second=0, microsecond=0) + timedelta(minutes=1)
        return await self.store.mentions.bars(end - timedelta(minutes=width * number), width, number)

    def _coach(self, now: datetime) -> SafeText | None:
        """The trainer's last prompt."""
        if self.drill is None or self._onset is None:
            return None
        minutes = (now - self._onset).total_seconds() / 60
        if minutes >= self.drill.end_minutes:
            again = f"crisis-tui drill {self.drill.name} --fresh"
            return clean_line(f"The drill is over; all stays open to look at. To begin anew: {again}")
        said = [line.text for line in self.drill.coach if line.at_minutes <= minutes]
        return said[-1] if said else self.drill.summary

    async def page(
        self,
        *,
        before: int | None = None,
        after: int | None = None,
        query: str | None = None,
        limit: int = 100,
        folded: bool = False,
    ) -> list[StoredMention]:
        """A page of the feed, newest first, with triage and the places where something is missing.

        `folded` shows each story once.
        """
        found = await self.store.mentions.page(
            before=before, after=after, query=query, limit=limit, gaps=True, folded=folded
        )
        return await self.store.triage.attach(found)

    async def changed_mentions(self, after: int) -> tuple[int, list[int]]:
        """The mark of the newest change of a mention, and the places of those changed after a mark."""
        return await self.store.mentions.changes(after)

    async def changed_triage(self, after: int) -> tuple[int, set[tuple[str, str]]]:
        """The mark of the newest act, and the mentions (network, id) decided about after a mark."""
        return await self.store.triage.changes(after)

    async def look_now(self, feed: str) -> str:
        """Ask the agent to look at a feed now.

        Raises:
            StoreError: nothing was asked.
        """
        await self.store.feeds.ask(feed)
        return f"Asked the agent to look at {feed} now."

    async def matching(
        self,
        query: str | None,
        after: int | None = None,
        *,
        before: int | None = None,
        folded: bool = False,
        gaps: bool = False,
    ) -> int:
        """How many rows of the feed match a search, optionally only those that arrived after a place."""
        return await self.store.mentions.count(
            query=query, after=after, before=before, folded=folded, gaps=gaps
        )

    async def members(
        self, story: int, *, before: int | None = None, after: int | None = None, limit: int = 100
    ) -> list[StoredMention]:
        """A page of the mentions of one story, newest first, with triage."""
        return await self.some(
            await self.store.stories.places(story, before=before, after=after, limit=limit)
        )

    async def story_note(self, story: int) -> StoryNote:
        """The figures of a story up to now; of a large one it takes a while to gather them first."""
        if self._book is None:
            from crisis_tui.agent.stories import StoryBook

            self._book = StoryBook(self.store)
        return await self._book.note(story, self.clock.now())

    # Looking back

    async def is_history(self) -> bool:
        """Is all that is stored so old that the present says nothing of it?"""
        span = await self.store.mentions.span()
        return self.drill is None and span is not None and self.clock.now() - span[1] > OLD_HISTORY

    async def find_worst(self) -> datetime | None:
        """Wait until the agent has read the whole history, then find its worst hour."""
        while await self.store.readings.waiting(1):  # noqa: ASYNC110 - another process works on it
            await asyncio.sleep(0.5)
        return await self._judging().worst_hour()

    # Acting

    async def record(self, *events: NewEvent) -> None:
        """Record acts of this person now.

        Raises:
            StoreError: nothing was recorded.
        """
        await self.store.events.append(events, self.actor, self.clock.now())

    async def add_mention(self, link: str, text: str) -> str:
        """Store a post that this person saw; returns what was done in words.

        Raises:
            NotAMentionError, StoreError: nothing was stored.
        """
        now = self.clock.now()
        typed = manual.mention(link, text, at=now, by=self.actor)
        stored = await self.store.mentions.add([typed], now)
        if stored.duplicates:
            return f"This post is known already, as {typed.network} {typed.id}."
        return "Added to the mentions; n shows it."

    def shelf(self) -> Shelf:
        """The playbooks as they are now, with what is wrong with the user's own.

        Raises:
            LibraryError: what ships is damaged.
        """
        return shelf(self.own_playbooks)

    async def open_incident(
        self, title: str, kind: CrisisType, playbook: Playbook | None = None
    ) -> Incident | None:
        """Open an incident at the present level and attach a playbook, that of its type where none is given.

        Raises:
            ActRefusedError, LibraryError, StoreError: nothing was opened.
        """
        if playbook is None:
            playbook = next(iter(self.shelf().of(kind)), None)
        now = self.clock.now()
        events = acts.open_incident(
            clean_line(title),
            kind,
            self.snapshot.standing,
            detected_at=await self._detected_at(now),
            now=now,
            playbook=playbook,
        )
        await self.record(*events)
        self._incident = events[0].incident
        return (await self.look()).incident

    async def _detected_at(self, now: datetime) -> datetime:
        """When we first saw it: the first rise of the level since it last stood at Routine."""
        first = now
        for change in await self.store.incidents.level_changes():
            if change.after == Level.ROUTINE:
                break
            first = change.at
            if change.before == Level.ROUTINE:
                break
        return first

    def choose_incident(self, incident: str) -> None:
        """Show another incident."""
        self._incident = incident

    async def move_step(
        self,
        item: ChecklistItem,
        state: StepState,
        evidence: str | None = None,
        began: datetime | None = None,
    ) -> None:
        """Start, close or reopen a step; `began` is when the moment was that it records.

        Raises:
            ActRefusedError, StoreError: nothing changed.
        """
        await self.record(acts.move_step(item, state, evidence, began))

    async def raise_level(self, level: Level, reason: str) -> None:
        """Take the standing level up.

        Raises:
            ActRefusedError, StoreError: nothing changed.
        """
        await self.record(acts.raise_level(self.snapshot.standing, level, reason))

    async def lower_level(self, level: Level, reason: str) -> str:
        """Take the standing level down, propose it or agree to a proposal; returns what was done in words.

        Raises:
            ActRefusedError, StoreError: nothing changed.
        """
        event = acts.lower_level(
            self.snapshot.standing,
            level,
            reason,
            actor=self.actor,
            held=await self.held(),
            proposal=await self.store.incidents.proposal(),
        )
        await self.record(event)
        if event.kind == "level.proposed":
            return f"{level.word} is proposed; a second person agrees with L."
        return f"The level is {level.word} now."

    async def held(self) -> Level:
        """The highest level that the signs gave within the last `hold_minutes`; none below it is allowed."""
        now = self.clock.now()
        return await self.store.standing.highest_signs(now - timedelta(minutes=self.table.hold_minutes), now)

    async def held_until(self, below: Level) -> tuple[datetime, datetime] | None:
        """When the signs last gave a level or more, and from when the standing level may go below it.

        Both are whole minutes; None where the last `hold_minutes` had no such sign.
        """
        now, hold = self.clock.now().replace(second=0, microsecond=0), self.table.hold_minutes
        if await self.held() < below:
            return None
        # The signs of [now - ago, now] can only grow with `ago`, so halving finds the newest minute.
        least, most = 0, hold
        while least < most:
            ago = (least + most) // 2
            if await self.store.standing.highest_signs(now - timedelta(minutes=ago), now) >= below:
                most = ago
            else:
                least = ago + 1
        last = now - timedelta(minutes=least)
        return last, last + timedelta(minutes=hold + 1)

    def decline(self, proposal: LevelChange) -> None:
        """Ask this person no more about a proposal; it stays for others to agree to."""
        self._declined = proposal.event

    async def _asked_of_me(self) -> LevelChange | None:
        proposal = await self.proposal()
        return None if proposal is None or proposal.event == self._declined else proposal

    async def facts(self) -> tuple[StatedFact, ...]:
        """What was stated, the newest word on each fact."""
        return await self.store.facts.stated()

    async def state_fact(self, fact: Fact, holds: bool, reason: str) -> str:
        """State that something holds, or does not; returns what was done in words.

        Raises:
            ActRefusedError, StoreError: nothing was stated.
        """
        incident = self.snapshot.incident
        await self.record(acts.state_fact(fact, holds, reason, incident.id if incident else None))
        if holds:
            return f"Stated: {fact.words}. It holds the level at {fact.level.word} at least."
        return f"Stated: it is not so that {fact.words}. The level stays until a person lowers it."

    async def proposal(self) -> LevelChange | None:
        """A lower level that waits for a second person."""
        return await self.store.incidents.proposal()

    async def get(self, seq: int) -> StoredMention | None:
        """One mention by its place, read anew, with triage."""
        return next(iter(await self.some([seq])), None)

    async def some(self, seqs: Sequence[int]) -> list[StoredMention]:
        """Mentions by their places, read anew, with triage."""
        return await self.store.triage.attach(await self.store.mentions.some(seqs))
