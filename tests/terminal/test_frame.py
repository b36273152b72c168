"""The frame diff, applied in a terminal emulator, against painting from nothing."""

from __future__ import annotations

import time
from typing import Any

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_tui.terminal import frame
from crisis_tui.terminal.frame import DEFAULT, Pen, Row
from tests.pty.harness import Screen

WIDTH, HEIGHT = 14, 4

NARROW = ["a", "b", "-", "é", "Ж", "│", "…", "e\u0301", "n\u0303\u0323", "⚠"]
WIDE = ["漢", "か", "한", "！", "👍", "👩‍👩‍👧", "❤\ufe0f", "🇩🇪"]
DISPUTED = {"⚠", "👍", "👩‍👩‍👧", "❤\ufe0f", "🇩🇪"}
PENS = [
    DEFAULT,
    Pen((), "31", ""),
    Pen((), "38;5;12", "48;5;3"),
    Pen(("1",), "", ""),
    Pen(("1", "3"), "31", "44"),
    Pen(("7",), "", ""),
    Pen(("4", "9"), "92", "48;2;1;2;3"),
    Pen((), "", "48;5;3"),
]


class OldTerminal(Screen):
    """Gives every emoji one column and knows nothing of emoji selectors."""

    def width_of(self, character: str) -> int:
        return 1 if character >= "\U0001f000" else super().width_of(character)

    def _extends(self, character: str) -> bool:
        return super().width_of(character) == 0

    def _extend(self, character: str) -> None:
        if character != "\ufe0f":
            super()._extend(character)


class WideTerminal(Screen):
    """Gives symbols two columns."""

    def width_of(self, character: str) -> int:
        return 2 if character == "⚠" else super().width_of(character)


@st.composite
def rows(draw: st.DrawFn) -> Row:
    glyphs: list[str] = []
    pens: list[Pen] = []
    while len(glyphs) < WIDTH:
        room = WIDTH - len(glyphs)
        kind = draw(st.sampled_from(["blank", "narrow", "wide", "blank"]))
        pen = draw(st.sampled_from(PENS))
        if kind == "wide" and room >= 2:
            glyphs += [draw(st.sampled_from(WIDE)), ""]
            pens += [pen, pen]
        elif kind == "narrow":
            glyphs.append(draw(st.sampled_from(NARROW)))
            pens.append(pen)
        else:
            run = min(room, draw(st.integers(1, 9)))
            glyphs += [" "] * run
            pens += [pen] * run
    return Row(glyphs, pens)


frames = st.lists(rows(), min_size=HEIGHT, max_size=HEIGHT)


def show(screen: Screen, *parts: str) -> None:
    stream = pyte.Stream(screen)
    stream.feed("\x1b[?7l")
    for part in parts:
        stream.feed(part)


def chars(screen: Screen) -> list[list[Any]]:
    return [[screen.buffer[y][x] for x in range(WIDTH)] for y in range(HEIGHT)]


def painted(new: list[Row], kind: type[Screen] = Screen) -> Screen:
    """Every cell by itself, with no cleverness at all."""
    screen = kind(WIDTH, HEIGHT)
    for y, row in enumerate(new):
        for x, (glyph, pen) in enumerate(zip(row.glyphs, row.pens, strict=True)):
            if glyph:
                codes = ";".join(
                    code for code in ("0", *pen.attributes, pen.foreground, pen.background) if code
                )
                show(screen, f"\x1b[{y + 1};{x + 1}H\x1b[{codes}m{glyph}")
    return screen


@given(old=frames, new=frames, cursor=st.tuples(st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1)))
@settings(max_examples=150, deadline=None)
def test_a_diff_gives_what_painting_from_nothing_gives(
    old: list[Row], new: list[Row], cursor: tuple[int, int]
) -> None:
    screen = painted(old)
    data = frame.diff(old, new, cursor)
    show(screen, "\x1b[m", data)
    assert chars(screen) == chars(painted(new))
    if data:
        assert (screen.cursor.x, screen.cursor.y) == cursor
        assert screen.cursor.attrs == screen.default_char


@given(old=frames, new=frames, data=st.data())
@settings(max_examples=100, deadline=None)
def test_a_frame_that_differs_in_few_cells_is_right_too(
    old: list[Row], new: list[Row], data: st.DataObject
) -> None:
    mixed = [data.draw(st.sampled_from(pair)) for pair in zip(old, new, strict=True)]
    screen = painted(old)
    show(screen, "\x1b[m", frame.diff(old, mixed))
    assert chars(screen) == chars(painted(mixed))


