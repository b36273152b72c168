"""The settings in a file that people change while the agent runs."""

from __future__ import annotations

from pathlib import Path

from crisis_tui.config import ConfigError, Fault, Reading, Settings, read


class SettingsWatch:
    """The settings in a file that people change while we run.

    What can be used is taken up. Where the file as a whole can't be, and for a
    watch with a fault, what was there before stays; `faults` says what is wrong now.
    """

    def __init__(self, path: Path, now: Reading) -> None:
        self.now = now.settings
        self.faults = now.faults
        self._path = path
        self._mark = self._look()

    def changed(self) -> Settings | None:
        """The new settings, once, after a change that makes a difference to them or to their faults."""
        mark = self._look()
        if mark == self._mark:
            return None
        self._mark = mark
        before = self.now, self.faults
        try:
            found = read(self._path)
        except ConfigError as error:
            self.faults = (error.fault or Fault(self._path, None, str(error)),)
        else:
            self.now, self.faults = self._with_old_watches(found), found.faults
        return None if (self.now, self.faults) == before else self.now

    def _with_old_watches(self, found: Reading) -> Settings:
        """A watch that lost its terms to a typo would hear everything."""
        bad = {fault.watch for fault in found.faults if fault.watch}
        old = {name: self.now.watch[name] for name in bad if name in self.now.watch}
        return found.settings.model_copy(update={"watch": {**found.settings.watch, **old}})

    def _look(self) -> tuple[int, int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size
