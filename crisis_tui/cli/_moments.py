"""Moments as people type them on a command line."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime, timedelta

_AGO = re.compile(r"(\d{1,6})\s*([mhdw])(?:\s*ago)?")
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(text: str) -> datetime:
    """An ISO 8601 time or date (UTC where it names no zone), or a span ago such as 90m, 6h, 2d.

    Raises:
        argparse.ArgumentTypeError: it is neither.
    """
    span = _AGO.fullmatch(text.strip().lower())
    try:
        if span:
            found = datetime.now(UTC) - timedelta(**{_UNITS[span[2]]: int(span[1])})
        else:
            found = datetime.fromisoformat(text.strip())
        found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time; write it as 2026-11-22T03:00Z, 2026-11-22, 90m, 6h or 2d"
        ) from None
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise argparse.ArgumentTypeError(f"{text!r} lies outside {_FIRST_YEAR} to {_LAST_YEAR}")
    return found
