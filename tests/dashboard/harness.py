"""The real dashboard without a terminal, on a real store whose clock and contents are fixed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from textual import events
from textual.pilot import Pilot

from crisis_tui.dashboard.app import CrisisApp
from crisis_tui.dashboard.desk import Desk
from crisis_tui.dashboard.keymap import resolved
from crisis_tui.dashboard.opening import on_desk
from crisis_tui.dashboard.screens.main import MainScreen
from crisis_tui.paths import Paths
from crisis_tui.terminal import profile
from crisis_tui.terminal.plain import frame_text
from data.models.assessment import Assessment, Contribution
from data.models.drill import Drill
from data.models.feed import Budget, FeedHealth, FeedState
from data.models.level import Level
from data.models.mention import Mention, Tone
from data.models.watch import Watch
from data.store import Store
from data.store.readings import Reading
from data.text import SafeText
from tests.widgets.harness import noticed

NOW = datetime(2026, 11, 22, 3, 10, tzinfo=UTC)
FOREVER = datetime(2099, 1, 1, tzinfo=UTC)
PROFILE = profile.detect({"TERM": "xterm-256color"})
STILL = 3
"""Looks in a row that must be alike before a screen counts as still."""

LONG = (
    "I have written to Brightpan support nine times since Thursday and every single answer was the same "
    "template, so here is the photo of my hand, and I am done being patient about this."
)
WIDE = "三回もサポートに連絡しましたが返事がありません。フライパンの取っ手が溶けました。"
_PHRASES = (
    ("The handle of my Ember pan came off over the stove. Not okay.", Tone.NEGATIVE),
    (LONG, Tone.NEGATIVE),
    ("Is anybody else's Brightpan order two weeks late?", Tone.NEUTRAL),
    (WIDE, Tone.UNSCORED),
    ("Brightpan answered within an hour, thank you!", Tone.POSITIVE),
    ("Third day without an answer from @brightpan about the Ember pan.", Tone.NEGATIVE),
)
_QUOTES = (SafeText(f"reddit @daily_kitchen: {LONG}"), SafeText(f"mastodon @person_1: {WIDE}"))
_QUOTED = ("volume", "negative share")
_NETWORKS = ("mastodon", "bluesky", "reddit")


class FixedClock:
    """A clock that moves only when it is told to."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def now(self) -> datetime:
        """The moment it was set to."""
        return self.at


@dataclass(frozen=True)
class Run:
    """A dashboard that runs: its app, the pilot, the desk, its store and its clock."""

    app: CrisisApp
    pilot: Pilot[str]
    desk: Desk
    store: Store
    clock: FixedClock

    @property
    def main(self) -> MainScreen:
        """The panes, also while something lies over them."""
        return next(screen for screen in self.app.screen_stack if isinstance(screen, MainScreen))

    @property
    def lines(self) -> list[str]:
        """What is on the screen now."""
        return frame_text(self.app)

    @property
    def text(self) -> str:
        """The same as one text."""
        return "\n".join(self.lines)

    @property
    def top(self) -> str:
        """The top line."""
        return self.lines[0]

    @property
    def bottom(self) -> str:
        """The bottom line."""
        return self.lines[-1]

    async def press(self, *keys: str) -> None:
        """Press keys and let what they set off be handled."""
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        """Type a text."""
        names = {" ": "space", "\n": "enter"}
        await self.pilot.press(*(names.get(character, character) for character in text))

    async def paste(self, text: str) -> None:
        """Paste a text, which is quicker than a key for each character."""
        self.app.post_message(events.Paste(text))
        await self.pilot.pause()

    async def until(self, holds: Callable[[], bool], seconds: float = 10.0) -> None:
        """Let the app work until something holds; AssertionError with the screen when it never does."""
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                raise AssertionError(f"not reached within {seconds} s; the screen:\n{self.text}")
            await asyncio.sleep(0.01)

    async def until_text(self, *texts: str) -> None:
        """Let the app work until all the texts are on the screen."""
        await self.until(lambda: all(text in self.text for text in texts))

    async def resize(self, width: int, height: int) -> None:
        """Give the terminal another size."""
        await self.pilot.resize_terminal(width, height)
        await self.settle()

    async def settle(self) -> None:
        """Let the app work until its screen has stopped changing."""
        before: list[str] = []
        alike = 0
        deadline = time.monotonic() + 5
        while alike < STILL and time.monotonic() < deadline:
            now = self.lines
            alike = alike + 1 if now == before else 0
            before = now
            await self.pilot.pause(0.03)


