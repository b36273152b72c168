"""Terms of a watch as queries of a network's search."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def packed(terms: Iterable[str], most: int, tail: str = "") -> list[str]:
    """Queries that find any of the terms, in as few as a length in characters allows, each with a tail."""
    found: list[str] = []
    group: list[str] = []
    for term in dict.fromkeys(filter(None, terms)):
        if group and len(_any_of([*group, term]) + tail) > most:
            found.append(_any_of(group) + tail)
            group = []
        group.append(term)
    return [*found, _any_of(group) + tail] if group else found


def _any_of(group: Sequence[str]) -> str:
    return group[0] if len(group) == 1 else f"({' OR '.join(group)})"


def phrase(term: str, most: int, plain: str) -> str:
    """A term as a search takes it: as it is where `plain` (a pattern) fits, else in quotes; empty for none.

    A phrase that is too long is cut at its end: a shorter one finds more, never less.
    """
    words = term.replace('"', " ").replace("\\", " ").rstrip("* ").split()
    while words and len(" ".join(words)) > most - 2:
        words.pop()
    text = " ".join(words)
    if re.fullmatch(plain, text) and text.lower() not in ("or", "and", "not"):
        return text
    return f'"{text}"' if re.search(r"\w", text) else ""
