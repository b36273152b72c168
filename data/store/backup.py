"""Backups: both files of a store, as they stood at one moment, in one private file that can be checked."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import uuid
import zipfile
import zlib
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from data.store import files
from data.store.errors import BackupError

MANIFEST = "manifest.json"
NAMES = (files.CRISIS_DB, files.MENTIONS_DB)

# RuntimeError is what zipfile says of a flag or method that no backup of ours has.
_UNREADABLE = (
    OSError, EOFError, KeyError, TypeError, ValueError, RuntimeError,
    zipfile.BadZipFile, zlib.error, sqlite3.Error,
)  # fmt: skip

Copy = Callable[[str, Path], Coroutine[Any, Any, None]]
"""Copies the file of that name online to a new path."""


async def back_up(copy: Copy, target: Path) -> None:
    """Write a backup (a ZIP of the two databases and their hashes) while the store is in use.

    Raises:
        BackupError: the target exists or can't be written; nothing is left there.
    """
    if os.path.lexists(target):
        raise BackupError(f"{target} exists already; name a new file for the backup.")
    part: Path | None = None
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        archive = part / "backup"
        hashes = {}
        for name in NAMES:
            await copy(name, part / name)
            hashes[name] = _hash(part / name)
        with os.fdopen(files.make_private(archive, exclusive=True), "wb") as raw:
            with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
                packed.writestr(MANIFEST, json.dumps({"format": 1, "sha256": hashes}, indent=2))
                for name in NAMES:
                    packed.write(part / name, name)
            raw.flush()
            os.fsync(raw.fileno())
        archive.rename(target)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"The backup to {target} failed ({error}); nothing was left there.") from None
    finally:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)


def restore(source: Path, folder: Path) -> None:
    """Unpack a backup into a folder that has no store yet, after checking every byte of it.

    Raises:
        BackupError: the backup is damaged or no backup, or there is a store already; nothing changed.
    """
    if any((folder / name).exists() for name in NAMES):
        raise BackupError(f"{folder} holds a store already; choose an empty folder with --home.")
    files.prepare_folder(folder)
    unpacked: list[Path] = []
    try:
        with zipfile.ZipFile(source) as packed:
            hashes = json.loads(packed.read(MANIFEST))["sha256"]
            for name in NAMES:
                path = folder / f".{name}.restoring"
                unpacked.append(path)
                with (
                    packed.open(name) as content,
                    os.fdopen(files.make_private(path, exclusive=True), "wb") as file,
                ):
                    shutil.copyfileobj(content, file)
                    file.flush()
                    os.fsync(file.fileno())
                if _hash(path) != hashes[name]:
                    raise BackupError(f"{source} is damaged: {name} is not what was backed up.")
                _check(path, source)
        _begin_own_chain(unpacked[0])
        for path, name in zip(unpacked, NAMES, strict=True):
            path.rename(folder / name)
    except _UNREADABLE as error:
        raise BackupError(f"{source} can't be restored ({error}); is it a backup of crisis-tui?") from None
    finally:
        for path in unpacked:
            path.unlink(missing_ok=True)


def _begin_own_chain(path: Path) -> None:
    """Give the copy an identity of its own: two stores that go on with one would fork its chain."""
    connection = sqlite3.connect(path)
    try:
        with connection:
            connection.execute("UPDATE meta SET value = ? WHERE key = 'replica'", (uuid.uuid4().hex,))
    finally:
        connection.close()


def _check(path: Path, source: Path) -> None:
    connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    try:
        verdict = connection.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.Error as error:
        verdict = str(error)
    finally:
        connection.close()
    if verdict != "ok":
        raise BackupError(f"{source} is damaged: {verdict}.")


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
