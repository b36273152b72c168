"""Copying: through the terminal's clipboard (OSC 52), and always into a private file."""

from __future__ import annotations

import base64
import contextlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from crisis_tui.terminal.multiplexer import wrapped
from crisis_tui.terminal.profile import TerminalProfile

LIMIT = 74_994
"""Bytes of text that fit the 100,000 characters xterm and tmux take in one sequence."""

FILE_NAME = "clipboard.txt"


@dataclass(frozen=True)
class CopyOutcome:
    """What became of a copy: `sent` to the terminal, `path` of the file or None, a sentence to show."""

    sent: bool
    path: Path | None
    message: str


def copy(
    text: str,
    *,
    profile: TerminalProfile,
    write: Callable[[str], None],
    folder: Path,
    limit: int = LIMIT,
) -> CopyOutcome:
    """Copy text; `write` takes terminal sequences, `folder` gets FILE_NAME (0600 in 0700).

    Text longer than `limit` bytes of UTF-8 goes to the file only. Never raises for
    a disk or a terminal that fails: the sentence tells.
    """
    data = text.encode("utf-8", "replace")
    sent = len(data) <= limit
    if sent:
        write(sequence(data, profile))
    try:
        path = _save(data, folder)
    except OSError as error:
        reason = error.strerror or "the file system refused"
        if sent:
            return CopyOutcome(
                True, None, f"Copied to the terminal's clipboard, but not to {folder}: {reason}."
            )
        return CopyOutcome(
            False, None, f"Not copied: too long for the clipboard, and {folder} failed: {reason}."
        )
    if not sent:
        return CopyOutcome(
            False,
            path,
            f"Too long for the clipboard ({len(data)} of at most {limit} bytes): the text is in {path}.",
        )
    return CopyOutcome(True, path, f"Copied{_advice(profile)}; the text is also in {path}.")


def sequence(data: bytes, profile: TerminalProfile) -> str:
    """The OSC 52 sequence for these bytes, wrapped for the multiplexer in between.

    In tmux it is sent twice: wrapped for allow-passthrough, bare for set-clipboard.
    """
    encoded = base64.b64encode(data).decode("ascii")
    plain = f"\x1b]52;c;{encoded}\x07"
    return wrapped(plain, profile.multiplexer) + (plain if profile.multiplexer == "tmux" else "")


def _advice(profile: TerminalProfile) -> str:
    if profile.multiplexer == "tmux":
        return " if tmux lets it through (set -g set-clipboard on, or set -g allow-passthrough on)"
    if profile.multiplexer == "screen":
        return " if the terminal around screen allows it"
    return " if your terminal allows it" if profile.over_ssh else ""


def _save(data: bytes, folder: Path) -> Path:
    """Write the file whole or not at all, readable by its owner alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / FILE_NAME
    descriptor, name = tempfile.mkstemp(prefix=".copy-", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    return path
