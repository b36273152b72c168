"""What the environment says of the terminal."""

from __future__ import annotations

import subprocess
import sys

import pytest

from crisis_tui.terminal import profile


@pytest.mark.parametrize(
    ("environ", "colours"),
    [
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "tmux-256color"}, "256"),
        ({"TERM": "xterm"}, "16"),
        ({"TERM": "screen"}, "16"),
        ({"TERM": "linux"}, "16"),
        ({"TERM": "vt100"}, "none"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "xterm-kitty"}, "truecolor"),
        ({"TERM": "xterm-direct"}, "truecolor"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "none"),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, "256"),
        ({"TERM": "dumb"}, "none"),
    ],
)
def test_colours(environ: dict[str, str], colours: str) -> None:
    found = profile.detect(environ)
    assert found.colours == colours
    assert found.theme == ("ansi-dark" if colours in ("none", "16") else "textual-dark")


def test_a_choice_wins_over_the_terminal_and_no_color() -> None:
    environ = {"TERM": "xterm", "NO_COLOR": "1"}
    found = profile.detect(environ, colours="256")
    assert found.colours == "256"
    profile.apply(found, environ)
    assert "NO_COLOR" not in environ
    assert environ["TEXTUAL_COLOR_SYSTEM"] == "256"


def test_wrong_values_are_refused() -> None:
    with pytest.raises(ValueError):
        profile.detect({}, colours="many")
    with pytest.raises(ValueError):
        profile.detect({}, fps=0)


@pytest.mark.parametrize("term", [None, "", "dumb", "unknown"])
def test_terminals_that_cannot_show_a_screen_are_refused(term: str | None) -> None:
    found = profile.detect({} if term is None else {"TERM": term})
    assert not found.usable
    assert "TERM" in found.refusal


@pytest.mark.parametrize(
    ("environ", "multiplexer"),
    [
        ({"TERM": "xterm", "TMUX": "/tmp/tmux,1,0"}, "tmux"),
        ({"TERM": "tmux-256color"}, "tmux"),
        ({"TERM": "screen", "STY": "1.tty"}, "screen"),
        ({"TERM": "screen.xterm-256color"}, "screen"),
        ({"TERM": "screen-256color", "TMUX": "x"}, "tmux"),
        ({"TERM": "xterm"}, None),
    ],
)
def test_multiplexers(environ: dict[str, str], multiplexer: str | None) -> None:
    assert profile.detect(environ).multiplexer == multiplexer


def test_apply_keeps_what_the_user_set() -> None:
    environ = {"TERM": "xterm-256color", "TEXTUAL_FPS": "60", "SSH_TTY": "/dev/pts/1"}
    found = profile.detect(environ)
    assert found.over_ssh
    profile.apply(found, environ)
    assert environ["TEXTUAL_FPS"] == "60"
    assert environ["TEXTUAL_ANIMATIONS"] == "none"
    assert environ["TEXTUAL_DISABLE_KITTY_KEY"] == "1"
    assert environ["ESCDELAY"] == "250"


def test_an_empty_no_color_is_taken_away_from_textual() -> None:
    environ = {"TERM": "xterm", "NO_COLOR": ""}
    profile.apply(profile.detect(environ), environ)
    assert "NO_COLOR" not in environ


def test_neither_profile_nor_what_needs_no_screen_imports_textual() -> None:
    modules = "profile frame link modes clipboard editor"
    code = "import sys\n" + "\n".join(f"import crisis_tui.terminal.{name}" for name in modules.split())
    code += "\nsys.exit(any(name.split('.')[0] in ('textual', 'rich') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
