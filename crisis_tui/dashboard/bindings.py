"""From the list of actions to Textual's bindings; each has the action's id, so that keymaps reach it."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from crisis_tui.dashboard.actions import ACTIONS, Place


def bindings(place: Place) -> list[BindingType]:
    """The bindings of one place, for a class's `BINDINGS`."""
    return [
        Binding(
            action.keys,
            f"screen.{action.method}" if action.by_screen else action.method,
            action.title,
            id=action.id,
            show=False,
            # A control key must work while somebody types, also where the editor has a use for it.
            priority=action.place in ("anywhere", "statement") and "ctrl+" in action.keys,
        )
        for action in ACTIONS
        if action.place == place
    ]
