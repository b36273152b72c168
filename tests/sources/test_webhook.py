"""The receiver: what was acknowledged is never lost, what is not signed never gets in."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from data.matcher import Listener
from data.sources.base import BATCH, AuthError, Hinting, Secret, Source, Tools, TransientError
from data.sources.http import Http
from data.sources.webhook.network import Limits, Settings, WebhookSource, source
from data.sources.webhook.spool import NoItemsError, Place, Spool, batches, items
from data.store import Store
from tests.sources.kit import DAMAGES, Reading, damaged, mixed
from tests.sources.lend import known_secret
from tests.sources.server import drain
from tests.store.kit import NOON, ROOT, environment, fields, line

SECRET = "secret-of-env:HOOK"
NOW = int(NOON.timestamp())


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def tools(private: Path, secret: Callable[[str], Secret] = known_secret) -> Tools:
    return Tools(
        http=lambda: Http("none"), listener=Listener(()), secret=secret, now=lambda: NOON, private=private
    )


def made(
    private: Path, limits: Limits | None = None, clock: Callable[[], float] | None = None, **more: Any
) -> WebhookSource:
    settings = Settings.model_validate(
        {"name": "hook", "listen": "127.0.0.1:0", "secret": "env:HOOK", "every": 1} | more
    )
    return WebhookSource(settings, tools(private), limits, clock or Clock())


@contextlib.asynccontextmanager
async def receiving(receiver: WebhookSource) -> AsyncIterator[AsyncIterator[Any]]:
    async with contextlib.aclosing(receiver.hints()) as hints:  # type: ignore[type-var]
        await anext(hints)
        yield hints


def signature(content: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


def signed(body: bytes, stamp: int | None = None) -> dict[str, str]:
    if stamp is None:
        return {"X-Crisis-Tui-Signature": signature(body)}
    return {
        "X-Crisis-Tui-Signature": signature(b"%d." % stamp + body),
        "X-Crisis-Tui-Timestamp": str(stamp),
    }


async def post(
    receiver: WebhookSource, body: bytes, headers: dict[str, str] | None = None, path: str = "/mentions"
) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.post(
            f"http://127.0.0.1:{receiver.port}{path}",
            content=body,
            headers=signed(body) if headers is None else headers,
        )


def head(body: bytes, *more: str, length: int | None = None) -> bytes:
    """A signed request up to its body, as bytes."""
    rows = [
        "POST /mentions HTTP/1.1",
        "Host: here",
        f"Content-Length: {len(body) if length is None else length}",
        f"X-Crisis-Tui-Signature: {signature(body)}",
        *more,
    ]
    return "\r\n".join(rows).encode() + b"\r\n\r\n"


async def wire(receiver: WebhookSource, data: bytes, *, end: bool = False) -> bytes:
    """Send bytes as they are; what came back until the other side closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", receiver.port)
    try:
        writer.write(data)
        if end:
            writer.write_eof()
        with contextlib.suppress(ConnectionError):
            return await reader.read()
        return b""
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def spooled(private: Path) -> list[Path]:
    return sorted(private.glob("webhook-*/*.body"))


async def test_a_signed_body_wakes_the_poller_which_brings_it(tmp_path: Path) -> None:
    receiver, reading = made(tmp_path), Reading()
    assert isinstance(receiver, Source)
    assert isinstance(receiver, Hinting)
    async with receiving(receiver) as hints:
        for number, header in enumerate(("X-Crisis-Tui-Signature", "X-Hub-Signature-256")):
            body = line(number, likes=3)
            answer = await post(receiver, body, {header: signature(body).upper().replace("SHA", "sha")})
            assert (answer.status_code, answer.json()) == (202, {"accepted": 1})
            hint = await anext(hints)
            assert (hint.read, hint.cursor) == (0, None)
            assert await reading.poll(receiver) == [str(number)]
    assert [each.likes for each in reading.mentions] == [3, 3]
    assert await reading.poll(receiver) == []


