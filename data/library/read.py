"""What ships with the program: playbooks, lexicons and drills, read and checked."""

from __future__ import annotations

import gzip
import json
import tomllib
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from data.library import folder
from data.models.base import Model
from data.models.drill import Drill
from data.models.playbook import CrisisType, Playbook

M = TypeVar("M", bound=Model)

RECORDING = ".ndjson.gz"


class LibraryError(Exception):
    """A file of the library, ours or the user's, can't be used; `str()` is one sentence."""


def _model(file: Traversable, model: type[M]) -> M:
    try:
        return model.model_validate(tomllib.loads(file.read_text("utf-8")))
    except OSError as error:
        raise LibraryError(f"{file} can't be read ({error.strerror}).") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LibraryError(f"{file} is not valid TOML: {error}.") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise LibraryError(f'{file}: "{where}" {first["msg"][:1].lower()}{first["msg"][1:]}.') from None


def playbook_text(kind: CrisisType) -> str:
    """The file of the playbook that ships for a crisis type, to begin one's own with."""
    return (folder("playbooks") / f"{kind.value}.toml").read_text("utf-8")


def playbook(kind: CrisisType) -> Playbook | None:
    """The playbook for a crisis type, None where none ships.

    Raises:
        LibraryError: its file is wrong.
    """
    file = folder("playbooks") / f"{kind.value}.toml"
    return _model(file, Playbook) if file.is_file() else None


def drill_names() -> list[str]:
    """The drills that ship."""
    found = {entry.name for entry in folder("drills").iterdir()}
    recordings = (name.removesuffix(RECORDING) for name in found if name.endswith(RECORDING))
    return sorted(name for name in recordings if f"{name}.toml" in found)


class DrillScript:
    """A drill with its recording: rows with `t`, seconds from onset, in order of time.

    `reference` is what finds it again: the name of one that ships, or an absolute path.
    """

    def __init__(self, drill: Drill, recording: Traversable, reference: str) -> None:
        self.drill = drill
        self.reference = reference
        self._recording = recording

    def rows(self) -> Iterator[dict[str, Any]]:
        """The rows of the recording.

        Raises:
            LibraryError: the recording is missing or damaged.
        """
        try:
            text = gzip.decompress(self._recording.read_bytes()).decode("utf-8")
            for line in text.splitlines():
                yield json.loads(line)
        except (OSError, EOFError, ValueError) as error:
            raise LibraryError(f"The recording {self._recording} can't be read ({error}).") from None


def drill(name: str) -> DrillScript:
    """A drill by the name of one that ships, or by the path of a TOML file.

    Raises:
        LibraryError: there is none, or it is wrong.
    """
    path = Path(name)
    given = name.endswith(".toml") and path.is_file()
    file: Traversable = path if given else folder("drills") / f"{path.name}.toml"
    if not given and name not in drill_names():
        raise LibraryError(f'There is no drill "{name}"; there are: {", ".join(drill_names())}.')
    script = _model(file, Drill)
    place: Traversable = path.parent if given else folder("drills")
    return DrillScript(script, place / script.recording, str(path.absolute()) if given else name)
