"""Several processes and tasks on one store: whole transactions, and none of them hangs."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import stat
import subprocess
import sys
import textwrap
from contextlib import closing, suppress
from pathlib import Path

import pytest

from data.store import Store, StoreError, StoreNewerError
from data.store.backup import restore
from data.store.connection import CHECKPOINT_BYTES, Transaction, connect, damaged_wal_possible, sentence
from data.store.errors import BackupError
from data.store.migrate import scripts, statements
from tests.store.kit import NOON, environment, mention, note, number, python, rows

WRITER = """
import asyncio, sys
from pathlib import Path
from data.store import Store
from tests.store.kit import NOON, mention, note

async def main(folder, me, rounds):
    async with Store.open(Path(folder)) as store:
        for n in range(rounds):
            await store.mentions.add([mention(n), mention(n, id=f"{me}-{n}")], NOON)
            await store.events.append([note(f"{me} {n}")], me, NOON)

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


def start_writer(folder: Path, me: str, rounds: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), me, str(rounds)],
        env=environment(),
        stderr=subprocess.PIPE,
    )


def writers(folder: Path, count: int, rounds: int) -> None:
    """So many processes that write at once; none may complain."""
    running = [start_writer(folder, f"p{me}", rounds) for me in range(count)]
    for process in running:
        _, complaint = process.communicate(timeout=90)
        assert (process.returncode, complaint.decode()) == (0, "")


