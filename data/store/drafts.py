"""Drafts: the editor's buffer, kept twice - as a row and as an append-only journal.

The journal is plain text beside the store, so that what was typed survives a
store that can't be opened or written any more.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from data.models.statement import Draft
from data.store import files
from data.store.connection import Reader, Transaction, Writer

JOURNAL_BYTES = 1024 * 1024
"""A journal longer than this is begun anew with the newest text."""


class Drafts:
    """Drafts of one store. A draft's id is its statement's, so that there is one for each writer and text."""

    def __init__(self, writer: Writer, reader: Reader, folder: Path) -> None:
        self._writer = writer
        self._reader = reader
        self._folder = folder / "drafts"

    async def save(self, draft: Draft) -> None:
        """Keep a draft; on return it is on disk in at least the journal.

        Raises:
            StoreError: the row could not be written (the journal was).
        """
        await asyncio.to_thread(self.journal, draft)  # a slow disk must not hold up the next key

        async def job(transaction: Transaction) -> None:
            row = draft.model_dump(mode="json")
            await transaction.run(
                "INSERT INTO drafts (id, statement, incident, base, text, at, by) VALUES"
                " (:id, :statement, :incident, :base, :text, :at, :by) ON CONFLICT (id) DO UPDATE SET"
                " statement = excluded.statement, incident = excluded.incident, base = excluded.base,"
                " text = excluded.text, at = excluded.at, by = excluded.by",
                row,
            )

        await self._writer.write(job)

    def journal(self, draft: Draft) -> None:
        """Append a draft to its journal and wait until the disk has it; a full disk is no error here."""
        with contextlib.suppress(OSError):
            files.make_folder(self._folder)
            path = self._folder / f"{draft.id}.jsonl"
            descriptor = files.make_private(path)
            try:
                if os.fstat(descriptor).st_size > JOURNAL_BYTES:
                    os.ftruncate(descriptor, 0)
                end = os.lseek(descriptor, 0, os.SEEK_END)
                # A line that was cut must not swallow the one that follows it.
                cut = end > 0 and os.pread(descriptor, 1, end - 1) != b"\n"
                os.write(descriptor, b"\n" * cut + draft.model_dump_json().encode() + b"\n")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    async def discard(self, draft_id: str) -> None:
        """Forget a draft, because a revision holds its text or a person threw it away."""

        async def job(transaction: Transaction) -> None:
            await transaction.run("DELETE FROM drafts WHERE id = ?", (draft_id,))

        await self._writer.write(job)
        with contextlib.suppress(OSError):
            (self._folder / f"{draft_id}.jsonl").unlink()

    async def of(self, person: str) -> list[Draft]:
        """What a person has typed and not saved, newest first, from the rows and the journals."""
        rows = await self._reader.all(
            "SELECT id, statement, incident, base, text, at, by FROM drafts WHERE by = ?", (person,)
        )
        names = ("id", "statement", "incident", "base", "text", "at", "by")
        newest = {row[0]: Draft.model_validate(dict(zip(names, row, strict=True))) for row in rows}
        for draft in self._journalled():
            known = newest.get(draft.id)
            if draft.by == person and (known is None or draft.at > known.at):
                newest[draft.id] = draft
        return sorted(newest.values(), key=lambda draft: draft.at, reverse=True)

    def _journalled(self) -> Iterator[Draft]:
        """The last whole line of each journal."""
        for path in sorted(self._folder.glob("*.jsonl")):
            try:
                lines = path.read_bytes().splitlines()
            except OSError:
                continue
            for line in reversed(lines):
                try:
                    yield Draft.model_validate(json.loads(line))
                except ValueError:
                    continue  # the last line may be cut by a power loss
                break
