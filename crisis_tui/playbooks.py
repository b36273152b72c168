"""The playbooks at hand: those that ship, and the user's own files, which override or add by their name."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from crisis_tui.config import Fault
from crisis_tui.config_lines import line_of
from crisis_tui.config_words import no_toml
from crisis_tui.playbook_words import wrong
from data.library import read
from data.models.base import Model
from data.models.playbook import MOST_STEPS, CrisisType, Phase, Playbook, Step
from data.text import SafeText, clean_line

MOST_BYTES = 256 * 1024
"""Larger than any playbook that can be attached."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")

_STAND_IN = Step(id="x", phase=Phase.RESPONSE, title=SafeText("x"), role="LEAD")
"""Lets what stands above the steps be checked for itself."""


@dataclass(frozen=True)
class Shelf:
    """All playbooks by name, those for the five types first; `own` names the user's, `faults` what is wrong.

    A file with a fault is not on the shelf; where it would replace one that ships, that one is.
    """

    books: Mapping[str, Playbook]
    own: frozenset[str] = frozenset()
    faults: tuple[Fault, ...] = ()

    def of(self, kind: CrisisType) -> tuple[Playbook, ...]:
        """The playbooks for a type of crisis, the one named like the type first."""
        return tuple(book for book in self.books.values() if book.type is kind)

    def told(self) -> str:
        """What is wrong with the user's own, in one sentence for one line; empty where nothing is."""
        if not self.faults:
            return ""
        first = self.faults[0]
        shipped = first.path.stem in {kind.value for kind in CrisisType}
        more = len(self.faults) - 1
        used = "the shipped one is used" if shipped else "it is left out"
        rest = f"; doctor tells {more} more" if more else ""
        return f"{first.short.rstrip('.')} - {used}{rest}."


def shelf(folder: Path | None) -> Shelf:
    """The playbooks that ship, and those in a folder.

    Raises:
        LibraryError: one that ships is damaged, and none of the user's own stands for it.
    """
    own: dict[str, Playbook] = {}
    faults: list[Fault] = []
    for path in _files(folder, faults):
        wrong_here: list[Fault] = []
        found = _File(path, wrong_here).read()
        faults += sorted(wrong_here, key=lambda fault: fault.line or 0)
        if found is not None:
            own[path.stem] = found
    books = {}
    for kind in CrisisType:
        book = own.get(kind.value) or read.playbook(kind)
        if book is not None:
            books[kind.value] = book
    books.update((name, book) for name, book in own.items() if name not in books)
    return Shelf(books, frozenset(own), tuple(faults))


def _files(folder: Path | None, faults: list[Fault]) -> list[Path]:
    try:
        return sorted(folder.glob("*.toml")) if folder is not None and folder.is_dir() else []
    except OSError as error:
        faults.append(Fault(Path(folder or "."), None, f"the folder can't be read ({error.strerror})."))
        return []


class _File:
    """Reads one file of the user's; every fault in it is told."""

    def __init__(self, path: Path, faults: list[Fault]) -> None:
        self._path = path
        self._faults = faults
        self._text = ""

    def read(self) -> Playbook | None:
        """The playbook, None where anything is wrong with it."""
        given = self._given()
        if given is None:
            return None
        steps = self._steps(given.get("step", []))
        above = {key: value for key, value in given.items() if key != "step"}
        self._check(Playbook, {**above, "step": [_STAND_IN]}, "", 0, "")
        self._named(above)
        if self._faults:
            return None
        return Playbook.model_validate({**above, "step": steps})

    def _tell(self, says: str, table: str = "", nth: int = 0, key: str = "") -> None:
        line = line_of(self._text, table, nth, key)
        self._faults.append(Fault(self._path, line, clean_line(says)))

    def _given(self) -> dict[str, Any] | None:
        try:
            with self._path.open("rb") as file:
                raw = file.read(MOST_BYTES + 1)
            if len(raw) > MOST_BYTES:
                self._tell(f"the file is larger than {MOST_BYTES // 1024} KB; make it shorter.")
                return None
            self._text = raw.decode("utf-8")
            return tomllib.loads(self._text)
        except OSError as error:
            self._tell(f"the file can't be read ({error.strerror}); check its mode.")
        except UnicodeDecodeError:
            self._tell("the file is not UTF-8; save it as UTF-8.")
        except tomllib.TOMLDecodeError as error:
            self._faults.append(Fault(self._path, *no_toml(str(error), "step")))
        except RecursionError:
            self._tell("the file is not valid TOML: its tables lie too deep in each other; take some out.")
        return None

    def _steps(self, given: object) -> list[Step]:
        if not isinstance(given, list) or not all(isinstance(each, Mapping) for each in given):
            self._tell("write [[step]] with two brackets above each step.", "step")
            return []
        if not 1 <= len(given) <= MOST_STEPS:
            says = f"a playbook has 1 to {MOST_STEPS} steps, each below [[step]]; here are {len(given)}."
            self._tell(says, "step")
            return []
        seen: dict[object, int] = {}
        found = []
        for nth, each in enumerate(given):
            name = each.get("id")
            spoken = f"step {nth + 1}" + (f' "{name:.60}"' if isinstance(name, str) else "")
            step = self._check(Step, each, "step", nth, spoken)
            if isinstance(name, str) and seen.setdefault(name, nth) != nth:
                says = f"{spoken}: step {seen[name] + 1} has this id too; give each an id of its own."
                self._tell(says, "step", nth, "id")
            elif isinstance(step, Step):
                found.append(step)
        return found

    def _check(
        self, model: type[Model], given: Mapping[str, Any], table: str, nth: int, spoken: str
    ) -> Model | None:
        try:
            return model.model_validate(given)
        except ValidationError as error:
            faults = error.errors(include_url=False)
            # A key that is misspelt is why another one is missing, so one sentence is enough.
            misspelt = sum(each["type"] == "extra_forbidden" for each in faults)
            for each in faults:
                if each["type"] == "missing" and misspelt:
                    misspelt -= 1
                    continue
                self._tell(wrong(each, model, spoken), table, nth, str(each["loc"][0]))
            return None

    def _named(self, above: Mapping[str, Any]) -> None:
        """The name of the file is what a playbook is known by."""
        name = self._path.stem
        if not _NAME.fullmatch(name):
            self._tell("the name of the file must be of small letters, digits, - and _, such as outage.toml.")
        elif isinstance(above.get("id"), str) and above["id"] != name:
            self._tell(f'"id" must be the name of the file, "{name}".', key="id")
        kinds = {kind.value for kind in CrisisType}
        if name in kinds and above.get("type") in kinds - {name}:
            says = f'"type" must be "{name}", since this file replaces the shipped one; rename it to add one.'
            self._tell(says, key="type")
