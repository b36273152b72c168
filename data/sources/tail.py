"""A file of NDJSON that grows."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import ClassVar, Literal

from data.sources.base import Batch, SourceError, SourceSettings, Tools
from data.sources.files import FilePlace, expanded, read_from


class Settings(SourceSettings):
    """`path` is the file; it need not exist yet."""

    default_every: ClassVar[float] = 1.0
    min_every: ClassVar[float] = 0.1

    kind: Literal["tail"] = "tail"
    path: Path


class TailSource:
    """A file that grows; it may be rotated by renaming or truncated, and need not exist yet."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.host = ""
        self._path = path

    async def poll(self, cursor: str | None) -> AsyncIterator[Batch]:
        """Whole lines that came since `cursor`.

        Raises:
            SourceError: the file can't be opened.
        """
        place = FilePlace(cursor)
        try:
            status = self._path.stat()
        except FileNotFoundError:
            raise SourceError(f"{self._path} does not exist yet; it is read as soon as it does.") from None
        except OSError as error:
            raise SourceError(f"{self._path} can't be read ({error.strerror}); check its mode.") from None
        if place.inode is not None and place.inode != status.st_ino:
            for old in self._rotated(place.inode):
                for batch in read_from(old, place, self.name, whole=True):
                    yield batch
            place = FilePlace(None)
        if place.inode is None:
            place.inode = status.st_ino
            yield Batch(cursor=place.cursor())  # so that this file is found again if it is renamed at once
        for batch in read_from(self._path, place, self.name, whole=False):
            yield batch

    def _rotated(self, inode: int) -> list[Path]:
        """The file that was read before, under the name that rotation gave it."""
        found = []
        with contextlib.suppress(OSError):
            for path in self._path.parent.iterdir():
                with contextlib.suppress(OSError):
                    if path.name.startswith(self._path.name) and path.stat().st_ino == inode:
                        found.append(path)
        return found


def source(settings: Settings, tools: Tools) -> TailSource:
    """The source that the settings describe."""
    return TailSource(settings.name, expanded(settings.path))
