"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A shared machine decides how long an example takes, so time says nothing about it.
settings.register_profile(
    "house", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("house")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real posts; they may not be copied into the repository."""
    place = os.environ.get("CRISIS_TUI_SHARED")
    folder = Path(place) if place else Path(__file__).resolve().parents[2] / "shared"
    if not (folder / "data").is_dir():
        pytest.skip(f"there are no shared data under {folder}; name them with CRISIS_TUI_SHARED")
    return folder / "data"
