"""Ending well when the line drops or somebody ends the process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import signal
import threading
import time
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

from textual.app import App

from crisis_tui.terminal.driver import LinkDriver

SIGNALS = (signal.SIGHUP, signal.SIGTERM)

Save = Callable[[], Awaitable[object]]


def install(
    app: App[Any],
    save: Save,
    *,
    grace: float = 0.5,
    deadline: float = 3.0,
    relay: Callable[[int], None] | None = None,
) -> Callable[[], None]:
    """Make SIGHUP and SIGTERM save and leave; returns what undoes it.

    Call it on the main thread while the app runs. At a signal `save` is awaited
    for at most `grace` seconds, then the app exits with the code 128 + signal
    number. If the process still lives `deadline` seconds after the signal, the
    terminal is given back and the process ended from a thread of its own.
    `relay` is called with the signal at once, also while the loop is blocked:
    the place to end a child (an editor) that blocks it.
    """
    farewell = _Farewell(app, save, grace, deadline, relay)
    before = {signum: signal.signal(signum, farewell.on_signal) for signum in SIGNALS}

    def uninstall() -> None:
        farewell.rest()
        for signum, handler in before.items():
            signal.signal(signum, handler)

    return uninstall


class _Farewell:
    """What happens from the signal to the end."""

    def __init__(
        self,
        app: App[Any],
        save: Save,
        grace: float,
        deadline: float,
        relay: Callable[[int], None] | None,
    ) -> None:
        self._app = app
        self._save = save
        self._grace = grace
        self._deadline = deadline
        self._relay = relay
        self._loop = asyncio.get_running_loop()
        self._leaving: asyncio.Task[None] | None = None
        self._signalled = False
        # Started now and fed by a queue, because a handler must not start threads or take locks.
        self._orders: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        threading.Thread(target=self._watch, name="terminal-watchdog", daemon=True).start()

    def on_signal(self, signum: int, _frame: FrameType | None) -> None:
        """The handler itself; a second signal changes nothing."""
        if self._signalled:
            return
        self._signalled = True
        self._orders.put(signum)
        if self._relay is not None:
            with contextlib.suppress(Exception):
                self._relay(signum)
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._start_leaving, signum)

    def rest(self) -> None:
        """Let the watchdog go, unless it has been called already."""
        self._orders.put(None)

    def _start_leaving(self, signum: int) -> None:
        self._leaving = self._loop.create_task(self._leave(signum))

    async def _leave(self, signum: int) -> None:
        saving = asyncio.ensure_future(_quietly(self._save))
        # Waited for, not cancelled: a save that is late may still make it before the loop ends.
        await asyncio.wait({saving}, timeout=self._grace)
        with self._app._context():
            self._app.exit(return_code=128 + signum)

    def _watch(self) -> None:
        signum = self._orders.get()
        if signum is None:
            return
        time.sleep(self._deadline)
        driver = self._app._driver
        with contextlib.suppress(Exception):
            if isinstance(driver, LinkDriver):
                driver.emergency_restore()
        os._exit(128 + signum)


async def _quietly(save: Save) -> None:
    with contextlib.suppress(Exception):
        await save()
