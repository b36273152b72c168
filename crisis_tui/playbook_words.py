"""What is wrong in a playbook, in words: where, what, and how the right form looks."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, get_args

from crisis_tui.config_words import nearest
from data.models.base import Model
from data.models.playbook import Began, CrisisType, EvidenceKind, Phase, Role, Since

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_KNOWN: Mapping[str, tuple[str, ...]] = {
    "role": get_args(Role),
    "evidence": get_args(EvidenceKind),
    "since": get_args(Since),
    "starts": get_args(Began),
    "phase": tuple(Phase),
    "type": tuple(CrisisType),
}
"""The words that a key may have."""

_FORMS = {
    "id": 'must be a name of small letters, digits and "-", such as "tell-staff"',
    "title": "must be a line of text in quotes, of 60 characters at most",
    "detail": "must be text in quotes, of 400 characters at most",
    "source": "must be text in quotes",
    "summary": "must be text in quotes",
    "due": 'must be a duration of 10 years at most, such as "PT15M", "PT2H" or "P3D"',
    "layer": "must be a whole number from 0 to 4",
    "version": "must be a whole number from 1 up",
    "reviewed_on": "must be a date without quotes, such as 2026-11-22",
    "evidence": 'must be a list, such as ["link", "na"]',
}
_LONE = re.compile(r"(\d{1,4})\s*(m|min|minutes?|h|hours?|d|days?)", re.IGNORECASE)


def wrong(error: ErrorDetails, model: type[Model], spoken: str) -> str:
    """One fault of a step, or of what stands above the steps, as a sentence without file and line.

    Args:
        spoken: how a person calls the place, such as `step 3 "tell-staff"`; empty above the steps.
    """
    head = f"{spoken}: " if spoken else ""
    key = str(error["loc"][0]) if error["loc"] else ""
    if error["type"] == "missing":
        return f'{spoken or "the playbook"} lacks "{key}", which {_form(key)}.'
    if error["type"] == "extra_forbidden":
        return f'{head}"{key}" is no key here; {nearest(key, model.model_fields)}'
    given = error["input"]
    if key == "due" and isinstance(given, str) and (found := _LONE.fullmatch(given.strip())):
        unit = found[2][0].upper()
        form = f"P{found[1]}D" if unit == "D" else f"PT{found[1]}{unit}"
        return f'{head}"due" {_FORMS["due"]} (it is {given!r}); did you mean "{form}"?'
    if key in _KNOWN and isinstance(given, str) and not (key == "evidence" and len(error["loc"]) == 1):
        return f'{head}"{key}" can\'t be {given!r:.40}; {_meant(given, _KNOWN[key])}'
    shown = "" if isinstance(given, list | Mapping) else f" (it is {given!r:.60})"
    return f'{head}"{key}" {_form(key)}{shown}.'


def _form(key: str) -> str:
    return _FORMS.get(key) or f"must be one of {', '.join(_KNOWN.get(key, ()))}"


def _meant(given: str, known: Iterable[str]) -> str:
    """The nearest word, whichever letters are capitals, or all that are known."""
    words = {str(word).lower(): str(word) for word in known}
    near = difflib.get_close_matches(given.strip().lower(), words, 1, 0.5)
    return f'did you mean "{words[near[0]]}"?' if near else f"known are {', '.join(words.values())}."
