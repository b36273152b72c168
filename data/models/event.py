"""Events: immutable things that someone did. The log of events is the truth."""

from __future__ import annotations

import hashlib
from typing import Any

import rfc8785
from pydantic import Field, JsonValue

from data.models.base import Model, Moment, SafeLine

SCHEMA_VERSION = 1
"""Version of the event envelope that this program writes."""

MAX_BODY = 64 * 1024
"""Largest canonical body in bytes."""

FIRST_LINK = "0" * 64
"""What the first event of a replica names as its predecessor."""


class NewEvent(Model):
    """An act that is to be recorded; the store adds who, when and the chain."""

    kind: str = Field(pattern=r"^[a-z_]+\.[a-z_]+$")
    body: dict[str, JsonValue]
    incident: str | None = None


class Event(Model):
    """One link of a replica's chain.

    `counter` counts the replica's events from 1, `prev` is the hash of the one
    before, `hlc_ms`/`hlc_n` the hybrid logical time, `at` the wall clock.
    `hash` is the SHA-256 in hex over the canonical JSON (RFC 8785) of all other
    fields but `sig`.
    """

    id: str
    v: int = SCHEMA_VERSION
    min_reader: int = 1
    incident: str | None
    actor: SafeLine
    replica: str
    counter: int
    prev: str
    hlc_ms: int
    hlc_n: int
    at: Moment
    kind: str
    body: dict[str, JsonValue]
    sig: str | None = None
    hash: str = ""

    def digest(self) -> str:
        """What `hash` must be."""
        content: dict[str, Any] = self.model_dump(mode="json", exclude={"hash", "sig"})
        return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def canonical(body: dict[str, JsonValue]) -> bytes:
    """The body in canonical JSON (RFC 8785).

    Raises:
        ValueError: the body holds a number that JSON cannot carry.
    """
    return rfc8785.dumps(body)
