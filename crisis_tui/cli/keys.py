"""`crisis-tui keys`: every key, from the same list as the help screen."""

from __future__ import annotations

import argparse

from crisis_tui.cli._run import DONE, places, print_json, say

HELP = "list every action with its keys"


def arguments(parser: argparse.ArgumentParser) -> None:
    """--json."""
    parser.add_argument("--json", action="store_true", help="print as JSON")


def run(options: argparse.Namespace) -> int:
    """List the keys as they are after remapping."""
    from crisis_tui.config import load
    from crisis_tui.dashboard.actions import ACTIONS, PLACES, shown
    from crisis_tui.dashboard.keymap import resolved

    keys = resolved(load(places(options).config).keys)
    if options.json:
        print_json(
            [
                {
                    "id": action.id,
                    "place": action.place,
                    "keys": keys[action.id].split(","),
                    "default": action.keys.split(","),
                    "title": action.title,
                    "help": action.help,
                }
                for action in ACTIONS
            ]
        )
        return DONE
    for place, heading in PLACES.items():
        rows = [action for action in ACTIONS if action.place == place]
        if rows:
            say(heading)
        for action in rows:
            say(f"  {shown(keys[action.id]):16} {action.id:26} {action.help}")
    return DONE
