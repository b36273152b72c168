"""The watches: what is listened for, changed here or in the settings file, and tried on what is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from textual.binding import BindingType

from crisis_tui.config import ConfigError, Settings, read
from crisis_tui.config_edit import set_watch, spoken, typed
from crisis_tui.dashboard.actions import shown
from crisis_tui.dashboard.bindings import bindings
from crisis_tui.dashboard.desk import Desk
from crisis_tui.dashboard.panes import Reading
from crisis_tui.dashboard.screens.dialogs import PromptScreen
from crisis_tui.dashboard.screens.help import TableScreen
from crisis_tui.dashboard.screens.sheet import SheetScreen
from crisis_tui.watching import DryRun, dry_run
from data.matcher import deaf
from data.models.watch import Watch
from data.store.errors import StoreError
from data.text import clean_line
from widgets.watches import Field, WatchesPane

FIELDS = {
    "terms": (
        "terms",
        "everything that a source brings",
        "Words, phrases, #tags, @accounts, begin*; commas between.",
    ),
    "exclude": ("exclude", "nothing", "Mentions with one of these are not ours; commas between."),
    "languages": ("languages", "all", "Codes such as en, de; commas between."),
    "sources": ("sources", "all", "Names of sources; commas between."),
    "own_accounts": ("own accounts", "none", "Such as @acme; what speaks to them is always ours."),
    "own_followers": ("own followers", "unknown", "The size of our own audience, the yardstick for reach."),
    "influencers": ("influencers", "none", "Authors whose posts always count as influential."),
    "competitors": ("competitors", "none", "Rival: rival, #rival; Other: other"),
}
"""Key in the settings: what it is called, what none means, what to type."""

NO_WATCH = "There is no watch yet, so everything that the sources bring is taken. n adds one."


class Watches(WatchesPane):
    """The list; its acts are the screen's."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("watches")

    def _screen(self) -> WatchesScreen:
        screen = self.screen
        assert isinstance(screen, WatchesScreen)  # noqa: S101 - this pane lives on no other
        return screen

    def action_change(self) -> None:
        """Change the field under the cursor."""
        self._screen().change(self.chosen)

    def action_try_out(self) -> None:
        """Try the watch under the cursor."""
        self._screen().try_out(self.chosen)

    def action_add(self) -> None:
        """A new watch."""
        self._screen().add()

    def action_leave(self) -> None:
        """Back to the panes."""
        self.screen.dismiss(None)


class WatchesScreen(SheetScreen[None]):
    """Reads the settings file when it opens, and writes each change at once."""

    def __init__(self, desk: Desk, config: Path, keys: Mapping[str, str]) -> None:
        self._pane = Watches("Watches - Esc goes back", empty_text=NO_WATCH)
        super().__init__(self._pane, "watches", keys)
        self._desk = desk
        self._config = config
        self._settings = Settings()
        self._unusable = ""

    def on_mount(self) -> None:
        """Show what the file says."""
        self.begin()
        try:
            found = read(self._config)
            self._settings = found.settings
            told = [each.short for each in found.faults]
            told += [wrong for each in self._settings.watch.values() if (wrong := deaf(each))]
            if told:
                self.say(told[0], "error")
        except ConfigError as error:
            # In the pane too, because the line below may be too short for all of it.
            self._pane.empty_text = self._unusable = str(error)
            self.say(self._unusable, "error")
        self._show()

    def change(self, chosen: tuple[str, str] | None) -> None:
        """Ask for the new value of a field and keep it."""
        if chosen is None:
            self._say_how_to_begin()
            return
        self.say("")
        self.run_worker(self._change(*chosen), exit_on_error=False)

    def try_out(self, chosen: tuple[str, str] | None) -> None:
        """Show what a watch matches among the mentions that are stored."""
        if chosen is None:
            self._say_how_to_begin()
            return
        self.say("Trying it on what is stored.")
        self.run_worker(self._try_out(chosen[0]), exit_on_error=False)

    def _say_how_to_begin(self) -> None:
        if self._unusable:
            self.say(self._unusable, "error")
        else:
            self.say(f"There is no watch yet; {shown(self._keys['watches.add'])} makes one.", "warn")

    def add(self) -> None:
        """Ask for a name, then for terms."""
        if self._unusable:
            self.say(self._unusable, "error")
            return
        self.say("")
        self.run_worker(self._add(), exit_on_error=False)

    def _show(self) -> None:
        self._pane.show(
            {name: _fields(watch) for name, watch in self._settings.watch.items()},
        )

    async def _change(self, name: str, key: str) -> None:
        label, _, hint = FIELDS[key]
        watch = self._settings.watch.get(name, Watch())
        text = spoken(watch, key)
        while True:
            answer = await self.app.push_screen_wait(
                PromptScreen(f"{name}: {label}", value=text, hint=f"{hint} Esc leaves.")
            )
            if answer is None:
                return
            text = answer
            try:
                self._settings = set_watch(self._config, name, key, typed(key, answer))
            except ConfigError as error:
                hint = str(error)
                continue
            self._show()
            self.say(f"Kept in {self._config.name}; the agent takes it up within seconds.")
            if key == "terms" and (wrong := deaf(self._settings.watch[name])):
                self.say(wrong, "warn")
            return

    async def _add(self) -> None:
        name = await self.app.push_screen_wait(
            PromptScreen("What is the new watch called?", placeholder="brand", hint="Esc leaves.")
        )
        if name is None or not (name := clean_line(name)):
            return
        if name in self._settings.watch:
            self.say(f"There is a watch called {name} already.", "warn")
            return
        await self._change(name, "terms")

    async def _try_out(self, name: str) -> None:
        try:
            result = await dry_run(self._desk.store, self._settings.watch[name])
        except StoreError as error:
            self.say(str(error), "error")
            return
        self.say(result.words)
        self.app.push_screen(
            TableScreen(Reading(dry_run_rows(result), title=f"Dry run of {name} - Esc goes back"), self._keys)
        )


def _fields(watch: Watch) -> Sequence[Field]:
    return [(key, label, clean_line(spoken(watch, key)), unset) for key, (label, unset, _) in FIELDS.items()]


def dry_run_rows(result: DryRun) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """A dry run as groups of rows: what it says, what it takes, what it leaves."""
    since = f" They go back to {result.since:%Y-%m-%d %H:%M} UTC." if result.since else ""
    summary = [("", f"{result.words}{since}", "")]
    summary += [(f"{number:,}", network, "mentions matched") for network, number in result.networks.items()]
    ours = result.matched
    for rival, number in result.competitors.items():
        share = f"{ours / (ours + number):.0%}" if ours + number else "-"
        summary.append(
            (f"{number:,}", rival, f"mentions name them; our share of voice beside them is {share}")
        )
    groups = [("What it would match", summary)]
    if result.taken:
        groups.append(("Taken, newest first", [("+", each, "") for each in result.taken]))
    if result.left:
        groups.append(("Left out, newest first", [("-", each, "") for each in result.left]))
    return groups
