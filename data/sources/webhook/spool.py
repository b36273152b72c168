"""Bodies that were received: kept on disk until what is in them is stored, and the items in them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from data.models.base import Model
from data.models.mention import Mention, Rejected
from data.sources.base import BATCH, Batch
from data.sources.ndjson import BadLineError, parse

MAX_BYTES = 50 * 1024 * 1024
MAX_FILES = 5_000
"""What a spool holds at most: an hour's outage of the store at some 80 bodies a minute (our own choice)."""

_NAME = re.compile(r"([0-9]{13,}-[0-9a-f]{8})-([0-9]{8,})\.body")
_BLANK = " \t\r\n"

# Numbers are not worked out here: one with too many digits must not spoil its neighbours.
_scan = json.JSONDecoder(parse_int=len, parse_float=len).raw_decode


class SpoolFullError(Exception):
    """So much waits to be stored that no more is taken."""


class NoItemsError(ValueError):
    """A body that is neither one JSON object nor an array nor NDJSON."""


@dataclass(frozen=True, order=True)
class Kept:
    """One body on disk: the number that it got in a run of the program, and its size in bytes.

    A number is given once in a run, and a run's name never again, so that what
    was noted of a body can't be taken for another, whatever the clock did.
    """

    run: str
    number: int
    size: int = field(compare=False)

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.run}-{self.number:08d}.body"


class Spool:
    """A folder (0700) of bodies (0600) in the order of arrival. Its methods block; threads may call them."""

    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES, max_files: int = MAX_FILES) -> None:
        self.folder = folder
        self._max_bytes = max_bytes
        self._max_files = max_files
        self._lock = threading.Lock()
        self._run = ""
        self._number = self._bytes = self._files = 0

    @property
    def half_full(self) -> bool:
        """True when room gets short."""
        return self._bytes * 2 > self._max_bytes or self._files * 2 > self._max_files

    def open(self) -> None:
        """Make the folder, and clear away what a killed program had not written to its end.

        Raises:
            OSError: it can't be made or read.
        """
        self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            self.folder.mkdir(mode=0o700)
            _sync(self.folder.parent)
        kept = self.kept()
        with self._lock:
            if self._run:
                return
            for path in self.folder.glob(".*.part"):
                path.unlink(missing_ok=True)
            newest = int(kept[-1].run.split("-")[0]) if kept else 0
            self._run = f"{max(time.time_ns() // 1_000_000, newest + 1):013d}-{secrets.token_hex(4)}"

    def put(self, body: bytes) -> None:
        """Keep a body; once this returns, it survives a loss of power.

        Raises:
            SpoolFullError: nothing was kept.
            OSError: the disk refuses it.
        """
        if not self._run:
            self.open()
        if self._files >= self._max_files or self._bytes + len(body) > self._max_bytes:
            raise SpoolFullError
        part = self.folder / f".{secrets.token_hex(8)}.part"
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            with self._lock:  # a number may not show up after a higher one, which could be noted as read
                self._number += 1
                part.rename(self.folder / Kept(self._run, self._number, len(body)).name)
                self._files += 1
                self._bytes += len(body)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        _sync(self.folder)

    def kept(self) -> list[Kept]:
        """All bodies in order.

        Raises:
            OSError: the folder can't be read.
        """
        found = []
        with self._lock:
            try:
                with os.scandir(self.folder) as entries:
                    for entry in entries:
                        if (name := _NAME.fullmatch(entry.name)) is not None:
                            with contextlib.suppress(FileNotFoundError):
                                found.append(Kept(name[1], int(name[2]), entry.stat().st_size))
            except FileNotFoundError:
                return []
            self._files, self._bytes = len(found), sum(each.size for each in found)
        return sorted(found)

    def read(self, kept: Kept) -> bytes:
        """The body as it came; empty if it was taken away."""
        try:
            return (self.folder / kept.name).read_bytes()
        except FileNotFoundError:
            return b""

    def remove(self, kept: Kept) -> None:
        """Forget a body."""
        (self.folder / kept.name).unlink(missing_ok=True)
        with self._lock:
            self._files -= 1
            self._bytes -= kept.size


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _Cursor(Model):
    done: dict[str, int] = Field(default_factory=dict)
    begun: str = ""
    given: int = 0


