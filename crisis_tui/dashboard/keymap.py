"""Remapped keys: checked when the settings are read, so that a clash is a sentence and not a surprise."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from crisis_tui.config import ConfigError
from crisis_tui.dashboard.actions import ACTIONS, Action, Place

_KEY = re.compile(r"(?:(?:ctrl|shift)\+)*(?:[a-z0-9_]+|[A-Z])")
_REACH: dict[Place, tuple[Place, ...]] = {
    "feed": ("feed", "main", "anywhere"),
    "gauge": ("gauge", "main", "anywhere"),
    "checklist": ("checklist", "main", "anywhere"),
    "mention": ("mention", "main", "anywhere"),
    "statement": ("statement", "anywhere"),
    "story": ("story", "anywhere"),
    "feeds": ("feeds", "anywhere"),
    "watches": ("watches", "anywhere"),
    "reading": ("reading", "anywhere"),
    "main": ("main", "anywhere"),
    "anywhere": ("anywhere",),
}


def resolved(remapped: Mapping[str, str]) -> dict[str, str]:
    """The keys of every action, defaults replaced by what the settings say.

    Raises:
        ConfigError: an action does not exist, a key can't be typed everywhere, or
            two actions of one place share a key.
    """
    keys = {action.id: action.keys for action in ACTIONS}
    typed_into = {action.id: action.place in ("anywhere", "statement") for action in ACTIONS}
    for name, given in remapped.items():
        if name not in keys:
            near = difflib.get_close_matches(name, keys, 1, 0.4)
            hint = f' did you mean "{near[0]}"?' if near else " see crisis-tui keys."
            raise ConfigError(f'keys: "{name}" is no action;{hint}')
        keys[name] = _checked(name, given, typed_into[name])
    for place in _REACH:
        _refuse_clash(place, keys, remapped)
    return keys


_NAMED = frozenset(
    (
        "up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete", "backspace",
        "tab", "enter", "escape", "space", "slash", "backslash", "question_mark", "exclamation_mark",
        "full_stop",
        "comma", "colon", "semicolon", "minus", "plus", "underscore", "equals_sign", "asterisk",
        "number_sign",
        "at", "percent_sign", "ampersand", "dollar_sign", "tilde", "grave_accent", "circumflex_accent",
        "apostrophe", "quotation_mark", "vertical_line", "less_than_sign", "greater_than_sign",
        "left_parenthesis", "right_parenthesis", "left_square_bracket", "right_square_bracket",
        "left_curly_bracket", "right_curly_bracket",
    )
)  # fmt: skip
"""Names of keys that are not single characters, as Textual spells them."""


def _exists(key: str) -> bool:
    last = key.rsplit("+", 1)[-1]
    function = last[:1] == "f" and last[1:].isdigit() and 1 <= int(last[1:]) <= 12
    return len(last) == 1 or last in _NAMED or function


def _types(key: str) -> bool:
    """Would this key write something where somebody types?"""
    return not key.startswith("ctrl+") and (len(key) == 1 or (key not in _SILENT and not key[1:].isdigit()))


_SILENT = frozenset(
    ("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "escape", "tab")
)


def _checked(name: str, given: str, typed_into: bool) -> str:
    found = [key.strip() for key in given.split(",") if key.strip()]
    if not found:
        raise ConfigError(f'keys: "{name}" needs at least one key.')
    for key in found:
        if typed_into and _types(key):
            raise ConfigError(f'keys: "{key}" for "{name}" would be typed instead; use ctrl+ and a letter.')
        if "alt+" in key or _KEY.fullmatch(key) is None or not _exists(key):
            raise ConfigError(
                f'keys: "{key}" for "{name}" is no key that works everywhere; use a letter, a name such as '
                "slash, or ctrl+ and a letter."
            )
    return ",".join(found)


def _refuse_clash(place: Place, keys: Mapping[str, str], remapped: Mapping[str, str]) -> None:
    owners: dict[str, Action] = {}
    for action in ACTIONS:
        if action.place not in _REACH[place]:
            continue
        for key in keys[action.id].split(","):
            other = owners.setdefault(key, action)
            # The narrower place wins by design; a clash that a person wrote is told all the same.
            if other is not action and (action.id in remapped or other.id in remapped):
                raise ConfigError(
                    f'keys: "{key}" stands for both "{other.id}" and "{action.id}"; change one.'
                )
