"""`crisis-tui playbook`: which playbooks there are, and the file of one to begin one's own with."""

from __future__ import annotations

import argparse

from crisis_tui.cli._run import DONE, NO, complain, places, print_json, say

HELP = "list the playbooks; with NAME print the file of a shipped one, to change a copy of it"


def arguments(parser: argparse.ArgumentParser) -> None:
    """NAME and --json."""
    parser.add_argument("name", metavar="NAME", nargs="?", help="a type of crisis, such as security")
    parser.add_argument("--json", action="store_true", help="print as JSON")


def run(options: argparse.Namespace) -> int:
    """List what is used, with the faults of own files; or print one that ships."""
    import sys

    from crisis_tui.playbooks import shelf
    from data.library import read
    from data.models.playbook import CrisisType

    folder = places(options).playbooks
    if options.name is not None:
        names = [kind.value for kind in CrisisType]
        if options.name not in names:
            complain(f'No playbook ships as "{options.name}"; there are: {", ".join(names)}.')
            return NO
        kind = CrisisType(options.name)
        book = read.playbook(kind)
        if options.json:
            print_json(book.model_dump(mode="json") if book else None)
        else:
            sys.stdout.write(read.playbook_text(kind))
        return DONE
    found = shelf(folder)
    for fault in found.faults:
        complain(fault.sentence)
    rows = [
        {
            "name": name,
            "type": book.type.value,
            "title": book.title,
            "steps": len(book.step),
            "reviewed_on": book.reviewed_on.isoformat(),
            "own": name in found.own,
        }
        for name, book in found.books.items()
    ]
    if options.json:
        print_json(rows)
        return NO if found.faults else DONE
    for row in rows:
        own = "own" if row["own"] else "shipped"
        say(
            f"{row['name']:18} {row['steps']:2} steps  reviewed {row['reviewed_on']}  {own:7}  {row['title']}"
        )
    say(f"Your own lie in {folder}; begin with: crisis-tui playbook security > {folder / 'security.toml'}")
    return NO if found.faults else DONE
