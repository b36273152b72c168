"""Why the severity is what it is."""

from __future__ import annotations

from collections.abc import Mapping

from crisis_tui.dashboard.desk import Desk
from crisis_tui.dashboard.panes import Why
from crisis_tui.dashboard.screens.reading import ReadingScreen
from widgets.why_lines import WhyView

FOLLOW_S = 0.5
"""How often the screen looks whether the desk has read something newer."""


class WhyScreen(ReadingScreen):
    """Follows the desk, which the main screen keeps reading: the present, or the past that is looked at."""

    def __init__(self, desk: Desk, keys: Mapping[str, str], answer: str) -> None:
        self._why = Why("Why - Esc goes back")
        super().__init__(self._why, keys)
        self._desk = desk
        self._answer = answer

    def on_mount(self) -> None:
        """Show it, and follow."""
        self.begin()
        self._follow()
        self.set_interval(FOLLOW_S, self._follow)

    def _follow(self) -> None:
        snapshot = self._desk.snapshot
        self._why.show(
            WhyView(
                snapshot.assessment,
                snapshot.trend,
                snapshot.as_of,
                zone=None,
                answer=self._answer,
                drill=self._desk.drill is not None,
            )
        )
