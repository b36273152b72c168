"""Watches: a named set of terms, exclusions and sources - what we listen for, and who we are while we do."""

from __future__ import annotations

from pydantic import Field

from data.models.base import Model, SafeLine


class Watch(Model):
    """What we listen for. All lists may be empty; no `terms` at all means everything that a source brings.

    A term is a word, a phrase, a `#tag` or an `@account`; `word*` stands for
    all words that begin so. A mention with one of `exclude` is not ours, unless
    it also speaks to one of `own_accounts`. `languages` are codes such as `en`;
    a mention without a language passes. `sources` are names of sources, none
    means all of them. `own_followers` is the size of our own audience, the
    yardstick for reach; `influencers` are authors whose posts always count as
    influential; `competitors` gives the terms of each by its name, for the share
    of voice.
    """

    terms: tuple[SafeLine, ...] = ()
    exclude: tuple[SafeLine, ...] = ()
    languages: tuple[SafeLine, ...] = ()
    sources: tuple[SafeLine, ...] = ()
    own_accounts: tuple[SafeLine, ...] = ()
    own_followers: int | None = Field(default=None, ge=1)
    influencers: tuple[SafeLine, ...] = ()
    competitors: dict[str, tuple[SafeLine, ...]] = Field(default_factory=dict)
