"""Posts that try to do harm, everywhere they are shown; nothing but our own vocabulary is sent."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from data.text import clean
from tests.dashboard.program import KEYS, PROGRAM, home, program
from tests.pty.harness import ROOT, Terminal

HOSTILE = (
    "\x1b[2J\x1b[H\x1b]0;owned\x07\x1b[31mred",
    "\x1b]52;c;cm0gLXJmIH4=\x07 \x1b]52;c;?\x07",
    "\x9b2J\x9d52;c;eA==\x9c\x90+q544e\x9c c1",
    "\u202eevil txt.exe\u202c \u2066isolate\u2069 \u200f\u200e",
    "Z" + "\u0301" * 10_000 + " zalgo",
    "[@click=app.quit]x[/] [@click=screen.dismiss]y[/]",
    "[/",
    "[link=https://evil.example]x[/link] [bold red]y",
    "x" + " " * 4_000 + "\n" * 2_000 + "end",
    "مرحبا بالعالم שלום עולם",
    "👩‍👩‍👧‍👦 \U0001f1e9\U0001f1ea ❤️ 👍🏽 a\u200db",
    "\x1b[?1049l\x1b[6n\x1b[c\x1bc\x1bP+q544e\x1b\\ \x18\x1a\x05\x0e\x0f\x7f",
    "\u2028line\u2029par \U000e0041tag \ufeff\u00ad\ufff9",
    "%s {0} $(touch owned) `touch owned` ; touch owned",
)
QUERY = "\x1b]0;q\x07[/ evil* \u202e"
_OSC52 = rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07"
_OURS = re.compile(
    rb"\x1b\[[0-9;]*m"  # colours and attributes
    rb"|\x1b\[[0-9;]*[ABCDGHK]"  # cursor moves, erasing to the end of a line
    rb"|\x1b\[\?(?:7|25|1049|2004|2026)[hl]"  # wrapping, cursor, alternate screen, paste, frames
    rb"|\x1b\[\?(?:2026|2048)\$p"  # what the terminal can do
    rb"|[\r\n\x08]"
)


def rest(output: bytes) -> str:
    """What was sent besides our own vocabulary: text, which must hold nothing a terminal could obey."""
    return _OURS.sub(b"", output).decode("utf-8")


def check(output: bytes) -> None:
    """Fail on any byte that could do more than show a character."""
    text = rest(output)
    for character in set(text):
        kind = unicodedata.category(character)
        joiner = character == "\u200d"  # only ever between emoji: the second wall sees to it
        assert kind not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") or joiner, ascii(character)
        assert character not in "\u115f\u1160\u3164\uffa0", ascii(character)
    for run in re.findall(r"[\u0300-\u036f]+", text):
        assert len(run) <= 3


def posts() -> list[dict[str, object]]:
    """Each hostile text in every field that takes text."""
    now = datetime.now(UTC)
    rows: list[dict[str, object]] = []
    for number, text in enumerate(HOSTILE):
        short = text[:150].strip() or "x"
        rows.append(
            {
                "network": "mastodon",
                "id": f"[/]-{number}-%1b[2J",
                "text": text,
                "created_at": (now - timedelta(minutes=3, seconds=number)).isoformat(),
                "author": short,
                "author_name": short,
                "url": f"https://evil.example/{short}",
                "lang": short[:20],
                "likes": 1000 - number,
                "followers": 10**6,
                "html": f"<script>{text}</script>",
                f"[/{short[:30]}": short,
                "nested": {short[:30]: [short, None]},
            }
        )
    return rows


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home into which the posts came through the command that people use."""
    place = home(tmp_path_factory.mktemp("hostile") / "home")
    with (place / "config.toml").open("a") as settings:  # a bell of ours would hide one of theirs
        settings.write('\n[alert]\nbell = false\nnotice = "none"\n')
    lines = [json.dumps(row) for row in posts()]
    lines += ['{"network": "\\u001b[31m", "id": "1"}', '\x1b]0;raw\x07 {"broken', "\x9b[/"]
    lines += ['{"network": "x", "id": "\\u202e1", "text": "t", "created_at": "\\u001b[2J"}']
    file = place.parent / "in\x1b]0;name\x07[@click=app.quit].ndjson"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = command(place, "ingest", str(file))
    assert f"{len(HOSTILE)} stored" in done
    assert "4 in quarantine" in done
    return place


def pasted(text: str) -> str:
    """A paste; terminals take the escape character out, since it could end the paste."""
    return f"\x1b[200~{text.replace(chr(27), '')}\x1b[201~"


def command(place: Path, *arguments: str) -> str:
    """Run a command; all that it prints must be harmless."""
    done = subprocess.run(
        [*PROGRAM, "--home", str(place), *arguments], capture_output=True, timeout=60, cwd=ROOT, check=False
    )
    check(done.stdout.replace(b"\n", b""))
    check(done.stderr.replace(b"\n", b""))
    assert b"Traceback" not in done.stderr
    return done.stdout.decode() + done.stderr.decode()


@pytest.fixture
def shown(place: Path) -> Iterator[Terminal]:
    """The dashboard on it; at the end it still lives, and nothing was sent that is not ours."""
    with program(place) as terminal:
        yield terminal
        end(terminal, place)


