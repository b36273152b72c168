"""One walk through every state of the dashboard, at every size that matters; gives the frames by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from rich.style import Style

from data.library import read
from data.models.batch import Batch
from data.models.feed import Change
from data.models.mention import Gap, Mention
from data.models.playbook import CrisisType
from data.store import Store
from data.text import SafeText
from tests.dashboard.harness import (
    LONG,
    NOW,
    Run,
    alive,
    arrive,
    calm,
    dashboard,
    mention,
    noticing,
    repeat,
    spread,
    unwell,
    worsen,
)

SIZES = ((60, 20), (80, 24), (100, 30), (120, 40), (200, 60))
NARROW = ((60, 20), (80, 24))
PANES = ("feed", "severity", "checklist", "statement")
DRAFT = (
    "We know that handles of the Ember pan have come loose. Please stop using yours for now.\n\n"
    "We are looking into every report and will say more by 05:00 UTC. - Ana, Brightpan"
)


@dataclass(frozen=True)
class Frame:
    """What was on the screen: its lines, and each line's pieces with their styles."""

    width: int
    height: int
    lines: tuple[str, ...]
    pieces: tuple[tuple[str, Style], ...]

    @property
    def text(self) -> str:
        """All lines as one text."""
        return "\n".join(self.lines)


class Tour:
    """Collects frames."""

    def __init__(self) -> None:
        self.frames: dict[str, Frame] = {}

    def take(self, run: Run, name: str) -> None:
        """Keep what is on the screen under a name and the size."""
        width, height = run.app.size
        strips = run.app.screen._compositor.render_strips()
        pieces = tuple((segment.text, segment.style or Style.null()) for strip in strips for segment in strip)
        frame = Frame(width, height, tuple(run.lines), pieces)
        self.frames[f"{name}-{width}x{height}"] = frame

    async def everywhere(self, run: Run, name: str) -> None:
        """The panes at all sizes; one by one where only one is shown."""
        for size in SIZES:
            await run.resize(*size)
            for number, pane in enumerate(PANES, 1):
                if size in NARROW or number == 1:
                    await self.go(run, number)
                    self.take(run, f"{name}-{pane}" if size in NARROW else name)
        await self.go(run, 1)

    async def at(self, run: Run, name: str, *sizes: tuple[int, int]) -> None:
        """What is shown now, at some sizes."""
        for size in sizes:
            await run.resize(*size)
            self.take(run, name)

    async def go(self, run: Run, number: int) -> None:
        """To a pane, also out of the editor."""
        if run.main.place == "statement":
            await run.press("escape")
            await run.until(lambda: run.main.place != "statement")
        places = ("feed", "gauge", "checklist", "statement")
        await run.press(str(number))
        await run.until(lambda: run.main.place == places[number - 1])
        await run.settle()


async def walk(folder: Path) -> dict[str, Frame]:
    """All frames: a night from nothing to a crisis, and a drill."""
    tour = Tour()
    async with dashboard(folder / "night") as run:
        await _quiet(tour, run)
        await _crisis(tour, run)
        await _reading(tour, run)
        await _asking(tour, run)
        await _looking_back(tour, run)
        await _feeds(tour, run)
        await _triage(tour, run)
    await _why(tour, folder / "why")
    await _stories(tour, folder / "stories")
    await _drill(tour, folder / "drill")
    return tour.frames


async def _quiet(tour: Tour, run: Run) -> None:
    await alive(run.store)
    await run.until_text("inbox 2s")
    await tour.at(run, "empty", (60, 20), (80, 24), (120, 40))
    await tour.at(run, "small", (59, 20), (80, 14))
    await run.resize(120, 40)
    await calm(run.store)
    await run.until_text("1 of 60", "ROUTINE", "18 mentions")
    await tour.everywhere(run, "routine")


