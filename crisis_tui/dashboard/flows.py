"""Acts that ask first: each walks its questions, records the act and says what was done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crisis_tui.dashboard.moments import NotAMomentError, past_moment
from crisis_tui.dashboard.questions import Questions, Warned
from crisis_tui.response.acts import ActRefusedError
from data.models.assessment import CueNote, TypeNote
from data.models.fact import Fact, StatedFact
from data.models.level import Level
from data.models.playbook import Began, ChecklistItem, CrisisType, Playbook, StepState
from data.models.statement import Draft, Revision
from data.sources.manual import NotAMentionError
from widgets.prompt import Option

_TYPE_DETAILS = {
    CrisisType.CUSTOMER_SERVICE: "Complaints about a product or service, a review that goes viral.",
    CrisisType.REPUTATION: "Something we said or did, or are said to have done.",
    CrisisType.SECURITY: "Data may be exposed, an account or system was broken into.",
    CrisisType.OPERATIONAL: "A service is down, or a product must be recalled.",
    CrisisType.MISINFORMATION: "Something false about us spreads.",
}


_MOMENTS: dict[Began, str] = {
    "awareness": "When did we become aware?",
    "decision": "When was it decided?",
    "published": "When was our line out?",
}
"""What is asked where a step records a moment."""


class Flows(Questions):
    """The questions of the main screen. Each returns a sentence for the bottom line, None if it was left."""

    async def add_mention(self) -> str | None:
        """Link, then text; what is wrong with them is said over what was typed."""
        link, text = "", ""
        hint = "Paste its whole address, then Enter. Esc leaves."
        while True:
            asked = await self._ask("Which post?", value=link, placeholder="https://", hint=hint)
            if asked is None:
                return None
            link = asked
            said = await self._ask("What does it say?", value=text, hint="Paste the text, then Enter.")
            if said is None:
                return None
            text = said
            try:
                return await self._desk.add_mention(link, text)
            except NotAMentionError as error:
                hint = str(error)

    async def open_incident(self) -> str | None:
        """Type, then title; the type that the last hour speaks of stands chosen, else that of a drill."""
        assessed = self._desk.snapshot.assessment
        note = assessed.type if assessed else None
        found = note.type if note else None
        drilled = self._desk.drill.type if self._desk.drill else CrisisType.CUSTOMER_SERVICE
        suggested = found or drilled
        kinds = list(CrisisType)
        chosen = await self._choose(
            "What kind of crisis is it?",
            [Option(kind.value, kind.words.capitalize(), _type_detail(kind, note)) for kind in kinds],
            kinds.index(suggested),
        )
        if chosen is None:
            return None
        title: str | None = ""
        while title is not None and not title.strip():
            title = await self._ask("What happened, in a few words?", hint="Type it, then Enter. Esc leaves.")
        if title is None:
            return None
        kind = CrisisType(chosen)
        shelf = self._desk.shelf()
        book = await self._which(shelf.of(kind))
        if book is None:
            return None
        incident = await self._desk.open_incident(title, kind, book)
        steps = len(self._desk.snapshot.checklist)
        if incident is None:
            return None
        if shelf.faults:
            return Warned(f"Opened, {steps} steps. {shelf.told()}")
        attached = f"{steps} step{'' if steps == 1 else 's'} attached"
        return f"Opened: {incident.title}. {attached} because the type is {kind.words}."

    async def _which(self, books: Sequence[Playbook]) -> Playbook | None:
        """The one playbook of a type, or the choice where the user's own files add to it."""
        if len(books) < 2:
            return next(iter(books), None)
        options = [Option(str(place), each.title, each.summary) for place, each in enumerate(books)]
        chosen = await self._choose("Which playbook?", options)
        return None if chosen is None else books[int(chosen)]

    async def switch_incident(self) -> str | None:
        """Which of those that are open."""
        incidents = self._desk.snapshot.incidents
        if not incidents:
            return "No incident is open; o opens one."
        chosen = await self._choose(
            "Which incident?",
            [
                Option(each.id, each.title, f"{each.type.words}, opened {each.opened_at:%Y-%m-%d %H:%M} UTC")
                for each in incidents
            ],
        )
        if chosen is not None:
            self._desk.choose_incident(chosen)
        return None

    async def close_step(self, item: ChecklistItem) -> str | None:
        """What proves it."""
        if item.closed:
            return "This step is closed already; u opens it again."
        answer = await self._ask(
            f"What proves it: {item.title}?",
            placeholder=_asked_for(item),
            hint="A link, a name, a short note. na: and a reason if it does not apply. Esc leaves.",
        )
        if answer is None:
            return None
        began = None
        if item.starts is not None and answer.strip() and not answer.strip().lower().startswith("na:"):
            began = await self._when(_MOMENTS[item.starts])
            if began is None:
                return None
        await self._desk.move_step(item, StepState.DONE, answer, began)
        return f"Closed: {item.title}"

    async def _when(self, question: str) -> datetime | None:
        """The moment from which due times count; what is no moment is asked for again."""
        hint, typed = "Enter for now, or a time such as 02:40. Due times count from it. Esc leaves.", "now"
        while True:
            answer = await self._ask(question, value=typed, hint=hint)
            if answer is None:
                return None
            now = self._desk.clock.now().astimezone()
            try:
                return past_moment(answer, now) or now
            except NotAMomentError as error:
                hint, typed = str(error), answer

    async def raise_level(self) -> str | None:
        """To which level, and why."""
        standing = self._desk.snapshot.standing
        higher = [level for level in Level if level > standing]
        return await self._move_level("Raise the level to", higher, up=True)

    async def lower_level(self) -> str | None:
        """To which level, and why; or agree to what somebody proposed."""
        standing, held = self._desk.snapshot.standing, await self._desk.held()
        proposal = await self._desk.proposal()
        mine = proposal is not None and proposal.by == self._desk.actor
        if proposal is not None and not mine and proposal.after >= held:
            answer = await self._choose(
                f"{proposal.by} proposes {proposal.after.word}: {proposal.reason}",
                [Option("agree", f"Agree to {proposal.after.word}"), Option("keep", f"Keep {standing.word}")],
            )
            if answer is None:
                return None
            if answer != "agree":
                self._desk.decline(proposal)
                return f"You keep {standing.word}; what {proposal.by} proposes waits for another person."
            return await self._desk.lower_level(proposal.after, proposal.reason)
        allowed = [level for level in reversed(Level) if held <= level < standing]
        if not allowed and standing > Level.ROUTINE:
            raise ActRefusedError(await self._too_early(standing))
        lower = [level for level in allowed if not (mine and proposal and level is proposal.after)]
        if proposal is not None and allowed and not lower:
            raise ActRefusedError(f"You proposed {proposal.after.word}; a second person must agree.")
        return await self._move_level("Lower the level to", lower, up=False)

    async def _too_early(self, standing: Level) -> str:
        """What holds the level, and until when; fits 80 columns."""
        held = await self._desk.held_until(standing)
        if held is None:
            return "The signs have just changed; press L again."
        last, free = held
        highest = await self._desk.held()
        return f"The signs gave {highest.word} at {last:%H:%M}; it can't go down before {free:%H:%M} UTC."

    async def state_fact(self) -> str | None:
        """What is known: which fact, whether it holds, and what that rests on."""
        stated = {each.fact: each for each in await self._desk.facts()}
        asked = {each.fact: each.question for each in self._cues()}
        facts = sorted(Fact, key=lambda fact: fact.value not in asked)
        chosen = await self._choose(
            "What is known? Some facts hold the level, whatever the score.",
            [
                Option(fact.value, fact.question, asked.get(fact.value) or _known(fact, stated.get(fact)))
                for fact in facts
            ],
        )
        if chosen is None:
            return None
        fact = Fact(chosen)
        before = stated.get(fact)
        answer = await self._choose(
            fact.question,
            [
                Option("yes", "Yes", f"holds the level at {fact.level.word} at least"),
                Option("no", "No, or not any more"),
            ],
            1 if before is not None and before.holds else 0,
        )
        if answer is None:
            return None
        reason = await self._ask("How do you know?", placeholder="Kept with the fact; goes into the log")
        if reason is None:
            return None
        return await self._desk.state_fact(fact, answer == "yes", reason)

    def _cues(self) -> Sequence[CueNote]:
        found = self._desk.snapshot.assessment
        return found.cues if found else ()

    async def _move_level(self, question: str, levels: Sequence[Level], *, up: bool) -> str | None:
        standing = self._desk.snapshot.standing
        if not levels:
            return f"The level is {standing.word}; there is none {'above' if up else 'below'} it."
        chosen = await self._choose(question, [Option(str(int(level)), level.word) for level in levels])
        if chosen is None:
            return None
        reason = await self._ask("Why?", placeholder="The reason is kept with the change")
        if reason is None:
            return None
        level = Level(int(chosen))
        if not up:
            return await self._desk.lower_level(level, reason)
        await self._desk.raise_level(level, reason)
        return f"The level is {level.word} now."

    async def open_statement(self) -> str | None:
        """Which of those that were written."""
        await self._desk.writing.keep()
        written = await self._desk.writing.all()
        if not written:
            return "Nothing was written yet; 4 goes to the editor."
        chosen = await self._choose(
            "Which statement?",
            [Option(str(place), each.text[:60], _written(each)) for place, each in enumerate(written)],
        )
        if chosen is None:
            return None
        await self._desk.writing.keep()
        await self._desk.writing.open(written[int(chosen)])
        return f"Opened: {_written(written[int(chosen)])}."


def _type_detail(kind: CrisisType, note: TypeNote | None) -> str:
    if note is None or note.type is not kind or not note.votes:
        return _TYPE_DETAILS[kind]
    return f"{round(note.share * note.votes):,} of {note.votes:,} votes of the last hour speak of it."


def _known(fact: Fact, stated: StatedFact | None) -> str:
    if stated is None:
        return f"not answered; yes holds the level at {fact.level.word} at least"
    return f"{'yes' if stated.holds else 'no'}, {stated.by} {stated.at:%H:%M} UTC: {stated.reason}"


def _written(found: Revision | Draft) -> str:
    if isinstance(found, Draft):
        return f"your draft of {found.at:%H:%M} UTC, not saved yet"
    return f"revision {found.hash[:8]} by {found.by}, {found.at:%H:%M} UTC"


def _asked_for(item: ChecklistItem) -> str:
    kinds = [kind for kind in item.evidence_kinds if kind != "na"]
    return f"asked for: {' or '.join(kinds)}" if kinds else "a short note"