class Place:
    """Which bodies were given: of each run all up to a number, and of one more some of its items."""

    def __init__(self, cursor: str | None) -> None:
        try:
            read = _Cursor.model_validate_json(cursor or "{}")
        except ValidationError:  # then all is read again, which loses nothing
            read = _Cursor()
        self._done = dict(read.done)
        self._begun, self._given = read.begun, read.given

    def done(self, kept: Kept) -> bool:
        """All of it was given."""
        return kept.number <= self._done.get(kept.run, 0)

    def given(self, kept: Kept) -> int:
        """How many of its items were given."""
        return self._given if self._begun == kept.name else 0

    def give(self, kept: Kept, items: int) -> None:
        """So many of its items are given now."""
        self._begun, self._given = kept.name, items

    def finish(self, kept: Kept) -> None:
        """All of it is given now."""
        self._done[kept.run] = kept.number
        self._begun, self._given = "", 0

    def keep(self, kept: list[Kept]) -> None:
        """Forget runs of which no body is left."""
        runs = {each.run for each in kept}
        self._done = {run: number for run, number in self._done.items() if run in runs}

    def cursor(self) -> str:
        """The place as text."""
        return _Cursor(done=self._done, begun=self._begun, given=self._given).model_dump_json()


def items(body: bytes) -> list[bytes]:
    """The JSON texts in a body: one object, the elements of an array, or the lines of NDJSON.

    Each is as it was sent, so that `ndjson.parse` sees doubled keys and all
    that reading would smooth over.

    Raises:
        NoItemsError: it is none of these; NDJSON needs at least one line that is an object.
    """
    body = body.removeprefix(b"\xef\xbb\xbf")
    with contextlib.suppress(ValueError, RecursionError):
        return _whole(body.decode())
    lines = [line for line in body.split(b"\n") if line.strip()]
    if any(_object(line) is not None for line in lines):
        return lines
    raise NoItemsError


def _whole(text: str) -> list[bytes]:
    text = text.strip(_BLANK)
    if not text.startswith("["):
        value, end = _scan(text)
        if end != len(text) or not isinstance(value, dict):
            raise NoItemsError
        return [text.encode()]
    found: list[bytes] = []
    last = len(text) - 1
    place = _after_blanks(text, 1)
    if place == last and text[last] == "]":
        return found
    while True:
        _, end = _scan(text, place)
        found.append(text[place:end].encode())
        place = _after_blanks(text, end)
        if place == last and text[last] == "]":
            return found
        if text[place : place + 1] != ",":
            raise NoItemsError
        place = _after_blanks(text, place + 1)


def _after_blanks(text: str, place: int) -> int:
    while text[place : place + 1] in (" ", "\t", "\r", "\n"):
        place += 1
    return place


def _object(raw: bytes) -> dict[str, Any] | None:
    with contextlib.suppress(ValueError, RecursionError):
        text = raw.decode().strip(_BLANK)
        value, end = _scan(text)
        if end == len(text) and isinstance(value, dict):
            return value
    return None


def _mention(raw: bytes, network: str | None) -> Mention:
    if network is not None and (value := _object(raw)) is not None and "network" not in value:
        head = f'{{"network":"{network}"{"," if value else ""}'
        return parse(head.encode() + raw.lstrip()[1:])
    return parse(raw)


def batches(spool: Spool, place: Place, source: str, network: str | None) -> Iterator[Batch]:
    """What the spool holds beyond a place, at most `BATCH` items at once; the place moves along.

    Raises:
        OSError: the folder or a body can't be read.
    """
    kept = spool.kept()
    place.keep(kept)
    batch, forms = Batch(known=True), dict[tuple[str, str], Mention]()
    moved = False
    for each in kept:
        if place.done(each):
            continue
        for number, found in _read(spool.read(each), place.given(each), source, network):
            key = (found.network, found.id) if isinstance(found, Mention) else None
            # A second form of a post is seen as an edit only after the first one is stored.
            if batch.read >= BATCH or (key in forms and forms[key] != found):
                batch.cursor = place.cursor()
                yield batch
                batch, forms = Batch(known=True), {}
            if isinstance(found, Mention):
                batch.mentions.append(found)
                forms[found.network, found.id] = found
            else:
                batch.rejected.append(found)
            place.give(each, number)
        place.finish(each)
        moved = True
    if moved:
        batch.cursor = place.cursor()
        yield batch


def _read(
    body: bytes, given: int, source: str, network: str | None
) -> Iterator[tuple[int, Mention | Rejected]]:
    """The items after those that were given, with their numbers from 1."""
    try:
        texts = items(body) if body else []
    except NoItemsError:
        texts = [body]
    for number, raw in enumerate(texts[given:], given + 1):
        try:
            yield number, _mention(raw, network)
        except BadLineError as error:
            reason = f"item {number} of what was received {error}"
            yield (
                number,
                Rejected.model_validate(
                    {"source": source, "line": 0, "reason": reason, "raw": raw, "size": len(raw)}
                ),
            )
