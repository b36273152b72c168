"""What the settings wish of the terminal, read before anything slow is imported.

A quick look only: the settings as a whole are checked later, by `crisis_tui.config`,
which also tells what is wrong here.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from crisis_tui.terminal.profile import COLOURS


@dataclass(frozen=True)
class Wishes:
    """The `[terminal]` table, as far as it makes sense."""

    colours: str = "auto"
    mouse: bool = False
    theme: str | None = None


def terminal_wishes(path: Path) -> Wishes:
    """The wishes of a settings file; the defaults for all that can't be read."""
    try:
        table = tomllib.loads(path.read_text("utf-8")).get("terminal", {})
    except (OSError, ValueError):
        return Wishes()
    if not isinstance(table, dict):
        return Wishes()
    colours, mouse, theme = table.get("colours"), table.get("mouse"), table.get("theme")
    return Wishes(
        colours=colours if colours in COLOURS else "auto",
        mouse=mouse is True,
        theme=theme if isinstance(theme, str) else None,
    )
