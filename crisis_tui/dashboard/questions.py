"""Asking: a question in a dialog, and the answer once a person gave it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import App

from crisis_tui.dashboard.desk import Desk
from crisis_tui.dashboard.screens.dialogs import ChoiceScreen, PromptScreen
from widgets.prompt import Option


class Warned(str):
    """A sentence that also tells of something wrong."""


class Questions:
    """The base of flows that ask before they act on a desk."""

    def __init__(self, app: App[object], desk: Desk) -> None:
        self._app = app
        self._desk = desk

    async def _ask(
        self, question: str, *, value: str = "", placeholder: str = "", hint: str = ""
    ) -> str | None:
        return await self._app.push_screen_wait(
            PromptScreen(question, value=value, placeholder=placeholder, hint=hint)
        )

    async def _choose(self, question: str, options: Sequence[Option], at: int = 0) -> str | None:
        return await self._app.push_screen_wait(ChoiceScreen(question, options, at=at))
