"""Connections: one writer per file and process, whole transactions, readers without open cursors."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

import aiosqlite

from data.store import files
from data.store.errors import StoreError, StoreFullError, StoreNewerError, StoreUnusableError

T = TypeVar("T")
Row = tuple[Any, ...]

BUSY_MS = 5_000
"""How long a writer waits for another process's transaction."""

CHECKPOINT_BYTES = 4 * 1024 * 1024
"""WAL size from which a writer tries to fold the log back into the file."""

_LOCK_RETRY_S = 0.004


def damaged_wal_possible(version: tuple[int, ...]) -> bool:
    """True for SQLite versions in which two checkpointing processes can corrupt a WAL.

    Source: sqlite.org, "WAL-reset bug": 3.7.0 to 3.51.2, mended in 3.44.6, 3.50.7 and 3.51.3.
    """
    if version >= (3, 51, 3) or version < (3, 7, 0):
        return False
    return not ((3, 44, 6) <= version < (3, 45) or (3, 50, 7) <= version < (3, 51))


def sentence(error: sqlite3.Error, path: Path) -> StoreError:
    """SQLite's word for what went wrong as a sentence with what to do."""
    text = str(error).lower()
    code = getattr(error, "sqlite_errorname", "")
    if "full" in text or code == "SQLITE_FULL":
        return StoreFullError(
            f"The disk under {path.parent} is full; free some space, nothing saved is lost."
        )
    if "readonly" in text or "read-only" in text:
        return StoreUnusableError(f"{path} can't be written; check its owner and mode, and the folder's.")
    if "locked" in text or "busy" in text:
        return StoreError(f"{path} was locked by another program for {BUSY_MS // 1000} s; try again.")
    if "malformed" in text or "not a database" in text:
        return StoreUnusableError(f"{path} is damaged ({error}); restore a backup or move it aside.")
    return StoreUnusableError(f"{path} can't be used ({error}).")


async def connect(path: Path, synchronous: Literal["FULL", "NORMAL"]) -> aiosqlite.Connection:
    """A connection in WAL mode that never checkpoints by itself.

    Raises:
        StoreUnusableError: the file can't be opened in WAL mode.
    """
    connection: aiosqlite.Connection | None = None
    try:
        connection = await aiosqlite.connect(path, isolation_level=None, timeout=BUSY_MS / 1000)
        if not await _keeps_a_wal(connection):
            raise StoreUnusableError(
                f"{path.parent} does not allow SQLite's write-ahead log; choose a local folder with --home."
            )
        for pragma in (
            f"synchronous = {synchronous}",
            "wal_autocheckpoint = 0",
            "foreign_keys = ON",
            "secure_delete = ON",
            "temp_store = MEMORY",
        ):
            await connection.execute_fetchall(f"PRAGMA {pragma}")
    except sqlite3.Error as error:
        if connection is not None:
            await connection.close()
        raise sentence(error, path) from error
    except BaseException:
        if connection is not None:
            await connection.close()
        raise
    return connection


async def _keeps_a_wal(connection: aiosqlite.Connection) -> bool:
    """Change over to WAL, unless the file is so already. Says whether that worked.

    SQLite gives up at once, whatever its timeout, when several processes change
    the mode of a new file together; so the waiting is done here.
    """
    until = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            async with connection.execute("PRAGMA journal_mode = WAL") as cursor:
                row = await cursor.fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            await asyncio.sleep(_LOCK_RETRY_S)
        else:
            return row is not None and row[0] == "wal"


class SharedLock:
    """An flock that writers share and a checkpoint needs alone; it dies with the process."""

    def __init__(self, path: Path) -> None:
        try:
            self._descriptor = files.make_private(path)
        except OSError as error:
            raise StoreUnusableError(
                f"{path} can't be opened ({error.strerror}); check its owner and mode."
            ) from None

    @contextlib.asynccontextmanager
    async def shared(self) -> AsyncIterator[None]:
        """Held while writing; waits without blocking the event loop."""
        while not self._take(fcntl.LOCK_SH):  # noqa: ASYNC110 - another process lets go, no event tells
            await asyncio.sleep(_LOCK_RETRY_S)
        try:
            yield
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    @contextlib.contextmanager
    def alone(self) -> Iterator[bool]:
        """Tries once; yields whether this process now holds it alone."""
        taken = self._take(fcntl.LOCK_EX)
        try:
            yield taken
        finally:
            if taken:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def _take(self, how: int) -> bool:
        try:
            fcntl.flock(self._descriptor, how | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.EWOULDBLOCK, errno.EAGAIN):
                return False
            raise
        return True

    def close(self) -> None:
        """Let go of the lock file."""
        os.close(self._descriptor)


