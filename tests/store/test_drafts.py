"""Drafts: what was typed is there again, from the row or the journal, whichever is newer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from data.models.statement import Draft
from data.store import Store
from data.store.drafts import JOURNAL_BYTES
from tests.store.kit import NOON, environment, python


def draft(text: str, seconds: int = 0, name: str = "ab", by: str = "anna") -> Draft:
    return Draft.model_validate(
        {
            "id": name,
            "statement": name,
            "incident": None,
            "base": None,
            "text": text,
            "at": NOON + timedelta(seconds=seconds),
            "by": by,
        }
    )


async def texts(folder: Path, by: str = "anna") -> list[str]:
    async with Store.open(folder) as store:
        return [each.text for each in await store.drafts.of(by)]


async def test_a_draft_survives_and_is_only_for_who_typed_it(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await store.drafts.save(draft("one", 1))
        await store.drafts.save(draft("older", 0, name="cd"))
        await store.drafts.save(draft("hers", 2, name="ef", by="berta"))
    assert await texts(tmp_path) == ["one", "older"]
    assert await texts(tmp_path, "berta") == ["hers"]
    assert await texts(tmp_path, "nobody") == []


async def test_the_newest_of_row_and_journal_wins(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await store.drafts.save(draft("row and journal", 1))
        store.drafts.journal(draft("journal only", 2))
    assert await texts(tmp_path) == ["journal only"]
    journal = tmp_path / "drafts" / "ab.jsonl"
    journal.write_text(journal.read_text().splitlines()[0].replace("row and journal", "old") + "\n")
    assert await texts(tmp_path) == ["row and journal"]


@pytest.mark.parametrize("cut", [1, 2, 30, 10_000])
async def test_a_last_line_that_was_cut_costs_only_itself(tmp_path: Path, cut: int) -> None:
    async with Store.open(tmp_path) as store:
        store.drafts.journal(draft("whole", 1))
        store.drafts.journal(draft("this one is cut", 2))
        path = tmp_path / "drafts" / "ab.jsonl"
        whole = path.read_bytes()
        last = len(whole.splitlines(keepends=True)[-1])
        path.write_bytes(whole[: len(whole) - min(cut, last)])
        found = [each.text for each in await store.drafts.of("anna")]
        assert found == ["this one is cut" if cut == 1 else "whole"]
        store.drafts.journal(draft("typed afterwards", 3))
        assert [each.text for each in await store.drafts.of("anna")] == ["typed afterwards"]


@pytest.mark.parametrize("junk", [b"", b"\x00" * 4_096, b"\xff\xfe\n", b"[]\n", b'{"id": 1}\n', b"null\n"])
async def test_junk_in_a_journal_is_no_fault(tmp_path: Path, junk: bytes) -> None:
    async with Store.open(tmp_path) as store:
        store.drafts.journal(draft("kept", 1))
        with (tmp_path / "drafts" / "ab.jsonl").open("ab") as file:
            file.write(junk)
        (tmp_path / "drafts" / "other.jsonl").write_bytes(junk)
        assert [each.text for each in await store.drafts.of("anna")] == ["kept"]


async def test_a_draft_that_is_done_with_is_gone_from_both_places(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await store.drafts.save(draft("done"))
        await store.drafts.discard("ab")
        await store.drafts.discard("never was")
    assert await texts(tmp_path) == []


async def test_a_journal_does_not_grow_for_ever(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        for n in range(12):
            store.drafts.journal(draft(f"{n} " + "x" * (JOURNAL_BYTES // 4), n))
            assert (tmp_path / "drafts" / "ab.jsonl").stat().st_size < 2 * JOURNAL_BYTES
        assert (await store.drafts.of("anna"))[0].text.startswith("11 ")


async def test_a_draft_survives_a_store_that_is_broken(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await store.drafts.save(draft("typed"))
    lines = (tmp_path / "drafts" / "ab.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["text"] == "typed"
    for path in tmp_path.glob("crisis.db*"):
        path.unlink()
    assert await texts(tmp_path) == ["typed"]


def test_what_was_typed_before_a_kill_is_kept(tmp_path: Path) -> None:
    """A process says on its pipe what it has saved; killed at any moment it has not lied."""
    code = """
import asyncio, sys
from pathlib import Path
from data.store import Store
from tests.store.test_drafts import draft

async def main():
    async with Store.open(Path(sys.argv[1])) as store:
        for n in range(100_000):
            await store.drafts.save(draft(f"text {n}", n))
            print(n, flush=True)

asyncio.run(main())
"""
    for count in (1, 7, 40):
        home = tmp_path / str(count)
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(home)], env=environment(), stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        said = [int(process.stdout.readline()) for _ in range(count)]
        os.kill(process.pid, signal.SIGKILL)
        said += [int(row) for row in process.stdout.read().splitlines()]
        process.stdout.close()
        process.wait()
        done = python(
            """
            import asyncio, sys
            from pathlib import Path
            from tests.store.test_drafts import texts

            print(asyncio.run(texts(Path(sys.argv[1])))[0])
            """,
            home,
        )
        assert int(done.stdout.split()[1]) >= said[-1]