async def _crisis(tour: Tour, run: Run) -> None:
    await run.resize(120, 40)
    await worsen(run.store)
    await run.until_text("401 new", "CRISIS", "rising")
    await tour.at(run, "unanswered", (60, 20), (80, 24), (120, 40))
    await run.press("n")
    await run.until_text("1 of 461")
    run.clock.at = NOW - timedelta(minutes=25)
    await run.desk.look()
    await run.desk.open_incident(
        "Handles of the Ember pan come off and people burn their hands", CrisisType.CUSTOMER_SERVICE
    )
    run.clock.at = NOW
    await run.until_text("T+30m")
    await tour.go(run, 3)
    await run.press("s")
    await run.until_text("You are on it")
    await run.press("down", "x")
    await run.until_text("What proves it")
    await run.paste("call log 0312")
    await run.press("enter")
    await run.until_text("Closed: ")
    await run.press("down", "x")
    await run.until_text("What proves it")
    await run.paste("na: no shop is open")
    await run.press("enter")
    await run.until_text("[-]")
    await tour.go(run, 4)
    await run.paste(DRAFT)
    await run.until_text("draft kept 03:10")
    await tour.go(run, 1)
    run.main.say("")
    await tour.everywhere(run, "crisis")


async def _reading(tour: Tour, run: Run) -> None:
    await run.press("enter")
    await run.until_text("tone ")
    await tour.at(run, "mention", *SIZES)
    await run.press("escape")
    await _search(run, "nothing-like-this-word")
    await tour.at(run, "search-nothing", (60, 20), (120, 40))
    await _search(run, '"nine times" -refund')
    await tour.at(run, "search", *SIZES)
    await run.press("escape")
    await run.until_text("1 of 461")
    await run.press("question_mark")
    await run.until_text("KEYS")
    await tour.at(run, "help", (60, 20), (80, 24), (120, 40))
    await run.press("escape")


async def _search(run: Run, query: str) -> None:
    await run.press("slash")
    await run.until_text("Search the mentions")
    await run.press("ctrl+u")
    await run.paste(query)
    await run.press("enter")
    await run.until_text(f"search: {query}"[:20])
    await run.settle()


async def _asking(tour: Tour, run: Run) -> None:
    sizes = ((60, 20), (80, 24), (120, 40))
    await run.press("ctrl+p")
    await run.until_text("Open incident")
    await tour.at(run, "palette", *sizes)
    await run.press("escape")
    await run.press("o")
    await run.until_text("What kind of crisis")
    await tour.at(run, "dialog-type", (60, 15), *sizes)
    await run.press("3")
    await run.until_text("What happened")
    await tour.at(run, "dialog-title", *sizes)
    await run.press("escape")
    await run.press("L")
    await run.until_text("Lower the level to")
    await tour.at(run, "dialog-level", (120, 40))
    await run.press("1")
    await run.until_text("Why?")
    await run.paste("the maker has answered everybody")
    await tour.at(run, "dialog-reason", (120, 40))
    await run.press("enter")
    await run.until_text("proposed")
    await tour.at(run, "proposed", (60, 20), (120, 40))
    await run.resize(120, 40)
    await tour.go(run, 3)
    await run.press("full_stop", "x")
    await run.until_text("What proves it")
    await tour.at(run, "dialog-evidence", *sizes)
    await run.press("enter")
    await run.until_text("Say what proves this step")
    await tour.at(run, "refused", (60, 20), (120, 40))


async def _looking_back(tour: Tour, run: Run) -> None:
    await run.resize(120, 40)
    await tour.go(run, 1)
    await run.press("end")
    await run.until_text("461 of 461")
    await run.press("t")
    await run.until_text("Severity as it was then")
    await tour.at(run, "history", (60, 20), (120, 40))
    await run.resize(80, 24)
    await tour.go(run, 2)
    tour.take(run, "history-severity")