BODY = line(1)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Crisis-Tui-Signature": ""},
        {"X-Crisis-Tui-Signature": SECRET},
        {"X-Crisis-Tui-Signature": "sha256="},
        {"X-Crisis-Tui-Signature": "sha256=" + "0" * 64},
        {"X-Crisis-Tui-Signature": signature(BODY)[:-1]},
        {"X-Crisis-Tui-Signature": signature(BODY).removeprefix("sha256=")},
        {"X-Crisis-Tui-Signature": signature(BODY, "another secret")},
        {"X-Crisis-Tui-Signature": signature(BODY, "")},
        {"X-Crisis-Tui-Signature": signature(BODY + b" ")},
        {"X-Crisis-Tui-Signature": "sha256=" + "0" * 64, "X-Hub-Signature-256": signature(BODY)},
        {"X-Crisis-Tui-Signature": signature(BODY), "X-Crisis-Tui-Timestamp": str(NOW)},
    ],
)
async def test_what_is_not_signed_is_refused_without_a_hint_at_why(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    receiver = made(tmp_path)
    async with receiving(receiver):
        answer = await post(receiver, BODY, headers)
    assert (answer.status_code, answer.json()) == (401, {"error": "The signature is missing or wrong."})
    shown = f"{answer.headers} {answer.text}"
    assert SECRET not in shown
    assert signature(BODY).removeprefix("sha256=") not in shown
    assert spooled(tmp_path) == []


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        (signed(BODY, NOW - 301), "The timestamp is 301 s old by the clock here, and 300 s are allowed"),
        (signed(BODY, NOW + 301), "The timestamp is 301 s ahead by the clock here"),
        ({**signed(BODY, NOW - 301), "X-Crisis-Tui-Signature": f"sha256={'0' * 64}"}, "is 301 s old"),
        (signed(BODY, NOW * 1000), "must be the seconds since 1970"),
        (signed(BODY, -NOW), "must be the seconds since 1970"),
        (
            {"X-Crisis-Tui-Signature": signature(b"." + BODY), "X-Crisis-Tui-Timestamp": ""},
            "must be the seconds since 1970",
        ),
    ],
)
async def test_a_time_that_is_too_far_off_is_said_to_be_that(
    tmp_path: Path, headers: dict[str, str], says: str
) -> None:
    receiver = made(tmp_path)
    async with receiving(receiver):
        answer = await post(receiver, BODY, headers)
    assert answer.status_code == 401
    assert says in answer.json()["error"]
    assert spooled(tmp_path) == []


async def test_two_signatures_are_none(tmp_path: Path) -> None:
    receiver = made(tmp_path)
    async with receiving(receiver):
        twice = head(BODY, f"X-Crisis-Tui-Signature: {signature(BODY)}") + BODY
        assert (await wire(receiver, twice)).startswith(b"HTTP/1.1 401 ")
        assert (await wire(receiver, head(BODY) + BODY)).startswith(b"HTTP/1.1 202 ")


async def test_a_signed_time_bounds_replay_and_can_not_be_stripped(tmp_path: Path) -> None:
    receiver = made(tmp_path)
    body = line(1) + line(2)
    async with receiving(receiver):
        for stamp in (NOW - 300, NOW, NOW + 300):
            assert (await post(receiver, body, signed(body, stamp))).status_code == 202
        stripped = b"%d." % NOW + body
        assert (await post(receiver, stripped, signed(stripped))).status_code == 401
    assert len(spooled(tmp_path)) == 3


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        (line(1), ["1"]),
        (json.dumps(fields(1), indent=2).encode(), ["1"]),
        (json.dumps([fields(1), fields(2)], indent=1).encode(), ["1", "2"]),
        (b" \r\n[" + line(1) + b"\t,\r\n" + line(2) + b"]\n", ["1", "2"]),
        (line(1) + b"\r\n\n" + line(2).rstrip(), ["1", "2"]),
        (b"\xef\xbb\xbf" + line(1) + line(2), ["1", "2"]),
        (b"\xef\xbb\xbf[" + line(1) + b"]", ["1"]),
        (b"[]", []),
        (b" [ ] ", []),
    ],
)
async def test_one_mention_an_array_and_lines(tmp_path: Path, body: bytes, ids: list[str]) -> None:
    receiver, reading = made(tmp_path), Reading()
    async with receiving(receiver):
        answer = await post(receiver, body)
    assert (answer.status_code, answer.json()) == (202, {"accepted": len(ids)})
    assert await reading.poll(receiver) == ids
    assert reading.rejected == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \n",
        b"\x00" * 64,
        b"text=My+pan+peels",
        b"-17",
        b'"words"',
        b"null",
        line(1)[:40],
        b"[" + line(1),
        b"[" + line(1) + b" " + line(2).replace(b"\n", b"") + b"]",
        b"[" + line(1) + b",]",
        b"[1, 2]\n[3]",
        line(1).replace(b"words", b"\xff\xfe"),
    ],
)
async def test_what_is_no_json_is_refused_at_once(tmp_path: Path, body: bytes) -> None:
    receiver = made(tmp_path)
    async with receiving(receiver):
        answer = await post(receiver, body)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("The body is no JSON")
    assert spooled(tmp_path) == []


