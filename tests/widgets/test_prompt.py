"""Questions: a line of text, a choice."""

from __future__ import annotations

import pytest
from textual import events

from tests.widgets.harness import HOSTILE, SIZES, frame, showing
from widgets.fit import cells, fold
from widgets.prompt import Choice, Option, Prompt

OPTIONS = [
    ("security", "Security breach", "Customer data may be exposed."),
    ("care", "Customer service [/]", "Many people complain about us at once."),
    ("other", "[@click=app.quit]x[/]", ""),
]


async def test_a_prompt_is_answered() -> None:
    prompt = Prompt("Why? [/]", value="be", placeholder="a reason [/]", hint="enter save, esc leave")
    async with showing(prompt, size=(46, 6)) as (app, pilot):
        prompt.input.focus()
        await pilot.press("end", "c", "space", "enter")
        assert [line.rstrip() for line in frame(app)] == [
            " Why? [/]",
            " bec",
            " enter save, esc leave",
            "",
            "",
            "",
        ]
        assert [each.text for each in app.said(Prompt.Answered)] == ["bec"]
        await pilot.press("escape")
        assert app.said(Prompt.Cancelled)
        prompt.input.value = ""
        await pilot.pause()
        assert " a reason [/]" in frame(app)[1]


async def test_pasted_answers_are_cleaned() -> None:
    prompt = Prompt("Why?")
    async with showing(prompt, size=(46, 6)) as (app, pilot):
        prompt.input.focus()
        await pilot.pause()
        app.post_message(events.Paste("\n \x1b[2J one\r\ntwo"))
        app.post_message(events.Paste("\n"))
        await pilot.pause()
        assert prompt.input.value == "␛[2J one"


@pytest.mark.parametrize("size", [*SIZES, (8, 8)])
async def test_hostile_questions_fit_any_size(size: tuple[int, int]) -> None:
    for text in HOSTILE:
        shown = Choice(text, [Option(str(n), each, each) for n, each in enumerate(HOSTILE)])
        async with showing(Prompt(text, value=text, hint=text), shown, size=size) as (app, _):
            lines = frame(app)
            assert {cells(line) for line in lines} == {size[0]}
            assert "\x1b" not in "".join(lines)


async def test_a_choice_is_made_by_keys() -> None:
    choice = Choice("Which type is it?", OPTIONS)
    async with showing(choice, size=(46, 9)) as (app, pilot):
        choice.focus()
        await pilot.press("j")
        await pilot.pause()
        assert [line.rstrip() for line in frame(app)][:8] == [
            " Which type is it?",
            "",
            "   1  Security breach",
            " ▌ 2  Customer service [/]",
            "   3  [@click=app.quit]x[/]",
            "",
            "   Many people complain about us at once.",
            "",
        ]
        await pilot.press("enter", "k", "enter", "3", "9", "escape")
        assert [each.id for each in app.said(Choice.Chosen)] == ["care", "security", "other"]
        assert app.said(Choice.Cancelled)


async def test_an_answer_may_have_a_key_of_its_own_instead_of_a_number() -> None:
    choice = Choice(
        "How does it read?", [Option("bad", "Negative", key="-"), Option("good", "Good", key="+")]
    )
    async with showing(choice, size=(46, 6)) as (app, pilot):
        choice.focus()
        await pilot.pause()
        assert [line.rstrip() for line in frame(app)][2:4] == [" ▌ -  Negative", "   +  Good"]
        await pilot.press("plus", "1", "minus")
        assert [each.id for each in app.said(Choice.Chosen)] == ["good", "bad"]


async def test_a_long_choice_scrolls() -> None:
    choice = Choice("Which?", [(str(n), f"Answer {n}", "") for n in range(40)])
    async with showing(choice, size=(46, 10)) as (app, pilot):
        choice.styles.height = 10
        choice.focus()
        await pilot.press("end")
        await pilot.pause()
        assert "Answer 39" in frame(app)[-1]


async def test_no_answers_is_no_crash() -> None:
    choice = Choice("Which?", [])
    async with showing(choice, size=(46, 10)) as (app, pilot):
        choice.focus()
        await pilot.press("down", "up", "enter", "1")
        assert choice.current is None
        assert not app.said(Choice.Chosen)
        assert "Which?" in fold(frame(app)[0])


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark", "ansi-light"])
async def test_the_cursor_is_seen_in_every_theme(theme: str) -> None:
    prompt = Prompt("Why?", value="ab")
    async with showing(prompt, size=(46, 8)) as (app, pilot):
        app.theme = theme
        prompt.input.focus()
        await pilot.pause()
        row = app.screen._compositor.render_strips()[1]
        cursors = [part for part in row if part.style is not None and part.style.reverse]
        assert [cells(part.text) for part in cursors] == [1]
        style = cursors[0].style
        assert style is not None
        assert style.color != style.bgcolor or style.color is None or style.color.is_default
