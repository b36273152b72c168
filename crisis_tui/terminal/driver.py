"""Textual's terminal driver with an output that never blocks the event loop."""

from __future__ import annotations

import os
import selectors
from collections.abc import Callable
from typing import Any

from textual import constants
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from crisis_tui.terminal import modes
from crisis_tui.terminal.keyboard import Keyboard
from crisis_tui.terminal.link import Link

CLOSE_PATIENCE = 1.0
"""Seconds a terminal may take at the end to read what was written before."""

_LOOK_S = 0.1
_READ_BYTES = 4096

# Reports of the terminal's own focus make the whole screen repaint at each tmux pane switch.
_UNWANTED = {"\x1b[?1004h", "\x1b[?1004l"}
_KITTY = {"\x1b[<u"}


class LinkDriver(LinuxDriver):
    """Writes through a `Link`; everything else is Textual's own."""

    link: Link | None = None
    """Where output goes, None while the program has not got the terminal."""

    on_start: Callable[[], None] | None = None
    """Called whenever the terminal was taken (again), with nothing known of what it shows."""

    on_gone: Callable[[], None] | None = None
    """Called on the event loop when the terminal went away."""

    def write(self, data: str) -> None:
        """Queue data for the terminal; never blocks."""
        if self.link is None or data in _UNWANTED or (constants.DISABLE_KITTY_KEY and data in _KITTY):
            return
        self.link.write(data)

    def start_application_mode(self) -> None:
        """Take the terminal."""
        self.link = Link(self._output(), self._lost)
        if self.on_start is not None:
            self.on_start()
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Write what is left, or give the terminal back without it when nobody reads."""
        super().close()
        link, self.link = self.link, None
        if link is not None and not link.stop(CLOSE_PATIENCE):
            self.emergency_restore()

    def emergency_restore(self) -> bool:
        """Give the terminal back now, whatever waits or hangs; safe from any thread."""
        return modes.restore(self._output(), self.fileno, self.attrs_before)

    def _output(self) -> int:
        """The descriptor of the terminal that is written to."""
        return 2 if self._file is None else self._file.fileno()

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except OSError:
            self._lost()
        except BaseException as error:
            self._report(error)

    def run_input_thread(self) -> None:
        """Read keys until told to stop; Textual's own but for the `Keyboard` between terminal and parser."""
        keyboard, parser = Keyboard(), XTermParser(self._debug)
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(_LOOK_S):
                    data = os.read(self.fileno, _READ_BYTES)
                    if not data:
                        break
                    for event in parser.feed(keyboard.feed(data)):
                        self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)

    def _report(self, error: BaseException) -> None:
        fault = error if isinstance(error, Exception) else RuntimeError("the keyboard reader ended")
        self._app.call_later(self._app._handle_exception, fault)

    def _lost(self, *_: Any) -> None:
        if self.on_gone is not None:
            self._loop.call_soon_threadsafe(self.on_gone)
