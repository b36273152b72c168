"""Jetstream: every post of Bluesky as it is written, filtered here."""

from __future__ import annotations

from data.sources.jetstream.network import Settings, source

__all__ = ("Settings", "source")
