"""The store: two SQLite files in one folder, the bus between all processes."""

from __future__ import annotations

import contextlib
import secrets
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

from data.store import files
from data.store.alerts import Alerts
from data.store.backup import NAMES, back_up
from data.store.connection import Reader, SharedLock, Transaction, Writer, connect
from data.store.drafts import Drafts
from data.store.errors import (
    EventRefusedError,
    StoreError,
    StoreFullError,
    StoreNewerError,
    StoreUnusableError,
)
from data.store.events import Events
from data.store.facts import Facts
from data.store.feeds import Feeds
from data.store.incidents import Incidents
from data.store.mentions import Mentions
from data.store.migrate import migrate
from data.store.readings import Readings
from data.store.standing import Standing
from data.store.stories import Stories
from data.store.triage import Triages
from data.store.watch import ChangeWatch

__all__ = (
    "EventRefusedError",
    "Store",
    "StoreError",
    "StoreFullError",
    "StoreNewerError",
    "StoreUnusableError",
)


class Store:
    """One folder with `crisis.db` (what people did) and `mentions.db` (what can be fetched again)."""

    def __init__(
        self,
        folder: Path,
        writers: tuple[Writer, Writer],
        readers: tuple[Reader, Reader],
        replica: str,
        secret: str,
    ) -> None:
        self.folder = folder
        self._writers = writers
        self._readers = readers
        self.events = Events(writers[0], readers[0], replica)
        self.incidents = Incidents(readers[0])
        self.facts = Facts(readers[0])
        self.triage = Triages(readers[0], secret)
        self.drafts = Drafts(writers[0], readers[0], folder)
        self.mentions = Mentions(writers[1], readers[1])
        self.readings = Readings(writers[1], readers[1])
        self.stories = Stories(readers[1])
        self.feeds = Feeds(writers[1], readers[1])
        self.standing = Standing(writers[1], readers[1])
        self.alerts = Alerts(writers[1], readers[1])
        self.acts_watch = ChangeWatch(readers[0])
        self.mentions_watch = ChangeWatch(readers[1])

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, folder: Path) -> AsyncIterator[Store]:
        """Open a store, making it if there is none, and close it at the end.

        Raises:
            StoreUnusableError: with one sentence that says why and what to do.
        """
        files.prepare(folder)
        async with contextlib.AsyncExitStack() as stack:
            acts = await _open_one(stack, folder, "crisis")
            mentions = await _open_one(stack, folder, "mentions")
            replica, secret = await _identity(acts[0])
            yield cls(folder, (acts[0], mentions[0]), (acts[1], mentions[1]), replica, secret)

    async def backup(self, target: Path) -> None:
        """Copy the store into one private file while it is in use.

        Raises:
            BackupError: the target exists or can't be written; nothing is left there.
        """
        readers = dict(zip(NAMES, self._readers, strict=True))
        await back_up(lambda name, path: readers[name].copy_to(path), target)


async def _open_one(stack: contextlib.AsyncExitStack, folder: Path, which: str) -> tuple[Writer, Reader]:
    path = folder / f"{which}.db"
    durable = which == "crisis"
    lock = SharedLock(folder / f"{which}.lock")
    stack.callback(lock.close)
    writer = Writer(await connect(path, "FULL" if durable else "NORMAL"), path, lock)
    stack.push_async_callback(writer.close)
    await migrate(writer, which)
    reader = Reader(await connect(path, "NORMAL"), path)
    stack.push_async_callback(reader.close)
    return writer, reader


async def _identity(writer: Writer) -> tuple[str, str]:
    """The id of this replica and the key of its hashes, both made once."""
    fresh = {"replica": uuid.uuid4().hex, "subject_key": secrets.token_hex(32)}

    async def job(transaction: Transaction) -> tuple[str, str]:
        await transaction.many(
            "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING", list(fresh.items())
        )
        found = {row[0]: str(row[1]) for row in await transaction.all("SELECT key, value FROM meta")}
        return found["replica"], found["subject_key"]

    return await writer.write(job)