async def _feeds(tour: Tour, run: Run) -> None:
    """What became of posts, a gap, and feeds in every state."""
    sizes = ((60, 20), (80, 24), (120, 40))
    await run.resize(120, 40)
    await tour.go(run, 1)
    await run.press("T")
    await run.until_text("CRISIS")
    newest = (await run.store.mentions.page(limit=3))[::-1]
    edited = newest[0].mention.model_copy(update={"text": SafeText("We were wrong, the pan is fine.")})
    gone = Change(network=newest[1].mention.network, id=newest[1].mention.id, at=NOW)
    gap = Gap(
        start=NOW - timedelta(minutes=95),
        end=NOW - timedelta(minutes=5),
        reason=SafeText("The feed shows its newest 20 entries only; what stood before them was missed."),
    )
    await run.store.mentions.take(Batch(mentions=[edited], changes=[gone], known=True), "masto", NOW)
    await run.store.mentions.take(Batch(gap=gap), "news", NOW)
    for health in unwell():
        await run.store.feeds.save(health)
    await run.press("n")
    await run.until_text("GAP in news", "(deleted)", "(edited)", "in trouble")
    run.main.say("")
    await tour.at(run, "gap", *SIZES)
    await run.press("enter")
    await run.until_text("If this span matters")
    await tour.at(run, "gap-read", (60, 20), (120, 40))
    await run.press("escape", "down", "down", "down", "enter")
    await run.until_text("as it first came")
    await tour.at(run, "edited", (60, 20), (120, 40))
    await run.press("escape", "f")
    await run.until_text("FEEDS")
    await run.press("down")
    await tour.at(run, "feeds", *SIZES)
    await run.press("escape", "W")
    await run.until_text("no watch yet")
    await run.press("n")
    await run.until_text("What is the new watch called?")
    await run.paste("brand")
    await run.press("enter")
    await run.until_text("brand: terms")
    await run.paste("ember, #brightpan, handle*")
    await run.press("enter")
    await run.until_text("handle*", "Kept in")
    await tour.at(run, "watches", *sizes)
    await run.press("d")
    await run.until_text("DRY RUN")
    await tour.at(run, "dry-run", *sizes)
    await run.press("escape", "escape")


async def _why(tour: Tour, folder: Path) -> None:
    """All that can be noticed, in the gauge and in full; the chart's spans, with what was done in them."""
    async with Store.open(folder) as store:
        await noticing(store)
    async with dashboard(folder) as run:
        run.clock.at = NOW - timedelta(minutes=12)
        run.desk.writing.typed(DRAFT)
        await run.desk.writing.save()
        run.clock.at = NOW
        await run.until_text("419 mentions in 6 h", " marks ")
        for size in SIZES:
            await run.resize(*size)
            await tour.go(run, 2 if size in NARROW else 1)
            tour.take(run, "noticed-severity" if size in NARROW else "noticed")
        await run.press("Z")
        await run.until_text("The chart shows 1 h.", "in 1 h")
        await tour.at(run, "span-1h", (200, 60))
        for words in ("6 h", "24 h", "7 d"):
            await run.press("z")
            await run.until_text(f"The chart shows {words}.", f"in {words}")
            await tour.at(run, f"span-{words.replace(' ', '')}", (120, 40), (200, 60))
        await run.resize(80, 24)
        await tour.go(run, 2)
        tour.take(run, "span-7d-severity")
        await run.press("w")
        await run.until_text("WHY - ESC GOES BACK")
        await tour.at(run, "why", *SIZES)
        await run.resize(80, 24)
        await run.press("end")
        await run.until_text("lexicon 3")
        tour.take(run, "why-end")


