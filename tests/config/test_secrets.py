"""Secrets: had by reference only, refused in one sentence, and shown nowhere."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from crisis_tui.config import ConfigError, load
from crisis_tui.secrets import secret
from data.sources.base import AuthError
from tests.store.kit import cli

SECRET = "hunter2-swordfish"


async def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_TOKEN", f" {SECRET}\n")
    found = await secret("env:ACME_TOKEN")()
    assert found.get_secret_value() == SECRET
    assert SECRET not in f"{found} {found!r}"


async def test_from_a_file_that_only_we_can_read(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(f"{SECRET}\n", "utf-8")
    path.chmod(0o600)
    give = secret(f"file:{path}")
    assert (await give()).get_secret_value() == SECRET
    path.write_text("a-new-one", "utf-8")
    assert (await give()).get_secret_value() == "a-new-one", "a secret that was changed is found"
    for mode in (0o640, 0o604, 0o644):
        path.chmod(mode)
        with pytest.raises(AuthError, match="chmod 600"):
            await give()


async def test_from_a_command(tmp_path: Path) -> None:
    script = tmp_path / "show.py"
    script.write_text(f"print('{SECRET}'); print('a second line')", "utf-8")
    assert (await secret(f"cmd:{sys.executable} {script}")()).get_secret_value() == SECRET


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("env:NOT_SET_ANYWHERE", "env:NOT_SET_ANYWHERE is not set"),
        ("file:/nowhere/at/all", "can't be read"),
        ("file:/", "is no file"),
        ("file:/dev/null", "is no file"),
        ("cmd:/nowhere/at/all --token x", "can't be run"),
        ("cmd:'unclosed", "can't be run"),
        ("cmd:false", "ended with 1"),
        ("cmd:true", "is empty"),
    ],
)
async def test_what_can_not_be_had_is_one_sentence(reference: str, says: str) -> None:
    with pytest.raises(AuthError, match=says) as refused:
        await secret(reference)()
    assert "\n" not in str(refused.value)


async def test_arguments_of_a_command_are_not_shown() -> None:
    with pytest.raises(AuthError) as refused:
        await secret(f"cmd:false --password {SECRET}")()
    assert SECRET not in str(refused.value)
    assert "cmd:false" in str(refused.value)


async def test_a_secret_with_control_characters_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ACME_TOKEN", f"{SECRET}\x1b[2J")
    with pytest.raises(AuthError) as refused:
        await secret("env:ACME_TOKEN")()
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("mastodon", f"https://bob:{SECRET}@x.example"),
        ("feed", f"ftp://bob:{SECRET}@x"),
        ("discourse", f"https://x.example/?api_key={SECRET}"),
    ],
)
def test_a_wrong_address_is_not_repeated(tmp_path: Path, kind: str, url: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f"[[source]]\nname = 'm'\nkind = '{kind}'\nurl = '{url}'\n", "utf-8")
    with pytest.raises(ConfigError, match="url") as refused:
        load(path)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("reference", ["cmd: ", "env:", "file:  ", "cmd"])
def test_a_reference_to_nothing_is_refused(tmp_path: Path, reference: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        f"[[source]]\nname = 'm'\nkind = 'mastodon'\nurl = 'https://x.example'\ntoken = '{reference}'\n",
        "utf-8",
    )
    with pytest.raises(ConfigError, match="by reference only"):
        load(path)


def test_a_secret_that_stands_in_the_settings_is_refused_and_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        f"[[source]]\nname = 'm'\nkind = 'mastodon'\nurl = 'https://social.example'\ntoken = '{SECRET}'\n",
        "utf-8",
    )
    with pytest.raises(ConfigError, match=r'line 5: .*"token" is a secret by reference only') as refused:
        load(path)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("listening", [False, True])
def test_doctor_tries_each_secret_before_any_agent_ran_and_shows_none(
    tmp_path: Path, listening: bool
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    secret_file = tmp_path / "webhook"
    secret_file.write_text(SECRET)
    secret_file.chmod(0o600 if listening else 0o644)
    (home / "config.toml").write_text(
        f"[[source]]\nname = 'hook'\nkind = 'webhook'\nsecret = 'file:{secret_file}'\n"
        "[[source]]\nname = 'm'\nkind = 'mastodon'\nurl = 'https://x.example'\ntoken = 'env:SOME_TOKEN'\n"
        "[[source]]\nname = 'x'\nkind = 'x'\ntoken = 'cmd:sh -c \"echo $SOME_TOKEN\"'\n"
    )
    done = cli(home, "doctor", "--json", SOME_TOKEN=SECRET if listening else "")
    found = {each["name"]: each for each in json.loads(done.stdout)["checks"]}
    assert SECRET not in done.stdout.decode() + done.stderr.decode()
    states = [found[f"secret of {name}"]["state"] for name in ("hook", "m", "x")]
    if listening:
        assert states == ["ok", "ok", "ok"]
    else:
        assert (done.returncode, states) == (1, ["fault", "fault", "fault"])
        assert "chmod 600" in found["secret of hook"]["says"]
        assert "env:SOME_TOKEN is empty" in found["secret of m"]["says"]
        assert "cmd:sh is empty" in found["secret of x"]["says"]


def test_doctor_tells_terms_that_can_hear_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text("[watch.a]\nterms = ['#', 'acme']\n[watch.b]\nterms = ['', '*']\n")
    found = {each["name"]: each for each in json.loads(cli(home, "doctor", "--json").stdout)["checks"]}
    assert found["watch a"]["says"].startswith('"#" in its terms can hear nothing')
    assert '"", "*" in its terms can hear nothing' in found["watch b"]["says"]
    assert "until then it takes everything" in found["watch b"]["says"]
    assert "takes everything" not in found["watch a"]["says"]
