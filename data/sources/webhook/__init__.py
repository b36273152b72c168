"""A receiver for what other programs send over signed HTTP."""

from __future__ import annotations

from data.sources.webhook.network import Settings, source

__all__ = ("Settings", "source")
