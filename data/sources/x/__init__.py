"""X: search and mentions, paid by the post."""

from __future__ import annotations

from data.sources.x.network import Settings, source

__all__ = ("Settings", "source")
