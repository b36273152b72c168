"""Reads: a page and a search over many mentions beside the same over a thousand."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from statistics import median

from bench.home import RAID_END, fill
from bench.posts import COMMON, RARE
from bench.report import Row
from data.store import Store

FEW = 1_000
CALLS = 200

Read = Callable[[Store], Awaitable[object]]

READS: dict[str, tuple[Read, float | None]] = {
    "page of 50, newest": (lambda store: store.mentions.page(limit=50), 1.5),
    "page of 50, in the middle": (lambda store: _middle(store), 1.5),
    "page of 50, newest, folded": (lambda store: store.mentions.page(limit=50, folded=True), 1.5),
    "page of 50, beyond a raid, folded": (lambda store: _beyond_the_raid(store), 1.5),
    "search, newest 50, common word": (lambda store: store.mentions.page(query=COMMON, limit=50), None),
    "search, newest 50, rare word": (lambda store: store.mentions.page(query=RARE, limit=50), None),
}


async def _middle(store: Store) -> object:
    return await store.mentions.page(before=await store.mentions.newest_seq() // 2, limit=50)


async def _beyond_the_raid(store: Store) -> object:
    """From the mention right after the raid of `bench.home` on."""
    last = await store.mentions.newest_seq() * RAID_END // 10
    return await store.mentions.page(before=last + 2, limit=50, folded=True)


def rows(home: Path, count: int) -> Iterator[Row]:
    """Milliseconds a call, the median; `home` holds `count` mentions."""
    with tempfile.TemporaryDirectory(prefix="crisis-tui-bench-") as name:
        few = Path(name) / "few"
        asyncio.run(fill(few, FEW))
        times = asyncio.run(_measured(few, home))
    for name, (_, bar) in READS.items():
        small, large = times[name]
        yield Row(f"{name}, {count:,} beside {FEW:,}", large, small, "ms", bar)


async def _measured(few: Path, many: Path) -> dict[str, tuple[float, float]]:
    async with Store.open(few) as small, Store.open(many) as large:
        found = {}
        for name, (read, _) in READS.items():
            taken: tuple[list[float], list[float]] = ([], [])
            for _ in range(CALLS):
                for store, times in zip((small, large), taken, strict=True):
                    begun = time.perf_counter()
                    await read(store)
                    times.append(time.perf_counter() - begun)
            found[name] = median(taken[0]) * 1000, median(taken[1]) * 1000
        return found
