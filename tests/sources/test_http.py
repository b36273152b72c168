"""Requests of sources: what each answer means, where they may lead, and what they never tell."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.sources import http
from data.sources.base import (
    AuthError,
    PermanentError,
    RateLimitedError,
    SourceError,
    TransientError,
    UnreachableError,
)
from data.sources.http import Http, budget, host_of, is_private, limited_until, place
from tests.sources.server import Reply, Request, Server, serving

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
TOKEN = "swordfish-hunter2"


def to_http_date(moment: datetime) -> str:
    return moment.strftime("%a, %d %b %Y %H:%M:%S GMT")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "90"}, 90),
        ({"retry-after": to_http_date(NOW + timedelta(seconds=90))}, 90),
        ({"x-ratelimit-reset": (NOW + timedelta(seconds=90)).isoformat()}, 90),
        ({"x-ratelimit-reset": "2026-03-04T12:01:30.000Z"}, 90),
        ({"ratelimit-reset": str(int(NOW.timestamp()) + 90)}, 90),
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) + 90)}, 90),
        ({"x-rate-limit-reset": str((int(NOW.timestamp()) + 90) * 1000)}, 90),
        ({"x-ratelimit-reset": "90.5"}, 90.5),
        ({"retry-after": "0"}, 1),
        ({"retry-after": to_http_date(NOW - timedelta(days=3))}, 1),
        ({"retry-after": "99999999"}, 24 * 3600),
        ({"retry-after": "30", "x-ratelimit-reset": "900"}, 30),
        ({}, None),
        ({"retry-after": "soon"}, None),
    ],
)
def test_every_way_to_say_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    found = limited_until(headers, NOW)
    assert found == (None if seconds is None else NOW + timedelta(seconds=seconds))


@given(
    st.dictionaries(st.sampled_from(["retry-after", "x-ratelimit-reset", "ratelimit-remaining"]), st.text())
)
def test_no_header_breaks_it(headers: dict[str, str]) -> None:
    limited_until(headers, NOW)
    budget(headers, NOW)


def test_what_remains_in_every_spelling() -> None:
    for prefix in ("ratelimit", "x-ratelimit", "x-rate-limit"):
        found = budget({f"{prefix}-remaining": "12.0", f"{prefix}-limit": "300"}, NOW)
        assert found is not None
        assert (found.remaining, found.limit) == (12, 300)
    assert budget({}, NOW) is None
    spent = budget({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "60"}, NOW)
    with pytest.raises(RateLimitedError):
        http.spare(spent, "https://a.example/x")


@pytest.fixture
def client() -> Http:
    return Http("crisis-tui-tests", total_s=10)


async def fails(client: Http, reply: Reply, path: str = "/feed?token=" + TOKEN) -> SourceError:
    async with serving(lambda _: reply) as server:
        with pytest.raises(SourceError) as refused:
            await client.get(server.url + path, headers={"authorization": f"Bearer {TOKEN}"})
        await client.close()
    said = str(refused.value)
    assert TOKEN not in said
    assert said.startswith("127.0.0.1")
    assert "\n" not in said
    assert said.endswith(".")
    return refused.value


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (401, {}, AuthError),
        (403, {}, PermanentError),
        (404, {}, PermanentError),
        (410, {}, PermanentError),
        (400, {}, PermanentError),
        (429, {}, RateLimitedError),
        (503, {"retry-after": "60"}, RateLimitedError),
        (503, {}, TransientError),
        (500, {}, TransientError),
        (502, {}, TransientError),
        (408, {}, TransientError),
    ],
)
async def test_what_a_status_means(
    client: Http, status: int, headers: dict[str, str], kind: type[SourceError]
) -> None:
    error = await fails(client, Reply({"error": "because \x1b[2J of\nthis"}, status, headers))
    assert type(error) is kind
    assert "because" in str(error)
    assert "\x1b" not in str(error)


async def test_a_server_that_quotes_our_token_tells_nobody(client: Http) -> None:
    error = await fails(client, Reply({"error": f"bad header Bearer {TOKEN}"}, 401))
    assert "bad header" in str(error)


async def test_a_429_without_a_word_waits_a_minute(client: Http) -> None:
    error = await fails(client, Reply(b"", 429))
    assert isinstance(error, RateLimitedError)
    assert timedelta(seconds=50) < error.until - datetime.now(UTC) <= timedelta(seconds=http.AFTER_429_S)


async def test_no_connection_is_told_from_one_that_is_refused(client: Http) -> None:
    async with serving(lambda _: Reply()) as server:
        url = server.url
    with pytest.raises(TransientError, match="refuses the connection") as refused:
        await client.get(url)
    assert not isinstance(refused.value, UnreachableError), "who refuses us is there"
    with pytest.raises(UnreachableError, match=r"nowhere\.invalid is not found"):
        await client.get("https://nowhere.invalid/x")
    with pytest.raises(PermanentError, match="no web address"):
        await client.get("file:///etc/passwd")
    await client.close()


def redirects(target: str, status: int = 302) -> Reply:
    return Reply(b"", status, {"location": target})


async def test_credentials_go_to_no_other_host(client: Http) -> None:
    async with serving(lambda request: Reply(request.headers)) as other:

        def handler(request: Request) -> Reply:
            if request.path == "/same":
                return redirects("/end")
            return Reply(request.headers) if request.path == "/end" else redirects(other.url, 307)

        async with serving(handler) as server:
            secret = {"authorization": f"Bearer {TOKEN}", "x-api-key": TOKEN, "accept": "application/json"}
            stays = await client.get(server.url + "/same", headers=secret)
            assert stays.json()["authorization"] == f"Bearer {TOKEN}"
            leaves = await client.get(server.url + "/away", headers=secret)
            assert TOKEN not in leaves.body.decode()
            assert leaves.json()["accept"] == "application/json"
            leaves = await client.send("GET", server.url + "/away", auth=("user", TOKEN))
            assert "authorization" not in leaves.json()
            with pytest.raises(PermanentError, match="leads to another host"):
                await client.send("POST", server.url + "/away", form={"password": TOKEN})
            with pytest.raises(PermanentError, match="leads to another host"):
                await client.send("POST", server.url + "/away", body={"password": TOKEN})
        await client.close()
    assert all(TOKEN not in str(each.headers) + each.body.decode() for each in other.asked)


async def test_from_a_public_host_nothing_leads_into_our_own_networks(
    client: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    """127.0.0.1 plays the public internet here, 127.0.0.2 a host of ours."""
    monkeypatch.setattr(http, "is_private", lambda address: address != "127.0.0.1" and is_private(address))
    inside = 0

    async def inner(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal inside
        inside += bool(await reader.read(1))
        writer.close()

    listening = await asyncio.start_server(inner, "127.0.0.2", 0)
    port = listening.sockets[0].getsockname()[1]
    async with serving(lambda _: redirects(f"http://127.0.0.2:{port}/latest/meta-data")) as server:
        with pytest.raises(PermanentError, match="an address of a local network; that is not followed"):
            await client.get(server.url)
        await client.close()
    listening.close()
    await listening.wait_closed()
    assert not inside, "not one byte was sent to it"


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("127.0.0.1", True), ("10.1.2.3", True), ("192.168.0.1", True), ("172.16.0.1", True),
        ("169.254.169.254", True), ("100.64.0.1", True), ("0.0.0.0", True), ("::1", True),
        ("fe80::1%eth0", True),
        ("fd00::1", True), ("::ffff:10.0.0.1", True), ("2002:7f00:1::", True),
        ("1.1.1.1", False), ("2606:4700::1111", False), ("::ffff:1.1.1.1", False), ("example.org", False),
    ],
)  # fmt: skip
def test_which_addresses_are_our_own(address: str, private: bool) -> None:
    assert is_private(address) is private


async def test_a_permanent_move_is_told_and_a_passing_one_is_not(client: Http) -> None:
    ways = {"/a": redirects("/b", 301), "/b": redirects("/c", 308), "/x": redirects("/a", 302)}
    async with serving(lambda request: ways.get(request.path, Reply(b"end"))) as server:
        assert (await client.get(server.url + "/a")).moved == server.url + "/c"
        assert (await client.get(server.url + "/x")).moved is None
        assert (await client.get(server.url + "/c")).moved is None
        await client.close()


async def test_a_fault_behind_a_redirect_names_the_address_that_was_asked_and_where_it_leads(
    client: Http,
) -> None:
    closed = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = closed.sockets[0].getsockname()[1]
    closed.close()
    await closed.wait_closed()
    async with serving(lambda _: Reply(b"", 404)) as other:

        def handler(request: Request) -> Reply:
            if request.path == "/gone":
                return redirects(f"{other.url}/new?token={TOKEN}")
            return redirects(f"http://127.0.0.1:{port}/") if request.path == "/down" else redirects("/gone")

        async with serving(handler) as server:
            here, there = (each.url.removeprefix("http://") for each in (server, other))
            for path in ("/gone", "/twice"):
                with pytest.raises(PermanentError) as gone:
                    await client.get(f"{server.url}{path}?token={TOKEN}")
                assert str(gone.value) == f"{here}{path} leads to {there}/new, which does not exist (404)."
            with pytest.raises(TransientError) as down:
                await client.get(server.url + "/down")
            assert str(down.value).startswith(f"{here}/down leads to 127.0.0.1:{port}, which refuses")
        await client.close()


async def test_redirects_without_end(client: Http) -> None:
    asked: list[Server] = []
    async with serving(lambda request: redirects(request.path + "x")) as server:
        asked.append(server)
        with pytest.raises(PermanentError, match="redirects more than 5 times"):
            await client.get(server.url + "/a")
        await client.close()
    assert len(asked[0].asked) == http.REDIRECTS + 1


def test_what_a_person_sees_of_a_link() -> None:
    assert place("https://u:secret@feeds.example:8443/a?token=secret#f") == "feeds.example:8443/a"
    assert host_of("https://A.example:443/") == "a.example"
    assert host_of("http://a.example:notaport/") == ""
