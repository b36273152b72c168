"""What one person decides about mentions: records each act and says in words what was done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from crisis_tui.response import triage
from crisis_tui.response.acts import ActRefusedError
from crisis_tui.response.triage import TriageAct
from data.models.kept import Subject
from data.models.mention import StoredMention, Tone
from data.models.triage import Answer, Mark, Triage
from data.store import Store
from data.text import SafeText


class Done(NamedTuple):
    """What was done in words, and whether something stands now that the same act would take back."""

    words: str
    stands: bool


class Triaging:
    """Acts on mentions of one store, one after the other, each on what stands then."""

    def __init__(self, store: Store, actor: SafeText, now: Callable[[], datetime]) -> None:
        self._store = store
        self._actor = actor
        self._now = now
        self._turn = asyncio.Lock()

    async def record(self, *acts: TriageAct) -> None:
        """Record acts in one transaction.

        Raises:
            StoreError: nothing was recorded.
        """
        keep = [row for act in acts for row in act.keep]
        await self._store.events.append([act.event for act in acts], self._actor, self._now(), keep)

    async def answer(self, item: StoredMention, how: Answer) -> Done:
        """Decide how a mention is answered, or take that back where it is decided so already.

        Raises:
            ActRefusedError, StoreError: nothing was recorded.
        """
        async with self._turn:
            subject, stands = await self._standing(item)
            before = stands.answer if stands else None
            again = before is how
            await self.record(triage.answer(subject, None if again else how))
        if again:
            return Done(f"No answer is decided any more; it was {how.words}.", False)
        was = f" (it was {before.words} by {stands.answer_by})" if before and stands else ""
        return Done(f"Answer: {how.words}{was}.", True)

    async def mark(self, item: StoredMention, which: Mark) -> Done:
        """Set a mark, or take it away where it is set.

        Raises:
            ActRefusedError, StoreError: nothing was recorded.
        """
        async with self._turn:
            subject, stands = await self._standing(item)
            on = not (stands and stands.marked(which))
            await self.record(triage.mark(subject, which, on))
        return Done(f"{'Marked' if on else 'No longer marked'}: {which.words}.", on)

    async def keep(self, item: StoredMention, reason: str) -> Done:
        """Keep a mention as evidence, as it is stored now.

        Raises:
            ActRefusedError, StoreError: nothing was recorded.
        """
        async with self._turn:
            newest = await self._newest(item)
            act = triage.keep(self._store.triage.subject(newest), newest, reason)
            await self.record(act)
        return Done(f"Kept as evidence {triage.evidence_of(newest).hash[:8]}.", True)

    async def let_go(self, item: StoredMention) -> Done:
        """A mention is evidence no more; its copy stays.

        Raises:
            ActRefusedError, StoreError: nothing was recorded.
        """
        async with self._turn:
            subject, _ = await self._standing(item)
            await self.record(triage.let_go(subject))
        return Done("No longer marked as evidence; the copy stays.", False)

    async def assign(self, item: StoredMention, to: str) -> Done:
        """Give a mention to a person of the team, to nobody where no name is given.

        Raises:
            ActRefusedError, StoreError: nothing was recorded.
        """
        async with self._turn:
            subject, stands = await self._standing(item)
            act = triage.assign(subject, to)
            await self.record(act)
        name = act.event.body["to"]
        was = f" (it was {stands.assigned}'s)" if stands and stands.assigned not in (None, name) else ""
        return Done(f"Assigned to {name or 'nobody'}{was}.", name is not None)

    async def teach(self, item: StoredMention, tone: Tone | None) -> Done:
        """Say how a mention reads; None lets the model's reading count again.

        Raises:
            ActRefusedError, StoreError: nothing was recorded.
        """
        async with self._turn:
            newest = await self._newest(item)
            subject = self._store.triage.subject(newest, renewed=tone is not None)
            await self.record(triage.teach(subject, tone, newest.tone))
            right, read = triage.track_record(await self._store.triage.taught())
        said = _said(newest.tone)
        if tone is None:
            return Done(f"No tone is taught here any more; the model {said}.", False)
        record = f" It was right on {right:,} of {read:,} taught so far." if read else ""
        return Done(f"Taught: {tone.value}; the model {said}.{record}", True)

    async def _standing(self, item: StoredMention) -> tuple[Subject, Triage | None]:
        if item.gap is not None:
            raise ActRefusedError("Here something is missing; there is no post to act on.")
        key = (item.mention.network, item.mention.id)
        return self._store.triage.subject(item), (await self._store.triage.of([key])).get(key)

    async def _newest(self, item: StoredMention) -> StoredMention:
        """The mention as it is stored now: a reading or an edit may have come since it was shown."""
        if item.gap is not None:
            raise ActRefusedError("Here something is missing; there is no post to act on.")
        return await self._store.mentions.find(item.mention.network, item.mention.id) or item


def _said(tone: Tone | None) -> str:
    if tone is None:
        return "has not read it yet"
    return "could not read it" if tone is Tone.UNSCORED else f"had said {tone.value}"
