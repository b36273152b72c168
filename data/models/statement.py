"""Statements: what we say, kept as immutable revisions; and drafts, which are not events."""

from __future__ import annotations

from data.models.base import Model, Moment, Safe, SafeLine


class Revision(Model):
    """One immutable text of a statement, named by the SHA-256 of its UTF-8 bytes.

    `parent` is the revision it was written on, None for the first.
    """

    statement: str
    hash: str
    parent: str | None
    text: Safe
    at: Moment
    by: SafeLine


class Draft(Model):
    """The editor's buffer as it stood at `at`, on top of revision `base` of a statement."""

    id: str
    statement: str
    incident: str | None
    base: str | None
    text: Safe
    at: Moment
    by: SafeLine
