"""Widgets that repaint only the lines that look different.

Textual repaints the whole of a widget for each `refresh()`: on focus, on blur,
on each typed character. Here the lines are drawn, compared with those that
were last handed to the screen, and only the changed ones are named as dirty.
This leans on `Widget._exchange_repaint_regions` and `Widget.render_lines` of
the pinned Textual; `tests/widgets/test_quiet.py` holds it to what a full
repaint would show.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

if TYPE_CHECKING:
    _Base = Widget
else:
    # Textual takes default CSS from the first base that is a widget: that must be the real one.
    _Base = object


class Quiet(_Base):
    """Mixed in before a widget class, it cuts repaints down to the lines that changed."""

    _painted: dict[int, Strip] | None = None
    _painted_width = 0

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw, and remember what each whole line looked like."""
        strips = super().render_lines(crop)
        width = self.outer_size.width
        if self._painted is None or width != self._painted_width:
            self._painted, self._painted_width = {}, width
        # While a repaint is pending this is no frame for the screen (a screenshot, say): trust nothing.
        whole = crop.column_span == (0, width) and not self._repaint_regions
        for y, strip in zip(crop.line_range, strips, strict=False):
            if whole:
                self._painted[y] = strip
            else:
                self._painted.pop(y, None)
        return strips

    def on_hide(self) -> None:
        """Something else has these cells now.

        It may have been placed in the middle of an update, and then the layout
        found nothing new and left it unpainted: have all painted once more.
        """
        self._painted = None
        if self.is_attached:
            self.screen.refresh()

    def _exchange_repaint_regions(self) -> Collection[Region]:
        regions = super()._exchange_repaint_regions()
        painted = self._painted
        # Not `region`: asking for that makes the compositor place widgets too early (see `on_hide`).
        width, height = self.outer_size
        if not regions or not painted or width != self._painted_width:
            return regions
        lines = sorted({y for region in regions for y in region.line_range if 0 <= y < height})
        if not lines:
            return []
        first = lines[0]
        now = super().render_lines(Region(0, first, width, lines[-1] - first + 1))
        return [Region(0, y, width, 1) for y in lines if painted.get(y) != now[y - first]]
