"""Textual on a quiet wire: only changed cells are sent, and a stalled link only loses frames.

Replaces `App._display`, which is private: textual is pinned, and the tests
compare every picture with the one stock Textual paints.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar

from rich.console import RenderableType
from textual import events
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.reactive import Reactive
from textual.screen import Screen, ScreenResultType
from textual.strip import Strip
from textual.widget import Widget

from crisis_tui.terminal import cells, frame
from crisis_tui.terminal.driver import LinkDriver

ReturnType = TypeVar("ReturnType")

SWITCH = "CRISIS_TUI_FRAME_DIFF"
"""Environment variable: 0 gives the stock display."""

_SYNC_BEGIN = "\x1b[?2026h"
_SYNC_END = "\x1b[?2026l"
_BIG = 1024  # characters from which a frame is worth the 16 bytes of synchronized output


class QuietScreen(Screen[ScreenResultType]):
    """A screen that is not drawn anew as a whole when the focus moves."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)


class QuietDisplay(App[ReturnType]):
    """The base of an app that sends only changed cells and never waits for the terminal.

    Headless, inline and on terminals without a Unix driver it is stock Textual.
    """

    frame_diff: ClassVar[bool | None] = None
    """True or False decide; None leaves it to the environment (see SWITCH)."""

    _shown: list[frame.Row] | None = None
    _shown_cursor: tuple[int, int] | None = None
    _wanted: list[frame.Row] | None = None
    _palette: cells.Palette | None = None

    def get_driver_class(self) -> type[Driver]:
        """Textual's driver, with an output that never blocks where there is one."""
        stock = super().get_driver_class()
        return LinkDriver if stock is LinuxDriver and self._wants_frame_diff() else stock

    def invalidate(self) -> None:
        """Forget what the terminal shows, so that the next frame paints every cell."""
        self._shown = None
        self._shown_cursor = None

    def action_redraw(self) -> None:
        """Paint the whole screen again, for when something else wrote to the terminal."""
        self.invalidate()
        self.screen.refresh()

    def bell(self) -> None:
        """Ring, unless the terminal has not even read what was sent before."""
        driver = self._driver
        if not (isinstance(driver, LinkDriver) and driver.link is not None and driver.link.backlog):
            super().bell()

    def terminal_gone(self) -> None:
        """The terminal went away: end, since nobody can see or type any more."""
        if callable(signal.getsignal(signal.SIGHUP)):
            signal.raise_signal(signal.SIGHUP)
        else:
            self.exit(return_code=128 + signal.SIGHUP)

    @classmethod
    def _wants_frame_diff(cls) -> bool:
        if cls.frame_diff is not None:
            return cls.frame_diff
        return os.environ.get(SWITCH, "1") != "0"

    def _build_driver(self, *args: Any, **options: Any) -> Driver:
        driver = super()._build_driver(*args, **options)
        if isinstance(driver, LinkDriver):
            driver.on_start = self._terminal_taken
            driver.on_gone = self.terminal_gone
        return driver

    def _terminal_taken(self) -> None:
        self.invalidate()
        # Textual leaves the screen blank when it comes back from a stop with the size it had.
        if self._running and self._loop is not None:
            self._loop.call_soon_threadsafe(self._refresh_screen)

    def _refresh_screen(self) -> None:
        if self._running and self._screen_stack:
            with self._context():
                self.screen.refresh()

    async def on_event(self, event: events.Event) -> None:
        """Forget the screen at a resize: terminals rearrange what they show."""
        if isinstance(event, events.Resize):
            self.invalidate()
        await super().on_event(event)

    def _set_pointer_shape(self, shape: str) -> None:
        if not isinstance(self._driver, LinkDriver):
            super()._set_pointer_shape(shape)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if not isinstance(self._driver, LinkDriver):
            super()._display(screen, renderable)
            return
        try:
            self._take(screen, renderable)
        except Exception as error:
            self._handle_exception(error)
        finally:
            self.post_display_hook()

    def _take(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Bring the wanted frame up to date, and send it if the terminal keeps up."""
        if renderable is None or not self._running or self._closed:
            return
        if self._batch_count:
            # What was rendered is gone, and nobody will render it again.
            self._wanted = None
            return
        if isinstance(renderable, LayoutUpdate):
            self._wanted = self._rows(renderable.strips, renderable.region.width)
        elif not isinstance(renderable, ChopsUpdate) or not self._merge(renderable):
            visible = screen._compositor
            self._wanted = self._rows(([strip] for strip in visible.render_strips()), visible.size.width)
        self._send()

    def _send(self) -> None:
        """Send the difference, or note that a frame is missing until the link drains."""
        driver = self._driver
        if self._wanted is None or not isinstance(driver, LinkDriver) or driver.link is None:
            return
        if driver.link.when_drained(self._drained_in_thread):
            return
        cursor = self._cursor()
        data = frame.diff(self._shown, self._wanted, cursor)
        if not data and cursor != self._shown_cursor:
            data = frame.move_to(*cursor)
        if not data:
            return
        if self._sync_available and len(data) >= _BIG:
            data = f"{_SYNC_BEGIN}{data}{_SYNC_END}"
        if driver.link.write(data):
            self._shown, self._shown_cursor = list(self._wanted), cursor

    def _drained_in_thread(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._drained)

    def _drained(self) -> None:
        """The terminal has caught up: show it the newest state."""
        if self._running and not self._closed and not self._batch_count:
            try:
                self._send()
            except Exception as error:
                self._handle_exception(error)

    def _cursor(self) -> tuple[int, int]:
        x, y = self.screen.outer_size.clamp_offset(self.cursor_position)
        return x, y

    def _pens(self) -> cells.Palette:
        if self._palette is None:
            system = None if self.no_color else self.console._color_system
            self._palette = cells.Palette(system)
        return self._palette

    def _rows(self, lines: Iterable[Iterable[Strip | None]], width: int) -> list[frame.Row]:
        """Rows of a whole frame; rows that look as before stay the same object."""
        palette = self._pens()
        before = self._wanted or ()
        rows: list[frame.Row] = []
        for y, strips in enumerate(lines):
            segments = (segment for strip in strips if strip is not None for segment in strip)
            row = cells.row(segments, width, palette)
            rows.append(before[y] if y < len(before) and before[y] == row else row)
        return rows

    def _merge(self, update: ChopsUpdate) -> bool:
        """Put changed parts of lines into the wanted frame. False when there is none to change."""
        if self._wanted is None or len(self._wanted) != len(update.chops):
            return False
        if any(len(self._wanted[y].glyphs) != update.chop_ends[y][-1] for y, _, _ in update.spans):
            return False
        palette = self._pens()
        for y, start, end in update.spans:
            old = self._wanted[y]
            glyphs, pens = list(old.glyphs), list(old.pens)
            for stop, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=True):
                if strip is None or x >= end or stop <= start:
                    continue
                part = cells.row(strip, stop - x, palette)
                # A wide glyph that reached over the edge of this part is cut.
                if not glyphs[x]:
                    glyphs[x - 1] = " "
                if stop < len(glyphs) and not glyphs[stop]:
                    glyphs[stop] = " "
                glyphs[x:stop], pens[x:stop] = part.glyphs, part.pens
            row = frame.Row(glyphs, pens)
            if row != old:
                self._wanted[y] = row
        return True
