"""The keys that decide about a mention: each goes to the chosen one, in its row or where it lies open."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from crisis_tui.dashboard.actions import shown
from crisis_tui.dashboard.lines import MessageKind
from crisis_tui.dashboard.screens.panes import PanesScreen
from crisis_tui.dashboard.triage_flows import TriageFlows, TriagePlace
from data.models.mention import StoredMention
from data.models.triage import Answer, Mark

NO_MENTION = "There is no mention to decide about."

Flow = Callable[[StoredMention, TriagePlace], Coroutine[Any, Any, str | None]]


def triage_hint(keys: Mapping[str, str]) -> str:
    """How to decide, for the mention that lies open: `Decide: m monitor, F fix facts, ...`."""
    answers = ", ".join(f"{shown(keys[f'mention.{how.value}']).split(' ')[0]} {how.words}" for how in Answer)
    return f"Decide: {answers}; {shown(keys['mention.teach']).split(' ')[0]} teaches the tone."


class TriageScreen(PanesScreen):
    """Panes whose chosen mention can be decided about; what holds the flows gives them."""

    triage_flows: TriageFlows

    def _do(self, work: Coroutine[Any, Any, str | None]) -> None:
        """Run an act, say what came of it and show what changed."""
        raise NotImplementedError

    async def _ask(self, work: Coroutine[Any, Any, str | None]) -> None:
        """The same for an act that begins with a question, which must lie there when this returns."""
        raise NotImplementedError

    def say(self, words: str, kind: MessageKind = "info") -> None:
        """Say something in the bottom line."""
        raise NotImplementedError

    @property
    def chosen(self) -> StoredMention | None:
        """The mention that lies open, else the one under the cursor; None for a gap."""
        item = self.mention.item if self.mention.display else self.feed.current
        return None if item is None or item.gap is not None else item

    def _decide(self, flow: Flow) -> Coroutine[Any, Any, str | None] | None:
        item = self.chosen
        if item is None:
            self.say(NO_MENTION)
            return None
        return flow(item, "mention" if self.mention.display else "feed")

    def _answer(self, how: Answer) -> None:
        self._now(lambda item, place: self.triage_flows.answer(item, how, place))

    def _mark(self, which: Mark) -> None:
        self._now(lambda item, place: self.triage_flows.mark(item, which, place))

    def _now(self, flow: Flow) -> None:
        work = self._decide(flow)
        if work is not None:
            self._do(work)

    async def _asked(self, flow: Flow) -> None:
        work = self._decide(flow)
        if work is not None:
            await self._ask(work)

    def action_feed_monitor(self) -> None:
        """Watch it, say nothing."""
        self._answer(Answer.MONITOR)

    def action_feed_fix_facts(self) -> None:
        """Set right what is wrong."""
        self._answer(Answer.FIX_FACTS)

    def action_feed_restore(self) -> None:
        """Make it right with the person."""
        self._answer(Answer.RESTORE)

    def action_feed_let_stand(self) -> None:
        """Leave it as it is."""
        self._answer(Answer.LET_STAND)

    def action_feed_needs_answer(self) -> None:
        """Somebody must answer, or not any more."""
        self._mark(Mark.NEEDS_ANSWER)

    def action_feed_influential(self) -> None:
        """Many listen to its author, or not."""
        self._mark(Mark.INFLUENTIAL)

    async def action_feed_keep(self) -> None:
        """Keep it as evidence, or let it go."""
        await self._asked(self.triage_flows.keep)

    async def action_feed_assign(self) -> None:
        """Give it to somebody."""
        await self._asked(self.triage_flows.assign)

    async def action_feed_teach(self) -> None:
        """Say how it reads."""
        await self._asked(self.triage_flows.teach)

    action_mention_monitor = action_feed_monitor
    action_mention_fix_facts = action_feed_fix_facts
    action_mention_restore = action_feed_restore
    action_mention_let_stand = action_feed_let_stand
    action_mention_needs_answer = action_feed_needs_answer
    action_mention_influential = action_feed_influential
    action_mention_keep = action_feed_keep
    action_mention_assign = action_feed_assign
    action_mention_teach = action_feed_teach
