"""What commands share: places, settings, output, and faults as one sentence."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from crisis_tui.cli import DONE, NO, STORE, USAGE
from crisis_tui.paths import Paths, resolve
from data.text import clean_line

if TYPE_CHECKING:
    from crisis_tui.config import Reading


def home_of(options: argparse.Namespace) -> str | None:
    """The folder given with --home or CRISIS_TUI_HOME."""
    return getattr(options, "home", None) or os.environ.get("CRISIS_TUI_HOME") or None


def home_arguments(options: argparse.Namespace) -> list[str]:
    """The same as arguments for a child process."""
    home = home_of(options)
    return ["--home", os.path.abspath(os.path.expanduser(home))] if home else []  # noqa: PTH100, PTH111


def places(options: argparse.Namespace) -> Paths:
    """Where this call keeps its things."""
    return resolve(home_of(options))


def settings(options: argparse.Namespace) -> tuple[Paths, Reading]:
    """Places and settings; what is wrong in these is told, and costs no more than where it stands.

    Raises:
        ConfigError: nothing of the settings can be used.
    """
    from crisis_tui.config import read

    paths = places(options)
    found = read(paths.config)
    for fault in found.faults:
        complain(fault.sentence)
    return paths, found


def print_json(document: Any) -> None:
    """One JSON document on standard output, in ASCII so that any terminal and pipe takes it."""
    json.dump(document, sys.stdout, ensure_ascii=True, indent=2)
    sys.stdout.write("\n")


def say(text: str) -> None:
    """One line for a person on standard output."""
    sys.stdout.write(f"{text}\n")


def complain(text: str) -> None:
    """One line for a person on standard error."""
    sys.stderr.write(f"crisis-tui: {clean_line(text)}\n")


def _tame_output() -> None:
    """Output goes on where it is closed, or can't show a character of some mention."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - for as long as we live
    elif isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def _code_of(error: Exception) -> int | None:
    """The exit code of a known fault. Imported here, since few calls of few commands need all of these."""
    from crisis_tui.config import ConfigError
    from data.library.read import LibraryError
    from data.store.errors import BackupError, StoreError

    if isinstance(error, ConfigError | LibraryError):
        return USAGE
    if isinstance(error, BackupError):
        return NO
    return STORE if isinstance(error, StoreError) else None


def guarded(command: Callable[[], int]) -> int:
    """Run a command; a known fault becomes one sentence and the exit code that belongs to it."""
    _tame_output()
    try:
        code = command()
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone; point it elsewhere so that the exit stays silent.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        complain(f"{error.filename or 'standard output'} can't be used ({error.strerror}).")
        return USAGE
    except KeyboardInterrupt:
        complain("stopped; what was stored before stays stored.")
        return 130
    except Exception as error:
        known = _code_of(error)
        if known is None:
            raise
        complain(str(error))
        return known
    return code


__all__ = (
    "DONE",
    "NO",
    "STORE",
    "USAGE",
    "complain",
    "guarded",
    "home_arguments",
    "places",
    "print_json",
    "say",
)
