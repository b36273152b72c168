"""Sequences for the terminal around tmux or screen, which hand on what is wrapped for them."""

from __future__ import annotations

from crisis_tui.terminal.profile import Multiplexer

_SCREEN_CHUNK = 240  # GNU screen drops strings longer than 256 bytes in old versions


def wrapped(sequence: str, multiplexer: Multiplexer | None) -> str:
    """A sequence as the multiplexer passes it on (tmux with allow-passthrough); itself without one."""
    if multiplexer == "tmux":
        doubled = sequence.replace("\x1b", "\x1b\x1b")
        return f"\x1bPtmux;{doubled}\x1b\\"
    if multiplexer == "screen":
        chunks = [sequence[at : at + _SCREEN_CHUNK] for at in range(0, len(sequence), _SCREEN_CHUNK)]
        return "".join(f"\x1bP{chunk}\x1b\\" for chunk in chunks)
    return sequence
