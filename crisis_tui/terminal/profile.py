"""What the terminal can do, read from the environment before textual is imported."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Literal, cast

Colours = Literal["none", "16", "256", "truecolor"]
Multiplexer = Literal["tmux", "screen"]

COLOURS: tuple[Colours, ...] = ("none", "16", "256", "truecolor")

_UNUSABLE = {"", "dumb", "unknown"}
_MONOCHROME = {"vt100", "vt102", "vt125", "vt220", "vt320", "vt420", "vt520"}
# sshd does not forward COLORTERM, and these terminals are known by their name alone.
_TRUECOLOR = {"alacritty", "contour", "foot", "foot-extra", "wezterm", "xterm-ghostty", "xterm-kitty"}
_COLOR_SYSTEM = {"16": "standard", "256": "256", "truecolor": "truecolor"}


@dataclass(frozen=True)
class TerminalProfile:
    """How to speak to this terminal.

    `fps` is the most frames a second; `refusal` is one sentence saying why no
    dashboard can be shown here, empty when it can.
    """

    colours: Colours
    theme: str
    multiplexer: Multiplexer | None
    over_ssh: bool
    mouse: bool
    fps: int = 15
    refusal: str = ""

    @property
    def usable(self) -> bool:
        """Whether a full-screen program can run here at all."""
        return not self.refusal


def detect(
    environ: Mapping[str, str], *, colours: str | None = None, mouse: bool = False, fps: int = 15
) -> TerminalProfile:
    """Read the profile from environment variables.

    `colours` (one of COLOURS, or "auto" or None for detection) wins over the
    terminal's name and over NO_COLOR, as no-color.org asks of configuration.
    Raises ValueError for another value of `colours`, or for `fps` below 1.
    """
    if colours not in (None, "auto", *COLOURS):
        raise ValueError(f"colours must be auto, {', '.join(COLOURS)}, not {colours!r}")
    if fps < 1:
        raise ValueError(f"fps must be 1 or more, not {fps}")
    term = environ.get("TERM", "").strip().lower()
    depth = _depth(term, environ) if colours in (None, "auto") else cast(Colours, colours)
    return TerminalProfile(
        colours=depth,
        theme="ansi-dark" if depth in ("none", "16") else "textual-dark",
        multiplexer=_multiplexer(term, environ),
        over_ssh=any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT")),
        mouse=mouse,
        fps=fps,
        refusal=_refusal(term),
    )


def apply(profile: TerminalProfile, environ: MutableMapping[str, str]) -> None:
    """Set the variables textual reads when it is imported, keeping those the user set.

    Must run before anything imports textual. NO_COLOR alone is always made to
    agree with `profile.colours`, because textual obeys it even when it is empty.
    """
    wanted = {
        "TEXTUAL_ANIMATIONS": "none",
        "TEXTUAL_SMOOTH_SCROLL": "0",
        "TEXTUAL_FPS": str(profile.fps),
        "TEXTUAL_DISABLE_KITTY_KEY": "1",
        "TEXTUAL_COLOR_SYSTEM": _COLOR_SYSTEM.get(profile.colours, "standard"),
        "TEXTUAL_THEME": profile.theme,
        # A slow link can split an arrow key's bytes, which must not read as Escape.
        "ESCDELAY": "250" if profile.over_ssh else "100",
    }
    for name, value in wanted.items():
        environ.setdefault(name, value)
    if profile.colours == "none":
        environ["NO_COLOR"] = environ.get("NO_COLOR") or "1"
    else:
        environ.pop("NO_COLOR", None)


def _depth(term: str, environ: Mapping[str, str]) -> Colours:
    if environ.get("NO_COLOR") or term in _UNUSABLE | _MONOCHROME or term.endswith(("-m", "-mono")):
        return "none"
    if environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return "truecolor"
    if term in _TRUECOLOR or term.endswith("-direct"):
        return "truecolor"
    return "256" if "256color" in term else "16"


def _multiplexer(term: str, environ: Mapping[str, str]) -> Multiplexer | None:
    if environ.get("TMUX") or term.startswith("tmux"):
        return "tmux"
    if environ.get("STY") or term.startswith("screen"):
        return "screen"
    return None


def _refusal(term: str) -> str:
    if term not in _UNUSABLE:
        return ""
    named = f"TERM={term}" if term else "TERM is not set"
    return (
        f"This terminal cannot show the dashboard ({named}): set TERM to what you use, "
        "for example xterm-256color, or use the commands that print plain lines."
    )
