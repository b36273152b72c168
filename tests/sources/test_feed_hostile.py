"""Feeds that mean harm: each ends in one sentence, and the feeds beside it are read as before."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import data.sources.http
from data.sources.base import PermanentError, SourceError, Tools, TransientError
from data.sources.feed.reader import FeedReader
from data.sources.http import Http
from tests.sources.feeds import feed, stories
from tests.sources.hostile import ATTACKS, attributes
from tests.sources.lend import lent
from tests.sources.server import Reply, Request, Server, drain, serving


@pytest.fixture
async def tools(tmp_path: Path) -> AsyncIterator[Tools]:
    async with lent(tmp_path, now=lambda: datetime(2026, 11, 22, tzinfo=UTC)) as lending:
        opened: list[Http] = []

        def impatient() -> Http:
            opened.append(Http("crisis-tui-tests", total_s=1.0))
            return opened[-1]

        yield replace(lending, http=impatient)
        for each in opened:
            await each.close()


@pytest.fixture
async def reader() -> AsyncIterator[FeedReader]:
    reading = FeedReader(seconds=1.0)
    yield reading
    reading.close()


def good(_request: Request) -> Reply:
    return Reply(stories(2, 1))


LONG = ("100,000 tags of one entry", "100,000 entries")
"""These keep a processor busy for seconds."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in LONG else []) for name in ATTACKS]
)
async def test_each_ends_in_one_sentence_and_harms_no_other(
    name: str, tools: Tools, reader: FeedReader
) -> None:
    attack = ATTACKS[name]
    async with serving(attack.handler) as server, serving(good) as other:
        neighbour = feed(other.url, tools, reader)
        _, cursor = await drain(neighbour)
        source = feed(server.url + "/feed?key=geheim", tools, reader)
        if attack.says:
            with pytest.raises(SourceError) as caught:
                await drain(source)
            sentence = str(caught.value)
            assert attack.says in sentence
            assert f"127.0.0.1:{server.port}" in sentence or "leads to" in sentence or "redirects" in sentence
            assert sentence.endswith(".")
            assert sentence.isprintable()
            assert len(sentence) < 400
            assert "geheim" not in sentence
        else:
            batches, _ = await drain(source)
            found = [post for batch in batches for post in batch.mentions]
            assert found
            for post in found:
                assert post.text.replace("\n", "").isprintable()
                assert "root:" not in post.text
        (again,), _ = await drain(neighbour, cursor)
        assert (again.mentions, again.rejected, again.note, again.gap) == ([], [], "", None)
        (anew,), _ = await drain(neighbour)
        assert len(anew.mentions) == 2


async def test_time_alone_ends_a_document_that_takes_too_long() -> None:
    # With so much memory that only the clock of its own process can stop it.
    reader = FeedReader(seconds=1.0, memory=1024**3)
    try:
        with pytest.raises(
            TransientError, match=r"^a\.example/f can't be read: its feed takes too long to parse"
        ):
            await reader.read(attributes(100_000).encode(), url="http://a.example/f?key=geheim")
        document = await reader.read(stories(1).encode(), url="http://a.example/")
        assert [given["heading"] for given in document.entries] == ["Story 1 of Acme"]
        assert reader.started == 2
    finally:
        reader.close()


async def test_a_process_that_hangs_is_replaced() -> None:
    reader = FeedReader(seconds=0.2)
    await reader.read(stories(1).encode(), url="http://a.example/")
    pid = reader.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(TransientError, match="too long"):
        await reader.read(stories(1).encode(), url="http://a.example/")
    document = await reader.read(stories(1).encode(), url="http://a.example/")
    assert len(document.entries) == 1
    assert reader.pid != pid
    reader.close()


async def test_a_public_feed_leads_to_no_local_address(
    tools: Tools, monkeypatch: pytest.MonkeyPatch, reader: FeedReader
) -> None:
    real = data.sources.http.is_private
    monkeypatch.setattr(data.sources.http, "is_private", lambda it: it != "127.0.0.1" and real(it))

    def handler(_request: Request) -> Reply:
        return Reply(status=301, headers={"location": f"http://127.0.0.2:{server.port}/secret"})

    inner = Server(good)
    async with serving(handler) as server, await asyncio.start_server(inner._serve, "127.0.0.2", server.port):
        with pytest.raises(PermanentError, match=r"leads to 127\.0\.0\.2, an address of a local network"):
            await drain(feed(server.url, tools, reader))
        assert (len(server.asked), inner.asked) == (1, [])


async def test_a_certificate_that_nobody_vouches_for_is_refused(
    tools: Tools, tmp_path: Path, reader: FeedReader
) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    made += ["-subj", "/CN=127.0.0.1", "-days", "1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True)  # noqa: ASYNC221 - nothing else runs
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    async with serving(good, tls=context) as server, serving(good) as other:
        with pytest.raises(PermanentError, match="certificate that is not valid"):
            await drain(feed(server.url, tools, reader))
        assert server.asked == []
        batches, _ = await drain(feed(other.url, tools, reader))
    assert len(batches[0].mentions) == 2


_ASKING = """
import asyncio, json, sys, threading, time
from datetime import UTC, datetime
from pathlib import Path
from data.matcher import Listener
from data.sources.base import SourceError, Tools
from data.sources.feed.reader import shared
from data.sources.http import Http
from tests.sources.feeds import feed

def status(pid, name):
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)

async def main():
    good, *urls = json.loads(sys.argv[1])
    https = [Http("tests", total_s=3.0) for _ in urls]
    tools = Tools(lambda: https[0], Listener(()), lambda _: None, lambda: datetime.now(UTC), Path("/"))
    async for _ in feed(good, tools).poll(None):
        pass
    own, idle = status("self", "VmRSS"), status(shared().pid, "VmHWM")
    peaks, over = [idle], threading.Event()
    def watch():
        while not over.wait(0.002):
            peaks.append(max(peaks.pop(), status(shared().pid, "VmHWM")))
    watching = threading.Thread(target=watch)
    watching.start()
    told = []
    for url, http in zip(urls, https):
        tools = Tools(lambda: http, Listener(()), lambda _: None, lambda: datetime.now(UTC), Path("/"))
        for address in (url, good):
            try:
                async for batch in feed(address, tools).poll(None):
                    told.append(len(batch.mentions))
            except SourceError as error:
                told.append(str(error))
        await http.close()
    over.set()
    watching.join()
    print(json.dumps([told, status("self", "VmHWM") - own, peaks[0] - idle]))

asyncio.run(main())
"""


@pytest.mark.slow
async def test_none_of_them_costs_more_than_20_mb_here_or_in_the_process_that_reads() -> None:
    async with contextlib.AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(serving(each.handler)) for each in ATTACKS.values()]
        calm = await stack.enter_async_context(serving(good))
        urls = json.dumps([calm.url, *(server.url for server in servers)])
        root = Path(__file__).resolve().parents[2]
        asking = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _ASKING, urls, cwd=root, stdout=asyncio.subprocess.PIPE
        )
        answer, _ = await asking.communicate()
    told, own_kb, worker_kb = json.loads(answer)
    assert told[1::2] == [2] * len(ATTACKS)
    for attack, said in zip(ATTACKS.values(), told[::2], strict=True):
        assert attack.says in said if attack.says else said > 0
    assert own_kb < 20 * 1024
    assert worker_kb < 20 * 1024
