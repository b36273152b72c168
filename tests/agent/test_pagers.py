"""The ways out: what a command and a webhook get, and what is said when they fail."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crisis_tui.agent.pagers import Command, PagerError, Webhook
from data.matcher import Listener
from data.models.alert import Alert
from data.sources.base import Tools
from data.sources.http import Http
from data.sources.webhook.network import Settings, WebhookSource
from tests.agent.pager import pager
from tests.sources.lend import known_secret
from tests.store.kit import wait_for

ALERT = Alert(
    id="0193-1",
    level="Crisis",
    number=3,
    before="Incident",
    at=datetime(2026, 11, 22, 3, tzinfo=UTC),
    by="score",
    score=66.7,
    inputs=("volume",),
    text="crisis-tui: Crisis",
)
HOOK = "import os, sys; open(sys.argv[1], 'a').write(sys.stdin.read() + os.environ['CRISIS_TUI_LEVEL'])"


async def refused(way: Command | Webhook) -> str:
    with pytest.raises(PagerError) as error:
        await way.send(ALERT)
    return str(error.value)


async def test_a_command_gets_the_alert_on_its_input_and_no_shell(tmp_path: Path) -> None:
    target = tmp_path / "$(touch broken); out"
    await Command((sys.executable, "-c", HOOK, str(target))).send(ALERT)
    line, level = target.read_text().split("\n")
    assert (json.loads(line)["id"], level) == ("0193-1", "Crisis")
    assert [each.name for each in tmp_path.iterdir()] == [target.name]


async def test_a_command_that_reads_nothing_is_no_failure() -> None:
    await Command(("true",)).send(ALERT)


async def test_what_a_command_can_do_wrong_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "page").write_text("not a program")
    assert await refused(Command(("false", "hunter2"))) == (
        "false ended with 1; run it by hand with an alert to see why."
    )
    assert "can't be run (No such file" in await refused(Command(("/nowhere/page",)))
    assert "can't be run (Permission denied)" in await refused(Command((str(tmp_path / "page"),)))


async def test_a_command_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    script = f"sleep 600 & echo $! > {mark}; wait"
    assert "did not end within 0.5 s" in await refused(Command(("sh", "-c", script), limit_s=0.5))
    child = int(mark.read_text())

    def gone() -> bool:
        try:
            return Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
        except OSError:
            return True

    wait_for(gone, "the child of the command is gone")


async def test_a_command_does_not_find_our_modules(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    monkeypatch.setenv("PYTHONPATH", f"{root}{os.pathsep}/theirs")
    target = tmp_path / "out"
    code = "import os, sys; open(sys.argv[1], 'w').write(os.environ['PYTHONPATH'])"
    await Command((sys.executable, "-c", code, str(target))).send(ALERT)
    assert target.read_text() == "/theirs"


async def test_our_own_receiver_takes_what_is_signed_with_its_secret_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lent = Tools(
        http=lambda: Http("none"),
        listener=Listener(()),
        secret=known_secret,
        now=lambda: datetime.now(UTC),
        private=tmp_path / "private",
    )
    settings = Settings.model_validate(
        {"name": "hook", "kind": "webhook", "listen": "127.0.0.1:0", "secret": "env:HOOK_SECRET"}
    )
    receiver = WebhookSource(settings, lent)
    key = tmp_path / "key"
    key.touch(0o600)
    async with contextlib.aclosing(receiver.hints()) as hints:  # type: ignore[type-var]
        await anext(hints)
        monkeypatch.setenv("PAGER_URL", f"http://127.0.0.1:{receiver.port}/mentions")
        key.write_text((await known_secret("env:HOOK_SECRET")()).get_secret_value())
        await Webhook("env:PAGER_URL", f"file:{key}").send(ALERT)
        key.write_text("another secret of some length")
        assert "refuses the alert (401)" in await refused(Webhook("env:PAGER_URL", f"file:{key}"))
        assert "refuses the alert (401)" in await refused(Webhook("env:PAGER_URL"))


async def test_a_webhook_gets_the_alert_with_its_id() -> None:
    with pager() as server:
        await Webhook(server.url).send(ALERT)
        (heard,) = server.heard
    assert heard.headers["x-crisis-tui-alert"] == heard.alert["id"] == "0193-1"
    assert heard.headers["content-type"] == "application/json"
    assert (heard.alert["level"], heard.alert["test"]) == ("Crisis", False)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (302, "leads elsewhere (302)"),
        (307, "leads elsewhere (307)"),
        (401, "refuses the alert (401)"),
        (404, "refuses the alert (404)"),
        (429, "asks us to wait (429)"),
        (500, "has a fault of its own (500)"),
    ],
)
async def test_what_is_not_taken_is_told_without_the_address(status: int, words: str) -> None:
    with pager(then=status) as server:
        server.headers["location"] = "/elsewhere"
        said = await refused(Webhook(server.url))
        assert len(server.heard) == 1, "no redirect is followed"
    assert words in said
    assert "T0KEN" not in said


async def test_who_is_not_there_is_told_without_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with pager() as server:
        url = server.url
    assert (said := await refused(Webhook(url))).endswith(
        "refuses the connection; check its port, and that it runs."
    )
    assert "T0KEN" not in said
    monkeypatch.setenv("PAGER_URL", "http://pager.example/T0KEN-T0KEN")
    said = await refused(Webhook("env:PAGER_URL"))
    assert said.startswith("What env:PAGER_URL holds must begin with https://")
    assert "T0KEN" not in said
    monkeypatch.delenv("PAGER_URL")
    assert "env:PAGER_URL is not set" in await refused(Webhook("env:PAGER_URL"))
