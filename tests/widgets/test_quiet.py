"""Repaints are cut down to the lines that changed, and never show anything else than a full repaint would."""

from __future__ import annotations

from typing import Any

import pyte
from rich.console import RenderableType
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.pilot import Pilot
from textual.reactive import Reactive
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Input

from tests.widgets.harness import NOW, Harness, assessment, bars, checklist, frame, mention, mentions
from widgets.canvas import Canvas
from widgets.checklist import ChecklistPane
from widgets.editor import StatementPane
from widgets.feed import FeedPane
from widgets.gauge import GaugePane
from widgets.prompt import Choice, LineInput, Prompt
from widgets.quiet import Quiet

SIZE = (110, 30)


class Asking(ModalScreen[None]):
    """A question over everything else."""

    def compose(self) -> ComposeResult:
        """A choice."""
        yield Choice("Which?", [("a", "One", "first"), ("b", "Two", "second")])


class QuietScreen(Screen[None]):
    """A screen that is not painted all over when the focus moves."""

    focused = Reactive[Widget | None](None, repaint=False)


class Painted(Harness):
    """Draws each update that Textual would send on a terminal of its own."""

    CSS = """
    Screen { overflow: hidden; }
    Asking { align: center middle; }
    Asking Choice { width: 40; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.feed = FeedPane()
        self.gauge = GaugePane()
        self.steps = ChecklistPane()
        self.statement = StatementPane()
        self.terminal = pyte.Screen(*SIZE)
        self.stream = pyte.Stream(self.terminal)
        self.repainted = 0

    def get_default_screen(self) -> Screen[None]:
        """As the dashboard's screens are."""
        return QuietScreen(id="_default")

    def compose(self) -> ComposeResult:
        """All panes at once."""
        with Horizontal():
            yield self.feed
            with Vertical():
                yield self.gauge
                yield self.steps
            yield self.statement

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if isinstance(renderable, ChopsUpdate):
            self.repainted += len(renderable.spans)
        if isinstance(renderable, ChopsUpdate | LayoutUpdate):
            self.stream.feed(renderable.render_segments(self.console))
        super()._display(screen, renderable)

    def shown(self) -> list[str]:
        """What stands on the terminal."""
        return [line.rstrip() for line in self.terminal.display]


async def settle(app: Painted, pilot: Pilot[None]) -> int:
    """Wait for the screen, compare it with a full repaint, tell how many spans were painted."""
    await pilot.pause()
    await pilot.pause()
    assert app.shown() == [line.rstrip() for line in frame(app)]
    painted, app.repainted = app.repainted, 0
    return painted


async def test_only_changed_lines_are_painted_and_all_of_them() -> None:
    app = Painted()
    async with app.run_test(size=SIZE) as pilot:
        app.feed.now = NOW
        app.feed.load(mentions(4990, 60), newest_reached=True, oldest_reached=False)
        app.gauge.show(assessment(), bars(), 2.0, None, "in 6 h", "do it")
        app.steps.show(checklist(), "Leak", NOW)
        app.statement.load("One line\nand another\n" * 8, "Holding")
        app.statement.focus_text()
        await settle(app, pilot)
        await pilot.press("x")
        assert await settle(app, pilot) <= 3
        await pilot.press("down", "y")
        assert await settle(app, pilot) <= 6
        app.statement.set_state("draft saved")
        assert await settle(app, pilot) == 1
        app.feed.focus()
        assert await settle(app, pilot) <= 6
        app.feed.action_cursor_down()
        assert await settle(app, pilot) <= 6
        app.feed.extend_newer([mention(4991)], True)
        assert await settle(app, pilot) == 0
        app.feed.set_counts(61, 3)
        assert await settle(app, pilot) <= 2
        app.feed.action_page_down()
        app.steps.action_cursor_down()
        await settle(app, pilot)
        app.gauge.show(assessment(score=70), bars(), 2.0, None, "in 6 h", "do it")
        assert await settle(app, pilot) <= 2
        for widget in app.query(Canvas):
            widget.redraw()
        assert await settle(app, pilot) == 0


async def test_what_changed_behind_a_question_is_there_when_it_goes() -> None:
    app = Painted()
    async with app.run_test(size=SIZE) as pilot:
        app.feed.now = NOW
        app.feed.load(mentions(4990, 60), newest_reached=True, oldest_reached=True)
        await settle(app, pilot)
        app.push_screen(Asking())
        await settle(app, pilot)
        app.feed.set_counts(61, 3)
        app.feed.action_cursor_down()
        app.statement.load("written behind", "Holding")
        await settle(app, pilot)
        await pilot.press("down")
        await settle(app, pilot)
        app.pop_screen()
        await settle(app, pilot)
        assert any("written behind" in line for line in app.shown())
        app.feed.action_cursor_up()
        await settle(app, pilot)


async def test_a_picture_taken_in_between_costs_no_repaint() -> None:
    app = Painted()
    async with app.run_test(size=SIZE) as pilot:
        app.feed.now = NOW
        app.feed.load(mentions(4990, 60), newest_reached=True, oldest_reached=True)
        await settle(app, pilot)
        app.feed.action_cursor_down()
        frame(app)
        await settle(app, pilot)


async def test_other_styles_and_sizes_are_painted() -> None:
    app = Painted()
    async with app.run_test(size=SIZE) as pilot:
        app.statement.load("text", "t")
        await settle(app, pilot)
        before = app.gauge.render_line(0)
        app.theme = "ansi-light"
        await settle(app, pilot)
        assert app.gauge.render_line(0) != before
        app.terminal.resize(20, 90)
        await pilot.resize_terminal(90, 20)
        await settle(app, pilot)


def test_the_style_rules_of_the_real_widget_are_kept() -> None:
    assert Quiet not in Input.__mro__
    for widget in (StatementPane, Prompt, LineInput):
        assert "Widget" in widget._css_type_names
    assert "Input" in LineInput._css_type_names
