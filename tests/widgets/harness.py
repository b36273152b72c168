"""An app that shows one widget, frames of it as text, and values to show."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.widget import Widget

from data.models.assessment import (
    Assessment,
    BurstNote,
    Contribution,
    CueNote,
    Override,
    StoryNote,
    TypeNote,
    VolumeBar,
)
from data.models.level import Level
from data.models.mention import Mention, StoredMention, Tone
from data.models.playbook import ChecklistItem, CrisisType, Phase, StepState
from data.text import clean_line

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
SIZES = [(46, 36), (80, 20), (36, 18), (30, 6)]

HOSTILE = [
    "[/ [bold]not bold[/bold] [/]",
    "[@click=app.quit]x[/]",
    "\x1b]52;c;aGk=\x07\x1b[2J\x9b31m cleared?",
    "漢字仮名交じり文のとても長い投稿です。" * 6,
    "مرحبا بالعالم، هذا منتج سيئ للغاية",
    "z̶̧̛͔̲a̴̡͚l̷̢̛g̸o 👩‍👩‍👧‍👦 🇩🇪 ❤️ ‮evil‬",
    "line one\nline two\r\n\tline three",
    "",
]
HOSTILE_FIELDS = {"x[/": "[/", "[@click=app.quit]k[/]": "\x1b]0;t\x07"}
LATIN = "Third day without an answer from support, and now the app has lost my order again."


class Harness(App[None]):
    """Shows one widget and keeps the messages that reach the app."""

    ENABLE_COMMAND_PALETTE = False
    CSS = "Screen { overflow: hidden; }"

    def __init__(self, *shown: Widget) -> None:
        super().__init__()
        self._shown = shown
        self.heard: list[Message] = []

    def compose(self) -> ComposeResult:
        """The widget."""
        yield from self._shown

    def listen(self, message: Message) -> None:
        """Keep what the widgets say."""
        # Each widget that a message bubbles through shows it to the hook.
        ours = type(message).__module__.startswith("widgets.")
        if ours and not any(message is heard for heard in self.heard):
            self.heard.append(message)

    def said(self, kind: type[Message]) -> list[Any]:
        """The messages of one kind that were posted so far."""
        return [message for message in self.heard if isinstance(message, kind)]


@asynccontextmanager
async def showing(*shown: Widget, size: tuple[int, int]) -> AsyncIterator[tuple[Harness, Pilot[None]]]:
    """Run the harness without a terminal."""
    app = Harness(*shown)
    async with app.run_test(size=size, message_hook=app.listen) as pilot:
        await pilot.pause()
        yield app, pilot


def frame(app: App[None]) -> list[str]:
    """What the screen shows, as lines of text."""
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


def mention(
    seq: int,
    text: str | None = None,
    *,
    tone: Tone | None = None,
    late: bool = False,
    unknown: dict[str, Any] | None = None,
    **fields: Any,
) -> StoredMention:
    """A stored mention whose time follows from its seq."""
    at = NOW - timedelta(minutes=5000 - seq)
    given = {
        "network": ("mastodon", "bluesky", "reddit")[seq % 3],
        "id": str(seq),
        "text": f"{LATIN} #{seq}" if text is None else text,
        "created_at": at,
        "author": f"person_{seq}",
        "likes": seq % 13,
        "reposts": seq % 5,
    }
    tones = (Tone.NEGATIVE, Tone.NEUTRAL, Tone.POSITIVE, Tone.UNSCORED, None)
    return StoredMention(
        seq=seq,
        arrived_at=at,
        mention=Mention.model_validate(given | fields | (unknown or {})),
        tone=tones[seq % 5] if tone is None else tone,
        late=late,
    )


def mentions(newest: int, number: int) -> list[StoredMention]:
    """Mentions from `newest` on downwards."""
    return [mention(seq) for seq in range(newest, newest - number, -1)]


def hostile_mentions() -> list[StoredMention]:
    """Mentions that try to do harm in every field that is shown."""
    return [
        mention(
            4990 + place,
            text,
            author=clean_line(text)[:60] or None,
            author_name=text,
            url=text,
            lang=text[:20],
            unknown=HOSTILE_FIELDS | {"other": [text]},
        )
        for place, text in enumerate(HOSTILE)
    ]


def assessment(level: Level = Level.CRISIS, **fields: Any) -> Assessment:
    """An assessment with all its parts."""
    inputs = [
        ("volume", 3, 2, 4.2, "z", "15 min", "12 per 15 min"),
        ("growth", 2, 2, 1.5, "h to double", "6 h", ""),
        ("negative share", 4, 2, 0.62, "", "1 h", "0.18"),
        ("reach", 2, 1, 0.6, "of audience", "24 h", ""),
        ("influencers", 2, 1, 2.0, "people", "24 h", ""),
        ("networks", 1, 1, 2.0, "networks", "24 h", ""),
        ("media", 0, 2, None, "", "24 h", ""),
    ]
    given: dict[str, Any] = {
        "at": NOW,
        "level": level,
        "word": level.word,
        "score": 66.7,
        "by": "score",
        "reason": "negative share 62 % and volume 4.2 z over the usual",
        "contributions": tuple(
            Contribution(
                input=name, points=points, weight=weight, raw=raw, unit=unit, window=window, baseline=base
            )
            for name, points, weight, raw, unit, window, base in inputs
        ),
        "missing": ("duration", "views"),
        "stale": ("mastodon #acme, 12 minutes old",),
        "coverage": 0.86,
        "next_change": "Emergency only by a floor or a person",
        "model": "severity 1",
    }
    return Assessment(**(given | fields))


def noticed(now: datetime = NOW, **fields: Any) -> dict[str, Any]:
    """Fields of an assessment whose makers have looked for everything, and found it."""
    given: dict[str, Any] = {
        "bursts": (
            BurstNote(
                scope="all mentions", z=2.1, usual_peak=340, alarm_at=now - timedelta(hours=1), alarm_z=1.2
            ),
            BurstNote(scope="mastodon", z=-0.5, usual_peak=4.5, ramping=True),
        ),
        "type": TypeNote(
            type=CrisisType.SECURITY,
            share=0.72,
            votes=118,
            words=("leak 41", "password 33", "dark web 12", "hacked 4"),
            runner_up=CrisisType.OPERATIONAL,
            confident=True,
            hint="12 posts say that it is not true",
        ),
        "stories": (
            StoryNote(
                story=1,
                sample="#BrightpanStillHot",
                first_at=now - timedelta(hours=2),
                mentions=900,
                total=4_733,
                authors=4_540,
                reach=1_203_000,
                young_share=0.31,
                coordinated=True,
                reasons=("4,540 authors", "nearly the same words", "within 40 minutes"),
            ),
            StoryNote(
                story=2,
                sample="The handle came off",
                first_at=now - timedelta(hours=3),
                mentions=9,
                total=19,
                authors=18,
            ),
        ),
        "cues": (
            CueNote(
                fact="injury",
                mentions=3,
                words=("burned", "hospital"),
                question="3 mentions speak of people hurt: is anybody in danger?",
            ),
        ),
        "overrides": (
            Override(
                what="influential: @daily_kitchen",
                by="ana",
                at=now - timedelta(minutes=20),
                reason="a paper read by the trade",
            ),
        ),
        "reader": "lexicon 3",
        "unscored": 0.18,
    }
    return given | fields


def bars(number: int = 36) -> tuple[VolumeBar, ...]:
    """Volume that grows, ten minutes a bar."""
    return tuple(
        VolumeBar(
            start=NOW - timedelta(minutes=10 * (number - place)),
            mentions=(place * place) // 12,
            scored=(place * place) // 13,
            negative=(place * place) // (60 - place),
        )
        for place in range(number)
    )


def step(
    place: int, title: str = "Record when we became aware, and who judged", **fields: Any
) -> ChecklistItem:
    """A step of a checklist."""
    given: dict[str, Any] = {
        "incident": "i1",
        "playbook": "security",
        "step": f"step-{place}",
        "position": place,
        "phase": Phase.IDENTIFICATION,
        "title": title,
        "detail": "The moment at which we were reasonably sure starts several clocks. Note time and zone.",
        "role": "LEGAL",
        "due_at": NOW + timedelta(minutes=12),
        "evidence_kinds": ("event",),
    }
    return ChecklistItem(**(given | fields))


def checklist() -> tuple[ChecklistItem, ...]:
    """Steps in all states."""
    done = {"state": StepState.DONE, "by": "anna", "at": NOW - timedelta(minutes=28), "evidence": "call log"}
    return (
        step(1, "List regulators, portals, insurers, contacts", phase=Phase.PREPARATION, due_at=None),
        step(2, "Open it as confidential, under a code name", role="LEAD", **done),
        step(3, due_at=NOW - timedelta(minutes=5)),
        step(4, "Bring legal, security and comms together", role="LEAD", state=StepState.STARTED, by="ben"),
        step(5, "Identify: which data, whose, how many, where", role="SME", due_at=NOW + timedelta(hours=1)),
        step(6, "Insurer", role="EXEC", state=StepState.NOT_APPLICABLE, by="anna", at=NOW),
        step(7, "Post the holding statement", phase=Phase.RESPONSE, role="SOCIAL"),
        step(8, "Tell the regulator", phase=Phase.RESPONSE, due_at=NOW + timedelta(hours=62)),
        step(9, "Offer help to everyone affected", phase=Phase.RECOVERY, role="CARE", due_at=None),
    )
