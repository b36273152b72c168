"""The command line as scripts see it: exit codes, one sentence on standard error, one JSON document."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import select
import signal
import stat
import subprocess
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from data.library import read
from data.models.batch import Batch
from data.models.feed import Change
from data.store import Store
from tests.store.kit import (
    NOON,
    as_somebody,
    cli,
    environment,
    line,
    mention,
    number,
    public_folder,
    start,
    wait_for,
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def filled(home: Path) -> Path:
    now = datetime.now(UTC)
    rows = [
        line(
            n,
            network=("x", "mastodon")[n % 2],
            created_at=(now - timedelta(hours=n)).isoformat(),
            author=f"@a{n}",
        )
        for n in range(50)
    ]
    assert cli(home, "ingest", "-", stdin=b"".join(rows)).returncode == 0
    return home


def sentence(done: subprocess.CompletedProcess[bytes], code: int) -> str:
    """The one sentence of a command that failed, and nothing else."""
    said = done.stderr.decode()
    assert done.returncode == code, said
    assert done.stdout == b""
    assert said.startswith("crisis-tui: ")
    assert said.endswith("\n")
    assert said.count("\n") == 1
    assert "Traceback" not in said
    return said.removeprefix("crisis-tui: ").strip()


def document(done: subprocess.CompletedProcess[bytes], code: int = 0) -> Any:
    """The one JSON document of a command."""
    assert (done.returncode, done.stderr) == (code, b"")
    assert done.stdout.isascii()
    return json.loads(done.stdout)


# Wrong usage


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["nonsense"], "nonsense"),
        (["mentions", "--nonsense"], "--nonsense"),
        (["mentions", "--limit", "many"], "--limit"),
        (["mentions", "--limit", "-1"], "--limit must be"),
        (["mentions", "--limit", "9" * 30], "--limit must be"),
        (["mentions", "--since", "yesterday"], "2026-11-22T03:00Z"),
        (["mentions", "--since", "0001-01-01T00:00+14:00"], "--since"),
        (["mentions", "--since", "999999w"], "--since"),
        (["mentions", "--query", "-"], "Type at least one word"),
        (["assess", "--at", "0001-01-01"], "outside 1970 to 2199"),
        (["assess", "--at", "9999-12-31"], "outside 1970 to 2199"),
        (["ingest"], "FILE"),
        (["ingest", "/nowhere/at/all"], "can't be read"),
        (["ingest", "/"], "is a folder"),
        (["ingest", ""], "can't be read"),
        (["audit"], "ACTION"),
        (["audit", "rebuild"], "--check"),
        (["drill", "nonsense"], "there are: data-breach, viral-review"),
        (["drill", "viral-review", "--speed", "0"], "is no speed"),
        (["drill", "viral-review", "--speed", "nan"], "is no speed"),
        (["dashboard"], "needs a terminal"),
        ([], "needs a terminal"),
    ],
)
def test_wrong_usage_is_one_sentence(home: Path, arguments: list[str], part: str) -> None:
    assert part in sentence(cli(home, *arguments), 2)


def test_hostile_arguments_reach_the_terminal_tame(home: Path) -> None:
    said = sentence(cli(home, "ingest", "/no\x1b[2J\udcff\nwhere"), 2)
    assert "\x1b" not in said


@pytest.mark.parametrize("command", [["keys"], ["agent", "--once"], ["assess"]])
def test_settings_that_are_no_toml_are_one_sentence(home: Path, command: list[str]) -> None:
    home.mkdir()
    (home / "config.toml").write_text("a = ")
    assert "is not valid TOML" in sentence(cli(home, *command), 2)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("organization = 'x'", 'did you mean "organisation"?'),
        ("[[source]]\nname = 'bad'\nkind = 'tail'", 'source 1 "bad" (tail) lacks "path"'),
    ],
)
def test_a_fault_in_the_settings_is_told_and_the_rest_works(home: Path, text: str, part: str) -> None:
    home.mkdir()
    (home / "config.toml").write_text(f"{text}\n[watch.brand]\nterms = ['acme']\n")
    for command in (["assess", "--json"], ["watch", "--json"]):
        done = cli(home, *command)
        assert (done.returncode, bool(json.loads(done.stdout))) == (0, True)
        assert part in done.stderr.decode()
        assert done.stderr.count(b"\n") == 1
    assert part in sentence(cli(home, "keys"), 2)
    found = document(cli(home, "doctor", "--json"), 1)
    assert part in next(each["says"] for each in found["checks"] if each["name"] == "settings")


@pytest.mark.parametrize(
    ("program", "code"), [("nonexist-cmd", 1), ("/nowhere/page", 1), ("~/page", 1), ("sh", 0)]
)
def test_doctor_tells_of_a_pager_that_is_not_there(home: Path, program: str, code: int) -> None:
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text(f'[alert]\ncommand = ["{program}", "--urgent"]\n')
    found = document(cli(home, "doctor", "--json"), code)
    check = next(each for each in found["checks"] if each["name"] == "alerts")
    assert check["state"] == ("fault" if code else "ok")
    assert (f"{program}, the program of [alert] command, can't be found" in check["says"]) is bool(code)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('"feed.nonsense" = "x"', '"feed.nonsense" is no action'),
        ('"feed.open" = "alt+x"', "is no key that works everywhere"),
        ('"feed.open" = "j"', "stands for both"),
    ],
)
def test_wrong_keys_are_one_sentence(home: Path, text: str, part: str) -> None:
    home.mkdir()
    (home / "config.toml").write_text(f"[keys]\n{text}\n")
    assert part in sentence(cli(home, "keys"), 2)


# Places


@pytest.mark.parametrize("command", [["mentions"], ["audit", "verify"], ["agent", "--once"], ["backup", "x"]])
def test_a_store_that_can_not_be_used_is_code_3(home: Path, command: list[str]) -> None:
    home.mkdir()
    (home / "crisis.db").write_bytes(b"not a database at all" * 99)
    assert "crisis.db is damaged" in sentence(cli(home, *command), 3)


def test_homes_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in ("file", "file/below", "x" * 300):
        assert "choose another with --home" in sentence(cli(tmp_path / place, "mentions"), 3)
    assert sentence(cli(Path("/proc/nonsense"), "mentions"), 3)


@pytest.mark.parametrize("command", [["mentions"], ["init", "--yes"], ["agent", "--once"], ["assess"]])
@pytest.mark.parametrize("mode", [0o000, 0o500])
def test_a_home_that_is_not_ours_is_one_sentence(command: list[str], mode: int) -> None:
    with public_folder() as folder:
        home = folder / "home"
        home.mkdir()
        os.chown(home, 65_534 if os.getuid() == 0 else os.getuid(), -1)
        home.chmod(mode)
        done = as_somebody(
            "import sys; from crisis_tui.cli import main; sys.exit(main(['--home', *sys.argv[1:]]))",
            home,
            *command,
        )
        home.chmod(0o700)
    assert done.returncode in (1, 2, 3), done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("crisis-tui: ")
    assert str(home) in done.stderr


def test_home_by_argument_by_environment_and_by_xdg(tmp_path: Path) -> None:
    def run(*arguments: str, **env: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "crisis_tui", *arguments, "ingest", "-"],
            input=line(1),
            capture_output=True,
            env=environment(**env),
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")

    run("--home", str(tmp_path / "a"), CRISIS_TUI_HOME=str(tmp_path / "b"))
    assert not (tmp_path / "b").exists()
    run(CRISIS_TUI_HOME=str(tmp_path / "b"))
    run(HOME=str(tmp_path / "c"), XDG_STATE_HOME=str(tmp_path / "d"))
    run(HOME=str(tmp_path / "c"))
    for place in ("a", "b", "d/crisis-tui", "c/.local/state/crisis-tui"):
        assert number(tmp_path / place / "mentions.db", "SELECT count(*) FROM mentions") == 1


def test_home_may_stand_before_or_after_the_command(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "crisis_tui", "mentions", "--home", str(home), "--json"],
        capture_output=True,
        env=environment(),
        check=False,
    )
    assert document(done) == {"total": 0, "mentions": []}
    assert (home / "mentions.db").exists()


# init


def test_init_writes_private_settings_once(home: Path) -> None:
    done = cli(home, "init", "--yes")
    assert (done.returncode, done.stderr) == (0, b"")
    config = home / "config.toml"
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert cli(home, "keys").returncode == 0
    config.write_text("# mine\n")
    assert "exists already" in sentence(cli(home, "init", "--yes"), 1)
    assert config.read_text() == "# mine\n"


def test_init_does_not_follow_a_link_out_of_its_place(home: Path, tmp_path: Path) -> None:
    home.mkdir()
    (home / "config.toml").symlink_to(tmp_path / "elsewhere")
    sentence(cli(home, "init", "--yes"), 1)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("typed", "name"),
    [('Müller "&" Söhne \\ {x}\n', 'Müller "&" Söhne \\ {x}'), ("\n", ""), ("\x04", "")],
)
def test_init_asks_on_a_terminal(home: Path, typed: str, name: str) -> None:
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "crisis_tui", "--home", str(home), "init"],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env=environment(LC_ALL="C.UTF-8"),
    ) as process:
        os.close(follower)
        shown = b""
        while b"may be empty" not in shown:
            assert select.select([leader], [], [], 30)[0]
            shown += os.read(leader, 1_000)
        os.write(leader, typed.encode())
        while b"Next: edit it" not in shown:
            assert select.select([leader], [], [], 30)[0]
            shown += os.read(leader, 1_000)
        assert process.wait(30) == 0
    os.close(leader)
    assert b"Traceback" not in shown
    assert tomllib.loads((home / "config.toml").read_text("utf-8"))["organisation"] == name


# What comes out


def test_an_edited_and_a_deleted_mention_are_marked(home: Path) -> None:
    async def change() -> None:
        async with Store.open(home) as store:
            await store.mentions.take(Batch(mentions=[mention(1), mention(2)], known=True), "m", NOON)
            gone = Change(network="x", id="2", at=NOON)
            edited = mention(1, text="corrected")
            await store.mentions.take(Batch(mentions=[edited], changes=[gone], known=True), "m", NOON)

    asyncio.run(change())
    deleted, edited = json.loads(cli(home, "mentions", "--json").stdout)["mentions"]
    assert (edited["text"], edited["text_original"]) == ("corrected", "words of post 1")
    assert edited["edited_at"]
    assert deleted["deleted_at"] == "2026-03-04T12:00:00Z"
    lines = cli(home, "mentions").stdout.decode()
    assert "(edited) corrected" in lines
    assert "(deleted) words of post 2" in lines


def test_ingest_says_what_became_of_each_line(home: Path) -> None:
    data = line(1) + line(1) + b"bad\n" + line(2)
    assert document(cli(home, "ingest", "-", "--json", stdin=data)) == {
        "read": 4,
        "stored": 2,
        "duplicates": 1,
        "quarantined": 1,
    }
    done = cli(home, "ingest", "-", stdin=data)
    assert done.stdout.decode().startswith("4 read: 0 stored, 3 known already, 1 in quarantine.")
    assert document(cli(home, "ingest", "-", "--json")) == {
        "read": 0,
        "stored": 0,
        "duplicates": 0,
        "quarantined": 0,
    }


def test_ingest_with_standard_input_closed(home: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", f'exec {sys.executable} -m crisis_tui --home "$0" ingest - <&-', str(home)],
        capture_output=True,
        env=environment(),
        check=False,
    )
    sentence(done, 2)


def test_ingest_that_is_interrupted_keeps_what_it_stored(home: Path) -> None:
    process = start(home, "ingest", "-", stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(line(1))
    process.stdin.flush()
    wait_for(lambda: number(home / "mentions.db", "SELECT count(*) FROM mentions"), "stored")
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=30)
    assert process.returncode == 130
    assert complaint == b"crisis-tui: stopped; what was stored before stays stored.\n"


def test_mentions(filled: Path) -> None:
    whole = document(cli(filled, "mentions", "--json"))
    assert whole["total"] == 50
    assert [each["id"] for each in whole["mentions"]] == [str(n) for n in range(49, -1, -1)]
    first = whole["mentions"][0]
    assert set(first) == {"network", "id", "text", "created_at", "arrived_at", "author"}
    assert datetime.fromisoformat(first["created_at"]).tzinfo is not None

    def ids(*arguments: str) -> tuple[int, list[str]]:
        found = document(cli(filled, "mentions", "--json", *arguments))
        return found["total"], [each["id"] for each in found["mentions"]]

    assert ids("--limit", "2") == (50, ["49", "48"])
    assert ids("--limit", "0") == (50, [])
    assert ids("--query", "post 7") == (1, ["7"])
    assert ids("--query", '"post 7" -words') == (0, [])
    assert ids("--query", "caf\udce9") == (0, [])
    assert ids("--network", "MASTODON", "--limit", "1") == (25, ["49"])
    assert ids("--network", "\udcff") == (0, [])
    assert ids("--since", "90m") == (2, ["1", "0"])
    assert ids("--since", "2h ago") == (2, ["1", "0"])
    assert ids("--since", "1d")[0] == 24
    assert ids("--since", "1w")[0] == 50
    moment = datetime.now(UTC) - timedelta(minutes=90)
    assert ids("--since", moment.isoformat())[0] == 2
    assert ids("--since", moment.strftime("%Y-%m-%dT%H:%MZ"))[0] == 2
    assert ids("--since", "2026-01-01", "--query", "post", "--network", "x")[0] == 25


def test_mentions_for_people_are_one_tame_line_each(home: Path) -> None:
    cli(home, "ingest", "-", stdin=line(1, text="two\nlines \x1b[2J 😀", author="@ä\u202e"))
    done = cli(home, "mentions")
    assert done.stdout.decode() == (
        "2026-03-04 12:00 x          @ä\ufffd: two lines \u241b[2J 😀\n1 of 1 mentions.\n"
    )
    done = cli(home, "mentions", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"@??: two lines ?[2J ?" in done.stdout


def test_assess(filled: Path) -> None:
    found = document(cli(filled, "assess", "--json"))
    assert set(found) >= {
        "at", "level", "word", "score", "by", "contributions", "missing", "stale", "next_change", "model",
    }  # fmt: skip
    assert (found["level"], found["word"], found["by"], found["score"]) == (0, "Routine", "score", 0)
    assert found["contributions"]
    for each in found["contributions"]:
        assert set(each) >= {"input", "points", "weight", "raw", "window", "baseline", "samples"}
    assert "reach" in found["missing"]
    past = document(cli(filled, "assess", "--json", "--at", "2020-01-01"))
    assert past["at"] == "2020-01-01T00:00:00Z"
    assert past["contributions"] == []


def test_assess_in_words_says_all_that_the_screen_says(filled: Path) -> None:
    moment = datetime.now(UTC).isoformat()
    found = document(cli(filled, "assess", "--json", "--at", moment))
    shown = cli(filled, "assess", "--at", moment, TZ="Europe/Berlin", COLUMNS="80").stdout.decode()
    assert re.match(r" As of [-0-9]+ \d\d:\d\d CES?T \(.*\d\d:\d\d UTC\): HISTORY\n", shown)
    assert " . ROUTINE   score 0/100\n" in shown
    assert "It comes from the score: 0 of 100" in shown
    folded = " ".join(shown.split())
    for each in found["contributions"]:
        assert f"0  {each['input']}" in shown
        assert f"{each['window']}; baseline: {each['baseline']}" in folded
        assert all(sample[:60] in shown for sample in each["samples"][:3])
    missing = ", ".join(found["missing"])
    assert f" INPUTS WITHOUT DATA {missing} - left out of the score. FEEDS" in folded
    assert all(len(row) <= 80 for row in shown.splitlines())
    now = cli(filled, "assess").stdout.decode()
    assert "HISTORY" not in now
    nothing = cli(filled, "assess", "--at", "2020-01-01").stdout.decode()
    assert nothing.startswith(" As of 2020-01-01")
    assert "No input has data yet." in nothing


def test_assess_at_the_same_moment_says_the_same(filled: Path) -> None:
    moment = datetime.now(UTC).isoformat()
    first = cli(filled, "assess", "--json", "--at", moment).stdout
    assert first == cli(filled, "assess", "--json", "--at", moment).stdout


def test_audit(home: Path) -> None:
    assert document(cli(home, "audit", "verify", "--json")) == {"ok": True, "events": 0, "fault": None}
    assert document(cli(home, "audit", "rebuild", "--check", "--json"))["ok"] is True
    script = f"""