async def test_items_that_are_no_mentions_go_to_quarantine_and_block_nothing(tmp_path: Path) -> None:
    bad = damaged(3 * len(DAMAGES), 7)
    body, places = mixed([line(n) for n in range(40)], bad, 7)
    receiver, reading = made(tmp_path, max_body_kb=2048), Reading()
    async with receiving(receiver):
        rows = body.split(b"\n")
        for start in range(0, len(rows), 8):
            assert (await post(receiver, b"\n".join(rows[start : start + 8]))).status_code == 202
    assert sorted(await reading.poll(receiver), key=int) == [str(n) for n in range(40)]
    assert len(reading.rejected) == len(places)


async def test_an_array_keeps_what_reading_would_smooth_over(tmp_path: Path) -> None:
    twice = line(2).rstrip()[:-1] + b', "text": "another"}'
    long = line(3).rstrip()[:-1] + b', "likes": ' + b"9" * 5_000 + b"}"
    constant = line(4).rstrip()[:-1] + b', "likes": NaN}'
    body = b"[" + b",".join([line(1), twice, long, constant, b"null", b'"x"', b"[]", b"{}", line(5)]) + b"]"
    receiver, reading = made(tmp_path), Reading()
    async with receiving(receiver):
        assert (await post(receiver, body)).json() == {"accepted": 9}
    assert await reading.poll(receiver) == ["1", "5"]
    assert [each.raw for each in reading.rejected] == [twice, long, constant, b"null", b'"x"', b"[]", b"{}"]
    reasons = [each.reason for each in reading.rejected]
    assert reasons[0] == 'item 2 of what was received has the key "text" twice'
    assert reasons[2] == "item 4 of what was received holds NaN, which is no JSON number"


async def test_hostile_text_is_harmless_in_every_field(tmp_path: Path) -> None:
    evil = "\x1b]52;c;YQ==\x07\x00\x9b31m\u202e words"
    rows = [
        fields(n, **{name: evil})
        for n, name in enumerate(("text", "author", "author_name", "url", "lang", "html", "network", "id"))
    ]
    rows += [fields(20, **{evil: evil}), fields(21, created_at=evil), fields(22, in_reply_to=evil)]
    receiver, reading = made(tmp_path), Reading()
    async with receiving(receiver):
        assert (await post(receiver, json.dumps(rows).encode())).json() == {"accepted": 11}
    assert await reading.poll(receiver) == ["0", "1", "2", "3", "4", "5", "20"]
    for each in reading.mentions:
        shown = f"{each.text}{each.author}{each.author_name}{each.url}{each.lang}{each.extra}"
        assert not set("\x1b\x07\x00\x9b\u202e") & set(shown)
    for rejected in reading.rejected:
        assert not set("\x1b\x07\x00\x9b\u202e") & set(rejected.reason)


async def test_the_network_of_items_that_name_none(tmp_path: Path) -> None:
    bare = {name: value for name, value in fields(1).items() if name != "network"}
    bodies = [json.dumps([bare, fields(2)]).encode(), json.dumps(bare | {"id": "3"}).encode() + b"\n{}\n"]
    for network, expected in (
        ("reviews", [("reviews", "1"), ("x", "2"), ("reviews", "3")]),
        (None, [("x", "2")]),
    ):
        receiver, reading = made(tmp_path / str(network), network=network), Reading()
        async with receiving(receiver):
            for body in bodies:
                await post(receiver, body)
        await reading.poll(receiver)
        assert [(each.network, each.id) for each in reading.mentions] == expected
        wanted = "id" if network else "network"
        assert reading.rejected[-1].reason == f'item 2 of what was received lacks "{wanted}"'
        assert reading.rejected[-1].raw == b"{}"


