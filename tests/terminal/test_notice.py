"""Notices: who is known gets the right one, who is not gets none, and no text breaks out of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis_tui.terminal.notice import Notice, Wish, choose, sequence


@pytest.mark.parametrize(
    ("env", "kind"),
    [
        ({"TERM": "xterm-256color"}, None),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "osc9"),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2", "SSH_TTY": "/dev/pts/1"}, "osc9"),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "tmux", "LC_TERMINAL": "iTerm2"}, "osc9"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, "osc777"),
        ({"TERM": "xterm-ghostty"}, "osc777"),
        ({"TERM": "xterm-kitty"}, "osc9"),
        ({"TERM": "foot-extra"}, "osc777"),
        ({"TERM": "rxvt-unicode-256color"}, "osc777"),
        ({"TERM": "xterm-256color", "WT_SESSION": "1"}, "osc777"),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, "osc777"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, None),
        ({"TERM": "footer"}, None),
        ({"TERM": "screen-256color"}, None),
        ({"TERM": "linux", "LC_TERMINAL": "iTerm2"}, None),
        ({"TERM": "vt100", "VTE_VERSION": "7600"}, None),
        ({}, None),
    ],
)
def test_a_terminal_gets_what_it_knows(env: dict[str, str], kind: Notice | None) -> None:
    assert choose("auto", env) == kind


@pytest.mark.parametrize("wish", ["osc9", "osc777"])
def test_a_wish_counts_but_not_on_the_linux_console(wish: Wish) -> None:
    assert choose(wish, {"TERM": "xterm"}) == wish
    assert choose(wish, {"TERM": "linux"}) is None
    assert choose("none", {"TERM": "xterm-kitty"}) is None


def test_the_sequences() -> None:
    assert sequence("crisis-tui", "Crisis", "osc9") == "\x1b]9;crisis-tui: Crisis\x07"
    assert sequence("crisis-tui", "Crisis", "osc777") == "\x1b]777;notify;crisis-tui;Crisis\x07"
    in_tmux = sequence("crisis-tui", "Crisis", "osc9", "tmux")
    assert in_tmux == "\x1bPtmux;\x1b\x1b]9;crisis-tui: Crisis\x07\x1b\\"
    assert sequence("crisis-tui", "Crisis", "osc9", "screen") == "\x1bP\x1b]9;crisis-tui: Crisis\x07\x1b\\"


@given(st.text(max_size=300), st.text(max_size=300), st.sampled_from(["osc9", "osc777"]))
def test_no_text_breaks_out(title: str, body: str, kind: Notice) -> None:
    found = sequence(title, body, kind)
    inner = found.removeprefix("\x1b]").removesuffix("\x07")
    assert len(inner) == len(found) - 3
    assert all(character.isprintable() or character == " " for character in inner)
    assert inner.count(";") == (1 if kind == "osc9" else 3)
    assert len(found) < 300
