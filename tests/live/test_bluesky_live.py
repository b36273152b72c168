"""Reading Bluesky from a real network: ours from npm, or the server that the environment names."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from data.matcher import Listener
from data.models.batch import Batch
from data.models.mention import Mention
from data.sources.base import AuthError, RateLimitedError, Secret, SourceError, Tools
from data.sources.bluesky.network import BlueskySource, Settings, source
from data.sources.http import Answer, Http, host_of
from tests.live.gate import guarded, used_up
from tests.live.network import Network, named, started
from tests.live.people import Person, ago, connected, login, person, unique
from tests.sources.lend import lent
from tests.sources.server import drain, listener
from tests.store.kit import cli, number, rows, start, wait_for

pytestmark = pytest.mark.slow

NOTIFICATIONS = "app.bsky.notification.listNotifications"


class KilledError(BaseException):
    """Stands for kill -9: nothing of ours may catch it."""


class Mortal(Http):
    """Requests of a process that is killed before it asks for one more page than `pages`."""

    def __init__(self, pages: int) -> None:
        super().__init__("crisis-tui-tests")
        self._pages = pages
        self.asked = 0

    async def get(self, url: str, **more: Any) -> Answer:
        if url.endswith(NOTIFICATIONS):
            if self.asked >= self._pages:
                raise KilledError
            self.asked += 1
        return await super().get(url, **more)


@dataclasses.dataclass
class Town:
    """The network with what a test needs to act on it; sessions are kept in `private` from test to test."""

    network: Network
    client: httpx.AsyncClient
    private: Path
    open: contextlib.AsyncExitStack

    async def person(self, name: str) -> Person:
        if name not in self.network.accounts:
            pytest.skip(f"not enough accounts are named for {self.network.url}; see tests/live/README.md")
        return await person(self.client, self.network.accounts[name])

    async def tools(self, password: str, *, heard: Listener | None = None) -> Tools:
        def secret(_reference: str) -> Secret:
            async def give() -> SecretStr:
                return SecretStr(password)

            return give

        tools = await self.open.enter_async_context(lent(self.private, listener=heard))
        return dataclasses.replace(tools, secret=secret)

    async def reader(
        self, name: str = "brand", *, heard: Listener | None = None, http: Http | None = None, **more: Any
    ) -> BlueskySource:
        account = self.network.accounts[name]
        tools = await self.tools(more.pop("password", account.password), heard=heard)
        if http is not None:
            self.open.push_async_callback(http.close)
            tools = dataclasses.replace(tools, http=lambda: http)
        fields = {"name": "bluesky", "url": self.network.url, "handle": account.handle, **more}
        fields.setdefault("read", ("notifications",))
        return source(Settings.model_validate({**fields, "password": "env:PASSWORD"}), tools)


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    """The named server, or a network of our own."""
    given = named()
    if given is not None:
        yield given
        return
    with started() as ours:
        yield ours


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where sessions are kept: a server limits logins more than anything else."""
    return tmp_path_factory.mktemp("private")


@pytest.fixture
async def alone(network: Network, private: Path) -> AsyncIterator[Town]:
    """The network, with or without what notifications and search need."""
    async with contextlib.AsyncExitStack() as stack:
        client = await stack.enter_async_context(connected(network.url))
        yield Town(network, client, private, stack)


@pytest.fixture
def town(alone: Town) -> Town:
    """The network with notifications and search."""
    if alone.network.missing:
        pytest.skip(f"there is no AppView without {alone.network.missing}; see tests/live/README.md")
    return alone


def came(batches: list[Batch]) -> dict[str, Mention]:
    """All mentions by their id; nothing may have been turned away."""
    assert [each.reason for batch in batches for each in batch.rejected] == []
    assert [batch.note for batch in batches if batch.note] == []
    return {each.id: each for batch in batches for each in batch.mentions}


def more(mention: Mention) -> dict[str, Any]:
    """What is known besides the usual fields."""
    found: dict[str, Any] = json.loads(mention.extra or "{}")
    return found


