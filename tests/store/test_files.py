"""The folder of a store: who may read it, and the places that are refused in one sentence."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from data.store import Store, StoreUnusableError, files
from tests.store.kit import NOBODY, as_somebody, public_folder, python, rows

USE = """
import asyncio, sys
from pathlib import Path
from data.models.statement import Draft
from data.store import Store, StoreError
from tests.store.kit import NOON, mention, note

async def main():
    async with Store.open(Path(sys.argv[1])) as store:
        await store.mentions.add([mention(n) for n in range(50)], NOON)
        await store.events.append([note()], "anna", NOON)
        await store.drafts.save(
            Draft(id="ab", statement="ab", incident=None, base=None, text="hi", at=NOON, by="anna")
        )
        for path in sorted(Path(sys.argv[1]).rglob("*")):
            print(path.relative_to(sys.argv[1]), oct(path.stat().st_mode & 0o7777))

try:
    asyncio.run(main())
except StoreError as error:
    print(type(error).__name__, error, file=sys.stderr)
    sys.exit(3)
"""
FILES = {
    "crisis.db", "crisis.db-shm", "crisis.db-wal", "crisis.lock", "drafts/ab.jsonl",
    "mentions.db", "mentions.db-shm", "mentions.db-wal", "mentions.lock",
}  # fmt: skip


def modes(output: str) -> dict[str, str]:
    return dict(row.rsplit(" ", 1) for row in output.splitlines())


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o007, 0o000])
def test_a_store_of_ones_own_is_private_under_any_umask(tmp_path: Path, umask: int) -> None:
    home = tmp_path / "home"
    done = python(USE, home, umask=umask)
    assert (done.returncode, done.stderr) == (0, "")
    found = modes(done.stdout)
    assert set(found) >= FILES
    assert {name: found[name] for name in FILES} == dict.fromkeys(FILES, "0o600")
    assert found["drafts"] == "0o700"
    assert found.get("reserve", "0o600") == "0o600"
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o007])
def test_a_store_of_a_group_is_open_to_the_group_alone(tmp_path: Path, umask: int) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o2770)
    done = python(USE, home, umask=umask)
    assert (done.returncode, done.stderr) == (0, "")
    found = modes(done.stdout)
    assert {name: found[name] for name in FILES} == dict.fromkeys(FILES, "0o660")
    assert found["drafts"] == "0o2770"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can act as two people")
def test_two_people_of_a_group_write_one_store_and_their_drafts() -> None:
    with public_folder() as folder:
        home = folder / "home"
        home.mkdir()
        os.chown(home, 0, 70_000)
        home.chmod(0o2770)
        for user in (70_001, 70_002):
            code = USE.replace('"ab"', f'"draft-{user}"')
            done = as_somebody(code, home, user=user, groups=[70_000], umask=0o007)
            assert (done.returncode, done.stderr) == (0, "")
            assert f"drafts/draft-{user}.jsonl" in done.stdout
        assert rows(home / "crisis.db", "SELECT count(*) FROM events") == [(2,)]


@pytest.mark.parametrize("lock", ["folder", "file"])
def test_a_store_that_is_not_ours_to_write_is_one_sentence(lock: str) -> None:
    with public_folder() as folder:
        home = folder / "home"
        if os.getuid() != 0:
            home.mkdir()
        elif lock == "file":
            assert python(USE, home).returncode == 0
            os.chown(home, NOBODY, NOBODY)
        else:
            home.mkdir(mode=0o755)
        if os.getuid() != 0:
            home.chmod(0o500)
        done = as_somebody(USE, home)
        home.chmod(0o755)
    assert done.returncode == 3, done.stderr
    name, said = done.stderr.strip().split(" ", 1)
    assert name == "StoreUnusableError"
    assert str(home) in said
    assert "Traceback" not in said


def test_a_place_that_can_not_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    for place in (tmp_path / "file", tmp_path / "file" / "below", tmp_path / "loop", tmp_path / ("x" * 300)):
        with pytest.raises(StoreUnusableError, match="choose another with --home"):
            files.prepare(place)


MOUNTS = """\
22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
40 22 0:40 / {place} rw,relatime shared:1 - {kind} server:/export rw
41 22 0:41 / {place}-other rw - nfs4 server:/other rw
nonsense
50 22 - broken
"""


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "ceph", "lustre", "afs"])
@pytest.mark.parametrize("name", ["share", "with blank", "größe", "back\\slash"])
def test_network_file_systems_are_refused(tmp_path: Path, kind: str, name: str) -> None:
    place = tmp_path / name
    written = str(place).replace("\\", "\\134").replace(" ", "\\040")
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS.format(place=written, kind=kind), "utf-8")
    home = place / "deep" / "home"
    with pytest.raises(StoreUnusableError, match=rf"network file system \({kind}\)"):
        files.prepare(home, mounts)
    assert list(home.iterdir()) == []
    assert files.file_system(tmp_path, mounts) == "ext4"


def test_local_file_systems_are_fine(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS.format(place=tmp_path, kind="xfs"))
    files.prepare(tmp_path / "home", mounts)
    assert (tmp_path / "home" / "crisis.db").exists()
    files.prepare(tmp_path / "home2", tmp_path / "there is no such table")


def test_the_last_mount_on_a_place_counts(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"1 1 0:1 / {tmp_path} rw - nfs a rw\n2 1 0:2 / {tmp_path} rw - xfs b rw\n")
    assert files.file_system(tmp_path, mounts) == "xfs"


async def test_a_reserve_is_held_back_and_given_up_once(tmp_path: Path) -> None:
    async with Store.open(tmp_path):
        pass
    reserve = tmp_path / files.RESERVE
    if not reserve.exists():
        pytest.skip("there is too little room here for a reserve")
    assert reserve.stat().st_blocks * 512 >= files.RESERVE_BYTES
    assert files.give_up_reserve(tmp_path)
    assert not files.give_up_reserve(tmp_path)
    async with Store.open(tmp_path):
        assert reserve.exists()


def test_private_files_never_follow_a_link_that_was_put_there_first(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        files.make_private(tmp_path / "link", exclusive=True)
    assert not (tmp_path / "elsewhere").exists()
