"""Watches: a named set of terms, exclusions and accounts - what we listen for."""

from __future__ import annotations

from pydantic import Field

from data.models.base import Model, SafeLine


class Watch(Model):
    """What we listen for, and who we are while we do.

    `own_followers` is the size of our own audience, the yardstick for reach;
    `influencers` are author names whose posts always count as influential.
    """

    terms: tuple[SafeLine, ...] = ()
    exclude: tuple[SafeLine, ...] = ()
    own_accounts: tuple[SafeLine, ...] = ()
    own_followers: int | None = Field(default=None, ge=1)
    influencers: tuple[SafeLine, ...] = ()
