"""Settings: one TOML file, typed. What is wrong in it is told, one sentence each; the rest is used."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

from pydantic import Field, ValidationError

from crisis_tui.config_lines import line_of
from crisis_tui.config_words import Table, explain, no_toml
from data.models.alert import AlertSettings
from data.models.base import Model, SafeLine
from data.models.severity import SeverityTable
from data.models.watch import Watch
from data.sources.base import SourceSettings
from data.sources.registry import UnknownKindError, kinds, settings_of
from data.text import SafeText, clean_line

M = TypeVar("M", bound=Model)


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
    severity: SeverityTable = SeverityTable()
    alert: AlertSettings = AlertSettings()
    keys: dict[str, str] = Field(default_factory=dict)

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


class Fault(NamedTuple):
    """One thing in the settings that can't be used.

    `source` and `kind` are of the source that is lost by it, `watch` names the
    watch that it stands in; all are empty where it costs neither.
    """

    path: Path
    line: int | None
    says: str
    source: str = ""
    kind: str = ""
    watch: str = ""

    @property
    def sentence(self) -> str:
        """The whole of it, with the path of the file."""
        return self._at(str(self.path))

    @property
    def short(self) -> str:
        """The same with no more than the name of the file."""
        return self._at(self.path.name)

    def _at(self, file: str) -> str:
        return f"{file}{f', line {self.line}' if self.line else ''}: {self.says}"


class ConfigError(Exception):
    """The settings can't be used (exit code 2); `str()` is one sentence, `fault` says it of a file."""

    def __init__(self, wrong: str | Fault) -> None:
        self.fault = wrong if isinstance(wrong, Fault) else None
        super().__init__(wrong.sentence if isinstance(wrong, Fault) else wrong)


@dataclass(frozen=True)
class Reading:
    """What of a file can be used, and what is wrong with the rest."""

    settings: Settings
    faults: tuple[Fault, ...] = ()


