"""Discourse forums."""

from __future__ import annotations

from data.sources.discourse.network import Settings, source

__all__ = ("Settings", "source")