@given(garbage=frames, new=frames)
@settings(max_examples=60, deadline=None)
def test_a_full_repaint_leaves_nothing_of_what_was_there(garbage: list[Row], new: list[Row]) -> None:
    screen = painted(garbage)
    show(screen, "\x1b[1;35m", frame.diff(None, new))
    assert chars(screen) == chars(painted(new))


@pytest.mark.parametrize("kind", [OldTerminal, WideTerminal])
@given(old=frames, new=frames)
@settings(max_examples=80, deadline=None)
def test_a_terminal_with_other_widths_shows_every_undisputed_cell_right(
    kind: type[Screen], old: list[Row], new: list[Row]
) -> None:
    screen = kind(WIDTH, HEIGHT)
    show(screen, frame.diff(None, old), frame.diff(old, new))
    want, got = chars(painted(new)), chars(screen)
    for y in range(HEIGHT):
        for x in range(WIDTH):
            glyph = new[y].glyphs[x] or new[y].glyphs[x - 1]
            if glyph not in DISPUTED:
                assert got[y][x] == want[y][x]
            else:
                assert got[y][x].bg == want[y][x].bg


@given(new=frames)
@settings(max_examples=30, deadline=None)
def test_nothing_changed_sends_nothing(new: list[Row]) -> None:
    again = [Row(list(row.glyphs), list(row.pens)) for row in new]
    assert frame.diff(new, again, (3, 3)) == ""


@given(before=st.sampled_from(PENS), after=st.sampled_from(PENS), first=st.sampled_from(PENS))
@settings(max_examples=100, deadline=None)
def test_a_change_of_pen_never_depends_on_what_came_before(before: Pen, after: Pen, first: Pen) -> None:
    direct, detour = Screen(4, 1), Screen(4, 1)
    show(direct, frame.transition(DEFAULT, after), "x")
    changes = (
        frame.transition(DEFAULT, first),
        frame.transition(first, before),
        frame.transition(before, after),
    )
    show(detour, *changes, "x")
    assert direct.buffer[0][0] == detour.buffer[0][0]


def test_bold_survives_the_end_of_dim() -> None:
    assert frame.transition(Pen(("1", "2")), Pen(("1",))) in ("\x1b[22;1m", "\x1b[0;1m")


def test_erasing_is_left_to_lines_that_end_in_the_terminals_own_background() -> None:
    plain = Row(list("ab") + [" "] * 12, [DEFAULT] * WIDTH)
    coloured = Row(list("ab") + [" "] * 12, [PENS[7]] * WIDTH)
    assert "\x1b[K" in frame.diff(None, [plain])
    assert "\x1b[K" not in frame.diff(None, [coloured])


@pytest.mark.parametrize(
    ("glyph", "width", "sure"),
    [
        ("a", 1, True),
        ("é", 1, True),
        ("—", 1, True),
        ("█", 1, True),
        ("漢", 2, True),
        ("한", 2, True),
        ("👍", 2, False),
        ("⚠", 1, False),
        ("e\u0301", 1, False),
        ("🇩🇪", 2, False),
        ("\u0301", 0, False),
        ("⌚", 2, False),
    ],
)
def test_widths_that_every_terminal_agrees_on(glyph: str, width: int, sure: bool) -> None:
    assert frame.undisputed(glyph, width) is sure


def test_a_row_of_changes_costs_what_it_should() -> None:
    old = [Row(list("." * 120), [DEFAULT] * 120) for _ in range(40)]
    one = Row(list("." * 60 + "x" + "." * 59), [DEFAULT] * 120)
    assert frame.diff(old, [*old[:7], one, *old[8:]]) == "\x1b[8;61Hx"


def test_a_frame_is_cheap() -> None:
    old = [Row(list(f"{y:03}." * 30), [PENS[y % 8]] * 120) for y in range(40)]
    new = [Row(list(f"{y:03}," * 30), [PENS[y % 7]] * 120) for y in range(40)]
    same = [Row(list(row.glyphs), list(row.pens)) for row in old]

    def cost(a: list[Row], b: list[Row]) -> float:
        best = 1.0
        for _ in range(5):
            begun = time.process_time()
            frame.diff(a, b)
            best = min(best, time.process_time() - begun)
        return best

    assert cost(old, new) < 0.05
    assert cost(old, same) < 0.005


def test_what_a_wider_symbol_covers_is_painted_again() -> None:
    def line(text: str) -> list[Row]:
        return [Row(list(text), [DEFAULT] * len(text))]

    screen = WideTerminal(WIDTH, HEIGHT)
    show(screen, frame.diff(None, line("abcdefghijklmn")))
    show(screen, frame.diff(line("abcdefghijklmn"), line("a⚠cdefghijklmn")))
    assert "".join(char.data for char in chars(screen)[0]) == "a⚠cdefghijklmn"
