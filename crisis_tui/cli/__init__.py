"""The command line: one module a command; each is found by being here.

A command module has `HELP`, `arguments(parser)` and `run(options) -> int`.
What is heavy is imported inside `run`, so that no command but the dashboard
pays for Textual.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import pkgutil
import sys
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import NoReturn

from crisis_tui import __version__

DONE, NO, USAGE, STORE = 0, 1, 2, 3
"""Exit codes: done; the answer is no; wrong usage or settings; the store can't be used."""


@contextlib.contextmanager
def imports_that_stay() -> Iterator[None]:
    """Around imports: what they make stays for good, and looking through it for garbage costs a tenth."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _commands(arguments: Sequence[str]) -> dict[str, ModuleType]:
    """The command modules by the name that is typed: the one that is meant, else all of them.

    Each brings models that take time to import, and only help and faults need them all.
    """
    names = [each.name for each in pkgutil.iter_modules(__path__) if not each.name.startswith("_")]
    meant = _meant(arguments)
    wanted = [meant] if meant in names else [] if meant == "--version" else names
    return {name: importlib.import_module(f"{__name__}.{name}") for name in wanted}


def _meant(arguments: Sequence[str]) -> str:
    """The first word after --home."""
    rest = list(arguments)
    if rest[:1] == ["--home"]:
        rest = rest[2:]
    elif rest and rest[0].startswith("--home="):
        rest = rest[1:]
    return rest[0] if rest else "dashboard"


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence instead of a page of usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"crisis-tui: {message}; see {self.prog} --help\n")


def home_parser() -> _Parser:
    """--home, which may stand before and after the name of a command, and after those of its parts."""
    shared = _Parser(add_help=False)
    shared.add_argument(
        "--home",
        metavar="DIR",
        default=argparse.SUPPRESS,
        help="keep settings and store in one folder (or set CRISIS_TUI_HOME)",
    )
    return shared


def _parser(commands: dict[str, ModuleType]) -> argparse.ArgumentParser:
    shared = home_parser()
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
    given = sys.argv[1:] if arguments is None else arguments
    with imports_that_stay():
        from crisis_tui.cli._run import guarded

        commands = _commands(given)
    options = _parser(commands).parse_args(given)
    name = options.command or "dashboard"
    return guarded(lambda: int(commands[name].run(options)))


if __name__ == "__main__":
    sys.exit(main())
