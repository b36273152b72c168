"""Editing a text in the user's own editor, without ever losing what was written there."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

FALLBACKS = ("vi", "nano")

_running: set[int] = set()


class EditorError(Exception):
    """No editor can be started; the message is one sentence for the user."""


@dataclass(frozen=True)
class EditOutcome:
    """`text` is what to take over, or None; then `message` says why and `path` is what was left."""

    text: str | None
    message: str = ""
    path: Path | None = None


def command(environ: Mapping[str, str]) -> list[str]:
    """The words of the editor's command: $VISUAL, $EDITOR, or the first fallback there is.

    Raises EditorError when there is none or a variable cannot be read.
    """
    for name in ("VISUAL", "EDITOR"):
        value = environ.get(name, "").strip()
        if not value:
            continue
        try:
            words = shlex.split(value)
        except ValueError as error:
            raise EditorError(f"${name} cannot be read ({error}): {value}") from None
        if not shutil.which(words[0], path=environ.get("PATH")):
            raise EditorError(f"The editor {words[0]} of ${name} was not found.")
        return words
    for fallback in FALLBACKS:
        found = shutil.which(fallback, path=environ.get("PATH"))
        if found:
            return [found]
    raise EditorError("No editor was found: set VISUAL or EDITOR to the command of one.")


def edit(text: str, *, folder: Path, environ: Mapping[str, str], suffix: str = ".txt") -> EditOutcome:
    """Let the user edit `text` in a 0600 file in `folder`; blocks until the editor ends.

    The terminal must have been given up before. The file is removed only when its
    text was taken over; an editor that fails leaves it, and the message names it.
    """
    try:
        words = command(environ)
        path = _write(text, folder, suffix)
    except EditorError as error:
        return EditOutcome(None, str(error))
    except OSError as error:
        return EditOutcome(None, f"No file for the editor could be made in {folder}: {error.strerror}.")
    try:
        status = _run([*words, str(path)], environ)
    except OSError as error:
        path.unlink(missing_ok=True)
        return EditOutcome(None, f"The editor {words[0]} could not be started: {error.strerror}.")
    if status:
        how = f"exit code {status}" if status > 0 else f"signal {-status}"
        return EditOutcome(
            None, f"The editor ended with {how}: nothing was taken over, its text is kept in {path}.", path
        )
    return _take(path, text)


def hang_up(_signum: int = signal.SIGHUP) -> None:
    """End the running editor, if there is one; made to be the `relay` of `signals.install`.

    Whatever the signal was, the editor gets a hang-up: editors then keep what was typed.
    """
    for pid in tuple(_running):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGHUP)


def _write(text: str, folder: Path, suffix: str) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix="edit-", suffix=suffix, dir=folder)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text.encode("utf-8", "replace"))
    return Path(name)


def _run(words: list[str], environ: Mapping[str, str]) -> int:
    with _interrupts_left_to_the_editor():
        process = subprocess.Popen(words, env=dict(environ))  # noqa: S603  the user's own command
        _running.add(process.pid)
        try:
            return process.wait()
        finally:
            _running.discard(process.pid)


def _take(path: Path, before: str) -> EditOutcome:
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return EditOutcome(None, f"The editor left no file at {path}: nothing was taken over.")
    except OSError as error:
        return EditOutcome(
            None, f"{path} could not be read ({error.strerror}): nothing was taken over.", path
        )
    except UnicodeDecodeError:
        return EditOutcome(None, f"{path} is not UTF-8 text: nothing was taken over, the file is kept.", path)
    # Editors end the last line, and a statement must not grow by it at each edit.
    if text.endswith("\n") and not before.endswith("\n"):
        text = text.removesuffix("\n")
    path.unlink(missing_ok=True)
    return EditOutcome(text)


@contextlib.contextmanager
def _interrupts_left_to_the_editor() -> Iterator[None]:
    """Ctrl+C in the editor reaches us as well, and must not end us."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # A function and not SIG_IGN, which the editor would inherit.
    before = {signum: signal.signal(signum, lambda *_: None) for signum in (signal.SIGINT, signal.SIGQUIT)}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
