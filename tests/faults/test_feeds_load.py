"""A storm: 1,000 posts a second in a folder and 200 over HTTP for a minute, while somebody reads on.

The exact bars are those of `bench`. Here they are wide, since other programs
may have the processor; what is lost or stored twice is never allowed for.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from statistics import median, quantiles

import pytest

from bench import feeds
from bench.home import fill
from tests.faults.test_kill import check_whole
from tests.store.kit import number, rows

pytestmark = pytest.mark.slow

STORED = 20_000
SLOWER = 2.5
"""How many times longer a key may take to its paint under load than in peace."""

LAG_S = 10.0
"""How far behind what was posted the store may be at the end: a sixth of the storm."""

SOURCES = {"inbox": 60_000, "hook": 6_000} | dict.fromkeys(("forum-a", "forum-b", "fedi-a", "fedi-b"), 1_500)


def told(times: list[float]) -> str:
    """The spread of some times in milliseconds."""
    return f"median {median(times) * 1000:.1f} ms, nine of ten in {quantiles(times, n=10)[-1] * 1000:.0f} ms"


def test_a_storm_loses_nothing_and_leaves_the_dashboard_its_pace(tmp_path: Path) -> None:
    home = tmp_path / "home"
    asyncio.run(fill(home, STORED))
    found = feeds.measured(home)

    print(f"{found.count:,} posts in {found.seconds:.1f} s, stored {found.stored:,}")
    print(f"key to paint in peace: {told(found.idle)}")
    print(f"key to paint under load: {told(found.busy)}: {median(found.busy) / median(found.idle):.2f} times")
    print(f"lag of folder and webhook {found.pushed_lag:.2f} s, of polled servers {found.polled_lag:.2f} s")
    print("processor: " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in found.cpu.items()))

    assert {name: each["count"] for name, each in found.offered.items()} == SOURCES
    assert len(found.busy) >= 100
    assert median(found.busy) <= SLOWER * median(found.idle)
    assert found.pushed_lag < LAG_S
    assert found.polled_lag < LAG_S
    for each in found.offered.values():
        start = each["last"].removesuffix(str(each["count"]))
        sql = "SELECT id FROM mentions WHERE network = ? AND substr(id, 1, ?) = ?"
        ids = Counter(row[0] for row in rows(home / "mentions.db", sql, each["network"], len(start), start))
        assert ids == Counter(f"{start}{place}" for place in range(1, each["count"] + 1))
    assert found.stored == found.count
    assert number(home / "mentions.db", "SELECT count(*) FROM quarantine") == 0
    check_whole(home)
