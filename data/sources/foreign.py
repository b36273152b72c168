"""What networks send as JSON: fields that may be anything, and items that can't be read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, SecretStr, ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticCustomError

from data.models.mention import Rejected
from data.sources.base import AuthError, sentence
from data.sources.http import host_of

T = TypeVar("T")

KEPT_BYTES = 256 * 1024
"""How much of an item that can't be read is kept in quarantine; no network allows a post near that."""


def _or_none(value: object, inner: ValidatorFunctionWrapHandler) -> object:
    try:
        return inner(value)
    except ValidationError:
        return None


Maybe = Annotated[T | None, WrapValidator(_or_none)]
"""A field that a post can do without: what is of the wrong type counts as not sent."""


def _web_address(url: str) -> str:
    if url.split("://")[0] not in ("http", "https") or not host_of(url):
        raise PydanticCustomError("url", "must be a web address such as https://example.com")
    if set("@?#") & set(url):
        raise PydanticCustomError("url", "must be an address only, without a password, a query or a #")
    return url.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web_address)]
"""Where an API lies; http and a port are allowed, a slash at the end is taken away."""


def packed(terms: Iterable[str], most: int, tail: str = "") -> list[str]:
    """Queries that find any of the terms, in as few as a length in characters allows, each with a tail."""
    found: list[str] = []
    group: list[str] = []
    for term in dict.fromkeys(filter(None, terms)):
        if group and len(_any_of([*group, term]) + tail) > most:
            found.append(_any_of(group) + tail)
            group = []
        group.append(term)
    return [*found, _any_of(group) + tail] if group else found


def _any_of(group: Sequence[str]) -> str:
    return group[0] if len(group) == 1 else f"({' OR '.join(group)})"


def phrase(term: str, most: int, plain: str) -> str:
    """A term as a search takes it: as it is where `plain` (a pattern) fits, else in quotes; empty for none.

    A phrase that is too long is cut at its end: a shorter one finds more, never less.
    """
    words = term.replace('"', " ").replace("\\", " ").rstrip("* ").split()
    while words and len(" ".join(words)) > most - 2:
        words.pop()
    text = " ".join(words)
    if re.fullmatch(plain, text) and text.lower() not in ("or", "and", "not"):
        return text
    return f'"{text}"' if re.search(r"\w", text) else ""


def bearer(secret: SecretStr) -> dict[str, str]:
    """The header that shows a token.

    Raises:
        AuthError: it can't be one.
    """
    token = secret.get_secret_value()
    if not (token.isascii() and token.isprintable()):
        raise AuthError("The token holds characters that no token has; copy it again.")
    return {"authorization": f"Bearer {token}"}


def rejected(source: str, item: object, error: ValueError) -> Rejected:
    """An item that can't be read, with the reason as a sentence of ours."""
    raw = json.dumps(item).encode()
    return Rejected.model_validate(
        {
            "source": source,
            "line": 0,
            "reason": sentence(_reason(error)),
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
