"""What is on the screen, as plain text."""

from __future__ import annotations

from typing import Any

from textual._context import visible_screen_stack
from textual.app import App
from textual.screen import Screen


def frame_text(source: App[Any] | Screen[Any]) -> list[str]:
    """The lines Textual would paint now, from top to bottom, without blanks at their ends.

    `source` is a running app (its top screen) or one of its screens. Wide glyphs
    stand as one character.
    """
    screen = source.screen if isinstance(source, App) else source
    app = screen.app
    with app._context():
        visible_screen_stack.set(app._background_screens)
        return [strip.text.rstrip() for strip in screen._compositor.render_strips()]
