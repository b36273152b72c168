"""Acts on one mention from its keys: what is asked first, and what is said after, with the way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from textual.app import App

from crisis_tui.dashboard.actions import shown
from crisis_tui.dashboard.desk import Desk
from crisis_tui.dashboard.questions import Questions
from crisis_tui.triaging import Done
from data.models.mention import StoredMention, Tone
from data.models.triage import Answer, Mark
from widgets.prompt import Option

TriagePlace = Literal["feed", "mention"]
"""Where the key was pressed: on the row, or where the mention lies open."""

_TONES = ((Tone.NEGATIVE, "-"), (Tone.NEUTRAL, "="), (Tone.POSITIVE, "+"))
_TAKE_BACK = "take back"


class TriageFlows(Questions):
    """Each gives a sentence for the bottom line, None if it was left."""

    def __init__(self, app: App[object], desk: Desk, keys: Mapping[str, str]) -> None:
        super().__init__(app, desk)
        self._keys = keys

    async def answer(self, item: StoredMention, how: Answer, place: TriagePlace) -> str:
        """Decide, or take back, how it is answered."""
        return self._told(await self._desk.triaging.answer(item, how), f"{place}.{how.value}")

    async def mark(self, item: StoredMention, which: Mark, place: TriagePlace) -> str:
        """Mark it, or not."""
        return self._told(await self._desk.triaging.mark(item, which), f"{place}.{which.value}")

    async def keep(self, item: StoredMention, place: TriagePlace) -> str | None:
        """Why it is kept as evidence; what is kept already is let go."""
        if item.triage is not None and item.triage.evidence is not None:
            return self._told(await self._desk.triaging.let_go(item), f"{place}.keep")
        reason = await self._ask(
            "Why keep this as evidence?",
            placeholder="a threat, may be deleted",
            hint="Enter keeps a whole copy, with or without a reason. Esc leaves.",
        )
        if reason is None:
            return None
        return self._told(await self._desk.triaging.keep(item, reason), f"{place}.keep")

    async def assign(self, item: StoredMention, place: TriagePlace) -> str | None:
        """To whom; this person's own name lies there, unless it is theirs already."""
        holder = item.triage.assigned if item.triage else None
        name = await self._ask(
            f"Assign to whom? It is {holder}'s now." if holder else "Assign to whom?",
            value="" if holder == self._desk.actor else self._desk.actor,
            placeholder="nobody",
            hint="A name as this system knows it, then Enter; nothing typed: to nobody. Esc leaves.",
        )
        if name is None:
            return None
        done = await self._desk.triaging.assign(item, name)
        return f"{done.words} {self._key(f'{place}.assign')} assigns anew."

    async def teach(self, item: StoredMention, place: TriagePlace) -> str | None:
        """How it reads to a person."""
        triage = item.triage
        model = "could not read it" if item.tone is Tone.UNSCORED else f"says {item.tone}"
        question = f"How does it read? The model {model if item.tone else 'has not read it yet'}."
        options = [Option(tone.value, tone.value.capitalize(), key=key) for tone, key in _TONES]
        if triage is not None and triage.tone is not None:
            question = f"{question} {triage.tone_by or 'Somebody'} taught {triage.tone.value}."
            options.append(Option(_TAKE_BACK, "Let the model's reading count again", key="c"))
        now = item.tone if item.taught is None else item.taught
        at = next((place for place, (tone, _) in enumerate(_TONES) if tone is now), 0)
        chosen = await self._choose(question, options, at)
        if chosen is None:
            return None
        tone = None if chosen == _TAKE_BACK else Tone(chosen)
        done = await self._desk.triaging.teach(item, tone)
        return f"{done.words} {self._key(f'{place}.teach')} {'changes it' if done.stands else 'teaches it'}."

    def _told(self, done: Done, action: str) -> str:
        return f"{done.words} {self._key(action)} {'takes it back' if done.stands else 'sets it again'}."

    def _key(self, action: str) -> str:
        return shown(self._keys[action]).split(" ")[0]
