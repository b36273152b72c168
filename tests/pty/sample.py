"""A small program for the pty tests: a list, an editor, glyphs of every kind."""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from pathlib import Path
from typing import ClassVar

from crisis_tui.terminal import profile

PROFILE = profile.detect(os.environ)
profile.apply(PROFILE, os.environ)

from rich.text import Text  # noqa: E402
from textual.app import ComposeResult  # noqa: E402
from textual.binding import Binding, BindingType  # noqa: E402
from textual.containers import Horizontal  # noqa: E402
from textual.screen import ModalScreen  # noqa: E402
from textual.widgets import OptionList, Static, TextArea  # noqa: E402

from crisis_tui.terminal import clipboard, editor, signals  # noqa: E402
from crisis_tui.terminal.crash import CrashGuard  # noqa: E402
from crisis_tui.terminal.display import QuietDisplay  # noqa: E402
from crisis_tui.terminal.driver import LinkDriver  # noqa: E402
from crisis_tui.terminal.inorder import KeysInOrder  # noqa: E402

GLYPHS = (
    "plain ascii only, and nothing else",
    "漢字かな交じり文 한국어 a漢b字c",
    "x漢字かな交じり文 한국어 a漢b字",
    "e\u0301a\u0308o\u0302 cafe\u0301 n\u0303 ok",
    "👍 ok 👩‍👩‍👧 family ❤️ heart 🇩🇪 flag ☺ face 👍🏽 tone",
    "a👍 ok 👩‍👩‍👧 family ❤️ heart 🇩🇪🇫🇷 flags",
    "Ελλάδα Москва עברית العربية हिन्दी ไทย",
    "…“quoted”… — ▲▼● ◆ ✓ ✗ ⚠ €100 ½ ÷ ┌─┐",
)


class Box(ModalScreen[None]):
    """Covers the middle."""

    CSS = "Box { align: center middle; } Box Static { width: 30; height: 5; background: $error; }"

    def compose(self) -> ComposeResult:
        """One box."""
        yield Static("a box 漢字 over all")


class Sample(QuietDisplay[None], KeysInOrder[None], CrashGuard[None]):
    """The program; SAMPLE_FOLDER is where it leaves files."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "glyphs", priority=True),
        Binding("f3", "edit", priority=True),
        Binding("f4", "flood", priority=True),
        Binding("f5", "crash", priority=True),
        Binding("f6", "copy", priority=True),
        Binding("f7", "box", priority=True),
        Binding("f8", "bells", priority=True),
        Binding("ctrl+l", "redraw", priority=True),
    ]
    CSS = """
    #row { height: 1fr; }
    OptionList { width: 40; }
    #glyphs { height: 3; background: $panel; color: $warning; text-style: bold; }
    #told { height: 1; }
    #flood { height: 12; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(os.environ["SAMPLE_FOLDER"])
        self.crash_folder = self.folder
        self.glyph = 0
        self.floods = 0
        self.flooding = False
        self.gap = 0.0
        self.backlog = 0
        self.beat = time.monotonic()

    def compose(self) -> ComposeResult:
        """List left, editor right, the rest below."""
        with Horizontal(id="row"):
            yield OptionList(*[f"row number {n} of the list" for n in range(100)])
            area = TextArea("some text\nof two lines")
            area.cursor_blink = False
            yield area
        yield Static("glyphs", id="glyphs", markup=False)
        yield Static("ready", id="told", markup=False)
        yield Static("", id="flood", markup=False)

    def on_mount(self) -> None:
        """Take signals and start the heart."""
        self.set_interval(0.05, self.pulse)
        signals.install(self, self.save, relay=editor.hang_up)

    async def save(self) -> None:
        """Leave a sign that saving was asked for."""
        stuck = os.environ.get("SAMPLE_STUCK")
        if stuck == "loop":
            time.sleep(60)  # noqa: ASYNC251  it is there to hang
        (self.folder / "saved").write_text("yes")
        if stuck == "save":
            await asyncio.sleep(60)

    def pulse(self) -> None:
        """Measure how long the loop was away, and the most that waited for the terminal."""
        now = time.monotonic()
        self.gap, self.beat = max(self.gap, now - self.beat), now
        if isinstance(self._driver, LinkDriver) and self._driver.link is not None:
            self.backlog = max(self.backlog, self._driver.link.backlog)
        (self.folder / "gap").write_text(f"{self.gap} {self.backlog}")
        if self.flooding:
            self.floods += 1
            noise = random.Random(self.floods)
            lines = ["".join(noise.choices("abcdefghij", k=100)) for _ in range(11)]
            self.query_one("#flood", Static).update("\n".join([f"flood {self.floods}", *lines]))

    def tell(self, text: str) -> None:
        """Show a line."""
        self.query_one("#told", Static).update(Text(text))

    def action_glyphs(self) -> None:
        """The next glyphs."""
        hostile = os.environ.get("SAMPLE_HOSTILE")
        self.query_one("#glyphs", Static).update(hostile or GLYPHS[self.glyph % len(GLYPHS)])
        self.glyph += 1
        self.tell(f"glyphs {self.glyph}")

    def action_edit(self) -> None:
        """The text in $EDITOR."""
        area = self.query_one(TextArea)
        with self.suspend():
            outcome = editor.edit(area.text, folder=self.folder, environ=os.environ)
        self.invalidate()
        if outcome.text is not None:
            area.text = outcome.text
        self.tell(f"edited {outcome.message}")

    def action_flood(self) -> None:
        """Start or stop a lot of change."""
        self.flooding = not self.flooding
        self.tell(f"flood {'on' if self.flooding else f'off at {self.floods}'}")

    def action_crash(self) -> None:
        """A fault, with something secret in a local variable."""
        secret = "hunter2-" + "canary"
        raise RuntimeError(f"a fault {len(secret)}")

    def action_copy(self) -> None:
        """Copy the text."""
        assert self._driver is not None
        text = self.query_one(TextArea).text
        outcome = clipboard.copy(text, profile=PROFILE, write=self._driver.write, folder=self.folder)
        self.tell(outcome.message)

    def action_box(self) -> None:
        """A box over all, or away."""
        if isinstance(self.screen, Box):
            self.pop_screen()
        else:
            self.push_screen(Box())

    def action_bells(self) -> None:
        """Ring and copy often."""
        for _ in range(100):
            self.bell()
            self.copy_to_clipboard("x" * 5000)
        self.tell("rung")


def main() -> int:
    """Run it."""
    app = Sample()
    app.run(mouse=PROFILE.mouse)
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
