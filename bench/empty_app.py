"""The baseline of start-up: the smallest Textual app that shows a word."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static


class EmptyApp(App[None]):
    """One word."""

    def compose(self) -> ComposeResult:
        """The word."""
        yield Static("ready")


if __name__ == "__main__":
    EmptyApp().run(mouse=False)
