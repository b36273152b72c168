"""What was assessed is assessed again, bit for bit: whoever asks, whenever, in whatever order things came."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crisis_tui.agent.judge import Judge
from crisis_tui.agent.score import MentionReader
from crisis_tui.response import acts
from data.models.assessment import Assessment
from data.models.fact import Fact
from data.models.level import Level
from data.models.mention import Mention
from data.models.playbook import CrisisType
from data.models.watch import Watch
from data.store import Store
from tests.store.kit import NOON, mention

BRAND = Watch(own_followers=1_000, influencers=("@critic",))

TEXTS = (
    "this is terrible, the worst service ever",
    "no answer from support for days, still waiting #acmefail",
    "my data was leaked, passwords on the dark web",
    "I love this pan",
    "a pan is a pan",
    "das ist schrecklich",
    "最悪です",
    "the pan caught fire and my hand is burnt",
)

POSTS = st.lists(
    st.tuples(
        # Minutes after the start; many in the very minutes in which somebody looks.
        st.integers(0, 40 * 60) | st.integers(30, 40).map(lambda hour: 60 * hour),
        st.sampled_from(["x", "mastodon", "news"]),
        st.sampled_from(TEXTS),
        st.sampled_from([None, 10, 5_000, 80_000]),
        st.sampled_from(["@critic", "@anna", "@ben", None]),
    ),
    min_size=1,
    max_size=60,
)
"""Two days that begin at START, told by the minute."""

START = NOON - timedelta(hours=40)
ACTS = st.lists(
    st.tuples(st.integers(0, 40 * 60), st.sampled_from(["fact", "deny", "raise", "breach"])), max_size=4
)


def posts(rows: Sequence[tuple[int, str, str, int | None, str | None]]) -> list[Mention]:
    return [
        mention(
            n,
            id=f"p{n}",
            network=network,
            text=text,
            followers=followers,
            author=author,
            likes=n % 7,
            created_at=(START + timedelta(minutes=minute, seconds=37 * n % 60)).isoformat(),
        )
        for n, (minute, network, text, followers, author) in enumerate(rows)
    ]


async def act(store: Store, kind: str, at: datetime) -> None:
    """One act of a person; a raise that would not raise is left out."""
    change = await store.incidents.level()
    standing = change.after if change else Level.ROUTINE
    events: dict[str, Any] = {
        "fact": lambda: [acts.state_fact(Fact.VISUAL, True, "seen")],
        "deny": lambda: [acts.state_fact(Fact.EXPOSED, False, "it is a test file")],
        "raise": lambda: [acts.raise_level(standing, Level(standing + 1), "a person")],
        "breach": lambda: acts.open_incident(
            "Leak", CrisisType.SECURITY, standing, detected_at=at, now=at, playbook=None
        ),
    }
    if kind != "raise" or standing < Level.EMERGENCY:
        await store.events.append(events[kind](), "anna", at)


async def lived(folder: Path, mentions: list[Mention], done: list[tuple[int, str]]) -> list[Assessment]:
    """Let the agent live through it, hour by hour, and check each moment anew; returns what it showed."""
    shown: list[Assessment] = []
    async with Store.open(folder) as store:
        judge, reader = Judge(store, BRAND), MentionReader(store)
        waiting = sorted(mentions, key=lambda each: each.created_at)
        todo = sorted(done)
        for hour in range(41):
            now = START + timedelta(hours=hour, seconds=30)
            arrived = [each for each in waiting if each.created_at <= now]
            waiting = waiting[len(arrived) :]
            if arrived:
                await store.mentions.add(arrived, now)
                await reader.catch_up()
            while todo and START + timedelta(minutes=todo[0][0]) <= now:
                await act(store, todo.pop(0)[1], now)
            shown.append(await judge.judge(now, stale=("masto",) if hour % 2 else ()))
        again = [await Judge(store, BRAND).shown(each.at) for each in shown]
        backwards = Judge(store, BRAND)
        last_first = [await backwards.shown(each.at) for each in reversed(shown)]
    assert again == shown
    assert last_first[::-1] == shown
    return shown


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(POSTS, ACTS)
def test_every_moment_can_be_assessed_again(
    rows: list[tuple[int, str, str, int | None, str | None]], done: list[tuple[int, str]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(lived(Path(folder), posts(rows), done))


async def signs_of(folder: Path, mentions: list[Mention], moments: Sequence[datetime]) -> list[Assessment]:
    async with Store.open(folder) as store:
        for start in range(0, len(mentions), 7):
            await store.mentions.add(mentions[start : start + 7], NOON)
            await MentionReader(store).catch_up()
        judge = Judge(store, BRAND)
        return [(await judge.signs(at)).model_copy(update={"stories": ()}) for at in moments]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(POSTS, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(
    rows: list[tuple[int, str, str, int | None, str | None]], random: Any
) -> None:
    """Stories alone are named by who came first; all numbers are the same."""
    mentions = posts(rows)
    shuffled = [*mentions]
    random.shuffle(shuffled)
    moments = [START + timedelta(hours=hours, seconds=20) for hours in (3, 23, 25, 39)]
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        first = asyncio.run(signs_of(Path(one), mentions, moments))
        second = asyncio.run(signs_of(Path(two), shuffled, moments))
    for one_, two_ in zip(first, second, strict=True):
        assert without_samples(one_) == without_samples(two_)


def without_samples(found: Assessment) -> Assessment:
    """Which of several equally loud posts stands as a sample depends on which was there first."""
    bare = tuple(each.model_copy(update={"samples": ()}) for each in found.contributions)
    return found.model_copy(update={"contributions": bare})
