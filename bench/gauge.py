"""From the wire to the gauge: parse, store, read, count and judge, in CPU seconds of one process."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.posts import Posts
from bench.report import Row
from crisis_tui.agent.judge import Judge
from crisis_tui.agent.score import MentionReader, model, rules
from data.models.mention import Mention
from data.models.watch import Watch
from data.store import Store

MENTIONS = 20_000
BATCH = 1_000
NEEDED = 2_000.0
"""Mentions a second that one core must hold."""


async def _walk(folder: Path, lines: list[bytes], end: datetime) -> float:
    """CPU seconds for all lines, assessed after each batch."""
    model(), rules()
    async with Store.open(folder) as store:
        reader, judge = MentionReader(store), Judge(store, Watch())
        begun = time.process_time()
        for start in range(0, len(lines), BATCH):
            batch = [Mention.model_validate(json.loads(line)) for line in lines[start : start + BATCH]]
            await store.mentions.add(batch, end)
            await reader.catch_up()
            await judge.judge(end + timedelta(seconds=start // BATCH))
        return time.process_time() - begun


def rows(count: int = MENTIONS) -> Iterator[Row]:
    """One walk; threads of SQLite are counted in."""
    end = datetime.now(UTC)
    lines = [json.dumps(post).encode() for post in Posts(count, end=end)]
    with tempfile.TemporaryDirectory(prefix="crisis-tui-bench-gauge-") as name:
        spent = asyncio.run(_walk(Path(name), lines, end))
    yield Row(
        "wire to gauge on one core, beside what is needed", count / spent, NEEDED, "mentions/s", 1.0, True
    )
