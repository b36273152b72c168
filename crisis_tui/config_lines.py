"""In which line of the settings file a table or a key stands; None where that can't be told for sure."""

from __future__ import annotations

import re

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]#]+?)\s*(\]\]?)\s*(?:#.*)?")
_KEY = re.compile(r"""\s*["']?([A-Za-z0-9_.-]+)["']?\s*=""")


def header(line: str) -> tuple[str, bool] | None:
    """The table that a line begins, without quotes, and whether it is one of several (`[[...]]`)."""
    found = _HEADER.fullmatch(line)
    if found is None:
        return None
    return re.sub(r"""["'\s]""", "", found[2]), found[1] == "[["


def line_of(text: str, table: str, nth: int = 0, key: str = "") -> int | None:
    """The line, from 1, of a key in the nth table of a name (empty: before all tables), or of its header."""
    # Inside of a text of several lines anything may look like a header.
    if '"""' in text or "'''" in text:
        return None
    inside, began, met = not table, None, -1
    for number, line in enumerate(text.splitlines(), 1):
        begins = header(line)
        if begins is not None:
            if inside and table:
                return began
            met += begins[0] == table
            inside = bool(table) and begins[0] == table and met == nth
            began = number if inside else began
        elif inside and key and (found := _KEY.match(line)) and found[1] == key:
            return number
    return began
