"""The command palette, from the list of actions."""

from __future__ import annotations

from collections.abc import Iterator

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from crisis_tui.dashboard.actions import ACTIONS, Action, shown


class ActionProvider(Provider):
    """Every action that can be run from where the person is."""

    def _offered(self) -> Iterator[Action]:
        for action in ACTIONS:
            if action.place in ("main", "statement", "checklist", "feed") and not _moves(action):
                yield action
        yield from (action for action in ACTIONS if action.id in ("app.quit", "app.redraw"))

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for action in self._offered():
            yield DiscoveryHit(
                action.title,
                lambda action=action: self._run(action),
                help=f"{shown(action.keys)} - {action.help}",
            )

    async def search(self, query: str) -> Hits:
        """Those that match what is typed."""
        matcher = self.matcher(query)
        for action in self._offered():
            score = matcher.match(f"{action.title} {action.help}")
            if score > 0:
                yield Hit(
                    score,
                    Content(action.title),
                    lambda action=action: self._run(action),
                    text=action.title,
                    help=f"{shown(action.keys)} - {action.help}",
                )

    async def _run(self, action: Action) -> None:
        runner = getattr(self.screen, "run_from_palette", None)
        if action.place == "anywhere":
            await self.app.run_action(action.method)
        elif runner is not None:
            await runner(action)


def _moves(action: Action) -> bool:
    return action.method.split("_")[0] in ("cursor", "page", "home", "end")
