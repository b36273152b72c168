"""The statement that is being written: its draft, its revisions, and taking it up again."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from crisis_tui.response import acts
from data.models.statement import Draft, Revision
from data.store import Store
from data.text import SafeText, clean

DRAFT_S = 0.15
"""Typing is kept at most this long after a key, well inside the promised 250 ms."""


class Writing:
    """One statement at a time. Every text that `typed` is given is on disk soon after."""

    def __init__(self, store: Store, actor: SafeText, now: Callable[[], datetime]) -> None:
        self._store = store
        self._actor = actor
        self._now = now
        self._saving = asyncio.Lock()
        self.incident: str | None = None
        self.statement = uuid.uuid4().hex
        self.base: str | None = None
        self.text = SafeText("")
        self.kept = SafeText("")
        self.kept_at: datetime | None = None

    @property
    def dirty(self) -> bool:
        """True while the text is not a saved revision."""
        return bool(self.text) and (self.base is None or acts.text_hash(self.text) != self.base)

    async def resume(self) -> Draft | None:
        """Take up what this person left: the newest draft, else the newest revision of the incident.

        Returns the draft if there was one.
        """
        drafts = await self.drafts()
        if drafts:
            self._take_draft(drafts[0])
            return drafts[0]
        revisions = await self._store.incidents.statements(self.incident)
        if revisions:
            await self.open(revisions[0])
        return None

    async def drafts(self) -> list[Draft]:
        """What this person typed and did not save, newest first."""
        return [each for each in await self._store.drafts.of(self._actor) if each.text.strip()]

    async def open(self, found: Revision | Draft) -> None:
        """Go on writing a statement: where this person's draft of it ends, if there is one."""
        drafts = [each for each in await self.drafts() if each.statement == found.statement]
        if drafts:
            self._take_draft(drafts[0])
        elif isinstance(found, Revision):
            self._take(found.statement, found.hash, found.text)

    def _take_draft(self, draft: Draft) -> None:
        self._take(draft.statement, draft.base, draft.text)
        self.kept, self.kept_at = draft.text, draft.at

    def begin(self) -> None:
        """Begin another statement; the one before is a revision or a draft."""
        self._take(uuid.uuid4().hex, None, SafeText(""))

    def _take(self, statement: str, base: str | None, text: SafeText) -> None:
        self.statement, self.base, self.text = statement, base, text
        self.kept, self.kept_at = text, None

    def typed(self, text: str) -> None:
        """The text as it stands in the editor."""
        self.text = clean(text)

    async def keep(self) -> bool:
        """Keep the draft on disk; True if there was anything new.

        Raises:
            StoreError: the store did not take it; the journal beside it did if it could.
        """
        async with self._saving:
            text = self.text
            if text == self.kept:
                return False
            at = self._now()
            if self.kept_at is not None:  # a stopped clock must not make the newest draft look old
                at = max(at, self.kept_at + timedelta(milliseconds=1))
            draft = Draft(
                id=self.draft_id,
                statement=self.statement,
                incident=self.incident,
                base=self.base,
                text=text,
                at=at,
                by=self._actor,
            )
            await asyncio.shield(self._store.drafts.save(draft))
            self.kept, self.kept_at = text, at
            return True

    @property
    def draft_id(self) -> str:
        """One draft for each statement and person."""
        return uuid.uuid5(uuid.NAMESPACE_OID, f"{self.statement}/{self._actor}").hex

    async def save(self) -> str:
        """Make the text a revision, an event; returns the first digits of its name.

        Raises:
            ActRefusedError: there is nothing (new) to save.
            StoreError: it was not saved; the draft stays.
        """
        typed = self.text
        event, text = acts.save_revision(self.statement, self.incident, typed, self.base)
        async with self._saving:
            await self._store.events.append([event], self._actor, self._now())
            self.base = acts.text_hash(text)
            self.kept, self.kept_at = text, None
            if self.text == typed:  # what was typed meanwhile stays, and is kept as a draft
                self.text = text
            await self._store.drafts.discard(self.draft_id)
        return self.base[:8]

    async def others(self) -> list[Revision]:
        """Revisions of this statement that somebody saved beside ours."""
        heads = await self._store.incidents.heads(self.statement)
        return [each for each in heads if each.hash != self.base]

    async def said(self) -> bool:
        """Was any statement saved for this incident?"""
        return bool(await self._store.incidents.statements(self.incident))

    async def all(self) -> list[Revision | Draft]:
        """This person's drafts of what was never saved, what this incident has, what came before it."""
        saved = await self._saved()
        known = {each.statement for each in saved}
        return [*(each for each in await self.drafts() if each.statement not in known), *saved]

    async def _saved(self) -> list[Revision]:
        found = list(await self._store.incidents.statements(self.incident))
        if self.incident is not None:
            known = {each.statement for each in found}
            found += [
                each for each in await self._store.incidents.statements(None) if each.statement not in known
            ]
        return found