import asyncio, sqlite3, sys
from pathlib import Path
from data.store import Store
from tests.store.kit import NOON, note

async def main():
    async with Store.open(Path({str(home)!r})) as store:
        await store.events.append([note()] * 3, "anna", NOON)

asyncio.run(main())
connection = sqlite3.connect(Path({str(home)!r}) / "crisis.db", isolation_level=None)
exported = connection.execute("SELECT count(*) FROM events").fetchone()[0]
if len(sys.argv) > 1:
    connection.execute("DROP TRIGGER events_never_change")
    connection.execute("UPDATE events SET body = '{{' WHERE seq = 2")
"""
    subprocess.run([sys.executable, "-c", script], env=environment(), check=True)
    exported = cli(home, "audit", "export").stdout.splitlines()
    assert [json.loads(row)["counter"] for row in exported] == [1, 2, 3]
    assert cli(home, "audit", "verify").stdout == b"3 events, all in order.\n"
    subprocess.run([sys.executable, "-c", script, "damage"], env=environment(), check=True)
    for action in (["verify"], ["rebuild", "--check"]):
        found = document(cli(home, "audit", *action, "--json"), code=1)
        assert (found["ok"], found["events"]) == (False, 2)
        assert "Event 2" in found["fault"]
        assert cli(home, "audit", *action).returncode == 1


def test_backup_and_restore(filled: Path, tmp_path: Path) -> None:
    done = cli(filled, "backup", str(tmp_path / "copy"))
    assert (done.returncode, done.stderr) == (0, b"")
    assert "exists already" in cli(filled, "backup", str(tmp_path / "copy")).stderr.decode()
    assert cli(tmp_path / "new", "restore", str(tmp_path / "copy")).returncode == 0
    assert document(cli(tmp_path / "new", "mentions", "--json", "--limit", "0"))["total"] == 50
    again = cli(tmp_path / "new", "restore", str(tmp_path / "copy"))
    assert again.returncode != 0
    assert again.stderr.count(b"\n") == 1


def test_keys(home: Path) -> None:
    home.mkdir()
    (home / "config.toml").write_text('[keys]\n"main.search" = "ctrl+f,slash"\n')
    found = document(cli(home, "keys", "--json"))
    by_id = {each["id"]: each for each in found}
    assert len(by_id) == len(found)
    assert (by_id["main.search"]["keys"], by_id["main.search"]["default"]) == (["ctrl+f", "slash"], ["slash"])
    for each in found:
        assert each["title"]
        assert each["help"]
        assert each["keys"]
    shown = cli(home, "keys").stdout.decode()
    assert all(each["help"] in shown for each in found)


def test_drills_are_listed(home: Path) -> None:
    shown = cli(home, "drill").stdout.decode()
    assert all(name in shown for name in read.drill_names())
    assert not home.exists()
    sentence(cli(home, "drill", "viral-review", "--json"), 1)


@pytest.mark.slow
def test_a_headless_drill_as_json_and_for_people(home: Path) -> None:
    found = document(cli(home, "drill", "data-breach", "--headless", "--json", timeout=180))
    assert found["drill_mode"] is True
    assert found["score"] == 100
    assert [each["level"] for each in found["levels"]] == sorted(each["level"] for each in found["levels"])
    shown = cli(home, "drill", "data-breach", "--headless", timeout=180).stdout.decode()
    assert f"DRILL data-breach: {found['mentions']:,} mentions, score 100 of 100" in shown
    assert "expected Crisis by T+0h40: met at" in shown
    assert not home.exists()


@pytest.mark.parametrize("command", ["mentions", "mentions --json", "keys", "audit export"])
def test_a_reader_that_leaves_early_is_no_fault(filled: Path, command: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f'{sys.executable} -m crisis_tui --home "$0" {command} | head -1; :', str(filled)],
        capture_output=True,
        env={**environment(), "PYTHONUNBUFFERED": "1"},
        timeout=60,
        check=False,
    )
    assert done.stderr == b""
    if command != "audit export":
        assert done.stdout.count(b"\n") == 1


def test_output_that_can_not_be_written_is_one_sentence(home: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "crisis_tui", "--home", str(home), "keys"],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(),
            check=False,
        )
    assert done.returncode != 0
    assert done.stderr.count(b"\n") == 1
    assert b"No space left" in done.stderr


def test_help_and_version(home: Path) -> None:
    done = cli(home, "--help")
    assert done.returncode == 0
    for name in (
        "agent",
        "assess",
        "audit",
        "backup",
        "drill",
        "ingest",
        "init",
        "keys",
        "mentions",
        "triage",
    ):
        assert f"    {name} " in done.stdout.decode()
        one = cli(home, name, "--help")
        assert one.returncode == 0
        assert b"--home" in one.stdout
    assert cli(home, "--version").stdout.startswith(b"crisis-tui ")
    assert not home.exists()


def test_light_commands_do_not_load_textual(home: Path) -> None:
    code = (
        "import sys\nfrom crisis_tui.cli import main\nmain(sys.argv[1:])\nsys.exit('textual' in sys.modules)"
    )
    for command in (
        ["keys"],
        ["mentions"],
        ["ingest", "/dev/null"],
        ["assess"],
        ["agent", "--once"],
        ["triage", "x", "1"],
    ):
        done = subprocess.run(
            [sys.executable, "-c", code, "--home", str(home), *command],
            env=environment(),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, (command, done.stderr)


def test_clock_words_of_a_drill() -> None:
    from crisis_tui.cli.drill import clock_words

    assert [clock_words(minute) for minute in (-4, 0, 65.4, 600)] == ["T-0h04", "T+0h00", "T+1h05", "T+10h00"]
