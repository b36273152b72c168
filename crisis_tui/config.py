"""Settings: one TOML file, typed; a wrong one gets one sentence with file, key and the nearest valid key."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from data.models.base import Model, SafeLine
from data.models.watch import Watch
from data.sources.base import SourceSettings
from data.sources.registry import UnknownKindError, kinds, settings_of
from data.text import SafeText


class ConfigError(Exception):
    """The settings can't be used (exit code 2); `str()` is one sentence."""


def _sources(given: object) -> object:
    """Each `[[source]]` table as the settings of its kind."""
    if not isinstance(given, list):
        return given
    return tuple(_source(table, place) for place, table in enumerate(given))


def _source(table: object, place: int) -> SourceSettings:
    where = f"source.{place}"
    if not isinstance(table, Mapping):
        raise _inner(f'"{where}" must be a table: write [[source]] above it.')
    kind = table.get("kind")
    if not isinstance(kind, str):
        raise _inner(f'"{where}" lacks "kind"; known are {", ".join(kinds())}.')
    try:
        model = settings_of(kind)
        return model.model_validate(table)
    except UnknownKindError as error:
        raise _inner(f'"{where}.kind": {error} (it is {kind!r:.60}).') from None
    except ValidationError as error:
        raise _inner(explain(error, model, where)) from None


def _inner(sentence: str) -> PydanticCustomError:
    """A whole sentence out of a table whose kind decides what it may say."""
    return PydanticCustomError("inner", "{sentence}", {"sentence": sentence})


class TerminalSettings(Model):
    """How the dashboard treats the terminal."""

    colours: Literal["auto", "none", "16", "256", "truecolor"] = "auto"
    mouse: bool = False
    theme: str | None = None


class Settings(Model):
    """The whole file; every table may be left out."""

    organisation: SafeLine = SafeText("")
    watch: dict[str, Watch] = Field(default_factory=dict)
    source: Annotated[tuple[SourceSettings, ...], BeforeValidator(_sources)] = ()
    terminal: TerminalSettings = TerminalSettings()
    keys: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _sources_differ(self) -> Settings:
        names = [each.name for each in self.source]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f'two sources are called "{twice}"; give each a name of its own')
        for watch, each in self.watch.items():
            unknown = next((name for name in each.sources if name not in names), None)
            if unknown is not None:
                known = f"sources are {', '.join(names)}" if names else "there is no source yet"
                raise ValueError(f'the watch "{watch}" listens to "{unknown}", which is no source; {known}')
        return self

    def watches_of(self, source: str) -> tuple[Watch, ...]:
        """Who listens to a source."""
        return tuple(each for each in self.watch.values() if not each.sources or source in each.sources)

    def brand(self) -> Watch:
        """All watches as one: what severity measures reach and influence by."""
        watches = tuple(self.watch.values())
        return Watch(
            own_followers=max((each.own_followers or 0 for each in watches), default=0) or None,
            influencers=tuple(name for each in watches for name in each.influencers),
            own_accounts=tuple(name for each in watches for name in each.own_accounts),
        )