@asynccontextmanager
async def dashboard(
    folder: Path,
    size: tuple[int, int] = (120, 40),
    *,
    clock: FixedClock | None = None,
    actor: str = "ana",
    keys: Mapping[str, str] | None = None,
    drill: Drill | None = None,
    offer_drills: bool = False,
) -> AsyncIterator[Run]:
    """Run the dashboard on the store in a folder, without an agent."""
    clock = clock or FixedClock()
    paths = Paths(config=folder / "config.toml", store=folder)
    async with Store.open(folder) as store:
        desk = Desk(store, Watch(own_followers=50_000), SafeText(actor), drill)
        desk.clock = clock
        opening = on_desk(desk, paths, resolved(keys or {}), offer_drills=offer_drills)
        app = CrisisApp(opening, paths, PROFILE)
        async with app.run_test(size=size) as pilot:
            run = Run(app, pilot, desk, store, clock)
            await run.until(lambda: len(app.screen_stack) > 1 and run.main.ready.is_set())
            await run.settle()
            yield run


def mention(number: int, at: datetime, text: str | None = None, **fields: object) -> Mention:
    """One post; its words, network and author follow from its number."""
    words = _PHRASES[number % len(_PHRASES)][0] if text is None else text
    given: dict[str, object] = {
        "network": _NETWORKS[number % 3],
        "id": f"post-{number}",
        "text": words,
        "created_at": at,
        "author": f"person_{number}",
        "followers": 100 + number % 900,
        "likes": number % 13,
        "reposts": number % 5,
    }
    return Mention.model_validate(given | fields)


def spread(first: int, number: int, start: datetime, end: datetime) -> list[Mention]:
    """Posts at even distances in [start, end], oldest first."""
    step = (end - start) / max(number - 1, 1)
    return [mention(first + place, start + place * step) for place in range(number)]


async def arrive(store: Store, posts: Sequence[Mention], at: datetime = NOW) -> None:
    """Let posts arrive, and read them as their words are known to read."""
    await store.mentions.add(posts, at)
    tones = dict(_PHRASES)
    while waiting := await store.readings.waiting():
        await store.readings.add(
            [Reading(seq=each.seq, tone=tones.get(each.text, Tone.NEUTRAL), words=()) for each in waiting]
        )


async def repeat(store: Store, posts: Sequence[Mention], at: datetime = NOW, *, read: bool = True) -> None:
    """Let posts arrive, those with the same text as one story; with `read` False nobody reads them yet."""
    await store.mentions.add(posts, at)
    if not read:
        return
    stories: dict[str, int] = {}
    for each in await store.readings.known(10_000):
        stories.setdefault(each.text, each.story)
    while waiting := await store.readings.waiting():
        await store.readings.add(
            [
                Reading(
                    seq=each.seq,
                    tone=Tone.NEGATIVE,
                    words=(),
                    story=stories.setdefault(each.text, each.seq),
                )
                for each in waiting
            ]
        )


async def alive(store: Store) -> None:
    """Signs of life of an agent and of two feeds."""
    await store.standing.beat(1, "0", FOREVER)
    for name, age in (("inbox", 2), ("stream", 40)):
        await store.feeds.save(
            FeedHealth(
                name=SafeText(name),
                state=FeedState.LIVE,
                last_success=NOW - timedelta(seconds=age),
                message=SafeText("reads"),
            )
        )


