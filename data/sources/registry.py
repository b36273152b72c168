"""Which kinds of sources there are: one line each, loaded only when the settings name it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, cast

from data.sources.base import Source, SourceSettings, Tools

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

KINDS = {
    "tail": "data.sources.tail",
    "drop": "data.sources.drop",
    "mastodon": "data.sources.mastodon",
    "bluesky": "data.sources.bluesky",
    "jetstream": "data.sources.jetstream",
    "feed": "data.sources.feed",
    "hackernews": "data.sources.hackernews",
    "x": "data.sources.x",
    "reddit": "data.sources.reddit",
    "discourse": "data.sources.discourse",
    "appstore": "data.sources.appstore",
    "webhook": "data.sources.webhook",
}
"""Kind as the settings name it, and its module. A module has `Settings`, and `source(settings, tools)`."""

PLUGINS = "crisis_tui.sources"
"""The entry point group in which other packages offer kinds: its name, and a module like ours."""


class UnknownKindError(ValueError):
    """No such kind of source; `str()` names those that there are."""


def kinds() -> list[str]:
    """The names of all kinds, those of plug-ins too."""
    return sorted({*KINDS, *(point.name for point in _plug_ins())})


def _plug_ins() -> EntryPoints:
    """What other packages bring; looked for only when a kind is not ours, because that takes time."""
    from importlib.metadata import entry_points

    return entry_points(group=PLUGINS)


def _module(kind: str) -> ModuleType:
    if kind in KINDS:
        return importlib.import_module(KINDS[kind])
    for point in _plug_ins().select(name=kind):
        return cast(ModuleType, point.load())
    raise UnknownKindError(f'there is no kind of source "{kind[:40]}"; known are {", ".join(kinds())}')


def settings_of(kind: str) -> type[SourceSettings]:
    """The settings that a kind takes.

    Raises:
        UnknownKindError: there is no such kind.
    """
    return cast(type[SourceSettings], _module(kind).Settings)


def make(settings: SourceSettings, tools: Tools) -> Source:
    """The source that the settings describe."""
    build = cast(Callable[[SourceSettings, Tools], Source], _module(settings.kind).source)
    return build(settings, tools)