async def test_the_account_is_told_of_mentions_replies_and_quotes_and_not_of_likes(town: Town) -> None:
    brand, anna, ben = [await town.person(name) for name in ("brand", "anna", "ben")]
    reader = await town.reader()
    _, cursor = await drain(reader)
    ours = await brand.post("We are looking into it.")
    await town.network.settled()
    named = await anna.post("the app is down again ☎ \x1b[31mred\x1b[0m", to=brand)
    answer = await ben.post("Since when?", answers=ours)
    quote = await ben.put(
        "app.bsky.feed.post", text="Look", embed={"$type": "app.bsky.embed.record", "record": ours}
    )
    await ben.put("app.bsky.feed.like", subject=ours)
    await ben.put("app.bsky.graph.follow", subject=anna.did)
    await town.network.settled()

    batches, _ = await drain(reader, cursor)
    found = came(batches)

    new = [found[each["uri"]] for each in (named, answer, quote)]
    assert [(each.author, more(each)["reason"]) for each in new] == [
        (anna.handle, "mention"),
        (ben.handle, "reply"),
        (ben.handle, "quote"),
    ]
    first, second, third = new
    assert first.text == f"@{brand.handle} the app is down again ☎ ␛[31mred␛[0m"
    assert first.url == f"https://bsky.app/profile/{anna.did}/post/{named['uri'].rsplit('/', 1)[1]}"
    assert first.lang == "en"
    assert (first.followers or 0) >= 1
    assert abs(first.created_at - datetime.now(UTC)) < timedelta(minutes=5)
    assert second.in_reply_to == ours["uri"]
    assert more(third)["quotes"] == ours["uri"]
    assert not [each for each in found.values() if not each.text]


async def test_a_search_finds_what_names_nobody(town: Town) -> None:
    anna = await town.person("anna")
    word, other = unique("outage"), unique("weather")
    reader = await town.reader(heard=listener(word, other), read=("search",))
    _, cursor = await drain(reader)
    wanted = await anna.post(f"Big {word} at the moment")
    both = await anna.post(f"The {other}, and no {word}")
    await anna.post(f"No{word}, which is another word")
    await town.network.settled()

    batches, cursor = await drain(reader, cursor)
    assert set(came(batches)) == {wanted["uri"], both["uri"]}

    late = await anna.post(f"Still {word}", at=ago(minutes=30))
    await town.network.settled()
    batches, _ = await drain(reader, cursor)
    assert late["uri"] in came(batches)


async def test_a_backlog_of_pages_survives_a_kill_between_any_two_of_them(town: Town) -> None:
    brand, anna, ben = [await town.person(name) for name in ("brand", "anna", "ben")]
    _, before = await drain(await town.reader())
    ours = await brand.post("Tell us more.")
    await town.network.settled()
    posted = set()
    for n in range(120):
        posted.add((await anna.post(f"complaint {n}", to=brand))["uri"])
        posted.add((await ben.post(f"answer {n}", answers=ours))["uri"])
    await town.network.settled()

    for pages in range(10):
        mortal = Mortal(pages)
        found, cursor = {}, before
        killed = False
        try:
            async for batch in (await town.reader(http=mortal)).poll(before):
                found.update(came([batch]))
                cursor = batch.cursor or cursor
        except KilledError:
            killed = True
        batches, _ = await drain(await town.reader(), cursor)
        found.update(came(batches))
        assert posted <= set(found), f"{len(posted - set(found))} lost by a kill after page {pages}"
        if not killed:
            break
    assert pages >= 3, "the backlog came on fewer pages than it must"


async def test_a_post_written_earlier_than_the_place_is_found(town: Town) -> None:
    brand, anna = [await town.person(name) for name in ("brand", "anna")]
    reader = await town.reader()
    _, cursor = await drain(reader)
    late = await anna.post("sent from the train", to=brand, at=ago(minutes=30))
    await town.network.settled()

    batches, _ = await drain(reader, cursor)

    assert late["uri"] in came(batches)


