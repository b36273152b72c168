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
    for name, given in remapped.items():
        if name not in keys:
            near = difflib.get_close_matches(name, keys, 1, 0.4)
            hint = f' did you mean "{near[0]}"?' if near else " see crisis-tui keys."
            raise ConfigError(f'keys: "{name}" is no action;{hint}')
        keys[name] = _checked(name, given)
    for place in _REACH:
        _refuse_clash(place, keys, remapped)
    return keys


def _checked(name: str, given: str) -> str:
    found = [key.strip() for key in given.split(",") if key.strip()]
    if not found:
        raise ConfigError(f'keys: "{name}" needs at least one key.')
    for key in found:
        if "alt+" in key or _KEY.fullmatch(key) is None:
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
