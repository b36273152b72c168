"""Which layout a terminal of a size gets. Pure."""

from __future__ import annotations

from typing import Literal

Layout = Literal["wide", "medium", "narrow", "small"]

LEAST_WIDTH = 60
LEAST_HEIGHT = 15


def layout_for(width: int, height: int) -> Layout:
    """All panes side by side, in two columns, one at a time, or too small for any."""
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return "small"
    if width >= 120 and height >= 24:
        return "wide"
    if width >= 100 and height >= 28:
        return "medium"
    return "narrow"


def too_small(width: int, height: int) -> str:
    """The sentence that stands where nothing else fits."""
    return f"This terminal is {width}x{height}; crisis-tui needs at least {LEAST_WIDTH}x{LEAST_HEIGHT}."
