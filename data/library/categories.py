"""The rules for crisis types, as the TOML files hold them."""

from __future__ import annotations

import tomllib
from typing import Any

from data.library import folder


def category_tables() -> dict[str, dict[str, Any]]:
    """The parsed files of `categories/` by their names without the ending, sorted.

    Raises:
        tomllib.TOMLDecodeError: a file is not valid TOML.
    """
    files = sorted(folder("categories").iterdir(), key=lambda entry: entry.name)
    return {
        entry.name.removesuffix(".toml"): tomllib.loads(entry.read_text("utf-8"))
        for entry in files
        if entry.name.endswith(".toml")
    }
