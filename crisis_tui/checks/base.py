"""The result of one check."""

from __future__ import annotations

from typing import Literal

from data.models.base import Model


class Check(Model):
    """One thing that was looked at. `state` fault means that something must be mended."""

    name: str
    state: Literal["ok", "note", "fault"]
    says: str
    mend: str = ""
