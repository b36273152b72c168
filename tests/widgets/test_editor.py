"""The statement editor."""

from __future__ import annotations

import pytest
from textual import events
from textual.binding import Binding
from textual.widgets import TextArea

from tests.widgets.harness import HOSTILE, SIZES, Harness, frame, showing
from widgets.editor import StatementPane
from widgets.fit import cells


async def test_title_text_and_foot() -> None:
    pane = StatementPane(hint="ctrl+s save", placeholder="Write [/] here.")
    async with showing(pane, size=(46, 6)) as (app, pilot):
        pane.load("We know [is/] it.\n\nNext: 15:00.", "Holding [/]")
        pane.set_state("unsaved")
        await pilot.pause()
        assert [line.rstrip() for line in frame(app)] == [
            "▌4 STATEMENT Holding [/] ──────────── unsaved",
            " We know [is/] it.",
            "",
            " Next: 15:00.",
            "",
            " 6 words, 31 characters           ctrl+s save",
        ]
        pane.load("", "")
        await pilot.pause()
        assert " Write [/] here." in frame(app)[1]


@pytest.mark.parametrize("size", [*SIZES, (10, 4)])
async def test_hostile_text_fits_any_size(size: tuple[int, int]) -> None:
    pane = StatementPane(hint=HOSTILE[0])
    async with showing(pane, size=size) as (app, pilot):
        for text in HOSTILE:
            pane.load(text, text)
            pane.set_state(text)
            await pilot.pause()
            lines = frame(app)
            assert {cells(line) for line in lines} == {size[0]}
            assert "\x1b" not in "".join(lines)


async def test_only_changes_by_hand_are_told() -> None:
    pane = StatementPane()
    async with showing(pane, size=(46, 8)) as (app, pilot):
        pane.load("old text", "t")
        await pilot.pause()
        assert not app.said(StatementPane.Changed)
        pane.focus_text()
        await pilot.press("a", "b")
        await pilot.pause()
        assert app.said(StatementPane.Changed)[-1].text == "old textab"
        assert not app.said(TextArea.Changed)


async def test_text_from_an_editor_can_be_undone() -> None:
    pane = StatementPane()
    async with showing(pane, size=(46, 8)) as (app, pilot):
        pane.load("first", "t")
        pane.replace_text("second\x1b[2J\nline")
        await pilot.pause()
        assert pane.text == "second␛[2J\nline"
        assert app.said(StatementPane.Changed)
        pane.area.undo()
        assert pane.text == "first"
        pane.area.redo()
        assert pane.text.startswith("second")


async def test_inserted_text_goes_in_at_the_cursor() -> None:
    pane = StatementPane()
    async with showing(pane, size=(46, 8)) as (_, pilot):
        pane.load("ab", "t")
        pane.area.move_cursor((0, 1))
        pane.insert("[slot]")
        pane.insert("!")
        await pilot.pause()
        assert pane.text == "a[slot]!b"
        pane.area.undo()
        assert pane.text == "a[slot]b"


async def test_pasted_text_is_cleaned() -> None:
    pane = StatementPane()
    async with showing(pane, size=(46, 8)) as (app, pilot):
        pane.load("", "t")
        pane.focus_text()
        await pilot.pause()
        app.post_message(events.Paste("\x1b]52;c;x\x07 one\r\ntwo"))
        await pilot.pause()
        assert pane.text == "␛]52;c;x␇ one\ntwo"


async def test_the_keys_of_the_dashboard_pass_through() -> None:
    keys = ["ctrl+q", "ctrl+p", "ctrl+l", "ctrl+r", "ctrl+g", "escape"]
    pane = StatementPane()
    heard: list[str] = []

    class Listening(Harness):
        BINDINGS = [Binding(key, f"hear('{key}')") for key in keys]  # noqa: RUF012

        def action_hear(self, key: str) -> None:
            heard.append(key)

    async with Listening(pane).run_test(size=(46, 8)) as pilot:
        pane.load("text", "t")
        pane.focus_text()
        await pilot.press(*keys)
        assert heard == keys
        assert pane.text == "text"


async def test_nothing_blinks_and_nothing_ticks() -> None:
    pane = StatementPane()
    async with showing(pane, size=(46, 8)) as (_, pilot):
        pane.focus_text()
        await pilot.pause()
        assert not pane.area.cursor_blink
        assert not pane.area.show_vertical_scrollbar
        pane.load("line\n" * 50, "t")
        await pilot.pause()
        assert pane.area.scrollable_content_region.width == pane.area.size.width


def test_the_bindings_of_the_text_area_are_as_known() -> None:
    bound = {key for each in TextArea.BINDINGS if isinstance(each, Binding) for key in each.key.split(",")}
    assert not bound & {"ctrl+q", "ctrl+p", "ctrl+l", "ctrl+r", "ctrl+g", "ctrl+s", "escape"}


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark", "ansi-light"])
async def test_the_cursor_is_seen_in_every_theme(theme: str) -> None:
    pane = StatementPane()
    async with showing(pane, size=(46, 8)) as (app, pilot):
        app.theme = theme
        for text in ("text", ""):
            pane.load(text, "t")
            pane.focus_text()
            await pilot.pause()
            row = next(iter(app.screen._compositor.render_strips()[1:]))
            cursors = [part for part in row if part.style is not None and part.style.reverse]
            assert [cells(part.text) for part in cursors] == [1]
            style = cursors[0].style
            assert style is not None
            assert style.color != style.bgcolor or style.color is None or style.color.is_default
