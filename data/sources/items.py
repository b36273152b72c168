"""Items of a network's answer, of which nothing may be taken for granted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, ValidationError
from pydantic_core import PydanticCustomError

from data.models.mention import Mention, Rejected


class UnreadableError(ValueError):
    """An item that is no mention; `str()` is half a sentence that says why."""


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    try:
        port_is_one = parts.port is None or parts.port > 0
    except ValueError:
        port_is_one = False
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_one:
        raise PydanticCustomError("url", "must be a web address such as https://forum.example.com")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise PydanticCustomError("url", "must be an address only, without a password, a query or a #")
    return value.rstrip("/")


BaseUrl = Annotated[str, AfterValidator(_base_url)]
"""The http or https address under which a server is, without a slash at the end."""


def mention(fields: Mapping[str, Any]) -> Mention:
    """The fields as a mention.

    Raises:
        UnreadableError: they are none.
    """
    try:
        return Mention.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        words = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
        raise UnreadableError(f'"{name}" {words}' if name else words) from None


def text(value: object) -> str | None:
    """A text that is not empty; None for everything else."""
    return value if isinstance(value, str) and value else None


def count(value: object) -> int | None:
    """A number of likes, replies and so on, also where it is sent as text; None for everything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        value = int(value)
    return value if type(value) is int and 0 <= value < 2**62 else None


def refused(source: str, reason: str, item: object) -> Rejected:
    """An item for the quarantine, as the JSON that it came as."""
    raw = json.dumps(item).encode()
    return Rejected.model_validate(
        {"source": source, "line": 0, "reason": reason, "raw": raw, "size": len(raw)}
    )