def unwell() -> list[FeedHealth]:
    """One feed in each state but live, with all that a feed can say."""

    def feed(name: str, kind: str, state: FeedState, message: str, minutes: float, **more: Any) -> FeedHealth:
        return FeedHealth(
            name=SafeText(name),
            kind=kind,
            state=state,
            message=SafeText(message),
            last_success=NOW - timedelta(minutes=minutes),
            **more,
        )

    return [
        feed(
            "masto", "mastodon", FeedState.WAITING,
            "social.example asked us to wait. It goes on at 03:15 UTC.",
            2, stored=1_204, next_try=NOW + timedelta(minutes=5),
            budget=Budget(remaining=0, limit=300, resets_at=NOW + timedelta(minutes=5)),
        ),
        feed("news", "feed", FeedState.DEGRADED, "It answers with nothing where there was something.", 1,
             stored=88, quarantined=3),
        feed("skies", "bluesky", FeedState.OFFLINE,
             "No host can be reached: this machine is offline. What is stored stays usable.", 14, failures=9),
        feed("forum", "discourse", FeedState.BROKEN, "forum.example does not accept our credentials.", 240,
             failures=1, next_try=NOW + timedelta(minutes=47)),
        feed("x", "x", FeedState.STOPPED,
             "Stopped at the cost cap: $50.01 of $50.00 spent in November; it reads again on 1 December, or"
             " when monthly_cost_cap_usd is raised.", 700, stored=10_002),
    ]  # fmt: skip


def assessment(level: Level, score: float, *, at: datetime = NOW, **fields: object) -> Assessment:
    """An assessment with all its parts; the points follow from the score."""
    points = min(round(score / 20), 4)
    inputs = (
        ("volume", 2, 4.2, "z", "15 min", "12 per 15 min"),
        ("growth", 2, 1.5, "h to double", "6 h", ""),
        ("negative share", 2, 0.62, "", "1 h", "0.18"),
        ("reach", 1, 0.6, "of audience", "24 h", ""),
        ("influencers", 1, 2.0, "people", "24 h", ""),
        ("networks", 1, 3.0, "networks", "24 h", ""),
    )
    given: dict[str, object] = {
        "at": at,
        "level": level,
        "word": level.word,
        "score": score,
        "by": "score",
        "reason": "negative share 62 % and volume 4.2 z over the usual" if points else "nothing unusual",
        "contributions": tuple(
            Contribution(
                input=name, points=points, weight=weight, raw=raw if points else 0.0,
                unit=unit, window=window, baseline=base,
            )
            for name, weight, raw, unit, window, base in inputs
        ),
        "missing": ("views",),
        "stale": (),
        "coverage": 0.86,
        "next_change": f"{Level(min(level + 1, 4)).word} at a higher score, by a floor or a person",
        "model": "severity 1",
    }  # fmt: skip
    return Assessment.model_validate(given | fields)


async def calm(store: Store) -> None:
    """A quiet day: a few posts, nothing unusual."""
    await alive(store)
    await arrive(store, spread(1, 60, NOW - timedelta(hours=20), NOW - timedelta(minutes=9)))
    await store.standing.save_assessment(assessment(Level.ROUTINE, 4), Level.ROUTINE)


async def worsen(store: Store) -> None:
    """Two hours of ever more posts; the agent has raised the level to Crisis."""
    from crisis_tui.response.acts import raise_level

    start = NOW - timedelta(hours=2)
    posts = [
        mention(1000 + place, start + timedelta(minutes=118) * (place / 399) ** 0.5) for place in range(400)
    ]
    posts.append(
        mention(2000, NOW - timedelta(minutes=1), LONG, author="daily_kitchen", followers=240_000, likes=4211)
    )
    await arrive(store, posts)
    raised = raise_level(Level.ROUTINE, Level.CRISIS, "score: negative share 62 %")
    await store.events.append([raised], "agent", NOW - timedelta(minutes=30))
    before = NOW - timedelta(hours=1)
    await store.standing.save_assessment(assessment(Level.EMERGENT, 31, at=before), Level.EMERGENT)
    await store.standing.save_assessment(assessment(Level.CRISIS, 67), Level.EMERGENT)


async def noticing(store: Store) -> None:
    """The same crisis, about which the agent has found out all that it can."""
    await calm(store)
    await worsen(store)
    found = assessment(Level.CRISIS, 67, **noticed(NOW))
    quoted = tuple(
        item.model_copy(update={"samples": _QUOTES if item.input in _QUOTED else ()})
        for item in found.contributions
    )
    await store.standing.save_assessment(found.model_copy(update={"contributions": quoted}), Level.EMERGENT)
