"""The app wires: terminal, keys, screens, the agent's child. It decides nothing."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

from textual import events, on
from textual.app import ComposeResult, SystemCommand
from textual.binding import BindingType
from textual.command import Provider
from textual.filter import LineFilter
from textual.screen import Screen
from textual.widgets import Input

from crisis_tui.dashboard.alarm import Alarm
from crisis_tui.dashboard.bindings import bindings
from crisis_tui.dashboard.palette import ActionProvider
from crisis_tui.dashboard.screens.start import StartScreen
from crisis_tui.paths import Paths
from crisis_tui.terminal import clipboard, editor, notice, signals
from crisis_tui.terminal.crash import CrashGuard
from crisis_tui.terminal.display import QuietDisplay
from crisis_tui.terminal.inorder import KeysInOrder
from crisis_tui.terminal.profile import TerminalProfile
from crisis_tui.terminal.scrub import ScrubFilter

MessageKind = Literal["info", "warn", "error"]


@runtime_checkable
class Speaks(Protocol):
    """A screen with a line in which something can be said."""

    def say(self, words: str, kind: MessageKind = "info") -> None:
        """Say it there."""


@dataclass(frozen=True)
class Work:
    """What there is to show and keep once everything is open.

    `ready` returns when keys can act, `agent` keeps an agent running for as
    long as the app does.
    """

    screen: Screen[None]
    keys: Mapping[str, str]
    save: Callable[[], Awaitable[object]]
    ready: Callable[[], Awaitable[object]]
    agent: Callable[[], Coroutine[Any, Any, None]] | None = None


Opening = Callable[[], Awaitable[Work]]
"""Opens everything; called after the first frame, since that is what takes time."""


class CrisisApp(QuietDisplay[str], KeysInOrder[str], CrashGuard[str]):
    """The dashboard on one store. Its result is the name of a drill to change over to, or None.

    `fault` is why it could not open, None if it did.
    """

    TITLE = "crisis-tui"
    CSS_PATH: ClassVar[list[str | PurePath]] = ["app.tcss", "screens/main.tcss"]
    """The main screen's is here too, because Textual does not load that of a default screen."""
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {ActionProvider}
    BINDINGS: ClassVar[list[BindingType]] = bindings("anywhere")
    COMMAND_PALETTE_BINDING = "f12"  # our own list binds the palette, so that it can be remapped
    PAUSE_GC_ON_SCROLL = True

    def __init__(self, opening: Opening, paths: Paths, profile: TerminalProfile) -> None:
        super().__init__(ansi_color=profile.colours in ("none", "16"))
        self.crash_folder = paths.store
        self.fault: Exception | None = None
        self._opening = opening
        self._work: Work | None = None
        self._paths = paths
        self._profile = profile
        self._uninstall: Callable[[], None] | None = None

    def get_default_screen(self) -> Screen[None]:
        """The names of the panes, until there is something to show in them."""
        return StartScreen()

    def compose(self) -> ComposeResult:
        """Everything is on the screens."""
        yield from ()

    def on_mount(self) -> None:
        """A calm theme and an orderly end; the rest once the first frame is painted."""
        with contextlib.suppress(ValueError):
            self.theme = self._profile.theme
        if not self.is_headless:
            self._uninstall = signals.install(self, self._save, relay=editor.hang_up)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.run_worker(self._open(), name="opening", exit_on_error=False)

    async def _open(self) -> None:
        """Change over from the start screen; a fault ends the app and is told by whoever ran it."""
        try:
            work = await self._opening()
        except Exception as error:
            self.fault = error
            self.exit(return_code=1)
            return
        start = self.screen
        self._work = work
        self.set_keymap(dict(work.keys))
        await self.push_screen(work.screen)
        await work.ready()
        if isinstance(start, StartScreen):
            for event in start.typed:
                self.post_message(events.Key(event.key, event.character))
        if work.agent is not None:
            self.run_worker(work.agent(), name="agent", exit_on_error=False)

    def on_unmount(self) -> None:
        """Give the signals back."""
        if self._uninstall is not None:
            self._uninstall()

    async def _save(self) -> None:
        if self._work is not None:
            await self._work.save()

    def on_command_palette_opened(self) -> None:
        """A blinking cursor would send bytes for ever."""
        for field in self.screen.query(Input):
            field.cursor_blink = False

    def copy_to_clipboard(self, text: str) -> None:
        """What is marked in the editor goes the way of all copies: wrapped, capped, and to a file."""
        driver = self._driver
        outcome = clipboard.copy(
            text,
            profile=self._profile,
            write=driver.write if driver is not None else lambda _: None,
            folder=self._paths.copies,
        )
        self._say(outcome.message, "info" if outcome.path else "warn")

    @on(Alarm)
    def _ring(self, alarm: Alarm) -> None:
        """Ring by the driver's own queue, which takes a sequence whole, so that it cuts into no frame.

        Not by `bell`, which keeps silent while a frame is on its way: a raise nearly always brings one.
        """
        kind = notice.choose(alarm.notice, os.environ)
        parts = [notice.BELL] if alarm.bell else []
        if kind is not None:
            parts.append(notice.sequence(alarm.title, alarm.body, kind, self._profile.multiplexer))
        if self._driver is not None and parts:
            self._driver.write("".join(parts))

    def _say(self, words: str, kind: MessageKind = "info") -> None:
        if isinstance(self.screen, Speaks):
            self.screen.say(words, kind)

    def get_line_filters(self) -> list[LineFilter]:
        """The second wall: no segment reaches the terminal with anything it could obey."""
        return [*super().get_line_filters(), ScrubFilter()]

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """None: ours are in the list of actions; Textual's own (themes, screenshots) are left out."""
        return ()

    async def action_quit(self) -> None:
        """Keep what was typed, then leave."""
        with contextlib.suppress(Exception):
            await self._save()
        self.exit()

    def action_help_quit(self) -> None:
        """Ctrl+C does not quit here, since a hand that copies may press it; say what does."""
        self._say("To quit press ^Q.")