def read(path: Path) -> Reading:
    """What a file says, as far as it can be used; the defaults if there is none.

    Raises:
        ConfigError: it can't be read or is no TOML, so that nothing of it can be used.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return Reading(Settings())
    except UnicodeDecodeError:
        raise ConfigError(Fault(path, None, "the file is not UTF-8; save it as UTF-8.")) from None
    except OSError as error:
        says = f"the file can't be read ({error.strerror}); check its mode."
        raise ConfigError(Fault(path, None, says)) from None
    return parsed(text, path)


def parsed(text: str, path: Path) -> Reading:
    """What the text of a settings file says, as far as it can be used.

    Raises:
        ConfigError: it is no TOML.
    """
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(Fault(path, *no_toml(str(error)))) from None
    except RecursionError:
        says = "the file is not valid TOML: its tables lie too deep in each other; take some out."
        raise ConfigError(Fault(path, None, says)) from None
    return _Parts(text, path).read(given)


def load(path: Path) -> Settings:
    """The settings in a file in which nothing is wrong; the defaults if there is none.

    Raises:
        ConfigError: something is wrong in it; the sentence tells the first fault.
    """
    found = read(path)
    if found.faults:
        raise ConfigError(found.faults[0])
    return found.settings


_APART = ("source", "watch", "terminal", "severity", "alert")


class _Parts:
    """Reads the tables of one file, each for itself, so that a fault costs no more than where it stands."""

    def __init__(self, text: str, path: Path) -> None:
        self._text = text
        self._path = path
        self._faults: list[Fault] = []
        self._names: list[str] = []
        self._lost: list[str] = []

    def read(self, given: Mapping[str, Any]) -> Reading:
        """All of it."""
        rest = {key: value for key, value in given.items() if key not in _APART}
        found = self._usable(Settings, rest, Table())
        sources = self._sources(given.get("source", []))
        watches = self._watches(given.get("watch", {}))
        terminal = self._one(TerminalSettings, given.get("terminal", {}), "terminal")
        severity = self._one(SeverityTable, given.get("severity", {}), "severity")
        alert = self._alert(given.get("alert", {}))
        changes = {
            "source": sources,
            "watch": watches,
            "terminal": terminal,
            "severity": severity,
            "alert": alert,
        }
        faults = sorted(self._faults, key=lambda fault: fault.line or 0)
        return Reading(found.model_copy(update=changes), tuple(faults))

    def _tell(self, says: str, table: Table, key: str = "", /, **lost: str) -> None:
        line = line_of(self._text, table.name, table.nth, key)
        self._faults.append(Fault(self._path, line, clean_line(says), **lost))

    def _place(self, table: Table, location: tuple[int | str, ...]) -> tuple[Table, str]:
        """The table and key to look for: a table within this one where it has lines of its own."""
        first, *rest = map(str, location)
        inner = ".".join(filter(None, (table.name, first)))
        if rest and line_of(self._text, inner) is not None:
            return Table(inner), rest[0]
        return table, first

    def _usable(self, model: type[M], given: Mapping[str, Any], table: Table, **lost: str) -> M:
        """The model of a table without those of its keys that are wrong; each of these is told."""
        kept = dict(given)
        while True:
            try:
                return model.model_validate(kept)
            except ValidationError as error:
                faults = error.errors(include_url=False)
                bad: dict[str, list[Any]] = {}
                for each in faults:
                    key = str(each["loc"][0])
                    self._tell(explain(each, table, model), *self._place(table, each["loc"]), **lost)
                    bad.setdefault(key, []).append(each)
                for key, found in bad.items():
                    _mend(kept, key, found)

    def _one(self, model: type[M], given: object, name: str) -> M:
        table = Table(name, spoken=f"[{name}]", kind=name)
        if isinstance(given, Mapping):
            return self._usable(model, given, table)
        self._tell(f'"{name}" must be a table; write [{name}] on a line of its own.', Table(), name)
        return model()

    def _alert(self, given: object) -> AlertSettings:
        found = self._one(AlertSettings, given, "alert")
        if found.webhook_secret is None and isinstance(given, Mapping) and "webhook_secret" in given:
            return found.model_copy(
                update={"webhook": None}
            )  # nothing goes unsigned where it was to be signed
        return found

    def _watches(self, given: object) -> dict[str, Watch]:
        if not isinstance(given, Mapping):
            self._tell(
                '"watch" must be a table; write such as [watch.brand] and below it terms = ["acme"].',
                Table(),
                "watch",
            )
            return {}
        found = {}
        for name, each in given.items():
            table = Table(f"watch.{name}", spoken=f'watch "{name}"', kind="watch")
            if not isinstance(each, Mapping):
                says = f'watch "{name}" must be a table; write [watch.{name}] and below it terms = ["acme"].'
                if name in Watch.model_fields:
                    says = f'"{name}" stands in no watch; write [watch.brand] instead of [watch] above it.'
                self._tell(says, Table("watch"), name)
                continue
            found[name] = self._usable(Watch, each, table, watch=name)
            for source in found[name].sources:
                if source not in self._names and source not in self._lost:
                    known = (
                        f"sources are {', '.join(self._names)}" if self._names else "there is no source yet"
                    )
                    self._tell(
                        f'watch "{name}" listens to "{source}", which is no source; {known}.',
                        table,
                        "sources",
                    )
        return found

    def _sources(self, given: object) -> tuple[SourceSettings, ...]:
        if isinstance(given, list):
            return tuple(found for nth, each in enumerate(given) if (found := self._source(each, nth)))
        says = "write [[source]] with two brackets above each source, and its name and kind below."
        name = given.get("name") if isinstance(given, Mapping) else None
        kind = given.get("kind") if isinstance(given, Mapping) else None
        if isinstance(name, str) and name.strip():
            self._lose(says, Table("source"), "", 0, name, kind)
        elif (
            isinstance(given, Mapping) and given and all(isinstance(each, Mapping) for each in given.values())
        ):
            for nth, (each, table) in enumerate(given.items()):
                self._lose(says, Table(f"source.{each}"), "", nth, each, table.get("kind"))
        else:
            self._lose(says, Table("source"), "", 0, None, kind)
        return ()

    def _source(self, given: object, nth: int) -> SourceSettings | None:
        """The settings of one source; None for what can't be used, which is told."""
        table = Table("source", nth, f"source {nth + 1}")
        if not isinstance(given, Mapping):
            self._lose(
                f"{table.spoken} must be a table: write [[source]] above it.", table, "", nth, None, None
            )
            return None
        name, kind = given.get("name"), given.get("kind")
        called = "".join(
            (
                f' "{name:.40}"' if isinstance(name, str) else "",
                f" ({kind:.20})" if isinstance(kind, str) else "",
            )
        )
        table = Table("source", nth, f"source {nth + 1}{called}", kind if isinstance(kind, str) else "")
        if not isinstance(kind, str):
            self._lose(
                f'{table.spoken} lacks "kind"; known are {", ".join(kinds())}.', table, "", nth, name, None
            )
            return None
        try:
            model = settings_of(kind)
        except UnknownKindError as error:
            self._lose(f"source {nth + 1}: {error}.", table, "kind", nth, name, kind)
            return None
        except Exception as error:  # a package that somebody else wrote must not cost the dashboard
            says = f"source {nth + 1}: its kind can't be loaded ({type(error).__name__}); install it again."
            self._lose(says, table, "kind", nth, name, kind)
            return None
        try:
            found = model.model_validate(given)
        except ValidationError as error:
            # A key that is misspelt is why another one is missing.
            first = min(error.errors(include_url=False), key=lambda each: each["type"] != "extra_forbidden")
            key = str(first["loc"][0]) if first["loc"] else ""
            self._lose(explain(first, table, model), table, key, nth, name, kind)
            return None
        if found.name in self._names:
            says = f'{table.spoken}: two sources are called "{found.name}"; give each a name of its own.'
            self._lose(says, table, "name", nth, None, kind)
            return None
        self._names.append(found.name)
        return found

    def _lose(self, says: str, table: Table, key: str, nth: int, name: object, kind: object) -> None:
        """Tell what costs a source; it keeps its name where that is free, and has its number otherwise."""
        named = clean_line(name)[:40] if isinstance(name, str) else SafeText("")
        if not named or named in self._names or named in self._lost:
            named = clean_line(f"source {nth + 1}")
        self._lost.append(named)
        self._tell(
            says, table, key, source=named, kind=clean_line(kind)[:20] if isinstance(kind, str) else ""
        )


def _mend(table: dict[str, Any], key: str, faults: Iterable[Any]) -> None:
    """Take out what is wrong under a key; a single text where a list belongs is taken as a list of one."""
    given = table.get(key)
    items = {each["loc"][1] for each in faults if len(each["loc"]) > 1}
    if isinstance(given, str) and all(each["type"] == "tuple_type" for each in faults):
        table[key] = [given]
    elif isinstance(given, list) and items:
        table[key] = [each for nth, each in enumerate(given) if nth not in items]
    elif isinstance(given, dict) and items:
        table[key] = {name: each for name, each in given.items() if name not in items}
    else:
        table.pop(key, None)
