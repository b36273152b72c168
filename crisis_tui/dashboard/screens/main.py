"""The main screen: hands each pane what it shows, and routes what people do."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Coroutine, Mapping
from datetime import datetime
from typing import Any

from textual import on
from textual._callback import invoke
from textual.app import SuspendNotSupported
from textual.widget import Widget

from crisis_tui.dashboard.actions import Action, Place, first_key, shown
from crisis_tui.dashboard.alarm import Alarm, PagerNews, Watchman
from crisis_tui.dashboard.desk import Desk, Snapshot
from crisis_tui.dashboard.editing import Editing
from crisis_tui.dashboard.feed_pages import FeedPages
from crisis_tui.dashboard.flows import Flows
from crisis_tui.dashboard.lines import MessageKind, bottom_line, hints, top_line
from crisis_tui.dashboard.panes import Checklist, Feed, Statement
from crisis_tui.dashboard.questions import Warned
from crisis_tui.dashboard.screens.dialogs import ChoiceScreen, PromptScreen
from crisis_tui.dashboard.screens.feeds import FeedsScreen
from crisis_tui.dashboard.screens.help import HelpScreen
from crisis_tui.dashboard.screens.story import StoryScreen
from crisis_tui.dashboard.screens.triage import TriageScreen, triage_hint
from crisis_tui.dashboard.screens.watches import WatchesScreen
from crisis_tui.dashboard.screens.why import WhyScreen
from crisis_tui.dashboard.triage_flows import TriageFlows
from crisis_tui.dashboard.writing import DRAFT_S
from crisis_tui.paths import Paths
from crisis_tui.response.acts import ActRefusedError
from data.library import read
from data.models.level import Level
from data.models.mention import StoredMention
from data.models.playbook import StepState
from data.models.statement import Draft
from data.store.errors import StoreError
from widgets.prompt import Option

LOOK_S = 0.25
"""How often the store is asked whether anything changed; the answer costs microseconds."""

NO_INCIDENT = "No incident is open. Press o to open one."
NO_STORY = "Nobody else says the same."
FOLDS = "Each story is shown once, with the number of mentions that say the same."
UNFOLDS = "Every copy is shown."
NO_STEPS = "This incident has no playbook."

_ALL_PANES = (("1-4", "panes"), ("?", "help"))
"""What a newcomer must know where only one pane is in view."""

MINUTE_S = 60.0
MESSAGE_S = 60.0
"""How long a message stays where nothing else is said."""


class MainScreen(TriageScreen):
    """The panes on a desk."""

    def __init__(
        self,
        desk: Desk,
        paths: Paths,
        keys: Mapping[str, str],
        *,
        draft: Draft | None = None,
        offer_drills: bool = False,
        notice: str = "",
    ) -> None:
        super().__init__()
        self.ready = asyncio.Event()
        self._draft = draft
        self._desk = desk
        self._paths = paths
        self._keys = keys
        self._offer_drills = offer_drills
        self._notice = notice
        self._standing: Level | None = None
        self._watchman = Watchman(desk.actor)
        self._pager = PagerNews()
        self._message = ""
        self._message_kind: MessageKind = "info"
        self._message_at = float("-inf")
        self._message_seq = 0
        self._keeping = False
        self.place: Place = "feed"
        why = first_key(keys["main.why"])
        self._says_so = f"{first_key(keys['main.state_fact'])} says so"
        self.gauge.hints = (f"{why} why  {first_key(keys['main.zoom'])} zoom", f"{why} why")
        self.gauge.more, self.gauge.answer = f"press {why}", self._says_so
        self._pages = FeedPages(desk, self.feed)
        self._editing = Editing(desk.writing, self.statement)
        self.mention.triage_hint = triage_hint(keys)
        self.mention.story_hint = f"{first_key(keys['mention.story'])} lists them."
        self.feed.grown_hint = f"{first_key(keys['feed.next_story'])} what grew"

    def on_mount(self) -> None:
        """Show what there is, then follow the store."""
        self._flows = Flows(self.app, self._desk)
        self.triage_flows = TriageFlows(self.app, self._desk, self._keys)
        self._editing.show()
        if self._draft is not None:
            kept = self._draft.at.astimezone()
            self.say(f"Your draft of {kept:%H:%M} is back; ^R saves it as a revision.")
        if self._notice:
            self.say(self._notice, "error")
        self._show(self._desk.snapshot)
        self.run_worker(self._live(), name="live", exit_on_error=False)

    def place_changed(self) -> None:
        """The keys that matter, or what must be told beside the panes, are others now."""
        self._show_lines()

    # Following the store

    async def _live(self) -> None:
        """Begin, then look again whenever anybody wrote, and once a minute of silence."""
        await self._guarded(self._begin())
        self.ready.set()
        loop = asyncio.get_running_loop()
        looked = loop.time()
        while True:
            await asyncio.sleep(LOOK_S)
            if not await self._guarded(self._desk.changed()) and loop.time() - looked < MINUTE_S:
                continue
            await self._follow()
            looked = loop.time()

    async def _follow(self) -> None:
        """Show what changed, in the panes and in the mentions that are in view."""
        snapshot = await self._guarded(self._desk.look())
        if snapshot is None:
            return
        self._show(snapshot)
        await self._guarded(self._pages.follow(snapshot))
        item = self.mention.item
        if self.mention.display and item is not None:
            newest = self.feed.window.get(item.seq) or await self._guarded(self._desk.get(item.seq))
            if newest is not None and newest != item:
                self.mention.show(newest, snapshot.now.astimezone())

    async def _begin(self) -> None:
        await self._pages.newest()
        if self._offer_drills and not self._desk.snapshot.total:
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
        if moment is not None and self._pages.query is None and not self.feed.window.index:
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
        self._ring(snapshot)
        self._tell_rise(snapshot)
        if news := self._pager.words(snapshot.pager_fault, self._message):
            self.say(*news)
        self.feed.now = snapshot.as_of.astimezone() if snapshot.as_of else now
        self.gauge.show(
            snapshot.assessment,
            snapshot.bars,
            snapshot.trend,
            snapshot.as_of,
            snapshot.span_words,
            snapshot.advice,
            now.tzinfo,
            snapshot.marks,
        )
        incident = snapshot.incident
        self.checklist.empty_text = NO_STEPS if incident else NO_INCIDENT
        self.checklist.show(snapshot.checklist, incident.title if incident else None, now)
        if self.mention.display:
            self.mention.show(self.mention.item, now)
        self._show_lines()

    def _ring(self, snapshot: Snapshot) -> None:
        """For who looks elsewhere; the app knows how."""
        wishes = self._desk.alert
        if self._watchman.rings(snapshot) and snapshot.alert is not None:
            drill = self._desk.drill is not None
            self.post_message(
                Alarm(snapshot.alert.after, drill=drill, bell=wishes.bell, notice=wishes.notice)
            )

    def _tell_rise(self, snapshot: Snapshot) -> None:
        """A rise that somebody else made, the agent or a person, is news."""
        before, self._standing = self._standing, snapshot.standing
        moved = snapshot.moved
        if before is None or moved is None or snapshot.standing <= before or moved.by == self._desk.actor:
            return
        words = f"The level rose to {moved.after.word}: {moved.reason}"
        if isinstance(self._message, Warned):  # the level stands on the top line too, the fault only here
            words = Warned(f"{self._message} {words}")
        self.say(words, "warn")

    def _show_lines(self) -> None:
        snapshot = self._desk.snapshot
        now = snapshot.now.astimezone()
        old = asyncio.get_running_loop().time() - self._message_at > MESSAGE_S
        if old and snapshot.newest_seq != self._message_seq:  # on a silent screen it may stay
            self._message, self._message_kind = "", "info"
        self.top.show(top_line(snapshot, self._desk.drill, now))
        self.bottom.show(
            bottom_line(
                snapshot,
                now,
                unsaved=self._desk.writing.dirty,
                message=self._message,
                kind=self._message_kind,
                keys=hints(
                    self.place,
                    self._keys,
                    _ALL_PANES if self.has_class("narrow") and self.place != "statement" else (),
                ),
                suggest=self.has_class("narrow") and self.place != "gauge",
                feeds_key=shown(self._keys["main.feeds"]),
            )
        )

    def say(self, words: str, kind: MessageKind = "info") -> None:
        """Say something in the bottom line."""
        self._message, self._message_kind = words, kind
        self._message_seq = self._desk.snapshot.newest_seq
        self._message_at = asyncio.get_running_loop().time()
        self._show_lines()

    def _do(self, work: Coroutine[Any, Any, str | None]) -> None:
        """Run an act; say what came of it and show what changed."""

        async def act() -> None:
            before = self._message_at
            words = await self._guarded(work)
            if words or self._message_at == before:
                self.say(words or "", "warn" if isinstance(words, Warned) else "info")
            await self._follow()

        self.run_worker(act(), group="act", exit_on_error=False)

    async def _ask(self, work: Coroutine[Any, Any, str | None]) -> None:
        """Run an act that begins with a question, which must lie there before the next key is taken."""
        self._do(work)
        await asyncio.sleep(0)

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

    def action_feeds(self) -> None:
        """How every way in is doing."""
        self.app.push_screen(FeedsScreen(self._desk, self._keys))

    def action_watches(self) -> None:
        """What we listen for; not in a drill, where a change would reach the live settings."""
        if self._desk.drill is not None:
            self.say("A drill listens to its script alone; watches are changed outside of it.", "warn")
            return
        self.app.push_screen(WatchesScreen(self._desk, self._paths.config, self._keys))

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

    @on(Feed.Highlighted)
    def _highlighted(self) -> None:
        self._pages.look()

    @on(Feed.Opened)
    def _mention_opened(self) -> None:
        self._open(self.feed.current)

    def _open(self, item: StoredMention | None) -> None:
        if item is not None:
            self.mention.show(item, self._desk.snapshot.now.astimezone())
            self.show_mention(True)

    def action_mention_leave(self) -> None:
        """Back to the feed, where it was."""
        self.show_mention(False)

    def action_feed_copy(self) -> None:
        """Copy the chosen mention with its address."""
        item = self.mention.item if self.mention.display else self.feed.current
        parts = (item.mention.author, item.mention.text, item.mention.url) if item else ()
        self._copy("\n".join(part for part in parts if part), "There is no mention to copy.")

    action_mention_copy = action_feed_copy

    async def action_search(self) -> None:
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

        await self._ask(search())

    def action_feed_clear(self) -> None:
        """All mentions again, at the same place."""
        if self._pages.query is not None:
            self._read(self._pages.search(None))

    def action_feed_fold(self) -> None:
        """Each story once, or every copy."""
        self._do(self._fold())

    async def _fold(self) -> str:
        await self._pages.fold(not self._pages.folded)
        return FOLDS if self._pages.folded else UNFOLDS

    def action_feed_next_story(self) -> None:
        """To a story that grew, else to one of the largest."""
        self._do(self._pages.next_story())

    def action_feed_story(self) -> None:
        """Who says the same."""
        item = self.chosen
        if item is None or not item.copies:
            self.say(NO_STORY)
            return
        self.app.push_screen(StoryScreen(self._desk, item.story or item.seq, self._keys), self._open)

    action_mention_story = action_feed_story

    def action_look_back(self) -> None:
        """Severity at the time of the chosen mention."""
        item = self.feed.current
        if item is not None:
            moment = item.mention.created_at
            self.run_worker(
                self._look_at(moment, "Severity as it was then. T goes back to now."), exit_on_error=False
            )

    def action_look_now(self) -> None:
        """Severity at the present."""
        self.run_worker(self._look_at(None, "Severity at the present."), exit_on_error=False)

    def action_zoom(self) -> None:
        """A longer span in the chart."""
        self._do(self._zoom(1))

    def action_zoom_back(self) -> None:
        """A shorter span in the chart."""
        self._do(self._zoom(-1))

    async def _zoom(self, by: int) -> str:
        return self._desk.zoom(by)

    def action_why(self) -> None:
        """All that the severity stands on."""
        self.app.push_screen(WhyScreen(self._desk, self._keys, self._says_so))

    # Incident, steps, levels

    async def action_add_mention(self) -> None:
        """A post that no source brings."""
        await self._ask(self._flows.add_mention())

    async def action_open_incident(self) -> None:
        """Decide to act."""
        await self._ask(self._flows.open_incident())

    async def action_switch_incident(self) -> None:
        """Choose among the incidents."""
        await self._ask(self._flows.switch_incident())

    async def action_raise_level(self) -> None:
        """Take the level up."""
        await self._ask(self._flows.raise_level())

    async def action_state_fact(self) -> None:
        """Say what is known."""
        await self._ask(self._flows.state_fact())

    async def action_lower_level(self) -> None:
        """Take the level down."""
        await self._ask(self._flows.lower_level())

    @on(Checklist.StepStart)
    def _step_start(self, event: Checklist.StepStart) -> None:
        item = event.item
        if item.state is StepState.STARTED:
            self.say(f"{item.by} is on it already; x closes it, u gives it back.")
            return
        self._move_step(event, StepState.STARTED, "You are on it")

    @on(Checklist.StepReopen)
    def _step_reopen(self, event: Checklist.StepReopen) -> None:
        if event.item.state is StepState.OPEN:
            self.say("This step is open; s starts it, x closes it.")
            return
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
        self._editing.typed(event.text)
        if not self._keeping:
            self._keeping = True
            self.set_timer(DRAFT_S, self._keep_soon)

    def _keep_soon(self) -> None:
        self._keeping = False
        self.run_worker(self._keep(), group="draft", exit_on_error=False)

    async def _keep(self) -> None:
        await self._guarded(self._editing.keep())
        self._show_lines()

    def action_statement_save(self) -> None:
        """Keep the text for good."""
        self._do(self._editing.save())

    def action_statement_edit(self) -> None:
        """The text in the user's own editor; the dashboard waits, the agent does not."""
        try:
            with self.app.suspend():
                words = self._editing.edit_outside(self._paths.edits, os.environ)
        except SuspendNotSupported:
            words = "This terminal can't be lent to an editor."
        self.say(words)

    def action_statement_leave(self) -> None:
        """Back to the feed."""
        self.action_show_feed()

    def action_copy_statement(self) -> None:
        """Copy what is in the editor."""
        self._copy(self.statement.text.strip(), "The statement is empty; there is nothing to copy.")

    def action_new_statement(self) -> None:
        """Begin another one."""
        self._do(self._editing.begin())
        self.action_show_statement()

    async def action_open_statement(self) -> None:
        """Choose among those written."""

        async def choose() -> str | None:
            words = await self._flows.open_statement()
            self._editing.show()
            return words

        await self._ask(choose())

    def _copy(self, text: str, nothing: str) -> None:
        if not text:
            self.say(nothing)
            return
        self.app.copy_to_clipboard(text)

    # Palette

    async def run_from_palette(self, action: Action) -> None:
        """Run an action of the list as if its key was pressed in its place."""
        panes: dict[str, Widget] = {"feed": self.feed, "checklist": self.checklist}
        target: object = self if action.by_screen or action.place == "main" else panes.get(action.place)
        method = getattr(target, f"action_{action.method}", None)
        if method is not None:
            await invoke(method)
