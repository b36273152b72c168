"""A full disk: nothing saved is lost, what is being typed is kept, and all goes on when there is room."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.kit import environment

MIB = 1024 * 1024

CODE = """
import asyncio, os, sys
from pathlib import Path
from data.store import Store, StoreError, StoreFullError, files
from tests.store.kit import NOON, mention, note
from tests.store.test_drafts import draft

files.RESERVE_BYTES = 2 * 1024 * 1024
disk = Path(sys.argv[1])

def fill():
    with open(disk / "ballast", "ab", buffering=0) as file:
        for size in (1024 * 1024, 4096, 512):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                pass

async def until_full(store):
    count = 0
    while True:
        try:
            await store.mentions.add(
                [mention(n, id=f"{count}-{n}", text=os.urandom(400).hex()) for n in range(100)], NOON
            )
            count += 1
        except StoreFullError as error:
            return count, str(error)

async def main():
    async with Store.open(disk / "home") as store:
        assert (disk / "home" / "reserve").exists()
        await store.events.append([note()], "anna", NOON)
        await store.drafts.save(draft("before", 1))
        fill()
        # The reserve is given up for what is typed.
        await store.drafts.save(draft("while the disk was full " + "x" * 20_000, 2))
        assert not (disk / "home" / "reserve").exists()
        assert (await store.drafts.of("anna"))[0].text.startswith("while")
        fill()
        count, said = await until_full(store)
        assert "is full" in said and said.endswith("."), said
        assert await store.mentions.count() == 100 * count
        assert (await store.drafts.of("anna"))[0].text.startswith("while")
        assert (await store.events.verify()).ok
        (disk / "ballast").unlink()
        await store.mentions.add([mention(1)], NOON)
        await store.events.append([note()], "anna", NOON)
        assert await store.mentions.count() == 100 * count + 1
        assert (await store.events.verify()).events == 2
    fill()
    try:
        async with Store.open(disk / "home"):
            pass
    except StoreError as error:
        print(error)
    (disk / "ballast").unlink()
    async with Store.open(disk / "home") as store:
        assert (await store.events.verify()).ok

asyncio.run(main())
"""

MOUNT = f'mount -t tmpfs -o size=24m none "$1" && exec {sys.executable} -c "$2" "$1"'


def can_mount() -> bool:
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", "mount -t tmpfs -o size=1m none /mnt"],
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def test_a_full_disk(tmp_path: Path) -> None:
    try:
        possible = can_mount()
    except OSError:
        possible = False
    if not possible:
        pytest.skip("a small file system of our own can't be mounted here")
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", MOUNT, "sh", str(disk), CODE],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    assert "is full" in done.stdout
    assert os.listdir(disk) == []  # noqa: PTH208 - it was mounted for the child alone


def test_a_limit_on_the_size_of_files_is_a_sentence_and_the_next_write_works(tmp_path: Path) -> None:
    """As root of a container or under a quota writes fail in the middle of a file."""
    code = """
import asyncio, os, resource, sys
from pathlib import Path
from data.store import Store, StoreError
from tests.store.kit import NOON, mention

async def main():
    async with Store.open(Path(sys.argv[1])) as store:
        await store.mentions.add([mention(n) for n in range(10)], NOON)
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
        try:
            for n in range(100):
                await store.mentions.add([mention(m, id=f"{n}-{m}", text="x" * 999) for m in range(99)], NOON)
        except StoreError as error:
            print(error)
        before = await store.mentions.count()
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        await store.mentions.add([mention(11)], NOON)
        assert await store.mentions.count() == before + 1 == 10 + before // 99 * 99 + 1

asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
