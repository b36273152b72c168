"""Reddit: subreddits and search, with OAuth."""

from __future__ import annotations

from data.sources.reddit.network import Settings, source

__all__ = ("Settings", "source")
