"""Where things are kept: one folder given with --home, or the XDG places."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

APP = "crisis-tui"


@dataclass(frozen=True)
class Paths:
    """The places of one installation. `store` holds the databases and what must live beside them."""

    config: Path
    store: Path

    @property
    def copies(self) -> Path:
        """What was copied, always also as a file."""
        return self.store / "copies"

    @property
    def edits(self) -> Path:
        """Texts that are open in an outside editor."""
        return self.store / "edits"

    @property
    def playbooks(self) -> Path:
        """Playbooks of the user's own, beside the settings."""
        return self.config.with_name("playbooks")

    def drill(self, name: str) -> Paths:
        """The places of a drill: a store of its own, so that nothing can leak."""
        return Paths(config=self.config, store=self.store / "drills" / name)


def resolve(home: str | None) -> Paths:
    """The places for `--home DIR`; None means XDG."""
    if home:
        folder = Path(os.path.expanduser(home)).absolute()  # noqa: PTH111 - leaves unknown users as they are
        return Paths(config=folder / "config.toml", store=folder)
    return Paths(
        config=Path(platformdirs.user_config_dir(APP)) / "config.toml",
        store=Path(platformdirs.user_state_dir(APP)),
    )
