"""`crisis-tui mentions`: searches what is stored."""

from __future__ import annotations

import argparse
import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

from crisis_tui.cli._moments import moment
from crisis_tui.cli._run import DONE, USAGE, complain, places, print_json, say
from data.models.mention import StoredMention
from data.text import clean_line

_MOST = 1_000_000

HELP = "search the stored mentions, newest arrival first"


def arguments(parser: argparse.ArgumentParser) -> None:
    """--query, --network, --since, --limit, --folded and --json."""
    parser.add_argument("--query", metavar="Q", help='words, "phrases", -excluded, begin*')
    parser.add_argument("--network", metavar="N", help="only this network")
    parser.add_argument(
        "--since",
        metavar="T",
        type=moment,
        help="posted since: 2026-11-22T03:00Z, 2026-11-22, 90m, 6h or 2d ago",
    )
    parser.add_argument("--limit", metavar="N", type=int, default=50, help="at most so many (50)")
    parser.add_argument(
        "--folded", action="store_true", help="each story once, with the number of its copies"
    )
    parser.add_argument("--json", action="store_true", help="print as JSON")


def as_row(stored: StoredMention, first: tuple[str, str] | None = None) -> dict[str, Any]:
    """A mention with the field names of the ingest format; fields without a value are left out.

    `first` is network and id of the first mention of its story.
    """
    row = stored.mention.model_dump(mode="json", exclude_none=True, exclude={"raw_text", "extra"})
    row["arrived_at"] = stored.arrived_at.isoformat().replace("+00:00", "Z")
    if stored.tone is not None:
        row["tone"] = stored.tone.value
    if first is not None:
        row["story"] = {"network": first[0], "id": first[1]}
        row["copies"] = stored.copies
    if stored.triage is not None:
        row["triage"] = stored.triage.model_dump(mode="json", exclude_none=True)
    if stored.late:
        row["late"] = True
    if stored.text_now is not None and stored.edited_at is not None:
        row["text"], row["text_original"] = stored.text_now, stored.mention.text
        row["edited_at"] = stored.edited_at.isoformat().replace("+00:00", "Z")
    if stored.deleted_at is not None:
        row["deleted_at"] = stored.deleted_at.isoformat().replace("+00:00", "Z")
    return row


async def _search(
    folder: Path, query: str | None, network: str | None, since: datetime | None, limit: int, folded: bool
) -> tuple[int, list[StoredMention], dict[int, tuple[str, str]]]:
    from data.store import Store

    async with Store.open(folder) as store:
        found = await store.mentions.page(
            query=query, network=network, since=since, limit=limit, folded=folded
        )
        page = await store.triage.attach(found)
        total = await store.mentions.count(query=query, network=network, since=since, folded=folded)
        firsts = await store.stories.first_names({each.story for each in page if each.story is not None})
    return total, page, firsts


def run(options: argparse.Namespace) -> int:
    """Search and print."""
    if not 0 <= options.limit <= _MOST:
        complain(f"--limit must be a number from 0 to {_MOST:,}.")
        return USAGE
    try:
        total, page, firsts = asyncio.run(
            _search(
                places(options).store,
                options.query,
                options.network,
                options.since,
                options.limit,
                options.folded,
            )
        )
    except ValueError as error:
        complain(str(error))
        return USAGE
    if options.json:
        print_json({"total": total, "mentions": [as_row(each, firsts.get(each.story or 0)) for each in page]})
        return DONE
    for stored in page:
        mention = stored.mention
        author = mention.author or "-"
        fate = "(deleted) " if stored.deleted_at else "(edited) " if stored.text_now is not None else ""
        times = f"(x{stored.copies + 1:,}) " if options.folded and stored.copies else ""
        said = f"{times}{fate}{clean_line(stored.text)}"
        say(f"{mention.created_at:%Y-%m-%d %H:%M} {mention.network:10} {author}: {said}")
    say(f"{len(page):,} of {total:,} {'stories and single mentions' if options.folded else 'mentions'}.")
    return DONE
