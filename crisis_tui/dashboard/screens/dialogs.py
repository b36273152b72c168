"""Questions: one line to answer on, or a few things to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Container
from textual.reactive import Reactive
from textual.screen import ModalScreen
from textual.widget import Widget

from widgets.prompt import Choice, Option, Prompt


class _Dialog(ModalScreen[str | None]):
    """Lies over the panes without dimming them, which would repaint every cell."""

    CSS_PATH: ClassVar[str] = "dialogs.tcss"
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)


class PromptScreen(_Dialog):
    """Asks for one line; the answer is None if it was left with Escape."""

    def __init__(self, question: str, *, value: str = "", placeholder: str = "", hint: str = "") -> None:
        super().__init__()
        self._prompt = Prompt(
            question, value=value, placeholder=placeholder, hint=hint or "Enter takes it, Esc leaves."
        )

    def compose(self) -> ComposeResult:
        """The question in its box."""
        with Container(id="dialog"):
            yield self._prompt

    def on_mount(self) -> None:
        """Typing goes to the answer."""
        self._prompt.input.focus()

    def on_prompt_answered(self, event: Prompt.Answered) -> None:
        """Enter."""
        self.dismiss(event.text)

    def on_prompt_cancelled(self) -> None:
        """Escape."""
        self.dismiss(None)


class ChoiceScreen(_Dialog):
    """Asks which one; the answer is its id, None if it was left with Escape."""

    def __init__(self, question: str, options: Sequence[Option], *, at: int = 0) -> None:
        super().__init__()
        key = "its key" if any(option.key for option in options) else "a number"
        self._choice = Choice(question, options, at=at, hint=f"Enter or {key} takes it, Esc leaves.")

    def compose(self) -> ComposeResult:
        """The question in its box."""
        with Container(id="dialog"):
            yield self._choice

    def on_mount(self) -> None:
        """Keys go to the list."""
        self._choice.focus()

    def on_choice_chosen(self, event: Choice.Chosen) -> None:
        """Enter or a number."""
        self.dismiss(event.id)

    def on_choice_cancelled(self) -> None:
        """Escape."""
        self.dismiss(None)
