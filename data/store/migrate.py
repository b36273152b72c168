"""Numbered SQL migrations; `PRAGMA user_version` says how far a file has come."""

from __future__ import annotations

import sqlite3
from importlib.resources import files as resources

from data.store.connection import Transaction, Writer
from data.store.errors import StoreNewerError


def scripts(which: str) -> list[tuple[int, str]]:
    """The migrations of one file (`crisis` or `mentions`) as (number, SQL), in order."""
    folder = resources("data.store") / "migrations" / which
    found = [
        (int(entry.name.split("_")[0]), entry.read_text("utf-8"))
        for entry in folder.iterdir()
        if entry.name.endswith(".sql")
    ]
    return sorted(found)


def statements(script: str) -> list[str]:
    """A script as single statements; a trigger's body stays in one piece."""
    found: list[str] = []
    pending = ""
    for line in script.splitlines():
        if not pending and (not line.strip() or line.lstrip().startswith("--")):
            continue
        pending += line + "\n"
        if sqlite3.complete_statement(pending):
            found.append(pending)
            pending = ""
    return found


async def migrate(writer: Writer, which: str) -> int:
    """Bring a file to the newest schema in one transaction; returns its version.

    Raises:
        StoreNewerError: the file is ahead of this program.
    """
    known = scripts(which)
    newest = known[-1][0]

    async def job(transaction: Transaction) -> None:
        row = await transaction.one("PRAGMA user_version")
        version: int = row[0] if row else 0
        if version > newest:
            raise StoreNewerError(
                f"This store was written by a newer crisis-tui (schema {version}, this one knows {newest}); "
                "use that version."
            )
        for number, script in known:
            if number > version:
                for statement in statements(script):
                    await transaction.run(statement)
                await transaction.run(f"PRAGMA user_version = {number}")

    if await writer.version() != newest:
        await writer.write(job)
    writer.expect(newest)
    return newest
