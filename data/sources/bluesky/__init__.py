"""Bluesky: notifications and search through the account's own server."""

from __future__ import annotations

from data.sources.bluesky.network import Settings, source

__all__ = ("Settings", "source")