async def test_a_post_from_the_future_does_not_move_the_place(town: Town) -> None:
    brand, anna = [await town.person(name) for name in ("brand", "anna")]
    reader = await town.reader()
    _, cursor = await drain(reader)
    future = await anna.post("from far away", to=brand, at=datetime(2036, 1, 1, tzinfo=UTC))
    await town.network.settled()
    batches, cursor = await drain(reader, cursor)
    assert came(batches)[future["uri"]].created_at <= datetime.now(UTC)

    now = await anna.post("from here", to=brand)
    await town.network.settled()

    batches, _ = await drain(await town.reader(), cursor)
    assert now["uri"] in came(batches)


async def test_looking_again_tells_counts_and_deletions(town: Town) -> None:
    brand, anna, ben = [await town.person(name) for name in ("brand", "anna", "ben")]
    kept, gone = await anna.post("stays", to=brand), await anna.post("goes", to=brand)
    await town.network.settled()
    reader = await town.reader()
    batches, _ = await drain(reader)
    assert {kept["uri"], gone["uri"]} <= set(came(batches))
    await ben.put("app.bsky.feed.like", subject=kept)
    await anna.delete(gone["uri"])
    await town.network.settled()

    batch = await reader.refresh([kept["uri"], gone["uri"]])

    changes = {each.id: each.mention for each in batch.changes}
    assert set(changes) == {kept["uri"], gone["uri"]}
    assert changes[gone["uri"]] is None
    seen = changes[kept["uri"]]
    assert seen is not None
    assert (seen.likes, seen.text) == (1, f"@{brand.handle} stays")


async def test_where_nothing_is_new_nothing_new_comes(town: Town) -> None:
    reader = await town.reader()
    batches, cursor = await drain(reader)
    known = set(came(batches))

    again, _ = await drain(await town.reader(), cursor)

    assert set(came(again)) <= known


async def test_restarts_do_not_log_in_again(town: Town) -> None:
    if not town.network.ours:
        pytest.skip("the logins of a server that is not ours are not for tests to use up")
    for _ in range(4):
        await drain(await town.reader("cleo"))

    left = int((await login(town.client, town.network.accounts["cleo"])).headers["ratelimit-remaining"])

    assert left == 30 - 1 - 1


async def test_a_limit_of_the_server_is_told_with_its_end(alone: Town) -> None:
    if not alone.network.ours:
        pytest.skip("the logins of a server that is not ours are not for tests to use up")
    account = alone.network.accounts["limited"]
    for _ in range(40):
        answer = await login(alone.client, account)
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    reset = datetime.fromtimestamp(int(answer.headers["ratelimit-reset"]), UTC)

    with pytest.raises(RateLimitedError) as told:
        await drain(await alone.reader("limited"))

    assert abs(told.value.until - reset) <= timedelta(seconds=2)
    assert account.password not in str(told.value)


@contextlib.asynccontextmanager
async def agent(home: Path) -> AsyncIterator[subprocess.Popen[bytes]]:
    """An agent that is killed (-9) at the end of the block, and that had nothing to complain of."""
    running = start(home, "agent")
    try:
        yield running
    finally:
        running.kill()
        _, complaint = await asyncio.to_thread(running.communicate)
    assert complaint.decode() == ""


async def looks_once(home: Path) -> None:
    """A whole life of an agent, which ends after one look at each source."""
    assert (await asyncio.to_thread(cli, home, "agent", "--once")).stderr.decode() == ""


async def reached(condition: Callable[[], Any], what: str, seconds: float = 60) -> None:
    """Wait until it holds, while what runs in this loop goes on."""
    await asyncio.to_thread(wait_for, condition, what, seconds)


async def waits(home: Path, name: str) -> tuple[str, datetime]:
    """What doctor says of a feed that waits, and until when that is by the store."""
    told = json.loads((await asyncio.to_thread(cli, home, "doctor", "--json")).stdout)
    (check,) = [each for each in told["checks"] if each["name"] == f"feed {name}"]
    assert check["state"] == "note", check
    next_ms = number(home / "mentions.db", "SELECT next_ms FROM feeds WHERE name = ?", name)
    return check["says"], datetime.fromtimestamp(next_ms / 1000, UTC)


