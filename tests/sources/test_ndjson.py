"""NDJSON: whatever bytes come, each line is stored or kept with its number and a reason."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from data.models.mention import Mention
from data.sources.base import BATCH, Batch
from data.sources.ndjson import KEPT_BYTES, MAX_LINE, BadLineError, Lines, parse, read_stream
from tests.sources.kit import DAMAGES, damaged, mixed
from tests.store.kit import fields, line

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[]))
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from([*Mention.model_fields, "t", ""])
ROWS = st.dictionaries(NAMES, VALUES, max_size=6).map(lambda changes: fields(1) | changes)
PIECES = st.one_of(
    st.binary(max_size=40),
    ROWS.map(lambda row: json.dumps(row).encode()),
    st.sampled_from([b"\n", b"\r\n", b"\n\n", b" \n", b"\xef\xbb\xbf", b"\x00", line(1), line(2), b"{}\n"]),
)
STREAMS = st.lists(PIECES, max_size=12).map(b"".join)


def read_all(data: bytes, sizes: Iterator[int] | None = None) -> list[Batch]:
    lines = Lines("test")
    found: list[Batch] = []
    while data:
        size = next(sizes) if sizes else len(data)
        found += lines.feed(data[:size])
        data = data[size:]
    lines.close()
    return [*found, lines.take()]


def whole_lines(data: bytes) -> int:
    rows = data.split(b"\n")
    rows[0] = rows[0].removeprefix(b"\xef\xbb\xbf")
    return sum(bool(row.strip()) for row in rows)


@given(STREAMS)
@example(b"\x00\n\xff\xfe\n[]\n{\n")
def test_any_bytes_are_read_without_a_crash_and_nothing_vanishes(data: bytes) -> None:
    batches = read_all(data)
    assert sum(batch.read for batch in batches) == whole_lines(data)
    for batch in batches:
        for each in batch.rejected:
            assert each.reason.startswith(f"line {each.line} ")
            assert len(each.reason) > len(f"line {each.line} ")


@given(STREAMS, st.integers(0, 2**32))
def test_how_the_bytes_are_cut_makes_no_difference(data: bytes, seed: int) -> None:
    random = Random(seed)
    cut = read_all(data, iter(lambda: random.randint(1, 9), None))
    assert cut == read_all(data)


@given(ROWS | VALUES)
def test_any_json_is_a_mention_or_a_reason(row: object) -> None:
    text = json.dumps(row)
    try:
        found = parse(text.encode())
    except BadLineError:
        return
    assert found.model_dump_json()
    assert found.text.encode("utf-8") is not None


@pytest.mark.parametrize("kind", DAMAGES)
def test_each_damage_is_refused_with_a_reason(kind: str) -> None:
    with pytest.raises(BadLineError) as refused:
        parse(DAMAGES[kind](Random(1), 1))
    assert "Traceback" not in str(refused.value)
    assert "\n" not in str(refused.value)
    assert 5 < len(str(refused.value)) < 200


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b'{"network": "x"', "is not whole JSON"),
        (b"\xff", "is not UTF-8 at byte 1"),
        (b'{"a": 1, "a": 2}', 'has the key "a" twice'),
        (json.dumps(fields(1) | {"likes": float("inf")}).encode(), "holds Infinity"),
        (b"[" * 100_000, "is nested too deeply"),
        (b'{"network": "x", "id": "1", "text": "t"}', 'lacks "created_at"'),
        (line(1, created_at="9999-01-01T00:00:00Z"), '"created_at" is outside 1995 to 2099'),
        (line(1, network="no network"), '"network" must be a short name'),
        (b"7", "a mention must be a JSON object"),
    ],
)
def test_the_reason_names_what_is_wrong(row: bytes, reason: str) -> None:
    with pytest.raises(BadLineError, match=f"^{reason}"):
        parse(row)


def test_numbers_of_lines_count_blank_ones_and_a_byte_order_mark_is_no_fault() -> None:
    (batch,) = read_all(b"\xef\xbb\xbf" + line(1) + b"\n  \r\n" + b"oops\n" + line(2).rstrip(b"\n"))
    assert [each.id for each in batch.mentions] == ["1", "2"]
    assert [(each.line, each.raw) for each in batch.rejected] == [(4, b"oops")]


def test_a_very_long_line_is_kept_in_part_with_its_size_and_the_next_one_is_read() -> None:
    size = KEPT_BYTES + 12_345
    (batch,) = read_all(b"x" * size + b"\n" + line(1), iter(lambda: 65_536, None))
    (rejected,) = batch.rejected
    assert (rejected.size, len(rejected.raw)) == (size, KEPT_BYTES)
    assert f"{size:,} bytes" in rejected.reason
    assert [each.id for each in batch.mentions] == ["1"]


@pytest.mark.parametrize("size", [MAX_LINE, MAX_LINE + 1])
def test_the_longest_line(size: int) -> None:
    bare = len(line(1, text=""))
    row = line(1, text="x" * (size + 1 - bare))
    (batch,) = read_all(row)
    assert bool(batch.rejected) == (size > MAX_LINE)


def test_batches_are_never_larger_than_one_transaction_should_be() -> None:
    batches = read_all(b"".join(line(n) for n in range(2 * BATCH + 7)))
    assert [batch.read for batch in batches] == [BATCH, BATCH, 7]


def test_good_and_damaged_lines_come_apart_cleanly() -> None:
    good = [line(n) for n in range(500)]
    data, places = mixed(good, damaged(3 * len(DAMAGES), 11), 12)
    batches = read_all(data, iter(lambda: 100_000, None))
    assert [each.id for batch in batches for each in batch.mentions] == [str(n) for n in range(500)]
    assert [each.line for batch in batches for each in batch.rejected] == places


@contextmanager
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    ends = {reading, writing}
    try:
        yield reading, writing
    finally:
        for end in ends:
            try:
                os.close(end)
            except OSError:
                continue


def test_a_slow_pipe_gives_what_it_has() -> None:
    with pipe() as (reading, writing):
        batches = read_stream(reading, "pipe")
        os.write(writing, line(1) + line(2)[:10])
        assert [each.id for each in next(batches).mentions] == ["1"]
        os.write(writing, line(2)[10:] + b"bad\n")
        batch = next(batches)
        assert [each.id for each in batch.mentions] == ["2"]
        assert batch.rejected[0].line == 3
        os.write(writing, line(3).rstrip(b"\n"))
        os.close(writing)
        assert [each.id for each in next(batches).mentions] == ["3"]
        assert list(batches) == []


def test_a_pipe_that_never_pauses_comes_in_whole() -> None:
    with pipe() as (reading, writing):

        def write() -> None:
            with os.fdopen(os.dup(writing), "wb") as file:
                file.writelines(line(n) for n in range(3_000))
            os.close(writing)

        thread = threading.Thread(target=write)
        thread.start()
        ids = [each.id for batch in read_stream(reading, "pipe") for each in batch.mentions]
        thread.join()
    assert ids == [str(n) for n in range(3_000)]


def test_an_empty_file_gives_nothing(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()
    descriptor = os.open(path, os.O_RDONLY)
    try:
        assert list(read_stream(descriptor, "empty")) == []
    finally:
        os.close(descriptor)
