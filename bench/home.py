"""A home folder as on a busy day: many mentions with tones, an assessment, an open incident."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bench.posts import Posts
from crisis_tui.agent.judge import judge
from crisis_tui.dashboard.desk import Desk
from data.models.mention import Mention, Tone
from data.models.playbook import CrisisType
from data.models.watch import Watch
from data.sources.base import BATCH
from data.store import Store
from data.store.readings import Reading
from data.text import clean_line

RAID_START, RAID_END = 7, 8
"""Tenths of all mentions between which those stand that count as copies of one."""

_TONES = (Tone.NEGATIVE, Tone.NEUTRAL, Tone.NEUTRAL, Tone.POSITIVE, Tone.UNSCORED)


async def fill(folder: Path, count: int) -> None:
    """Make a store of `count` mentions that arrived over six days up to now."""
    async with Store.open(folder) as store:
        batch: list[Mention] = []
        for post in Posts(count):
            batch.append(Mention.model_validate(post))
            if len(batch) == BATCH:
                await store.mentions.add(batch, None)
                batch = []
        if batch:
            await store.mentions.add(batch, None)
        raid = range(count * RAID_START // 10 + 1, count * RAID_END // 10 + 1)
        while waiting := await store.readings.waiting():
            await store.readings.add(
                [
                    Reading(
                        seq=each.seq,
                        tone=_TONES[each.seq % 5],
                        words=(),
                        story=raid.start if each.seq in raid else each.seq,
                    )
                    for each in waiting
                ]
            )
        now = datetime.now(UTC)
        await judge(store, now, Watch(), ())
        desk = Desk(store, Watch(), clean_line("bench"))
        await desk.look()
        await desk.open_incident("A recall that goes round", CrisisType.CUSTOMER_SERVICE)
