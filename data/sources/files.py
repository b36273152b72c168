"""Files of NDJSON and the place up to which one was read."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from data.sources.base import Batch, SourceError
from data.sources.ndjson import CHUNK, Lines

_MARK_BYTES = 256


class FilePlace:
    """Where a file was read up to: which file, how many bytes and lines, and a mark of what stands before.

    Numbers of inodes are given anew, and a truncated file may grow past the
    old place; the mark tells the file that was read from one that only looks like it.
    """

    def __init__(self, cursor: str | None) -> None:
        fields = json.loads(cursor) if cursor else {}
        self.inode: int | None = fields.get("inode")
        self.offset: int = fields.get("offset", 0)
        self.line: int = fields.get("line", 1)
        self._mark: str = fields.get("mark", "")

    def resume(self, descriptor: int) -> None:
        """Go on where reading stopped, or from the start if that is not in this file."""
        if self.offset and self._mark != _mark(descriptor, self.offset):
            self.offset, self.line = 0, 1

    def move(self, descriptor: int, offset: int, line: int) -> None:
        """Everything up to here was read."""
        self.offset, self.line, self._mark = offset, line, _mark(descriptor, offset)

    def cursor(self) -> str:
        """The place as text."""
        return json.dumps({"inode": self.inode, "offset": self.offset, "line": self.line, "mark": self._mark})


def _mark(descriptor: int, offset: int) -> str:
    size = min(offset, _MARK_BYTES)
    return hashlib.sha256(os.pread(descriptor, size, offset - size)).hexdigest()[:16]


def read_from(path: Path, place: FilePlace, source: str, *, whole: bool) -> Iterator[Batch]:
    """Batches from a place on; `whole` says that nothing more will be written to the last line."""
    try:
        with path.open("rb", buffering=0) as file:
            place.resume(file.fileno())
            start = place.offset
            lines = Lines(source, place.line, at_start=start == 0)
            file.seek(start)

            def placed(batch: Batch) -> Batch:
                place.move(file.fileno(), start + lines.offset, lines.line)
                batch.cursor = place.cursor()
                return batch

            while data := file.read(CHUNK):
                for batch in lines.feed(data):
                    yield placed(batch)
            if whole:
                lines.close()
            if start + lines.offset > place.offset:
                yield placed(lines.take())
    except OSError as error:
        raise SourceError(f"{path} can't be read ({error.strerror}); check its mode.") from None


def expanded(path: Path) -> Path:
    """A path of the settings with `~` filled in, where that names a known user."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - leaves unknown users as they are
