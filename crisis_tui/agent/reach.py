"""Whether any host can be reached at all. Offline is one fact, not a fault of every feed."""

from __future__ import annotations

from collections.abc import Callable

PROBE_S = 15.0
"""While offline one source in turn tries, so many seconds apart."""

OFFLINE = "No host can be reached: this machine is offline. What is stored stays usable."


class Reach:
    """What each host did when it was last asked. `back` is called once when one answers again."""

    def __init__(self, time: Callable[[], float]) -> None:
        self._time = time
        self._reached: dict[str, bool] = {}
        self._probed = float("-inf")
        self._waiting: list[Callable[[], None]] = []

    @property
    def offline(self) -> bool:
        """True when there are several hosts and none of them can be reached."""
        return len(self._reached) > 1 and not any(self._reached.values())

    def when_back(self, call: Callable[[], None]) -> None:
        """Call this whenever a host can be reached again after all could not."""
        self._waiting.append(call)

    def tell(self, host: str, *, reached: bool) -> None:
        """A host was asked, and could be reached or not."""
        if not host:
            return
        was_offline = self.offline
        self._reached[host] = reached
        if was_offline and reached:
            for call in self._waiting:
                call()

    def may_try(self) -> bool:
        """Whether a source may ask now; while offline only one does in `PROBE_S` seconds."""
        if not self.offline:
            return True
        if self._time() - self._probed < PROBE_S:
            return False
        self._probed = self._time()
        return True