async def test_a_newer_form_of_a_post_comes_after_the_one_it_changes_was_stored(tmp_path: Path) -> None:
    receiver = made(tmp_path)
    async with receiving(receiver):
        await post(receiver, line(1) + line(2) + line(1) + line(1, text="changed") + line(3))
    found = [batch async for batch in receiver.poll(None)]
    assert [[each.id for each in batch.mentions] for batch in found] == [["1", "2", "1"], ["1", "3"]]
    assert all(batch.known for batch in found)


async def test_the_same_body_again_is_stored_once(tmp_path: Path) -> None:
    receiver = made(tmp_path / "private")
    body = b"".join(line(n) for n in range(5)) + b"broken\n"
    async with receiving(receiver):
        for _ in range(3):
            assert (await post(receiver, body)).json() == {"accepted": 6}
    async with Store.open(tmp_path / "store") as store:
        stored = 0
        async for batch in receiver.poll(None):
            took = await store.mentions.add(batch.mentions, NOON, rejected=batch.rejected)
            stored += took.stored
        assert stored == 5
        assert await store.mentions.reject_count() == 1


def filled(private: Path) -> list[str]:
    """A backlog with bodies of one item, of many, of more than a batch, and of bad ones; the good ids."""
    spool = Spool(made(private)._spool.folder)
    sizes = [1, 40, 1, BATCH + 300, 7, 2 * BATCH, 1, 150]
    start = 0
    for size in sizes:
        spool.put(b"".join(line(n) for n in range(start, start + size)) + b"broken\n")
        start += size
    return [str(n) for n in range(start)]


async def test_killed_between_any_two_batches_nothing_is_missed_or_given_twice(tmp_path: Path) -> None:
    ids = filled(tmp_path)
    whole = [batch async for batch in made(tmp_path).poll(None)]
    assert len(whole) >= 4
    assert max(batch.read for batch in whole) == BATCH
    for kill in range(1, len(whole)):
        reading = Reading()
        await reading.poll(made(tmp_path), batches=kill)
        await reading.poll(made(tmp_path))
        assert reading.ids == ids
        assert len(reading.rejected) == 8


async def test_killed_after_every_batch_and_an_uncommitted_batch_comes_again(tmp_path: Path) -> None:
    ids = filled(tmp_path)
    reading = Reading()
    while reading.ids != ids:
        before = reading.cursor
        again = Reading()
        again.cursor = before
        await again.poll(made(tmp_path), batches=1)  # killed before this was stored
        assert await reading.poll(made(tmp_path), batches=1) == again.ids
        assert reading.cursor != before
    assert await reading.poll(made(tmp_path)) == []


@pytest.mark.parametrize(
    "cursor", ["", "{}", "not JSON", "[1]", '{"done": 7}', '{"id": "5"}', '{"done": {"x": 9}}']
)
async def test_a_cursor_that_is_none_of_ours_means_all_is_read(tmp_path: Path, cursor: str) -> None:
    Spool(made(tmp_path)._spool.folder).put(line(1))
    reading = Reading()
    reading.cursor = cursor
    assert await reading.poll(made(tmp_path)) == ["1"]


@hypothesis_settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.sampled_from(["put", "poll", "kill", "tear", "restart", "lose power"]), max_size=40))
def test_whatever_happens_what_was_kept_is_read_and_room_is_made(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    private = tmp_path_factory.mktemp("hook")
    clock = Clock()
    receiver = made(private, clock=clock)
    put = 0
    history: list[tuple[float, str | None, list[str]]] = [(0.0, None, [])]

    async def poll(limit: int | None) -> None:
        reading = Reading()
        reading.cursor = history[-1][1]
        await reading.poll(receiver, batches=limit)
        history.append((clock.seconds, reading.cursor, reading.ids))

    for step in [*steps, "poll"]:
        clock.seconds += 20
        if step == "put":
            put += 1
            receiver._spool.put(line(put))
        elif step == "tear":
            receiver._spool.open()
            (receiver._spool.folder / ".0123456789abcdef.part").write_bytes(line(9_999)[:20])
        elif step in ("restart", "kill"):
            receiver = made(private, clock=clock)
        elif step == "lose power":  # the store forgets what it took within the last 30 s
            history = [each for each in history if each[0] < clock.seconds - 30]
            receiver = made(private, clock=clock)
        asyncio.run(poll(None if step == "poll" else 1))
    assert {each for _, _, ids in history for each in ids} == {str(n + 1) for n in range(put)}
    for _ in range(2):
        clock.seconds += 61
        asyncio.run(poll(None))
    assert spooled(private) == []


async def test_a_body_goes_only_after_a_poll_that_starts_beyond_it_and_not_at_once(tmp_path: Path) -> None:
    clock, reading = Clock(), Reading()
    receiver = made(tmp_path, clock=clock)
    async with receiving(receiver):
        await post(receiver, line(1))
    [path] = spooled(tmp_path)
    await reading.poll(receiver)
    clock.seconds += 3_600
    await reading.poll(receiver)
    assert path.exists()
    clock.seconds += 59
    await reading.poll(receiver)
    assert path.exists()
    clock.seconds += 1
    await reading.poll(receiver)
    assert spooled(tmp_path) == []
    assert reading.ids == ["1"]


async def test_only_we_may_read_what_waits(tmp_path: Path) -> None:
    receiver = made(tmp_path / "private")
    async with receiving(receiver):
        await post(receiver, line(1))
    [path] = spooled(tmp_path / "private")
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent, path.parent.parent)]
    assert modes == [0o600, 0o700, 0o700]
    (path.parent / ".0123456789abcdef.part").write_bytes(line(2)[:20])  # a program was killed in the middle
    reading = Reading()
    assert await reading.poll(made(tmp_path / "private")) == ["1"]
    async with receiving(made(tmp_path / "private")):
        assert list(path.parent.iterdir()) == [path]


