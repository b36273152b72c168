"""The app wires: terminal, keys, screens, the agent's child. It decides nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePath
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from textual import events
from textual.app import ComposeResult, SystemCommand
from textual.binding import BindingType
from textual.command import Provider
from textual.filter import LineFilter
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from crisis_tui.agent.child import AgentChild
from crisis_tui.dashboard.bindings import bindings
from crisis_tui.dashboard.desk import Desk
from crisis_tui.dashboard.palette import ActionProvider
from crisis_tui.dashboard.screens.main import MainScreen
from crisis_tui.paths import Paths
from crisis_tui.terminal import clipboard, editor, signals
from crisis_tui.terminal.crash import CrashGuard
from crisis_tui.terminal.display import QuietDisplay
from crisis_tui.terminal.profile import TerminalProfile
from crisis_tui.terminal.scrub import ScrubFilter


class CrisisApp(QuietDisplay[str], CrashGuard[str]):
    """The dashboard on one store. Its result is the name of a drill to change over to, or None."""

    TITLE = "crisis-tui"
    CSS_PATH: ClassVar[list[str | PurePath]] = ["app.tcss", "screens/main.tcss"]
    """The main screen's is here too, because Textual does not load that of a default screen."""
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {ActionProvider}
    BINDINGS: ClassVar[list[BindingType]] = bindings("anywhere")
    COMMAND_PALETTE_BINDING = "f12"  # our own list binds the palette, so that it can be remapped
    PAUSE_GC_ON_SCROLL = True

    def __init__(
        self,
        desk: Desk,
        paths: Paths,
        profile: TerminalProfile,
        keys: Mapping[str, str],
        *,
        child: AgentChild | None = None,
        offer_drills: bool = False,
    ) -> None:
        super().__init__(ansi_color=profile.colours in ("none", "16"))
        self.crash_folder = paths.store
        self._desk = desk
        self._paths = paths
        self._profile = profile
        self._keys = dict(keys)
        self._child = child
        self._offer_drills = offer_drills
        self._uninstall: Callable[[], None] | None = None
        self._aimed: WeakKeyDictionary[events.Key, Widget | None] = WeakKeyDictionary()

    def get_default_screen(self) -> Screen[None]:
        """The panes."""
        return MainScreen(self._desk, self._paths, self._keys, offer_drills=self._offer_drills)

    def compose(self) -> ComposeResult:
        """Everything is on the screens."""
        yield from ()

    def on_mount(self) -> None:
        """Keys as remapped, a calm theme, an orderly end, and an agent if none runs."""
        self.set_keymap(self._keys)
        with contextlib.suppress(ValueError):
            self.theme = self._profile.theme
        if not self.is_headless:
            self._uninstall = signals.install(self, self._save, relay=editor.hang_up)
        if self._child is not None:
            self.run_worker(self._child.keep(), name="agent", exit_on_error=False)

    def on_unmount(self) -> None:
        """Give the signals back."""
        if self._uninstall is not None:
            self._uninstall()

    async def on_event(self, event: events.Event) -> None:
        """Note for whom a key was meant when it came in."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            self._aimed[event] = self.focused
        await super().on_event(event)

    async def _on_key(self, event: events.Key) -> None:
        """Keys typed ahead on a slow line were on their way to the pane that the first of them left.

        None of them may act there: they go to the pane that has the focus now.
        Textual goes on to its own handler unless the default is prevented.
        """
        if self._aimed.pop(event, self.focused) is self.focused:
            return
        event.prevent_default()
        if self.focused is not None:
            self.post_message(events.Key(event.key, event.character))

    async def _save(self) -> None:
        await self._desk.writing.keep()

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
        if isinstance(self.screen, MainScreen):
            self.screen.say(outcome.message, "info" if outcome.path else "warn")

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
        if isinstance(self.screen, MainScreen):
            self.screen.say("To quit press ^Q.")
