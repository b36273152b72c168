"""Growing files and drop folders: every line once, whatever happens to the file in between."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.sources.base import BATCH, SourceError
from data.sources.drop import DropSource
from data.sources.tail import TailSource
from tests.sources.kit import Reading
from tests.store.kit import line


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "stream.ndjson"


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


async def test_growth_and_a_last_line_that_is_not_whole_yet(path: Path) -> None:
    source, reading = TailSource("stream", path), Reading()
    append(path, line(1) + line(2)[:9])
    assert await reading.poll(source) == ["1"]
    assert await reading.poll(source) == []
    append(path, line(2)[9:-1])
    assert await reading.poll(source) == []
    append(path, b"\n" + b"broken\n" + line(3))
    assert await reading.poll(source) == ["2", "3"]
    assert [each.line for each in reading.rejected] == [3]


async def test_a_file_that_does_not_exist_yet(path: Path) -> None:
    source, reading = TailSource("stream", path), Reading()
    with pytest.raises(SourceError, match="does not exist yet"):
        await reading.poll(source)
    append(path, line(1))
    assert await reading.poll(source) == ["1"]


@pytest.mark.parametrize("between", [b"", line(2), line(2) + line(3)[:-1]])
async def test_rotation_by_renaming(path: Path, between: bytes) -> None:
    source, reading = TailSource("stream", path), Reading()
    append(path, line(1))
    await reading.poll(source)
    append(path, between)
    path.rename(path.with_name("stream.ndjson.1"))
    append(path, line(7) + line(8))
    rest = [str(n + 2) for n, _ in enumerate(between.splitlines())]
    assert await reading.poll(source) == [*rest, "7", "8"]
    append(path, line(9))
    assert await reading.poll(source) == ["9"]
    assert reading.rejected == []


async def test_rotation_to_an_empty_file_that_grows_later(path: Path) -> None:
    source, reading = TailSource("stream", path), Reading()
    append(path, line(1))
    await reading.poll(source)
    append(path, line(2))
    path.rename(path.with_name("stream.ndjson-20260304"))
    path.touch()
    assert await reading.poll(source) == ["2"]
    append(path, line(3))
    assert await reading.poll(source) == ["3"]


async def test_the_rotated_file_is_gone(path: Path) -> None:
    source, reading = TailSource("stream", path), Reading()
    append(path, line(1))
    await reading.poll(source)
    path.rename(path.with_name("elsewhere"))
    append(path, line(2))
    assert await reading.poll(source) == ["2"]


@pytest.mark.parametrize("name", ["a[1].ndjson", "with blank.ndjson", "*.ndjson"])
async def test_names_that_look_like_patterns(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    source, reading = TailSource("stream", path), Reading()
    append(path, line(1))
    await reading.poll(source)
    append(path, line(2))
    path.rename(path.with_name(f"{name}.1"))
    append(path, line(3))
    assert await reading.poll(source) == ["2", "3"]


@pytest.mark.parametrize("later", [1, 50])
async def test_truncation_also_when_the_file_is_longer_again(path: Path, later: int) -> None:
    source, reading = TailSource("stream", path), Reading()
    append(path, b"".join(line(n) for n in range(10)))
    await reading.poll(source)
    path.write_bytes(b"".join(line(100 + n) for n in range(later)))
    assert await reading.poll(source) == [str(100 + n) for n in range(later)]


async def test_another_file_that_got_the_same_inode(path: Path) -> None:
    source, reading = TailSource("stream", path), Reading()
    append(path, line(1) * 3)
    await reading.poll(source)
    inode = path.stat().st_ino
    path.unlink()
    append(path, b"".join(line(n) for n in range(10, 30)))
    if path.stat().st_ino != inode:
        assert reading.cursor is not None
        reading.cursor = reading.cursor.replace(str(inode), str(path.stat().st_ino))
    assert await reading.poll(source) == [str(n) for n in range(10, 30)]


async def test_a_new_process_goes_on_from_the_cursor(path: Path) -> None:
    append(path, b"".join(line(n) for n in range(2 * BATCH + 5)))
    first = Reading()
    await first.poll(TailSource("stream", path), batches=2)  # the first only says which file it is
    assert len(first.mentions) == BATCH
    second = Reading()
    second.cursor = first.cursor
    await second.poll(TailSource("stream", path))
    assert first.ids + second.ids == [str(n) for n in range(2 * BATCH + 5)]


@settings(max_examples=60)
@given(st.lists(st.sampled_from(["write", "halves", "poll", "rotate", "restart", "empty"]), max_size=25))
def test_any_history_of_a_file_loses_and_repeats_nothing(
    tmp_path_factory: pytest.TempPathFactory, acts: list[str]
) -> None:
    """At most one rotation between two looks, as with every program that follows a file."""

    async def live() -> None:
        path = tmp_path_factory.mktemp("tail") / "stream.ndjson"
        path.touch()
        source, reading = TailSource("stream", path), Reading()
        await reading.poll(source)
        count = seen = 0
        rotated = False
        for act in [*acts, "write", "poll"]:
            if act == "write":
                append(path, line(count))
                count += 1
            elif act == "halves":
                append(path, line(count)[:9])
                await reading.poll(source)
                append(path, line(count)[9:])
                seen, count, rotated = count, count + 1, False
            elif act == "poll":
                await reading.poll(source)
                seen, rotated = count, False
            elif act == "restart":
                source = TailSource("stream", path)
            elif act == "rotate" and not rotated:
                path.rename(path.with_name(f"stream.ndjson.{len(list(path.parent.iterdir()))}"))
                path.touch()
                rotated = True
            elif act == "empty" and seen == count:
                path.write_bytes(b"")
        assert reading.ids == [str(n) for n in range(count)]

    asyncio.run(live())


@pytest.mark.parametrize("kind", ["folder", "below a file"])
async def test_what_can_not_be_read_is_one_sentence(tmp_path: Path, kind: str) -> None:
    if kind == "folder":
        place = tmp_path / "stream"
        place.mkdir()
    else:
        (tmp_path / "file").touch()
        place = tmp_path / "file" / "stream"
    with pytest.raises(SourceError, match="can't be read"):
        await Reading().poll(TailSource("stream", place))
    with pytest.raises(SourceError):
        await Reading().poll(DropSource("stream", tmp_path / "file" / "drop"))


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def drop(inbox: Path, name: str, data: bytes, age: int) -> Path:
    """Move a file in whole, as a good program does; a greater age is older."""
    part = inbox / f".{name}"
    part.write_bytes(data)
    os.utime(part, (1_700_000_000 - age, 1_700_000_000 - age))
    return part.rename(inbox / name)


async def test_files_are_read_oldest_first_and_put_away(inbox: Path) -> None:
    drop(inbox, "b.ndjson", line(1) + b"oops\n", age=9)
    drop(inbox, "a.jsonl", line(2).rstrip(b"\n"), age=1)
    drop(inbox, "notes.txt", line(9), age=5)
    (inbox / "sub.ndjson").mkdir()
    reading = Reading()
    assert await reading.poll(DropSource("inbox", inbox)) == ["1", "2"]
    assert sorted(each.name for each in (inbox / "done").iterdir()) == ["a.jsonl", "b.ndjson"]
    assert sorted(each.name for each in inbox.iterdir()) == ["done", "notes.txt", "sub.ndjson"]
    assert [(each.source, each.line) for each in reading.rejected] == [("inbox/b.ndjson", 2)]
    assert await reading.poll(DropSource("inbox", inbox)) == []


async def test_a_name_that_was_there_before_keeps_both_files(inbox: Path) -> None:
    source, reading = DropSource("inbox", inbox), Reading()
    for number in (1, 2, 3):
        drop(inbox, "day.ndjson", line(number), age=0)
        assert await reading.poll(source) == [str(number)]
    names = sorted(each.name for each in (inbox / "done").iterdir())
    assert names == ["day-2.ndjson", "day-3.ndjson", "day.ndjson"]
    assert (inbox / "done" / "day-3.ndjson").read_bytes() == line(3)


async def test_a_new_process_goes_on_in_the_middle_of_a_file(inbox: Path) -> None:
    drop(inbox, "big.ndjson", b"".join(line(n) for n in range(2 * BATCH + 5)), age=3)
    drop(inbox, "next.ndjson", line(5_000), age=2)
    reading = Reading()
    await reading.poll(DropSource("inbox", inbox), batches=1)
    await reading.poll(DropSource("inbox", inbox))
    assert reading.ids == [*(str(n) for n in range(2 * BATCH + 5)), "5000"]
    assert not (inbox / "big.ndjson").exists()


async def test_a_kill_between_the_last_line_and_putting_away(inbox: Path) -> None:
    path = drop(inbox, "a.ndjson", line(1), age=3)
    reading = Reading()
    await reading.poll(DropSource("inbox", inbox))
    (inbox / "done" / path.name).rename(path)  # as if the agent had died just before
    assert await reading.poll(DropSource("inbox", inbox)) == []
    assert not path.exists()


async def test_an_inode_that_comes_back_is_another_file(inbox: Path) -> None:
    """Emptying done/ frees inodes, and the next file often gets one of them."""
    source, reading = DropSource("inbox", inbox), Reading()
    drop(inbox, "a.ndjson", line(1) * 2, age=3)
    await reading.poll(source)
    shutil.rmtree(inbox / "done")
    path = drop(inbox, "b.ndjson", b"".join(line(n) for n in range(10, 20)), age=2)
    assert reading.cursor is not None
    before = reading.cursor.split('"inode": ')[1].split(",")[0]
    reading.cursor = reading.cursor.replace(before, str(path.stat().st_ino))
    assert await reading.poll(source) == [str(n) for n in range(10, 20)]


async def test_a_folder_that_can_not_be_used_says_what_to_do(tmp_path: Path, inbox: Path) -> None:
    with pytest.raises(SourceError, match="does not exist; make it"):
        await Reading().poll(DropSource("inbox", tmp_path / "none"))
    drop(inbox, "a.ndjson", line(1), age=1)
    (inbox / "done").touch()
    reading = Reading()
    with pytest.raises(SourceError, match="can't be moved"):
        await reading.poll(DropSource("inbox", inbox))
    assert reading.ids == ["1"]
    (inbox / "done").unlink()
    assert await reading.poll(DropSource("inbox", inbox)) == []