class Reader:
    """A connection for reads; each answer is fetched whole, so that no cursor pins the log."""

    def __init__(self, connection: aiosqlite.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._turn = asyncio.Lock()

    async def all(self, sql: str, parameters: Iterable[Any] = ()) -> list[Row]:
        """All rows of a query.

        Raises:
            StoreError: the file can't be read.
        """
        async with self._turn:
            try:
                return [tuple(row) for row in await self._connection.execute_fetchall(sql, parameters)]
            except sqlite3.Error as error:
                raise sentence(error, self._path) from error

    async def one(self, sql: str, parameters: Iterable[Any] = ()) -> Row | None:
        """The first row of a query, or None."""
        rows = await self.all(sql, parameters)
        return rows[0] if rows else None

    async def copy_to(self, path: Path) -> None:
        """Copy the whole file to a new one, online.

        Raises:
            sqlite3.Error, OSError: the copy failed.
        """
        os.close(files.make_private(path, exclusive=True))
        target = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            async with self._turn:
                await self._connection.backup(target)
        finally:
            target.close()

    async def close(self) -> None:
        """Close the connection and end its thread."""
        await self._connection.close()


class Transaction:
    """What a job may do inside of one transaction."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def all(self, sql: str, parameters: Iterable[Any] = ()) -> list[Row]:
        """All rows of a query."""
        return [tuple(row) for row in await self._connection.execute_fetchall(sql, parameters)]

    async def one(self, sql: str, parameters: Iterable[Any] = ()) -> Row | None:
        """The first row of a query, or None."""
        rows = await self.all(sql, parameters)
        return rows[0] if rows else None

    async def run(self, sql: str, parameters: Iterable[Any] = ()) -> int:
        """Run one statement; returns how many rows it changed."""
        async with self._connection.execute(sql, parameters) as cursor:
            return cursor.rowcount

    async def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> int:
        """Run one statement for many rows; returns how many rows changed."""
        async with self._connection.executemany(sql, rows) as cursor:
            return cursor.rowcount


Job = Callable[[Transaction], Awaitable[T]]


class Writer:
    """The one writing connection of this process to one file.

    Every write is a whole `BEGIN IMMEDIATE` transaction that cancellation
    can't tear: it goes on to its end even if nobody waits for it any more.
    """

    def __init__(self, connection: aiosqlite.Connection, path: Path, lock: SharedLock) -> None:
        self._connection = connection
        self._path = path
        self._lock = lock
        self._turn = asyncio.Lock()
        self._running: set[asyncio.Task[Any]] = set()
        self._schema: int | None = None

    async def write(self, job: Job[T]) -> T:
        """Run a job in one transaction and return what it returns, once that is committed.

        The job may be run a second time if the disk was full and the reserve
        could be given up, so it must not keep state of its own.

        Raises:
            StoreError: nothing was written.
        """
        task = asyncio.ensure_future(self._write(job))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def _write(self, job: Job[T]) -> T:
        async with self._turn:
            try:
                try:
                    result = await self._transaction(job)
                except sqlite3.Error as error:
                    if not isinstance(sentence(error, self._path), StoreFullError):
                        raise
                    if not files.give_up_reserve(self._path.parent):
                        raise
                    result = await self._transaction(job)
            except sqlite3.Error as error:
                raise sentence(error, self._path) from error
            await self._checkpoint()
            return result

    async def _transaction(self, job: Job[T]) -> T:
        async with self._lock.shared():
            await self._connection.execute_fetchall("BEGIN IMMEDIATE")
            try:
                transaction = Transaction(self._connection)
                await self._fence(transaction)
                result = await job(transaction)
                await self._connection.execute_fetchall("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    await self._connection.execute_fetchall("ROLLBACK")
                raise
        return result

    async def _fence(self, transaction: Transaction) -> None:
        """Refuse to write once a newer program has changed the tables."""
        row = await transaction.one("PRAGMA user_version")
        if self._schema is not None and row is not None and row[0] != self._schema:
            raise StoreNewerError(
                f"A newer version of crisis-tui has changed {self._path}; quit and start that version."
            )

    async def _checkpoint(self) -> None:
        """Fold a long log back into the file if no other process is writing right now."""
        wal = self._path.with_name(self._path.name + "-wal")
        try:
            if wal.stat().st_size < CHECKPOINT_BYTES:
                return
        except OSError:
            return
        with self._lock.alone() as alone:
            if alone:
                # A reader in the middle of an answer makes it partial; the next write tries again.
                with contextlib.suppress(sqlite3.Error):
                    await self._connection.execute_fetchall("PRAGMA busy_timeout = 50")
                    await self._connection.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
                await self._connection.execute_fetchall(f"PRAGMA busy_timeout = {BUSY_MS}")

    async def version(self) -> int:
        """The schema version of the file."""
        row = await Transaction(self._connection).one("PRAGMA user_version")
        return int(row[0]) if row else 0

    def expect(self, version: int) -> None:
        """From now on refuse to write to a file of any other schema version."""
        self._schema = version

    async def close(self) -> None:
        """Finish what runs, then close the connection and end its thread."""
        while self._running:
            await asyncio.wait(self._running)  # unlike gather it leaves them alone when cancelled
        await self._connection.close()
