"""The bell, and desktop notices that a terminal shows, also at the other end of SSH."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from crisis_tui.terminal.multiplexer import wrapped
from crisis_tui.terminal.profile import Multiplexer
from data.text import clean_line

BELL = "\x07"

Notice = Literal["osc9", "osc777"]
Wish = Literal["auto", "osc9", "osc777", "none"]

_LONGEST = 120

# What each terminal calls itself. OSC 777 where it knows both, since that has a title. VTE swallows it
# where it is not built to show it, and so does a Windows Terminal from before 2026.
_BY_PROGRAM: dict[str, Notice] = {"iterm.app": "osc9", "wezterm": "osc777", "ghostty": "osc777"}
_BY_TERM: tuple[tuple[str, Notice], ...] = (
    ("xterm-kitty", "osc9"),
    ("xterm-ghostty", "osc777"),
    ("wezterm", "osc777"),
    ("foot", "osc777"),
    ("rxvt-unicode", "osc777"),
)
_BY_VARIABLE: tuple[tuple[str, Notice], ...] = (
    ("ITERM_SESSION_ID", "osc9"),
    ("KITTY_WINDOW_ID", "osc9"),
    ("WEZTERM_PANE", "osc777"),
    ("GHOSTTY_RESOURCES_DIR", "osc777"),
    ("WT_SESSION", "osc777"),
    ("VTE_VERSION", "osc777"),
)


def choose(wish: Wish, environ: Mapping[str, str]) -> Notice | None:
    """The kind of notice for this terminal; None for the bell alone.

    With "auto" only a terminal that is known to take it gets one: what is unknown must not print rubbish.
    The Linux console, which prints it, and terminals without a screen never do.
    """
    term = environ.get("TERM", "").strip().lower()
    if wish == "none" or term in ("", "dumb", "unknown", "linux") or term.startswith("vt"):
        return None
    if wish != "auto":
        return wish
    program = environ.get("TERM_PROGRAM", "").strip().lower()
    if program in _BY_PROGRAM:
        return _BY_PROGRAM[program]
    for name, notice in _BY_TERM:
        if term == name or term.startswith(f"{name}-"):
            return notice
    if environ.get("LC_TERMINAL", "").strip().lower() == "iterm2":  # what iTerm2 hands through SSH
        return "osc9"
    for name, notice in _BY_VARIABLE:
        if environ.get(name):
            return notice
    return None


def sequence(title: str, body: str, notice: Notice, multiplexer: Multiplexer | None = None) -> str:
    """The sequence that shows a notice; both texts lose what a terminal could obey and what parts them."""
    title, body = (clean_line(each).replace(";", ",")[:_LONGEST] for each in (title, body))
    if notice == "osc9":
        # iTerm2 shows one line; ConEmu takes a number at its beginning as an order, so a word leads.
        return wrapped(f"\x1b]9;{title}: {body}\x07", multiplexer)
    return wrapped(f"\x1b]777;notify;{title};{body}\x07", multiplexer)
