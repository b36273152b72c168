"""A folder into which files of NDJSON are dropped."""

from __future__ import annotations

import contextlib
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import ClassVar, Literal

from data.sources.base import Batch, SourceError, SourceSettings, Tools
from data.sources.files import FilePlace, expanded, read_from


class Settings(SourceSettings):
    """`path` is the folder; finished files are moved to its `done/`."""

    default_every: ClassVar[float] = 1.0
    min_every: ClassVar[float] = 0.1

    kind: Literal["drop"] = "drop"
    path: Path


class DropSource:
    """A folder into which whole files are moved; each is read once and put into `done/`."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.host = ""
        self._folder = folder

    async def poll(self, cursor: str | None) -> AsyncIterator[Batch]:
        """All lines of the files that lie there, oldest first.

        Raises:
            SourceError: the folder or a file can't be read or moved.
        """
        place = FilePlace(cursor)
        for path, inode in self._waiting():
            if place.inode != inode:
                place = FilePlace(None)
                place.inode = inode
            for batch in read_from(path, place, f"{self.name}/{path.name}", whole=True):
                yield batch
            self._put_away(path)

    def _waiting(self) -> list[tuple[Path, int]]:
        """The files that lie there with their inodes, oldest first."""
        found = []
        try:
            for path in self._folder.iterdir():
                if path.suffix not in (".ndjson", ".jsonl") or path.name.startswith("."):
                    continue
                with contextlib.suppress(FileNotFoundError):  # taken away again
                    status = path.stat()
                    if stat.S_ISREG(status.st_mode):
                        found.append((status.st_mtime_ns, path.name, path, status.st_ino))
        except FileNotFoundError:
            raise SourceError(f"The folder {self._folder} does not exist; make it.") from None
        except OSError as error:
            raise SourceError(f"The folder {self._folder} can't be read ({error.strerror}).") from None
        return [(path, inode) for _, _, path, inode in sorted(found)]

    def _put_away(self, path: Path) -> None:
        done = self._folder / "done"
        try:
            done.mkdir(exist_ok=True)
            target = done / path.name
            count = 1
            while target.exists():
                count += 1
                target = done / f"{path.stem}-{count}{path.suffix}"
            path.rename(target)
        except OSError as error:
            raise SourceError(
                f"{path} was read but can't be moved to {done} ({error.strerror}); check the folder's mode."
            ) from None


def source(settings: Settings, tools: Tools) -> DropSource:
    """The source that the settings describe."""
    return DropSource(settings.name, expanded(settings.path))
