"""NDJSON: one JSON object a line, cut from a stream of bytes or read from a pipe."""

from __future__ import annotations

import json
import os
import select
from collections.abc import Iterator
from typing import Any, NoReturn

from pydantic import ValidationError

from data.models.mention import Mention, Rejected
from data.sources.base import BATCH, Batch

MAX_LINE = 256 * 1024
"""Longest line in bytes that is read as a mention; no network allows a post near that."""

KEPT_BYTES = 2 * 1024 * 1024
"""How much of a longer line is kept in quarantine."""

CHUNK = 1024 * 1024
"""Bytes read at once."""


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
        data = os.read(descriptor, CHUNK)
        if not data:
            break
        yield from lines.feed(data)
        if not select.select([descriptor], [], [], 0)[0] and (batch := lines.take()).read:
            yield batch
    lines.close()
    if (batch := lines.take()).read:
        yield batch
