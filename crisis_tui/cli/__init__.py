"""The command line: one module a command; each is found by being here.

A command module has `HELP`, `arguments(parser)` and `run(options) -> int`.
What is heavy is imported inside `run`, so that no command but the dashboard
pays for Textual.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import NoReturn

from crisis_tui import __version__

DONE, NO, USAGE, STORE = 0, 1, 2, 3
"""Exit codes: done; the answer is no; wrong usage or settings; the store can't be used."""


def _commands() -> dict[str, ModuleType]:
    """The command modules by the name that is typed."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_"):
            found[module.name] = importlib.import_module(f"{__name__}.{module.name}")
    return found


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence instead of a page of usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"crisis-tui: {message}; see {self.prog} --help\n")


def _parser(commands: dict[str, ModuleType]) -> argparse.ArgumentParser:
    shared = _Parser(add_help=False)
    shared.add_argument(
        "--home",
        metavar="DIR",
        default=argparse.SUPPRESS,
        help="keep settings and store in one folder (or set CRISIS_TUI_HOME)",
    )
    parser = _Parser(
        prog="crisis-tui",
        parents=[shared],
        description="A terminal dashboard for social-media crises. Without a command it opens the dashboard.",
        epilog="Exit: 0 done, 1 the answer is no, 2 wrong usage or settings, 3 the store can't be used.",
    )
    parser.add_argument("--version", action="version", version=f"crisis-tui {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, module in commands.items():
        each = subparsers.add_parser(name, parents=[shared], help=module.HELP, description=module.HELP)
        module.arguments(each)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code, with faults as one sentence on standard error."""
    from crisis_tui.cli._run import guarded

    commands = _commands()
    options = _parser(commands).parse_args(arguments)
    name = options.command or "dashboard"
    return guarded(lambda: int(commands[name].run(options)))


if __name__ == "__main__":
    sys.exit(main())