def end(terminal: Terminal, place: Path, copies: int = 0) -> None:
    """Quit, and check every byte that was ever sent."""
    terminal.send(KEYS["escape"])
    terminal.wait_for_text("1 FEED")
    terminal.send("ctrl+q")
    assert terminal.wait_for_exit() == 0
    assert terminal.restored()
    output = bytes(terminal.output)
    assert len(re.findall(_OSC52, output)) == copies
    check(re.sub(_OSC52, b"", output))
    assert not list(place.rglob("owned"))
    assert not list(place.glob("crash*"))


def test_commands_print_nothing_hostile(place: Path) -> None:
    listed = command(place, "mentions")
    assert "zalgo" in listed
    assert "[@click=app.quit]x[/]" in listed
    assert "quarantine" in command(place, "doctor")
    command(place, "mentions", "--query", "evil")
    command(place, "mentions", "--query", QUERY)
    command(place, "mentions", "--network", "\x1b[2J")
    command(place, "assess")
    command(place, "ingest", "no\x1b[2Jsuch file")
    command(place, "drill", "\x1b]0;x\x07")


def test_the_feed_in_one_line_and_in_two(shown: Terminal) -> None:
    shown.send(*["down"] * len(HOSTILE))
    shown.settle()
    assert "[@click=app.quit]x[/]" in shown.text()
    for size in ((80, 24), (60, 20), (200, 50), (120, 40)):
        shown.resize(*size)
        shown.settle()
    shown.send("2")
    shown.wait_for_text("2 SEVERITY")


def test_every_mention_in_full(shown: Terminal) -> None:
    for _ in HOSTILE:
        shown.send("enter")
        shown.wait_for_text("MENTION")
        shown.send("]", "pagedown", "pagedown", "[", KEYS["escape"])
        shown.wait_for_text("1 FEED")
        shown.send("down")
        shown.settle(0.1)


def test_as_a_search(shown: Terminal) -> None:
    for query in ("evil*", "[/ x", '"[@click=app.quit]x[/]"', "مرحبا", "\x1b]52;c;eA==\x07"):
        shown.send("/")
        shown.wait_for_text("Search the mentions")
        shown.send("\x15", pasted(query), "enter")
        shown.wait_for(lambda: "Search the mentions" not in shown.text())
        shown.settle()


def test_typed_and_pasted_in_every_place(shown: Terminal) -> None:
    for text in HOSTILE[:4] + HOSTILE[5:8] + HOSTILE[9:]:
        shown.send("4")
        shown.wait_for_text("▌4 STATEMENT")
        shown.send(pasted(text))
        shown.settle()
        shown.send(KEYS["escape"])
        shown.wait_for_text("▌1 FEED")
    shown.send("o")
    shown.wait_for_text("What kind of crisis")
    shown.send("3")
    shown.wait_for_text("What happened")
    shown.send(pasted(HOSTILE[0] + HOSTILE[5] + HOSTILE[3]), "enter")
    shown.wait_for_text("PREPARATION", "IDENTIFICATION")
    shown.send("3", "x")
    shown.wait_for_text("What proves it")
    shown.send(pasted(HOSTILE[1] + HOSTILE[7]), "enter")
    shown.wait_for_text("[x]")
    shown.send("R")
    shown.wait_for_text("Raise the level")
    shown.send("enter")
    shown.wait_for_text("Why?")
    shown.send(pasted(HOSTILE[2]), "enter")
    shown.settle()
    shown.send("I")
    shown.wait_for_text("Which incident?")
    shown.send(KEYS["escape"])
    shown.settle()


def test_a_copy_is_the_cleaned_text_and_the_only_one(place: Path) -> None:
    with program(place) as terminal:
        wanted: list[str] = []
        for _ in range(3):
            terminal.send("y")
            terminal.wait_for(lambda: len(re.findall(_OSC52, bytes(terminal.output))) > len(wanted))
            terminal.settle()
            wanted.append(base64.b64decode(re.findall(_OSC52, bytes(terminal.output))[-1]).decode())
            terminal.send("down")
            terminal.settle()
        for text, copied in zip(reversed(HOSTILE), wanted, strict=False):
            assert clean(text) in copied
            assert copied == clean(copied), "what is copied is clean"
        assert (place / "copies" / "clipboard.txt").read_text() == wanted[-1]
        end(terminal, place, copies=3)


def test_bytes_that_are_no_text_end_nothing(place: Path) -> None:
    """A broken multi-byte character on the keyboard is not the end of the dashboard."""
    with program(place) as terminal:
        terminal.send("4", "before ")
        terminal.wait_for_text("before")
        os.write(terminal.master, b"\xff\xfe\xc3(")
        terminal.send("after")
        terminal.wait_for_text("after", seconds=5)


def test_a_paste_presses_no_key(place: Path, tmp_path: Path) -> None:
    """A terminal that does not filter pastes must not open the editor, save or quit by one."""
    opened = tmp_path / "opened"
    editor = tmp_path / "editor"
    editor.write_text(f'#!/bin/sh\ntouch "{opened}"\n')
    editor.chmod(0o700)
    with program(place, EDITOR=str(editor)) as terminal:
        terminal.send("4", f"\x1b[200~{HOSTILE[0]} {'and more ' * 9}\x1b[201~")
        terminal.settle(1.0)
        assert terminal.process.poll() is None
        assert not opened.exists()