def load(path: Path) -> Settings:
    """The settings in a file; the defaults if there is none.

    Raises:
        ConfigError: it can't be read, is no TOML, or holds a wrong key or value.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise ConfigError(f"{path} can't be read ({error.strerror}); check its mode.") from None
    try:
        given = tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8; save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from None
    return check(given, path)


def check(given: object, path: Path) -> Settings:
    """The settings that a table of TOML says.

    Raises:
        ConfigError: it holds a wrong key or value; the sentence names the file.
    """
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        raise ConfigError(f"{path}: {explain(error, Settings)}") from None


class SettingsWatch:
    """The settings in a file that people change while we run; what is wrong there changes nothing."""

    def __init__(self, path: Path, now: Settings) -> None:
        self.now = now
        self._path = path
        self._mark = self._look()

    def changed(self) -> Settings | None:
        """The new settings, once, after a change that makes a difference."""
        mark = self._look()
        if mark == self._mark:
            return None
        self._mark = mark
        try:
            found = load(self._path)
        except ConfigError:
            return None
        if found == self.now:
            return None
        self.now = found
        return found

    def _look(self) -> tuple[int, int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size


def explain(error: ValidationError, model: type[Model], table: str = "") -> str:
    """The first fault as one sentence with its key and, for an unknown key, the nearest valid one.

    `table` is the name of the table that the model stands for, empty for the whole file.
    """
    first = error.errors(include_url=False)[0]
    where = ".".join(filter(None, (table, *(str(part) for part in first["loc"]))))
    if first["type"] == "inner":
        return first["msg"]
    if first["type"] == "secret":
        return f'"{where}" {first["msg"]}.'
    if first["type"] == "extra_forbidden":
        return f'"{where}" is not a setting; {_nearest(str(first["loc"][-1]), model, first["loc"][:-1])}'
    words = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
    if not where:
        return f"{words}."
    given = first["input"]
    # An address may hold a password or a token, so a wrong one is not repeated.
    if isinstance(given, str) and "://" in given:
        return f'"{where}" {words[:1].lower()}{words[1:]}.'
    if isinstance(given, Mapping):
        return f'"{where}": {words}.'
    return f'"{where}" {words[:1].lower()}{words[1:]} (it is {first["input"]!r:.60}).'


def _nearest(key: str, model: type[Model], place: tuple[Any, ...]) -> str:
    known = _keys_at(model, place)
    near = difflib.get_close_matches(key, known, 1, 0.5)
    return f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(sorted(known))}."


def _keys_at(model: type[Model], place: tuple[Any, ...]) -> list[str]:
    """The keys that are valid in the table at a place."""
    tables: dict[str, type[Model]] = {"watch": Watch, "terminal": TerminalSettings}
    inner = tables.get(str(place[0])) if place else None
    return list((inner or model).model_fields)


TEMPLATE = """\
# Settings of crisis-tui. Every line is optional; remove the "#" to use it.
# Check this file with: crisis-tui doctor

organisation = {organisation}

# What we listen for, and who we are while we do. W on the dashboard shows and changes it.
[watch.brand]
# terms = ["acme", "#acme", "ember pan", "acmeh*"]
# exclude = ["acme anvil cartoon"]
# languages = ["en", "de"]      # all, if left out
# own_accounts = ["@acme"]      # what speaks to them is always ours
# own_followers = 120000        # the yardstick for reach
# influencers = ["@reporter"]   # always count as influential
# competitors = {{ Rival = ["rival", "#rival"] }}

# Ways in: one [[source]] each. docs/sources.md has every kind with all that it can be told.
# A secret never stands here, only where it is: env:NAME, file:PATH (mode 0600) or cmd:COMMAND.

# [[source]]
# name = "masto"
# kind = "mastodon"             # the #tags of the watches; with a token mentions of us and searches too
# url = "https://mastodon.social"
# token = "env:MASTODON_TOKEN"
#
# [[source]]
# name = "skies"
# kind = "bluesky"              # mentions of us, and searches for the terms
# handle = "acme.example"
# password = "file:~/.config/crisis-tui/bluesky"
#
# [[source]]
# name = "alerts"
# kind = "feed"                 # RSS, Atom, JSON Feed, Google Alerts
# url = "https://www.google.com/alerts/feeds/1/2"
# all = true                    # everything in it is about us
#
# [[source]]
# name = "news.yc"
# kind = "hackernews"
#
# [[source]]
# name = "inbox"
# kind = "drop"                 # a folder of NDJSON; finished files are moved to its done/
# path = "/var/spool/crisis-tui"
#
# [[source]]
# name = "stream"
# kind = "tail"                 # a file of NDJSON that grows
# path = "/var/log/mentions.ndjson"

[terminal]
# colours = "auto"              # auto, none, 16, 256, truecolor
# mouse = false
# theme = "textual-dark"

# Keys by action; `crisis-tui keys` lists all actions with their defaults.
[keys]
# "main.search" = "slash"
"""
