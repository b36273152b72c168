"""Items of a network's answer, of which nothing may be taken for granted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticCustomError

from data.models.mention import Mention, Rejected
from data.sources.base import sentence

T = TypeVar("T")


KEPT_BYTES = 256 * 1024
"""How much of an item that can't be read is kept in quarantine; no network allows a post near that."""


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


def _or_none(value: object, inner: ValidatorFunctionWrapHandler) -> object:
    try:
        return inner(value)
    except ValidationError:
        return None


Maybe = Annotated[T | None, WrapValidator(_or_none)]
"""A field that a post can do without: what is of the wrong type counts as not sent."""


def mention(fields: Mapping[str, Any]) -> Mention:
    """The fields as a mention.

    Raises:
        UnreadableError: they are none.
    """
    try:
        return Mention.model_validate(fields)
    except ValidationError as error:
        raise UnreadableError(_reason(error)) from None


def text(value: object) -> str | None:
    """A text that is not empty; None for everything else."""
    return value if isinstance(value, str) and value else None


def count(value: object) -> int | None:
    """A number of likes, replies and so on, also where it is sent as text; None for everything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        value = int(value)
    return value if type(value) is int and 0 <= value < 2**62 else None


def refused(source: str, reason: str | ValueError, item: object) -> Rejected:
    """An item for the quarantine, as the bytes or JSON that it came as, with the reason in words."""
    try:
        raw = item if isinstance(item, bytes) else json.dumps(item).encode()
    except (ValueError, RecursionError):
        raw = b""
    return Rejected.model_validate(
        {
            "source": source,
            "line": 0,
            "reason": sentence(reason if isinstance(reason, str) else _reason(reason)),
            "raw": raw[:KEPT_BYTES],
            "size": len(raw),
        }
    )


def _reason(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first: Any = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing":
        return f'The post lacks "{where}".'
    words = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return f'"{where}" of the post {words}.' if where else f"The post {words}."
