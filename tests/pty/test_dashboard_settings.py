"""A mistake in the settings costs what it stands in and is told; the dashboard comes up and goes on."""

from __future__ import annotations

from pathlib import Path

from tests.dashboard.program import KEYS, PATIENCE, PROGRAM, home, program
from tests.pty.harness import Terminal
from tests.store.kit import line

GOOD = """
[[source]]
name = "stream"
kind = "tail"
path = "{path}"
every = 0.1
"""
BAD = """
[[source]]
name = "masto"
kind = "mastodon"
token = "env:NOTHING"
"""


def write(place: Path, *parts: str) -> None:
    """Replace the settings at once, as editors do."""
    new = place / "new.toml"
    new.write_text("".join(parts).format(path=place / "stream.ndjson"))
    new.replace(place / "config.toml")


_SAID = (
    "the kettle leaks",
    "a fine morning to all",
    "where is my parcel",
    "nobody answers here",
    "good soup",
)
"""Posts that are no copies of each other, for those are counted as one story."""


def said(number: int) -> bytes:
    """One of them as a line of NDJSON."""
    return line(number, text=f"{_SAID[number - 1]} {number}")


def arrives(terminal: Terminal, place: Path, number: int) -> None:
    """A post is written, and the dashboard counts it."""
    with (place / "stream.ndjson").open("ab") as file:
        file.write(said(number))
    terminal.wait_for_text(f" of {number}", seconds=PATIENCE)


def test_one_bad_source_keeps_neither_the_dashboard_nor_the_others(tmp_path: Path) -> None:
    place = home(tmp_path / "home")
    write(place, GOOD, BAD)
    (place / "stream.ndjson").write_bytes(said(1))
    with program(place, 120, 40) as terminal:
        terminal.wait_for_text("! masto NOT USABLE", " of 1", seconds=PATIENCE)
        terminal.send("f")
        terminal.wait_for_text("FEEDS", 'config.toml, line 8: source 2 "masto" (mastodon) lacks "url"')
        terminal.wait_for_text('url = "https://mastodon.social"')
        terminal.send("r")
        terminal.wait_for_text("Mend masto in the settings file first")
        terminal.send(KEYS["escape"])
        terminal.wait_for_text("1 FEED")

        write(place, GOOD, "[source\n")
        terminal.wait_for_text("settings: config.toml, line 7", seconds=PATIENCE)
        terminal.send("f")
        terminal.wait_for_text("FEEDS", "config.toml, line 7: the file is not valid TOML")
        terminal.send(KEYS["escape"])
        terminal.wait_for_text("1 FEED")
        terminal.send("n")
        arrives(terminal, place, 2)

        write(place, GOOD)
        terminal.wait_for(lambda: "config.toml, line" not in terminal.text(), PATIENCE)
        terminal.send("n")
        arrives(terminal, place, 3)


def test_keys_that_can_not_work_are_told_and_those_that_ship_hold(tmp_path: Path) -> None:
    place = home(tmp_path / "home")
    write(place, "[keys]\n'main.feeds' = 'alt+x'\n")
    with program(place, 120, 40) as terminal:
        terminal.wait_for_text('keys: "alt+x" for "main.feeds" is no key that works everywhere')
        terminal.send("f")
        terminal.wait_for_text("FEEDS")


def test_a_file_that_is_no_toml_is_refused_at_the_start_in_one_sentence(tmp_path: Path) -> None:
    place = home(tmp_path / "home")
    write(place, "organisation = Acme\n")
    with Terminal([*PROGRAM, "--home", str(place)], 200, 24) as terminal:
        assert terminal.wait_for_exit(PATIENCE) == 2
        assert "config.toml, line 1: the file is not valid TOML (Invalid value)" in terminal.text()
