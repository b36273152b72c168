"""What the app shows once the store is open. Imports all that is slow to import."""

from __future__ import annotations

from collections.abc import Mapping

from crisis_tui.agent.child import AgentChild
from crisis_tui.dashboard.app import Opening, Work
from crisis_tui.dashboard.desk import Desk
from crisis_tui.dashboard.screens.main import MainScreen
from crisis_tui.paths import Paths


def on_desk(
    desk: Desk,
    paths: Paths,
    keys: Mapping[str, str],
    *,
    child: AgentChild | None = None,
    offer_drills: bool = False,
    notice: str = "",
) -> Opening:
    """The panes on a desk, with what this person left unsaved; `notice` is a fault to begin with."""

    async def opening() -> Work:
        desk.own_playbooks = paths.playbooks
        await desk.look()
        draft = await desk.writing.resume()
        screen = MainScreen(desk, paths, keys, draft=draft, offer_drills=offer_drills, notice=notice)
        return Work(
            screen=screen,
            keys=keys,
            save=desk.writing.keep,
            ready=screen.ready.wait,
            agent=child.keep if child is not None else None,
        )

    return opening
