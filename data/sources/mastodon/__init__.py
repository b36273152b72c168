"""Mastodon, GoToSocial, snac: tags, notifications, search and a stream that hints."""

from __future__ import annotations

from data.sources.mastodon.network import Settings, source

__all__ = ("Settings", "source")
