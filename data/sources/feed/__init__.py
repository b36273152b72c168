"""RSS, Atom, JSON Feed and Google Alerts."""

from __future__ import annotations

from data.sources.feed.network import Settings, source

__all__ = ("Settings", "source")