async def test_many_posts_at_once_while_the_receiver_dies_and_comes_back(tmp_path: Path) -> None:
    """Senders that try again until they hear 202, as they should; no id may be missing afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    listen = f"127.0.0.1:{port}"
    counted = 0
    up, half, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def send(client: httpx.AsyncClient, number: int) -> None:
        nonlocal counted
        body, accepted = line(number), False
        while not accepted:
            await up.wait()
            with contextlib.suppress(httpx.TransportError):
                answer = await client.post(f"http://{listen}/mentions", content=body, headers=signed(body))
                accepted = answer.status_code == 202
                assert accepted or int(answer.headers["Retry-After"]) > 0
        counted += 1
        if counted == 100:
            half.set()
        if counted == 200:
            done.set()

    limits = httpx.Limits(max_connections=60)
    async with (
        httpx.AsyncClient(trust_env=False, limits=limits, timeout=30) as client,
        asyncio.TaskGroup() as all_,
    ):
        for number in range(200):
            all_.create_task(send(client, number))
        async with receiving(made(tmp_path, listen=listen)):
            up.set()
            await half.wait()
            up.clear()
        async with receiving(made(tmp_path, listen=listen)):
            up.set()
            await done.wait()
    reading = Reading()
    await reading.poll(made(tmp_path))
    assert sorted(set(reading.ids), key=int) == [str(n) for n in range(200)]


PROGRAM = """
import asyncio, sys
from pathlib import Path
from tests.sources.test_webhook import made

async def main():
    receiver = made(Path(sys.argv[1]))
    async for _ in receiver.hints():
        print(receiver.port, flush=True)