async def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    """The store does not even exist when they begin."""
    processes, rounds = 3, 25
    writers(tmp_path, processes, rounds)
    async with Store.open(tmp_path) as store:
        assert await store.mentions.count() == rounds * (processes + 1)
        result = await store.events.verify()
        assert (result.ok, result.events) == (True, processes * rounds)
        for me in range(processes):
            own = [event.body["text"] for _, event in await store.events.after(0) if event.actor == f"p{me}"]
            assert own == [f"p{me} {n}" for n in range(rounds)]
    assert rows(tmp_path / "crisis.db", "PRAGMA integrity_check") == [("ok",)]
    assert rows(tmp_path / "mentions.db", "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.slow
@pytest.mark.parametrize("attempt", range(6))
def test_a_new_store_is_made_once_by_many_processes(tmp_path: Path, attempt: int) -> None:
    writers(tmp_path, 8, 1)
    assert number(tmp_path / "crisis.db", "SELECT count(DISTINCT replica) FROM events") == 1


async def test_a_file_that_another_just_makes_is_waited_for(tmp_path: Path) -> None:
    """In that state SQLite's own timeout does not apply: it refuses at once."""
    path = tmp_path / "new.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("CREATE TABLE made (x)")
        other.execute("BEGIN IMMEDIATE")
        opening = asyncio.create_task(connect(path, "NORMAL"))
        done, _ = await asyncio.wait({opening}, timeout=0.2)
        assert not done
        other.execute("ROLLBACK")
        await (await opening).close()
    assert rows(path, "PRAGMA journal_mode") == [("wal",)]


async def test_readers_notice_what_others_write(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        assert await store.acts_watch.changed()
        assert not await store.acts_watch.changed()
        writers(tmp_path, 1, 1)
        assert await store.acts_watch.changed()
        assert await store.mentions_watch.changed()
        assert not await store.acts_watch.changed()
        await store.events.append([note()], "anna", NOON)
        assert await store.acts_watch.changed()


async def test_tasks_of_one_process_take_turns(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await asyncio.gather(*(store.events.append([note(str(n))] * 2, "anna", NOON) for n in range(30)))
        result = await store.events.verify()
        assert (result.ok, result.events) == (True, 60)


async def test_a_caller_that_is_cancelled_tears_nothing(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        for steps in range(12):
            batch = [mention(n, id=f"{steps}-{n}") for n in range(50)]
            task = asyncio.create_task(store.mentions.add(batch, NOON, cursors={"c": str(steps)}))
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await store.events.append([note()], "anna", NOON)
        await store.mentions.add([], NOON)
    counts = rows(
        tmp_path / "mentions.db", "SELECT count(*) FROM mentions GROUP BY substr(id, 1, instr(id, '-'))"
    )
    assert {count for (count,) in counts} <= {50}
    assert number(tmp_path / "mentions.db", "SELECT sum(mentions) FROM minutes") == 50 * len(counts)
    assert len(counts) >= 11  # a write that has begun goes on to its end


async def test_a_job_that_fails_leaves_nothing_and_the_next_one_works(tmp_path: Path) -> None:
    async def job(transaction: Transaction) -> None:
        await transaction.run("INSERT INTO meta (key, value) VALUES ('a', 'b')")
        raise RuntimeError("half way")

    async with Store.open(tmp_path) as store:
        with pytest.raises(RuntimeError, match="half way"):
            await store.events._writer.write(job)
        await store.events.append([note()], "anna", NOON)
    assert rows(tmp_path / "crisis.db", "SELECT count(*) FROM meta WHERE key = 'a'") == [(0,)]


@pytest.mark.parametrize(
    "ending",
    [
        "task.cancel()",
        "raise SystemExit(7)",
        "asyncio.current_task().cancel(); await asyncio.sleep(0)",
        "os.kill(os.getpid(), signal.SIGINT); await asyncio.sleep(5)",
    ],
)
def test_a_process_ends_when_it_is_stopped_in_the_middle_of_a_write(tmp_path: Path, ending: str) -> None:
    """The thread of a connection that is not closed would keep the process for ever."""
    done = python(
        f"""
        import asyncio, contextlib, os, signal, sys
        from pathlib import Path
        from data.store import Store
        from tests.store.kit import NOON, mention

        async def main():
            async with Store.open(Path(sys.argv[1])) as store:
                task = asyncio.create_task(store.mentions.add([mention(n) for n in range(900)], NOON))
                for _ in range(4):
                    await asyncio.sleep(0)
                {ending}

        with contextlib.suppress(asyncio.CancelledError, KeyboardInterrupt):
            asyncio.run(main())
        """,
        tmp_path,
        timeout=30,
    )
    assert done.returncode == (7 if "SystemExit" in ending else 0), done.stderr
    assert number(tmp_path / "mentions.db", "SELECT count(*) FROM mentions") in (0, 900)


@pytest.mark.parametrize("damage", ["lock is a folder", "db is a folder", "no database"])
def test_a_store_that_can_not_be_opened_ends_the_process(tmp_path: Path, damage: str) -> None:
    name = "mentions.lock" if "lock" in damage else "mentions.db"
    if "folder" in damage:
        (tmp_path / name).mkdir()
    else:
        (tmp_path / name).write_bytes(b"this is a letter, not a database" * 99)
    done = python(
        """
        import asyncio, sys
        from pathlib import Path
        from data.store import Store, StoreUnusableError

        async def main():
            async with Store.open(Path(sys.argv[1])):
                pass

        try:
            asyncio.run(main())
        except StoreUnusableError as error:
            print(error)
        """,
        tmp_path,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
    assert name in done.stdout


async def test_a_newer_store_is_refused(tmp_path: Path) -> None:
    async with Store.open(tmp_path):
        pass
    for name in ("crisis.db", "mentions.db"):
        connection = sqlite3.connect(tmp_path / name)
        connection.execute("PRAGMA user_version = 999")
        connection.close()
        with pytest.raises(StoreNewerError, match=r"newer crisis-tui \(schema 999"):
            async with Store.open(tmp_path):
                pass
        connection = sqlite3.connect(tmp_path / name)
        connection.execute(f"PRAGMA user_version = {scripts(name.removesuffix('.db'))[-1][0]}")
        connection.close()


@pytest.mark.parametrize("wrote_before", [True, False])
async def test_a_store_that_a_newer_program_changes_while_we_have_it(
    tmp_path: Path, wrote_before: bool
) -> None:
    async with Store.open(tmp_path) as store:
        if wrote_before:
            await store.mentions.add([mention(1)], NOON)
            await store.events.append([note()], "anna", NOON)
        for name in ("crisis.db", "mentions.db"):
            connection = sqlite3.connect(tmp_path / name)
            connection.execute("PRAGMA user_version = 999")
            connection.close()
        with pytest.raises(StoreNewerError, match="quit and start that version"):
            await store.mentions.add([mention(2)], NOON)
        with pytest.raises(StoreNewerError, match="quit and start that version"):
            await store.events.append([note()], "anna", NOON)
        assert await store.mentions.count() == int(wrote_before)


async def test_the_log_beside_the_file_stays_small_under_load(tmp_path: Path) -> None:
    wal = tmp_path / "mentions.db-wal"
    largest = 0
    async with Store.open(tmp_path) as store:
        for n in range(40):
            await store.mentions.add([mention(m, id=f"{n}-{m}", text="x" * 900) for m in range(300)], NOON)
            largest = max(largest, wal.stat().st_size)
    assert (tmp_path / "mentions.db").stat().st_size > 2 * CHECKPOINT_BYTES
    assert largest < 3 * CHECKPOINT_BYTES


async def test_a_reader_in_the_middle_of_an_answer_delays_that_only_until_it_is_done(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await store.mentions.add([mention(n) for n in range(500)], NOON)
        other = sqlite3.connect(tmp_path / "mentions.db", isolation_level=None)
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM mentions").fetchall()
        for n in range(12):
            await store.mentions.add([mention(m, id=f"{n}-{m}", text="x" * 900) for m in range(600)], NOON)
        assert (tmp_path / "mentions.db-wal").stat().st_size > CHECKPOINT_BYTES
        other.execute("COMMIT")
        other.close()
        await store.mentions.add([mention(9_999)], NOON)
        assert (tmp_path / "mentions.db-wal").stat().st_size < CHECKPOINT_BYTES
        assert await store.mentions.count() == 500 + 12 * 600 + 1


async def test_no_connection_checkpoints_by_itself(tmp_path: Path) -> None:
    (tmp_path / "a.db").touch()
    connection = await connect(tmp_path / "a.db", "FULL")
    try:
        found = {}
        for name in ("journal_mode", "wal_autocheckpoint", "synchronous", "secure_delete", "foreign_keys"):
            found[name] = next(iter(await connection.execute_fetchall(f"PRAGMA {name}")))[0]
    finally:
        await connection.close()
    assert found == {
        "journal_mode": "wal",
        "wal_autocheckpoint": 0,
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
    }


@pytest.mark.parametrize(
    ("version", "possible"),
    [
        ((3, 6, 23), False), ((3, 7, 0), True), ((3, 40, 1), True), ((3, 44, 5), True), ((3, 44, 6), False),
        ((3, 45, 0), True), ((3, 50, 6), True), ((3, 50, 7), False), ((3, 51, 2), True), ((3, 51, 3), False),
        ((3, 53, 0), False),
    ],
)  # fmt: skip
def test_which_versions_of_sqlite_have_the_fault(version: tuple[int, ...], possible: bool) -> None:
    assert damaged_wal_possible(version) is possible


@pytest.mark.parametrize(
    "words",
    [
        "database or disk is full",
        "attempt to write a readonly database",
        "database is locked",
        "disk I/O error",
        "file is not a database",
        "database disk image is malformed",
    ],
)
def test_each_fault_of_sqlite_is_one_sentence(words: str) -> None:
    said = str(sentence(sqlite3.OperationalError(words), Path("/somewhere/crisis.db")))
    assert "/somewhere" in said
    assert said.endswith((".", "again."))
    assert "\n" not in said


@pytest.mark.parametrize("which", ["crisis", "mentions"])
def test_migrations_are_whole_statements_in_order(which: str) -> None:
    found = scripts(which)
    assert [place for place, _ in found] == list(range(1, len(found) + 1))
    for _, script in found:
        parts = statements(script)
        assert all(sqlite3.complete_statement(part) for part in parts)
        bare = [
            row for row in textwrap.dedent(script).splitlines() if row.strip() and not row.startswith("--")
        ]
        assert "".join(parts).split() == " ".join(bare).split()


async def test_a_backup_under_load_is_private_and_a_store_again(tmp_path: Path) -> None:
    home, target, copy = tmp_path / "home", tmp_path / "copies" / "first", tmp_path / "copy"
    target.parent.mkdir()
    async with Store.open(home) as store:
        await store.mentions.add([mention(n) for n in range(200)], NOON)
        await store.events.append([note()] * 5, "anna", NOON)
        with start_writer(home, "load", 60) as load:
            while await store.events.newest() < 8:
                assert load.poll() is None
            await store.backup(target)
    assert load.returncode == 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [path.name for path in target.parent.iterdir()] == ["first"]
    restore(target, copy)
    assert stat.S_IMODE((copy / "crisis.db").stat().st_mode) == 0o600
    assert stat.S_IMODE((copy / "mentions.db").stat().st_mode) == 0o600
    for name in ("crisis.db", "mentions.db"):
        assert rows(copy / name, "PRAGMA integrity_check") == [("ok",)]
    async with Store.open(copy) as store:
        result = await store.events.verify()
        assert result.ok
        assert result.events >= 8
        assert (await store.events.rebuild_check()).ok
        assert await store.mentions.count() >= 200


@pytest.mark.parametrize("place", range(0, 100, 9))
async def test_a_damaged_backup_is_refused_and_leaves_nothing(tmp_path: Path, place: int) -> None:
    async with Store.open(tmp_path / "home") as store:
        await store.mentions.add([mention(n) for n in range(50)], NOON)
        await store.backup(tmp_path / "copy")
    data = bytearray((tmp_path / "copy").read_bytes())
    data[len(data) * place // 100] ^= 0x55
    (tmp_path / "copy").write_bytes(data)
    with suppress(BackupError):
        restore(tmp_path / "copy", tmp_path / "new")
        # A byte that the archive does not need may change; what comes out may not.
        assert number(tmp_path / "new" / "mentions.db", "SELECT count(*) FROM mentions") == 50
        return
    assert not list((tmp_path / "new").glob("*.db*"))
    assert not list((tmp_path / "new").glob(".*"))


async def test_a_backup_never_overwrites_and_leaves_nothing_half(tmp_path: Path) -> None:
    async with Store.open(tmp_path / "home") as store:
        target = tmp_path / "there"
        target.mkdir()
        (target / "mine").touch()
        with pytest.raises(StoreError, match="exists already"):
            await store.backup(target)
        assert [path.name for path in target.iterdir()] == ["mine"]
        (tmp_path / "file").touch()
        with pytest.raises(StoreError, match="failed"):
            await store.backup(tmp_path / "file" / "below")
    assert json.dumps(sorted(path.name for path in tmp_path.iterdir())) == '["file", "home", "there"]'
