"""What ships as data: playbooks, word lists, drills, templates, calendars."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable


def folder(name: str) -> Traversable:
    """One folder of the library, wherever the program is installed."""
    return files(__name__) / name


def lexicon_lines() -> dict[str, list[str]]:
    """The lines of every shipped word list, by language; `emoji` holds for all of them."""
    return {
        entry.name.removesuffix(".txt"): entry.read_text(encoding="utf-8").splitlines()
        for entry in sorted(folder("lexicons").iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".txt")
    }


def sentiment_model() -> bytes | None:
    """The model of English that ships, None where it has been left out."""
    file = folder("sentiment") / "en.model"
    return file.read_bytes() if file.is_file() else None