asyncio.run(main())
"""


async def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(tmp_path), cwd=ROOT, env=environment(), stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    port = int(await process.stdout.readline())
    accepted: list[int] = []

    async def send(client: httpx.AsyncClient, number: int) -> None:
        body = line(number)
        with contextlib.suppress(httpx.TransportError):
            answer = await client.post(
                f"http://127.0.0.1:{port}/mentions", content=body, headers=signed(body)
            )
            if answer.status_code == 202:
                accepted.append(number)
                if len(accepted) == 40:
                    process.kill()

    limits = httpx.Limits(max_connections=16)
    async with httpx.AsyncClient(trust_env=False, limits=limits, timeout=30) as client:
        await asyncio.gather(*(send(client, number) for number in range(120)))
    await process.communicate()
    assert 40 <= len(accepted) < 120
    reading = Reading()
    await reading.poll(made(tmp_path))
    assert {str(each) for each in accepted} <= set(reading.ids)
    assert reading.rejected == []


async def test_half_sent_bodies_are_not_kept_and_harm_nobody(tmp_path: Path) -> None:
    receiver = made(tmp_path)
    async with receiving(receiver):
        for cut in (b"", b"P", head(BODY)[:-2], head(BODY), head(BODY) + BODY[:-1]):
            assert await wire(receiver, cut, end=True) == b"" or cut
        chunked = head(BODY).replace(f"Content-Length: {len(BODY)}".encode(), b"Transfer-Encoding: chunked")
        await wire(receiver, chunked + b"%x\r\n" % len(BODY) + BODY + b"\r\n", end=True)
        assert spooled(tmp_path) == []
        whole = chunked + b"5\r\n" + BODY[:5] + b"\r\n%x\r\n" % (len(BODY) - 5) + BODY[5:] + b"\r\n0\r\n\r\n"
        assert (await wire(receiver, whole)).startswith(b"HTTP/1.1 202 ")
        assert (await wire(receiver, head(BODY) + BODY, end=True)).startswith(b"HTTP/1.1 202 ")
    assert len(spooled(tmp_path)) == 2


async def test_a_body_over_the_cap_is_refused_before_it_is_read(tmp_path: Path) -> None:
    receiver = made(tmp_path, max_body_kb=1)
    async with receiving(receiver):
        told = await wire(receiver, head(BODY, length=1025))
        assert told.startswith(b"HTTP/1.1 413 ")
        assert b"larger than 1 KB" in told
        chunked = head(BODY).replace(f"Content-Length: {len(BODY)}".encode(), b"Transfer-Encoding: chunked")
        assert (await wire(receiver, chunked + b"402\r\n" + b" " * 1026)).startswith(b"HTTP/1.1 413 ")
        assert (await post(receiver, b" " * 3_000_000)).status_code == 413
        exact = BODY + b" " * (1024 - len(BODY))
        assert (await post(receiver, exact)).status_code == 202


async def test_who_sends_too_slowly_is_cut_off(tmp_path: Path) -> None:
    receiver = made(tmp_path, Limits(request_s=0.05, linger_s=0.05))
    async with receiving(receiver):
        for start in (b"", head(BODY)[:30], head(BODY) + BODY[:-1]):
            told = await wire(receiver, start)
            assert told.startswith(b"HTTP/1.1 408 ")
    assert spooled(tmp_path) == []


async def test_more_connections_than_may_be(tmp_path: Path) -> None:
    receiver = made(tmp_path, Limits(connections=2, linger_s=5))
    async with receiving(receiver), contextlib.AsyncExitStack() as stack:
        idle = []
        for _ in range(2):
            idle.append(await asyncio.open_connection("127.0.0.1", receiver.port))
            stack.callback(idle[-1][1].close)
        answer = await post(receiver, BODY)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        idle[0][1].close()
        await idle[0][1].wait_closed()
        while (answer := await post(receiver, BODY)).status_code == 503:
            pass
        assert answer.status_code == 202


async def test_the_rate_is_that_of_signed_bodies(tmp_path: Path) -> None:
    clock = Clock()
    receiver = made(tmp_path, clock=clock, max_per_minute=2)
    async with receiving(receiver):
        for _ in range(5):
            assert (
                await post(receiver, BODY, {"X-Crisis-Tui-Signature": "sha256=" + "0" * 64})
            ).status_code == 401
        assert (await post(receiver, BODY)).status_code == 202
        clock.seconds += 20
        assert (await post(receiver, BODY)).status_code == 202
        answer = await post(receiver, BODY)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "40")
        clock.seconds += 40
        assert (await post(receiver, BODY)).status_code == 202
        assert (await post(receiver, BODY)).status_code == 429
    assert len(spooled(tmp_path)) == 3


async def test_other_paths_methods_and_wishes(tmp_path: Path) -> None:
    receiver = made(tmp_path, path="/in/acme")
    async with receiving(receiver):
        for path in ("/", "/mentions", "/in/acme/", "/in/acmes", "//in/acme"):
            assert (await post(receiver, BODY, path=path)).status_code == 404
        assert (await post(receiver, BODY, path="/in/acme?from=here")).status_code == 202
        zipped = signed(BODY) | {"Content-Encoding": "gzip"}
        assert (await post(receiver, BODY, zipped, path="/in/acme")).status_code == 415
        async with httpx.AsyncClient(trust_env=False, base_url=f"http://127.0.0.1:{receiver.port}") as client:
            for method in ("GET", "PUT", "DELETE", "OPTIONS", "HEAD"):
                answer = await client.request(method, "/in/acme")
                assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
                assert bool(answer.content) == (method != "HEAD")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"GARBAGE\r\n\r\n", 400),
        (b"POST /mentions HTTP/1.1\r\n\r\n", 400),
        (head(BODY, length=-1), 400),
        (head(BODY, "Content-Length: 7"), 400),
        (head(BODY, "X: " + "y" * 100_000), 431),
        (b"POST /" + b"y" * 100_000, 431),
        (head(BODY, "X\x00Y: z"), 400),
        (b"POST http://[/mentions HTTP/1.1\r\nHost: h\r\n\r\n", 404),
        (b"POST \xff HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        (head(BODY, length=10**19), 413),
    ],
)
async def test_what_is_hardly_http(tmp_path: Path, sent: bytes, status: int) -> None:
    receiver = made(tmp_path)
    async with receiving(receiver):
        told = await wire(receiver, sent, end=True)
        assert told.startswith(f"HTTP/1.1 {status} ".encode())
        assert json.loads(told.split(b"\r\n\r\n")[1])["error"].endswith(".")
        assert (await post(receiver, BODY)).status_code == 202


async def test_who_asks_whether_to_send_the_body_is_told(tmp_path: Path) -> None:
    receiver = made(tmp_path)
    async with receiving(receiver):
        reader, writer = await asyncio.open_connection("127.0.0.1", receiver.port)
        writer.write(head(BODY, "Expect: 100-continue"))
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 \r\n\r\n"
        writer.write(BODY)
        assert (await reader.read()).startswith(b"HTTP/1.1 202 ")
        writer.close()
        unsigned = head(BODY, "Expect: 100-continue").replace(b"sha256=", b"sha1=")
        assert (await wire(receiver, unsigned)).startswith(b"HTTP/1.1 401 ")
        large = head(BODY, "Expect: 100-continue", length=10_000_000)
        assert (await wire(receiver, large)).startswith(b"HTTP/1.1 413 ")


async def test_http_1_0_as_proxies_speak_it(tmp_path: Path) -> None:
    receiver = made(tmp_path)
    async with receiving(receiver):
        old = head(BODY).replace(b"HTTP/1.1", b"HTTP/1.0") + BODY
        assert (await wire(receiver, old)).endswith(b'{"accepted": 1}\n')


@pytest.mark.parametrize("limits", [Limits(spool_files=2), Limits(spool_bytes=2 * len(BODY))])
async def test_a_full_spool_sends_away_until_the_store_took_it(tmp_path: Path, limits: Limits) -> None:
    receiver, reading = made(tmp_path, limits), Reading()
    async with receiving(receiver):
        for _ in range(2):
            assert (await post(receiver, BODY)).status_code == 202
        answer = await post(receiver, BODY)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
        assert len(spooled(tmp_path)) == 2
        await reading.poll(receiver)
        assert (await post(receiver, BODY)).status_code == 503
        await reading.poll(receiver)
        assert (await post(receiver, BODY)).status_code == 202
    full = made(tmp_path, limits)
    async with receiving(full):
        await post(full, BODY)
        assert (await post(full, BODY)).status_code == 503


async def test_a_disk_that_refuses_is_told_and_nothing_acknowledged(tmp_path: Path) -> None:
    receiver, reading = made(tmp_path), Reading()
    async with receiving(receiver):
        folder = receiver._spool.folder
        shutil.rmtree(folder)
        answer = await post(receiver, BODY)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
        assert "/" not in answer.json()["error"]
        folder.mkdir()
        assert (await post(receiver, BODY)).status_code == 202
    shutil.rmtree(folder)
    folder.write_text("")
    with pytest.raises(TransientError, match=r"webhook-\w+ can't be used"):
        await reading.poll(receiver)
    with pytest.raises(TransientError, match=r"webhook-\w+ can't be made"):
        await anext(made(tmp_path).hints())


async def test_a_port_that_is_taken_and_free_again(tmp_path: Path) -> None:
    first = made(tmp_path)
    async with receiving(first):
        listen = f"127.0.0.1:{first.port}"
        second = made(tmp_path, listen=listen)
        with pytest.raises(TransientError, match=f'{listen} is in use by another program; .*"listen"'):
            await anext(second.hints())
        with pytest.raises(TransientError, match="is in use by another program"):
            await drain(second)  # a source that nobody can send to is not well
        reader, writer = await asyncio.open_connection("127.0.0.1", first.port)
        writer.write(head(BODY))
    with contextlib.suppress(ConnectionError):
        assert await reader.read() == b""
    writer.close()
    assert first.port == 0
    async with receiving(second):
        assert (await post(second, BODY)).status_code == 202
        assert (await drain(second))[0]


async def test_addresses(tmp_path: Path) -> None:
    with pytest.raises(TransientError, match=r"192\.0\.2\.1:8765 is no address of this machine"):
        await anext(made(tmp_path, listen="192.0.2.1:8765").hints())
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    receiver = made(tmp_path, listen="[::1]:0")
    async with receiving(receiver), httpx.AsyncClient(trust_env=False) as client:
        url = f"http://[::1]:{receiver.port}/mentions"
        assert (await client.post(url, content=BODY, headers=signed(BODY))).status_code == 202


NO_ADDRESSES = (
    *("8765", ":8765", "localhost:8765", "::1:8765", "[::1]", "127.0.0.1", "127.0.0.1:65536", "127.0.0.1:٨"),
    *("999.0.0.1:80", "127.1:80", "127.0.0.1:80 ", "*:80", "[127.0.0.1]:80", "http://127.0.0.1:80"),
)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        *(({"listen": listen}, "listen") for listen in NO_ADDRESSES),
        ({"secret": "hunter2hunter2hunter2"}, "secret"),
        ({"secret": None}, "secret"),
        ({"path": "mentions"}, "path"),
        ({"path": "/a?b"}, "path"),
        ({"path": "/a\n"}, "path"),
        ({"max_body_kb": 0}, "max_body_kb"),
        ({"max_per_minute": 0}, "max_per_minute"),
        ({"network": "not a network"}, "network"),
        ({"networks": "x"}, "networks"),
    ],
)
def test_settings_that_can_not_be(change: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({"name": "hook", "kind": "webhook", "secret": "env:HOOK"} | change)
    assert [error["loc"][0] for error in caught.value.errors()] == [fault]


def test_settings_as_they_are(tmp_path: Path) -> None:
    settings = Settings.model_validate({"name": "hook", "kind": "webhook", "secret": "env:HOOK"})
    assert (settings.listen, settings.path, settings.network) == ("127.0.0.1:8765", "/mentions", None)
    assert (settings.max_body_kb, settings.max_per_minute) == (256, 600)
    assert source(settings, tools(tmp_path)).name == "hook"


async def test_a_secret_that_is_none(tmp_path: Path) -> None:
    async def short() -> SecretStr:
        return SecretStr("hunter2")

    receiver = WebhookSource(
        Settings(name="hook", secret="env:HOOK"), tools(tmp_path, lambda _reference: short)
    )
    with pytest.raises(AuthError, match="fewer than 16 characters") as caught:
        await anext(receiver.hints())
    assert "hunter2" not in str(caught.value)


async def test_signs_of_life_while_nothing_is_sent(tmp_path: Path) -> None:
    async with receiving(made(tmp_path, Limits(life_s=0.01))) as hints:
        for _ in range(3):
            assert (await anext(hints)).read == 0


def test_order_survives_a_clock_that_goes_back(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "hook")
    spool.put(line(1))
    [first] = spool.kept()
    ahead = first.name.replace(first.run.split("-")[0], "8" * 13)
    (spool.folder / first.name).rename(spool.folder / ahead)
    later = Spool(tmp_path / "hook")
    later.put(line(2))
    found = [each for batch in batches(later, Place(None), "hook", None) for each in batch.mentions]
    assert [each.id for each in found] == ["1", "2"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@hypothesis_settings(max_examples=150, deadline=None)
@given(
    values=st.lists(json_values, max_size=6), indent=st.sampled_from([None, 0, 2]), ascii_only=st.booleans()
)
def test_an_array_is_cut_into_just_its_elements(
    values: list[Any], indent: int | None, ascii_only: bool
) -> None:
    try:
        body = json.dumps(values, indent=indent, ensure_ascii=ascii_only).encode()
    except UnicodeEncodeError:
        return
    assert [repr(json.loads(each)) for each in items(body)] == [repr(each) for each in values]


@hypothesis_settings(max_examples=200, deadline=None)
@given(body=st.binary(max_size=200) | st.text(alphabet='[]{},:"\\1e-nul \n', max_size=60).map(str.encode))
def test_no_body_does_more_than_be_refused(body: bytes) -> None:
    with contextlib.suppress(NoItemsError):
        assert all(isinstance(each, bytes) for each in items(body))
