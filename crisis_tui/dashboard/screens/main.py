"""The main screen: lays out the panes, hands each what it shows, and routes what people do."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import datetime
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from crisis_tui.dashboard.actions import Action, Place
from crisis_tui.dashboard.bindings import bindings
from crisis_tui.dashboard.desk import Desk, Snapshot
from crisis_tui.dashboard.feed_pages import FeedPages
from crisis_tui.dashboard.flows import Flows
from crisis_tui.dashboard.layout import layout_for, too_small
from crisis_tui.dashboard.lines import MessageKind, bottom_line, hints, top_line
from crisis_tui.dashboard.panes import Checklist, Feed, Gauge, Mention, Statement
from crisis_tui.dashboard.screens.dialogs import ChoiceScreen, PromptScreen
from crisis_tui.dashboard.screens.help import HelpScreen
from crisis_tui.dashboard.writing import DRAFT_S
from crisis_tui.paths import Paths
from crisis_tui.response.acts import ActRefusedError
from crisis_tui.terminal import clipboard, editor
from crisis_tui.terminal.display import QuietScreen
from crisis_tui.terminal.profile import TerminalProfile
from data.library import read
from data.models.playbook import StepState
from data.store.errors import StoreError
from widgets.lines import BottomLine, TopLine
from widgets.prompt import Option

LOOK_S = 0.25
"""How often the store is asked whether anything changed; the answer costs microseconds."""

MINUTE_S = 60.0
MESSAGE_S = 60.0
"""How long a message stays where nothing else is said."""


class MainScreen(QuietScreen[None]):
    """Four panes and two lines."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("main")
    AUTO_FOCUS = ""

    def __init__(
        self,
        desk: Desk,
        paths: Paths,
        profile: TerminalProfile,
        keys: Mapping[str, str],
        *,
        offer_drills: bool = False,
    ) -> None:
        super().__init__()
        self._desk = desk
        self._paths = paths
        self._profile = profile
        self._keys = keys
        self._offer_drills = offer_drills
        self._message = ""
        self._message_kind: MessageKind = "info"
        self._message_at = float("-inf")
        self._keeping = False
        self._place: Place = "feed"
        self._top = TopLine(id="top")
        self._bottom = BottomLine(id="bottom")
        self._feed = Feed(empty_text="No mentions yet. They appear here as they arrive.")
        self._mention = Mention(title="Mention - Esc goes back")
        self._gauge = Gauge(empty_text="Not assessed yet; the agent is starting.")
        self._checklist = Checklist(empty_text="No incident is open. Press o to open one.")
        self._statement = Statement(
            placeholder="Write what you say in public. Every key is kept; ^R saves a revision.",
            hint="^R save  Esc leave",
        )
        self._small = Static(id="small")
        self._pages = FeedPages(desk, self._feed)

    # Layout

    def compose(self) -> ComposeResult:
        """Lines above and below, panes between; in the feed's cell a mention can lie in full."""
        yield self._top
        with Container(id="panes"):
            yield Container(self._feed, self._mention, id="feed-cell", classes="cell -shown")
            yield Container(self._gauge, id="gauge-cell", classes="cell")
            yield Container(self._statement, id="statement-cell", classes="cell")
            yield Container(self._checklist, id="checklist-cell", classes="cell")
        yield self._bottom
        yield self._small

    def on_mount(self) -> None:
        """Show what there is, then follow the store."""
        self._mention.display = False
        self._flows = Flows(self.app, self._desk)
        self._feed.focus()
        self.run_worker(self._live(), name="live", exit_on_error=False)

    def on_resize(self, event: events.Resize) -> None:
        """The layout follows the size."""
        layout = layout_for(*event.size)
        for name in ("wide", "medium", "narrow", "small"):
            self.set_class(name == layout, name)
        if layout == "small":
            self._small.update(Content(too_small(*event.size)))

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """In a narrow terminal the pane with the focus is the one that is shown."""
        for cell in self.query(".cell"):
            cell.set_class(event.widget in cell.walk_children(), "-shown")
        places: tuple[tuple[Widget, Place], ...] = (
            (self._feed, "feed"),
            (self._mention, "mention"),
            (self._gauge, "gauge"),
            (self._checklist, "checklist"),
        )
        self._place = next((place for widget, place in places if widget is event.widget), "statement")
        self._show_lines()

    # Following the store

    async def _live(self) -> None:
        """Begin, then look again whenever anybody wrote, and once a minute of silence."""
        await self._guarded(self._begin())
        loop = asyncio.get_running_loop()
        looked = loop.time()
        while True:
            await asyncio.sleep(LOOK_S)
            if not await self._guarded(self._desk.changed()) and loop.time() - looked < MINUTE_S:
                continue
            snapshot = await self._guarded(self._desk.look())
            if snapshot is not None:
                self._show(snapshot)
                await self._guarded(self._pages.follow(snapshot))
            looked = loop.time()

    async def _begin(self) -> None:
        snapshot = await self._desk.look()
        await self._pages.newest()
        draft = await self._desk.writing.resume()
        self._load_statement()
        if draft is not None:
            self.say(f"Your draft of {draft.at.astimezone():%H:%M} is back; ^R saves it as a revision.")
        self._show(snapshot)
        if self._offer_drills and not snapshot.total:
            self.run_worker(self._offer(), exit_on_error=False)
        elif await self._desk.is_history():
            self.run_worker(self._look_at_history(), exit_on_error=False)

    async def _look_at_history(self) -> None:
        """Old data says nothing of the present: show its worst hour instead of an empty gauge."""
        self.say("All mentions are from the past; looking for the worst hour.")
        worst = await self._guarded(self._desk.find_worst())
        if worst is not None and self._desk.as_of is None:
            await self._look_at(worst, "The worst hour of this history. T goes back to now.")

    async def _look_at(self, moment: datetime | None, words: str) -> None:
        self._desk.as_of = moment
        self.say(words)
        snapshot = await self._guarded(self._desk.look())
        if snapshot is not None:
            self._show(snapshot)
        if moment is not None and self._pages.query is None and not self._feed.window.index:
            seq = await self._desk.store.mentions.seq_at(moment)
            if seq is not None:
                await self._guarded(self._pages.around(seq))

    async def _guarded(self, work: Awaitable[Any]) -> Any:
        """Wait for something that uses the store; a fault is told and nothing ends."""
        try:
            return await work
        except (StoreError, ActRefusedError, read.LibraryError, ValueError) as error:
            self.say(str(error), "error")
            return None

    def _show(self, snapshot: Snapshot) -> None:
        now = snapshot.now.astimezone()
        self._feed.now = now
        self._gauge.show(
            snapshot.assessment,
            snapshot.bars,
            snapshot.trend,
            snapshot.as_of,
            snapshot.span_words,
            snapshot.advice,
            now.tzinfo,
        )
        incident = snapshot.incident
        self._checklist.show(snapshot.checklist, incident.title if incident else None, now)
        if self._mention.display:
            self._mention.show(self._mention.item, now)
        self._show_lines()

    def _show_lines(self) -> None:
        snapshot = self._desk.snapshot
        now = snapshot.now.astimezone()
        if asyncio.get_running_loop().time() - self._message_at > MESSAGE_S:
            self._message, self._message_kind = "", "info"
        self._top.show(top_line(snapshot, self._desk.drill, now))
        self._bottom.show(
            bottom_line(
                snapshot,
                now,
                unsaved=self._desk.writing.dirty,
                message=self._message,
                kind=self._message_kind,
                keys=hints(self._place, self._keys),
            )
        )

    def say(self, words: str, kind: MessageKind = "info") -> None:
        """Say something in the bottom line."""
        self._message, self._message_kind = words, kind
        self._message_at = asyncio.get_running_loop().time()
        self._show_lines()

    def _do(self, work: Coroutine[Any, Any, str | None]) -> None:
        """Run an act; say what came of it and show what changed."""

        async def act() -> None:
            words = await self._guarded(work)
            if words:
                self.say(words)
            snapshot = await self._guarded(self._desk.look())
            if snapshot is not None:
                self._show(snapshot)

        self.run_worker(act(), group="act", exit_on_error=False)

    async def _offer(self) -> None:
        drills = [read.drill(name).drill for name in read.drill_names()]
        chosen = await self.app.push_screen_wait(
            ChoiceScreen(
                "Nothing is connected yet. Practise on a drill?",
                [
                    *(Option(each.name, f"Drill: {each.title}", each.summary) for each in drills),
                    Option(
                        "stay",
                        "Look around the empty dashboard",
                        "To connect feeds: crisis-tui init, then edit the settings. "
                        "To read a file: crisis-tui ingest FILE",
                    ),
                ],
            )
        )
        if chosen not in (None, "stay"):
            self.app.exit(chosen)

    # Panes

    def action_show_feed(self) -> None:
        """To the mentions, or to the one that lies open."""
        (self._mention if self._mention.display else self._feed).focus()

    def action_show_gauge(self) -> None:
        """To the gauge."""
        self._reveal(self._gauge)

    def action_show_checklist(self) -> None:
        """To the steps."""
        self._reveal(self._checklist)

    def action_show_statement(self) -> None:
        """To the editor."""
        self._reveal(self._statement.area)

    def _reveal(self, pane: Widget) -> None:
        """Focus a pane; where only one is shown it must be shown first, or it can't take the focus."""
        for cell in self.query(".cell"):
            cell.set_class(pane in cell.walk_children(), "-shown")
        self.call_after_refresh(pane.focus)

    def action_next_pane(self) -> None:
        """Around the panes."""
        self._turn(1)

    def action_previous_pane(self) -> None:
        """Around the panes, the other way."""
        self._turn(-1)

    def _turn(self, by: int) -> None:
        ways: list[tuple[tuple[Place, ...], Callable[[], None]]] = [
            (("feed", "mention"), self._reveal_feed),
            (("gauge",), self.action_show_gauge),
            (("checklist",), self.action_show_checklist),
            (("statement",), self.action_show_statement),
        ]
        here = next((place for place, (names, _) in enumerate(ways) if self._place in names), 0)
        ways[(here + by) % len(ways)][1]()

    def _reveal_feed(self) -> None:
        self._reveal(self._mention if self._mention.display else self._feed)

    def action_help(self) -> None:
        """All keys."""
        self.app.push_screen(HelpScreen(self._keys))

    # Feed

    @on(Feed.PageWanted)
    def _page_wanted(self, event: Feed.PageWanted) -> None:
        self._read(self._pages.more(event.direction, event.from_seq))

    @on(Feed.NewestWanted)
    def action_show_new(self) -> None:
        """To the newest mentions."""
        self._read(self._pages.newest())

    @on(Feed.OldestWanted)
    def _oldest_wanted(self) -> None:
        self._read(self._pages.oldest())

    def _read(self, work: Coroutine[Any, Any, None]) -> None:
        self.run_worker(self._guarded(work), group="pages", exit_on_error=False)

    @on(Feed.Opened)
    def _mention_opened(self) -> None:
        item = self._feed.current
        if item is not None:
            self._mention.show(item, self._desk.snapshot.now.astimezone())
            self._mention.display = True
            self._feed.display = False
            self._mention.focus()

    def action_mention_leave(self) -> None:
        """Back to the feed, where it was."""
        self._feed.display = True
        self._mention.display = False
        self._feed.focus()

    def action_feed_copy(self) -> None:
        """Copy the chosen mention with its address."""
        item = self._mention.item if self._mention.display else self._feed.current
        if item is None:
            self.say("There is no mention to copy.")
            return
        parts = (item.mention.author, item.mention.text, item.mention.url)
        self._copy("\n".join(part for part in parts if part))

    action_mention_copy = action_feed_copy

    def action_search(self) -> None:
        """Ask for words, show what matches."""

        async def search() -> str | None:
            query = await self.app.push_screen_wait(
                PromptScreen(
                    "Search the mentions",
                    value=self._pages.query or "",
                    placeholder='refund "data leak" -giveaway deliver*',
                    hint="Enter searches, nothing typed shows all again, Esc leaves.",
                )
            )
            if query is not None:
                await self._pages.search(query or None)
            return None

        self._do(search())

    def action_feed_clear(self) -> None:
        """All mentions again, at the same place."""
        if self._pages.query is not None:
            self._read(self._pages.search(None))

    def action_look_back(self) -> None:
        """Severity at the time of the chosen mention."""
        item = self._feed.current
        if item is not None:
            moment = item.mention.created_at
            self.run_worker(
                self._look_at(moment, "Severity as it was then. T goes back to now."), exit_on_error=False
            )

    def action_look_now(self) -> None:
        """Severity at the present."""
        self.run_worker(self._look_at(None, "Severity at the present."), exit_on_error=False)

    # Incident, steps, levels

    def action_open_incident(self) -> None:
        """Decide to act."""
        self._do(self._flows.open_incident())

    def action_switch_incident(self) -> None:
        """Choose among the incidents."""
        self._do(self._flows.switch_incident())

    def action_raise_level(self) -> None:
        """Take the level up."""
        self._do(self._flows.raise_level())

    def action_lower_level(self) -> None:
        """Take the level down."""
        self._do(self._flows.lower_level())

    @on(Checklist.StepStart)
    def _step_start(self, event: Checklist.StepStart) -> None:
        self._move_step(event, StepState.STARTED, "You are on it")

    @on(Checklist.StepReopen)
    def _step_reopen(self, event: Checklist.StepReopen) -> None:
        self._move_step(event, StepState.OPEN, "Open again")

    def _move_step(
        self, event: Checklist.StepStart | Checklist.StepReopen, state: StepState, words: str
    ) -> None:
        async def move() -> str:
            await self._desk.move_step(event.item, state)
            return f"{words}: {event.item.title}"

        self._do(move())

    @on(Checklist.StepClose)
    def _step_close(self, event: Checklist.StepClose) -> None:
        self._do(self._flows.close_step(event.item))

    # Statement

    @on(Statement.Changed)
    def _typed(self, event: Statement.Changed) -> None:
        self._desk.writing.typed(event.text)
        if not self._keeping:
            self._keeping = True
            self.set_timer(DRAFT_S, self._keep_soon)

    def _keep_soon(self) -> None:
        self._keeping = False
        self.run_worker(self._keep(), group="draft", exit_on_error=False)

    async def _keep(self) -> None:
        await self._guarded(self._desk.writing.keep())
        self._show_writing()

    def _show_writing(self) -> None:
        writing = self._desk.writing
        if writing.kept_at is not None:
            self._statement.set_state(f"draft kept {writing.kept_at.astimezone():%H:%M}")
        elif writing.base is not None and not writing.dirty:
            self._statement.set_state(f"revision {writing.base[:8]}")
        else:
            self._statement.set_state("")
        self._show_lines()

    def _load_statement(self) -> None:
        self._statement.load(self._desk.writing.text, "")
        self._show_writing()

    def action_statement_save(self) -> None:
        """Keep the text for good."""

        async def save() -> str:
            self._desk.writing.typed(self._statement.text)
            name = await self._desk.writing.save()
            self._show_writing()
            return f"Saved as revision {name}."

        self._do(save())

    def action_statement_edit(self) -> None:
        """The text in the user's own editor."""
        try:
            with self.app.suspend():
                outcome = editor.edit(self._statement.text, folder=self._paths.edits, environ=os.environ)
        except SuspendNotSupported:
            self.say("This terminal can't be lent to an editor.", "warn")
            return
        self.app.action_redraw()  # type: ignore[attr-defined]  # the app has the quiet display
        if outcome.text is not None:
            self._statement.replace_text(outcome.text)
            self.say("Taken over from the editor.")
        else:
            self.say(outcome.message, "warn")

    def action_statement_leave(self) -> None:
        """Back to the feed."""
        self._reveal_feed()

    def action_copy_statement(self) -> None:
        """Copy what is in the editor."""
        if self._statement.text.strip():
            self._copy(self._statement.text)
        else:
            self.say("The statement is empty; there is nothing to copy.")

    def action_new_statement(self) -> None:
        """Begin another one."""

        async def begin() -> str:
            await self._desk.writing.keep()
            self._desk.writing.begin()
            self._load_statement()
            self.action_show_statement()
            return "A new statement; the one before is kept."

        self._do(begin())

    def action_open_statement(self) -> None:
        """Choose among those written."""

        async def choose() -> str | None:
            words = await self._flows.open_statement()
            self._load_statement()
            return words

        self._do(choose())

    def _copy(self, text: str) -> None:
        driver = self.app._driver
        outcome = clipboard.copy(
            text,
            profile=self._profile,
            write=driver.write if driver is not None else lambda _: None,
            folder=self._paths.copies,
        )
        self.say(outcome.message, "info" if outcome.path else "warn")

    # Palette

    async def run_from_palette(self, action: Action) -> None:
        """Run an action of the list as if its key was pressed in its place."""
        panes: dict[str, Widget] = {"feed": self._feed, "checklist": self._checklist}
        target: object = self if action.by_screen or action.place == "main" else panes.get(action.place)
        method = getattr(target, f"action_{action.method}", None)
        if method is not None:
            method()
