"""`crisis-tui init`: writes commented settings."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys

from crisis_tui.cli._run import DONE, NO, complain, places, say

HELP = "write a commented settings file"


def arguments(parser: argparse.ArgumentParser) -> None:
    """--yes."""
    parser.add_argument("--yes", action="store_true", help="ask nothing")


def run(options: argparse.Namespace) -> int:
    """Write the file; an existing one is never overwritten."""
    from crisis_tui.config_template import TEMPLATE
    from data.store import files
    from data.text import clean_line

    paths = places(options)
    if os.path.lexists(paths.config):
        complain(f"{paths.config} exists already and was left as it is.")
        return NO
    name = ""
    if not options.yes and sys.stdin is not None and sys.stdin.isatty():
        with contextlib.suppress(EOFError):
            name = clean_line(input("Name of your organisation (may be empty): "))
    try:
        paths.config.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = files.make_private(paths.config, exclusive=True)
    except OSError as error:
        complain(f"{paths.config} can't be written ({error.strerror}); choose a folder with --home.")
        return NO
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(TEMPLATE.format(organisation=json.dumps(name, ensure_ascii=False)))
    say(f"Wrote {paths.config}. Next: edit it, then run crisis-tui doctor")
    return DONE
