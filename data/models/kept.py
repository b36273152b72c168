"""Rows that events name by hash: what they hold may be personal, so it can be erased while the log stands."""

from __future__ import annotations

from data.models.base import Model


class Subject(Model):
    """Whom a keyed hash in an event's body means: a mention, with a copy of it as JSON.

    `created_ms` is when it was posted, in milliseconds since 1970. A `renewed`
    copy takes the place of the one that was kept before.
    """

    key: str
    network: str
    id: str
    created_ms: int
    body: str
    renewed: bool = False


class EvidenceCopy(Model):
    """A mention copied whole as canonical JSON, named by the SHA-256 of that in hex."""

    hash: str
    body: str


Kept = Subject | EvidenceCopy