async def _triage(tour: Tour, run: Run) -> None:
    """What people decided about mentions: in their rows, in words, and the questions before."""
    sizes = ((60, 20), (80, 24), (120, 40))
    await run.resize(120, 40)
    await run.press("g", "down", "down", "down", "down")
    for keys in ("m", "F!", "r*", "l", "!i", "e"):
        for key in keys.replace("*", "i"):
            await run.press("exclamation_mark" if key == "!" else key)
        if keys == "e":
            await run.until_text("Why keep this as evidence?")
            await run.paste("a threat, may be deleted")
            await tour.at(run, "dialog-keep", (80, 24), (120, 40))
            await run.press("enter")
            await run.until_text("Kept as evidence")
        await run.press("down")
    await run.press("c")
    await run.until_text("How does it read?")
    await tour.at(run, "dialog-teach", *sizes)
    await run.press("plus")
    await run.until_text("Taught: positive")
    await tour.at(run, "taught", (120, 40))
    run.main.say("")
    await tour.at(run, "triaged", *SIZES)
    await run.resize(120, 40)
    await run.press("enter", "F", "exclamation_mark", "A", "enter")
    await run.until_text("Assigned to ana.", "Answer: fix facts")
    await run.press("A")
    await run.until_text("Assign to whom?")
    await tour.at(run, "dialog-assign", (80, 24), (120, 40))
    await run.press("escape", "c")
    await run.until_text("Let the model's reading count again")
    await tour.at(run, "dialog-teach-again", (80, 24))
    await run.press("escape")
    await run.until_text("Needs answer.")
    await tour.at(run, "triaged-read", *SIZES)
    await run.press("escape")


async def _stories(tour: Tour, folder: Path) -> None:
    """A raid that is folded, unfolded, grows, and is seen in full."""
    sizes = ((60, 20), (80, 24), (120, 40))
    words = "They knew that the Ember pan burns hands. Do not buy @brightpan until they say so #emberpan"
    start = NOW - timedelta(hours=2)

    def copies(first: int, number: int) -> list[Mention]:
        return [
            mention(first + n, start + timedelta(seconds=5 * n), words, author=f"pan_{first + n}")
            for n in range(number)
        ]

    async with Store.open(folder) as store:
        await calm(store)
        await repeat(store, [*copies(3_000, 1_204), mention(9_000, NOW - timedelta(minutes=8), LONG)])
        copied = [mention(9_001 + n, NOW - timedelta(minutes=7), LONG) for n in range(11)]
        await repeat(store, [*copied, *spread(5_000, 6, NOW - timedelta(minutes=6), NOW)])
    async with dashboard(folder) as run:
        await run.until_text("stories folded", "1 of 67", "x1,204", "x13")
        await tour.at(run, "folded", *SIZES)
        await run.resize(120, 40)
        asked = [mention(7_000 + n, NOW, f"Is there a list of shops? I have pan {n}.") for n in range(3)]
        await repeat(run.store, [*copies(6_000, 41), *asked])
        await run.until_text("41 more copies", "▲x1,245")
        await tour.at(run, "grown", *SIZES)
        await run.resize(120, 40)
        await run.press("greater_than_sign")
        await run.until_text("This story grew")
        run.main.say("")
        await run.press("enter")
        await run.until_text("1,245 mentions say the same")
        await tour.at(run, "mention-story", *sizes)
        await run.press("s")
        await run.until_text("1,245 posts by 1,245 authors", "coordinated", "1 of 1,245")
        await tour.at(run, "story", *SIZES)
        await run.resize(120, 40)
        await run.press("escape", "escape", "equals_sign")
        await run.until_text("every copy", "copy")
        run.main.say("")
        await tour.at(run, "unfolded", *sizes)


async def _drill(tour: Tour, folder: Path) -> None:
    async with Store.open(folder) as store:
        await alive(store)
        await arrive(store, spread(1, 30, NOW - timedelta(hours=2), NOW))
    async with dashboard(folder, drill=read.drill("viral-review").drill) as run:
        await run.until_text("1 of 30")
        await tour.at(run, "drill", *SIZES)
    async with dashboard(folder.with_name("nothing"), offer_drills=True) as run:
        await run.until_text("Practise on a drill?")
        await tour.at(run, "offer", (60, 20), (80, 24), (120, 40))
