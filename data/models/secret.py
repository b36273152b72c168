"""Secrets by reference: the settings say where one is, never what it is."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError


def is_reference(text: str) -> bool:
    """Whether a text has the form of a reference, such as `env:NAME`."""
    how, _, what = text.partition(":")
    return how in ("env", "file", "cmd") and bool(what.strip())


def _reference(value: object) -> object:
    if isinstance(value, str) and is_reference(value):
        return value
    raise PydanticCustomError(
        "secret", "is a secret by reference only: env:NAME, file:PATH (mode 0600) or cmd:COMMAND"
    )


REFERENCE = BeforeValidator(_reference)
"""What marks a field that holds a reference."""

SecretRef = Annotated[str, REFERENCE]
"""A secret by reference: `env:NAME`, `file:PATH` or `cmd:COMMAND`. The secret itself never stands here."""
