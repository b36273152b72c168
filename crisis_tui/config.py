"""Settings: one TOML file, typed; a wrong one gets one sentence with file, key and the nearest valid key."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from data.models.base import Model, SafeLine
from data.models.watch import Watch
from data.text import SafeText


class ConfigError(Exception):
    """The settings can't be used (exit code 2); `str()` is one sentence."""


class SourceSettings(Model):
    """One way in. `tail` follows a growing NDJSON file, `drop` empties a folder of NDJSON files."""

    name: SafeLine = Field(min_length=1, max_length=40)
    kind: Literal["tail", "drop"]
    path: Path
    every: float = Field(default=1.0, ge=0.1, le=86_400, description="seconds between two looks")


class TerminalSettings(Model):
    """How the dashboard treats the terminal."""

    colours: Literal["auto", "none", "16", "256", "truecolor"] = "auto"
    mouse: bool = False
    theme: str | None = None


class Settings(Model):
    """The whole file; every table may be left out."""

    organisation: SafeLine = SafeText("")
    watch: dict[str, Watch] = Field(default_factory=dict)
    source: tuple[SourceSettings, ...] = ()
    terminal: TerminalSettings = TerminalSettings()
    keys: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _sources_differ(self) -> Settings:
        names = [each.name for each in self.source]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f'two sources are called "{twice}"; give each a name of its own')
        return self

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
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        raise ConfigError(f"{path}: {explain(error, Settings)}") from None


def explain(error: ValidationError, model: type[Model]) -> str:
    """The first fault as one sentence with its key and, for an unknown key, the nearest valid one."""
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f'"{where}" is not a setting; {_nearest(str(first["loc"][-1]), model, first["loc"][:-1])}'
    words = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
    if not where:
        return f"{words}."
    return f'"{where}" {words[:1].lower()}{words[1:]} (it is {first["input"]!r:.60}).'


def _nearest(key: str, model: type[Model], place: tuple[Any, ...]) -> str:
    known = _keys_at(model, place)
    near = difflib.get_close_matches(key, known, 1, 0.5)
    return f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(sorted(known))}."


def _keys_at(model: type[Model], place: tuple[Any, ...]) -> list[str]:
    """The keys that are valid in the table at a place."""
    tables: dict[str, type[Model]] = {"watch": Watch, "source": SourceSettings, "terminal": TerminalSettings}
    inner = tables.get(str(place[0])) if place else None
    return list((inner or model).model_fields)


TEMPLATE = """\
# Settings of crisis-tui. Every line is optional; remove the "#" to use it.
# Check this file with: crisis-tui doctor

organisation = {organisation}

# What we listen for, and who we are while we do.
[watch.brand]
# terms = ["acme", "#acme"]
# exclude = ["acme anvil cartoon"]
# own_accounts = ["@acme"]
# own_followers = 120000        # the yardstick for reach
# influencers = ["@reporter"]   # always count as influential

# Ways in. Mentions come as NDJSON, one JSON object a line; see the README.
# [[source]]
# name = "inbox"
# kind = "drop"                 # a folder; finished files are moved to its done/
# path = "/var/spool/crisis-tui"
#
# [[source]]
# name = "stream"
# kind = "tail"                 # a file that grows
# path = "/var/log/mentions.ndjson"

[terminal]
# colours = "auto"              # auto, none, 16, 256, truecolor
# mouse = false
# theme = "textual-dark"

# Keys by action; `crisis-tui keys` lists all actions with their defaults.
[keys]
# "main.search" = "slash"
"""
