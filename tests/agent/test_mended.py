"""An agent without a screen: what it says, how it ends, and how a person has it look again at once."""

from __future__ import annotations

import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.sources.feeds import item, rss
from tests.store.kit import cli, line, rows, start, wait_for

SETTINGS = """
[watch.brand]
terms = ["acme"]

[[source]]
name = "news"
kind = "feed"
url = "http://127.0.0.1:{port}/{path}"
all = true
"""


class Site(ThreadingHTTPServer):
    """A site whose /feed.xml is there only once somebody has `mended` it."""

    daemon_threads = True
    mended = False
    asked = 0


class _Answer(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.asked += 1
        found = self.server.mended or self.path == "/other.xml"
        body = rss([item(1)]).encode() if found else b""
        self.send_response(200 if found else 404)
        self.send_header("content-type", "application/rss+xml")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    with Site(("127.0.0.1", 0), _Answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    return home


def write(home: Path, site: Site, path: str = "feed.xml") -> None:
    (home / "config.toml").write_text(SETTINGS.format(port=site.server_port, path=path))


def state(home: Path) -> str:
    try:
        return str(rows(home / "mentions.db", "SELECT state FROM feeds")[0][0])
    except (sqlite3.OperationalError, IndexError):
        return ""


@pytest.fixture
def agent(home: Path, site: Site) -> Iterator[subprocess.Popen[bytes]]:
    """An agent whose one feed is gone, which it looks at again only in an hour."""
    write(home, site)
    process = start(home, "agent", stdout=subprocess.PIPE)
    try:
        wait_for(lambda: state(home) == "broken", "the feed is told to be broken")
        yield process
    finally:
        process.kill()
        process.communicate()


def test_once_is_a_failure_when_a_source_can_not_be_read(home: Path, site: Site) -> None:
    write(home, site)
    done = cli(home, "agent", "--once")
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"news: broken, 0 stored - " in done.stdout
    assert b"/feed.xml does not exist (404)." in done.stdout
    site.mended = True
    done = cli(home, "agent", "--once")
    assert (done.returncode, done.stdout) == (0, b"news: live, 1 stored - reads\n")


def test_once_is_a_failure_when_the_settings_of_a_source_are_wrong(home: Path, tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(line(1))
    (home / "config.toml").write_text(
        f'[[source]]\nname = "good"\nkind = "tail"\npath = "{tmp_path}/a.ndjson"\n'
        '[[source]]\nname = "bad"\nkind = "tail"\n'
    )
    done = cli(home, "agent", "--once")
    assert done.returncode == 1
    assert b'line 5: source 2 "bad" (tail) lacks "path"' in done.stderr
    assert b"bad: not usable" in done.stdout
    assert b"good: live, 1 stored" in done.stdout


def test_an_agent_that_runs_is_asked_to_look_and_its_findings_are_told(
    home: Path, site: Site, agent: subprocess.Popen[bytes]
) -> None:
    asked = site.asked
    done = cli(home, "agent", "--once")
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"/feed.xml does not exist (404)." in done.stdout
    assert site.asked > asked
    site.mended = True
    done = cli(home, "agent", "--once")
    assert (done.returncode, done.stdout) == (0, b"news: live, 1 stored - reads\n")
    assert agent.poll() is None


def test_a_source_whose_settings_change_is_looked_at_at_once(
    home: Path, site: Site, agent: subprocess.Popen[bytes]
) -> None:
    write(home, site, "other.xml")
    wait_for(lambda: state(home) == "live", "the new address is read")
    agent.terminate()
    said = agent.communicate(timeout=10)[0].decode().splitlines()
    assert said[0] == f"Watching 1 source for brand; the store is {home}."
    assert "UTC news: broken - " in said[1]
    assert said[2].endswith("UTC news: live")
    assert len(said) == 3


def test_without_a_source_it_says_how_to_add_one(home: Path) -> None:
    process = start(home, "agent", stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        first = process.stdout.readline().decode()
    finally:
        process.kill()
        process.communicate()
    assert f"add a [[source]] to {home}/config.toml" in first
    done = cli(home, "agent", "--once")
    assert done.stdout.decode() == first
