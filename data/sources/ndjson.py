"""NDJSON: one JSON object a line, from a file, a pipe, a growing file or a drop folder."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import select
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from data.models.mention import Mention, Rejected
from data.sources.base import BATCH, Batch, SourceError

MAX_LINE = 256 * 1024
"""Longest line in bytes that is read as a mention; no network allows a post near that."""

KEPT_BYTES = 2 * 1024 * 1024
"""How much of a longer line is kept in quarantine."""

_CHUNK = 1024 * 1024
_MARK_BYTES = 256


class BadLineError(ValueError):
    """A line that is no mention; `str()` says what is wrong with it."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are all different; two values for one key would hide one of them."""
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise BadLineError(f'has the key "{key[:60]}" twice')
            seen.add(key)
    return found


def _no_constant(name: str) -> NoReturn:
    raise BadLineError(f"holds {name}, which is no JSON number")


_decode = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant).decode


def parse(line: bytes) -> Mention:
    """One line as a mention.

    Raises:
        BadLineError: with the reason as half a sentence.
    """
    if len(line) > MAX_LINE:
        raise BadLineError(f"is {len(line):,} bytes long; at most {MAX_LINE:,} are read")
    try:
        return Mention.model_validate(_decode(line.decode("utf-8")))
    except UnicodeDecodeError as error:
        raise BadLineError(f"is not UTF-8 at byte {error.start + 1}") from None
    except json.JSONDecodeError as error:
        raise BadLineError(f"is not whole JSON: {error.msg} at column {error.colno}") from None
    except ValidationError as error:
        raise BadLineError(_first_fault(error)) from None
    except RecursionError:
        raise BadLineError("is nested too deeply") from None
    except BadLineError:
        raise
    except (ValueError, ArithmeticError):
        raise BadLineError("holds a number that is too long to be read") from None


def _first_fault(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing":
        return f'lacks "{where}"'
    words = first["msg"].removeprefix("Value error, ")
    words = words.removeprefix("Input ").removeprefix("Assertion failed, ")
    return f'"{where}" {words}' if where else words


class Lines:
    """Cuts a stream of bytes into numbered lines and those into batches.

    Holds at most one batch and `KEPT_BYTES` of one line in memory.
    """

    def __init__(self, source: str, first_line: int = 1, *, at_start: bool = True) -> None:
        self.line = first_line
        self.offset = 0
        self._source = source
        self._open = bytearray()
        self._skipped = 0
        self._batch = Batch()
        self._at_start = at_start

    @property
    def full(self) -> bool:
        """True when the batch should be taken."""
        return self._batch.read >= BATCH

    def feed(self, data: bytes) -> Iterator[Batch]:
        """Take in bytes; yields each batch that fills up."""
        start = 0
        while (end := data.find(b"\n", start)) >= 0:
            self._finish(1, data[start:end])
            start = end + 1
            if self.full:
                yield self.take()
        self._extend(data[start:])

    def close(self) -> None:
        """The stream has ended: what stands open is the last line."""
        if self._open or self._skipped:
            self._finish(0)

    def take(self) -> Batch:
        """The batch so far; the next one starts empty."""
        batch, self._batch = self._batch, Batch()
        return batch

    def _extend(self, data: bytes) -> None:
        room = KEPT_BYTES - len(self._open)
        self._open += data[:room]
        self._skipped += max(0, len(data) - room)

    def _finish(self, newline: int, line: bytes = b"") -> None:
        if self._open or self._skipped or len(line) > KEPT_BYTES:
            self._extend(line)
            line = bytes(self._open)
        whole = not self._skipped
        size = len(line) + self._skipped
        self.offset += size + newline
        self._open.clear()
        self._skipped = 0
        if self._at_start:
            self._at_start = False
            line = line.removeprefix(b"\xef\xbb\xbf")
        number, self.line = self.line, self.line + 1
        if whole and not line.strip():
            return
        try:
            if size > MAX_LINE:
                raise BadLineError(f"is {size:,} bytes long; at most {MAX_LINE:,} are read")
            self._batch.mentions.append(parse(line))
        except BadLineError as error:
            self._batch.rejected.append(
                Rejected.model_validate(
                    {
                        "source": self._source,
                        "line": number,
                        "reason": f"line {number} {error}",
                        "raw": line,
                        "size": size,
                    }
                )
            )


def read_stream(descriptor: int, source: str) -> Iterator[Batch]:
    """Batches of a file or pipe until its end; a slow pipe gives what it has without waiting for more."""
    lines = Lines(source)
    while True:
        data = os.read(descriptor, _CHUNK)
        if not data:
            break
        yield from lines.feed(data)
        if not select.select([descriptor], [], [], 0)[0] and (batch := lines.take()).read:
            yield batch
    lines.close()
    if (batch := lines.take()).read:
        yield batch


class _Place:
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


class TailSource:
    """A file that grows; it may be rotated by renaming or truncated, and need not exist yet."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self._path = path

    async def poll(self, cursor: str | None) -> AsyncIterator[Batch]:
        """Whole lines that came since `cursor`.

        Raises:
            SourceError: the file can't be opened.
        """
        place = _Place(cursor)
        try:
            status = self._path.stat()
        except FileNotFoundError:
            raise SourceError(f"{self._path} does not exist yet; it is read as soon as it does.") from None
        except OSError as error:
            raise SourceError(f"{self._path} can't be read ({error.strerror}); check its mode.") from None
        if place.inode is not None and place.inode != status.st_ino:
            for old in self._rotated(place.inode):
                for batch in _read_from(old, place, self.name, whole=True):
                    yield batch
            place = _Place(None)
        if place.inode is None:
            place.inode = status.st_ino
            yield Batch(cursor=place.cursor())  # so that this file is found again if it is renamed at once
        for batch in _read_from(self._path, place, self.name, whole=False):
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


def _read_from(path: Path, place: _Place, source: str, *, whole: bool) -> Iterator[Batch]:
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

            while data := file.read(_CHUNK):
                for batch in lines.feed(data):
                    yield placed(batch)
            if whole:
                lines.close()
            if start + lines.offset > place.offset:
                yield placed(lines.take())
    except OSError as error:
        raise SourceError(f"{path} can't be read ({error.strerror}); check its mode.") from None


class DropSource:
    """A folder into which whole files are moved; each is read once and put into `done/`."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder

    async def poll(self, cursor: str | None) -> AsyncIterator[Batch]:
        """All lines of the files that lie there, oldest first.

        Raises:
            SourceError: the folder or a file can't be read or moved.
        """
        place = _Place(cursor)
        for path, inode in self._waiting():
            if place.inode != inode:
                place = _Place(None)
                place.inode = inode
            for batch in _read_from(path, place, f"{self.name}/{path.name}", whole=True):
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
