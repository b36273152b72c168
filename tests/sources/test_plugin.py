"""The network that CONTRIBUTING.md walks through, brought by another package, works as it stands there."""

from __future__ import annotations

import asyncio
import json
import os
import re
from pathlib import Path

from tests.sources.server import Reply, Request, serving
from tests.store.kit import ROOT, cli, rows

ENTRIES = [
    {"id": 1, "text": "acme was lovely", "written": "2026-03-04T10:00:00Z", "by": "ada"},
    {"id": 2, "text": "somebody else was not", "written": "2026-03-04T10:01:00Z", "by": "bob"},
    {"id": 3, "text": "acme lost my \u001b[2J parcel", "written": "2026-03-04T10:02:00Z", "by": "cyd"},
]


def block(language: str, holding: str) -> str:
    """The code block of CONTRIBUTING.md that holds a text."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    return str(next(each for each in re.findall(rf"```{language}\n(.*?)```", text, re.S) if holding in each))


def install(folder: Path) -> None:
    """What an installer leaves of the package: its module, and its entry points."""
    (folder / "guestbook.py").write_text(block("python", "class Guestbook"), "utf-8")
    section = block("toml", "entry-points").replace('[project.entry-points."crisis_tui.sources"]', "")
    entry = section.strip().replace('"', "")
    info = folder / "guestbook-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: guestbook\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[crisis_tui.sources]\n{entry}\n", "utf-8")


async def test_a_network_from_a_plug_in(tmp_path: Path) -> None:
    site, home = tmp_path / "site", tmp_path / "home"
    site.mkdir()
    home.mkdir()
    install(site)

    def guestbook(request: Request) -> Reply:
        after = int(request.query["after"])
        return Reply([each for each in ENTRIES if int(str(each["id"])) > after])

    async with serving(guestbook) as server:
        (home / "config.toml").write_text(
            "[watch.brand]\nterms = ['acme']\n"
            f"[[source]]\nname = 'visitors'\nkind = 'guestbook'\nurl = '{server.url}/list'\n",
            "utf-8",
        )
        path = os.pathsep.join((str(ROOT), str(site)))
        for _ in range(2):
            done = await asyncio.to_thread(cli, home, "agent", "--once", PYTHONPATH=path)
            assert (done.returncode, done.stderr) == (0, b"")
        assert [each.query["after"] for each in server.asked] == ["0", "3"]
    done = await asyncio.to_thread(cli, home, "mentions", "--json")
    found = json.loads(done.stdout)["mentions"]
    assert [(each["network"], each["id"], each["author"]) for each in found] == [
        ("guestbook", "3", "cyd"),
        ("guestbook", "1", "ada"),
    ]
    assert b"\x1b" not in done.stdout
    assert rows(home / "mentions.db", "SELECT name, kind, state FROM feeds") == [
        ("visitors", "guestbook", "live")
    ]


def test_a_kind_that_nobody_brings_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[[source]]\nname = 'a'\nkind = 'guestbook'\nurl = 'x'\n", "utf-8")
    done = cli(tmp_path, "agent", "--once")
    assert done.returncode == 1
    said = done.stderr.decode()
    assert 'no kind of source "guestbook"; known are appstore, bluesky, discourse,' in said
    assert said.count("\n") == 1
