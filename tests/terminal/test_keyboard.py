"""Bytes from the terminal: pastes are text, keys stay keys, nothing raises."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from crisis_tui.terminal.keyboard import BEGIN, END, Keyboard


def _fed(data: bytes, cuts: list[int]) -> str:
    """The text of bytes that come in pieces."""
    keyboard = Keyboard()
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    pieces = [data[start:end] for start, end in pairwise(places)]
    return "".join(keyboard.feed(piece) for piece in pieces)


@given(st.text("ab\x1b[2J~01;\x07\r\n\x11", max_size=40), st.lists(st.integers(0, 200), max_size=6))
def test_a_paste_holds_no_control_character_however_it_comes(pasted: str, cuts: list[int]) -> None:
    pasted = pasted.replace(END, "")
    text = _fed(f"k{BEGIN}{pasted}{END}\x1b[A".encode(), cuts)
    assert text.startswith(f"k{BEGIN}")
    assert text.endswith(f"{END}\x1b[A")
    inner = text.removeprefix(f"k{BEGIN}").removesuffix(f"{END}\x1b[A")
    assert not set(inner) & {"\x1b", "\x07", "\x11"}
    assert inner == "".join(character for character in pasted if character not in "\x1b\x07\x11")


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30), st.lists(st.integers(0, 99), max_size=4)
)
def test_keys_go_on_as_they_are(typed: str, cuts: list[int]) -> None:
    typed = typed.replace(BEGIN, "")
    assert _fed(typed.encode(), cuts) == typed


@given(st.binary(max_size=60), st.lists(st.integers(0, 99), max_size=4))
def test_no_bytes_raise(data: bytes, cuts: list[int]) -> None:
    _fed(data, cuts)


def test_escape_is_not_held_back() -> None:
    keyboard = Keyboard()
    assert keyboard.feed(b"\x1b") == "\x1b"
    assert keyboard.feed(b"[200~x") == "[200~x"
    assert keyboard.feed(b"\x1b[2J") == "[2J"