async def test_the_next_agents_wait_out_the_limit_that_a_killed_one_met(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waits for the server's own five minutes."""
    if not town.network.ours:
        pytest.skip("the requests of a server that is not ours are not for tests to use up")
    brand, anna = [await town.person(name) for name in ("brand", "anna")]
    home, database = tmp_path / "home", tmp_path / "home" / "mentions.db"
    home.mkdir()

    def configure(*sources: str) -> None:
        """One source for each account, all at the gate."""
        tables = []
        for name in sources:
            account = town.network.accounts[name]
            monkeypatch.setenv(f"BSKY_{name}", account.password)
            tables.append(
                f'[[source]]\nname = "{name}"\nkind = "bluesky"\nurl = "{gate.url}"\n'
                f'handle = "{account.handle}"\npassword = "env:BSKY_{name}"\nread = ["notifications"]\n'
            )
        (home / "config.toml").write_text("\n".join(tables))

    def there(post: dict[str, str]) -> bool:
        return number(database, "SELECT count(*) FROM mentions WHERE id = ?", post["uri"]) == 1

    async with guarded(town.client) as gate:
        configure("brand")
        read = await anna.post("the app is down", to=brand)
        await town.network.settled()
        await looks_once(home)
        assert there(read)
        assert {each.status for each in gate.passed} == {200}

        answered = await used_up(town.client)
        missed = await anna.post("and it is down still", to=brand)
        await town.network.settled()
        before = len(gate.passed)
        async with agent(home):
            await reached(lambda: number(database, "SELECT count(*) FROM limits"), "the limit is kept")
        assert [each.status for each in gate.passed[before:]] == [429]
        reset = gate.passed[-1].reset
        assert reset is not None
        assert reset > datetime.now(UTC) + timedelta(seconds=30), "too late to see anybody wait"

        # The limit is the host's, so a source that nobody has read before waits as well.
        configure("brand", "ben")
        before, host = len(gate.passed), host_of(gate.url)
        for _ in range(3):
            await looks_once(home)
            assert [each.path for each in gate.passed[before:]] == [], "asked before the wait was over"
        for name in ("brand", "ben"):
            says, until = await waits(home, name)
            assert says.startswith(f"waiting: {host} asked us to wait. It goes on at {until:%H:%M} UTC. (")
            assert f"next try {until:%H:%M:%S} UTC" in says
            assert reset <= until <= reset + timedelta(seconds=10)
        assert not there(missed)

        async with agent(home):
            left = (reset - datetime.now(UTC)).total_seconds()
            await reached(lambda: len(gate.passed) > before, "somebody asks again", left + 60)
            await reached(lambda: there(missed), "what came meanwhile is read")
            states = "SELECT name, state FROM feeds ORDER BY name"
            both = [("ben", "live"), ("brand", "live")]
            await reached(lambda: rows(database, states) == both, "both are well again")
    asked = [(each.at - reset).total_seconds() for each in gate.passed[before:]]
    print(f"{answered:,} answered before the limit; waited {left:.0f} s; asked {min(asked):.2f} s after it")
    assert min(asked) >= 0


async def test_a_wrong_password_is_told_as_such(alone: Town, tmp_path: Path) -> None:
    fresh = dataclasses.replace(alone, private=tmp_path)

    with pytest.raises(AuthError, match="password") as told:
        await drain(await fresh.reader(password="not-it-at-all"))

    assert "not-it-at-all" not in str(told.value)


async def test_a_server_without_its_appview_is_told_as_a_fault_that_may_pass(tmp_path: Path) -> None:
    with started(appview=False) as network:
        async with contextlib.AsyncExitStack() as stack:
            client = await stack.enter_async_context(connected(network.url))
            reader = await Town(network, client, tmp_path, stack).reader()
            with pytest.raises(SourceError, match=r"fault of its own \(502\)"):
                await drain(reader)
