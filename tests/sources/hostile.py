"""Answers that are meant to stall, swell, trick or kill who reads a feed."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.sources.feeds import item, rss
from tests.sources.server import Handler, Reply, Request

_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/rss+xml\r\n"


@dataclass(frozen=True)
class Attack:
    """An answer, and what the one sentence about it says; nothing where the feed can be read."""

    handler: Handler
    says: str = ""


def _raw(write: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> Handler:
    return lambda _request: Reply(raw=write)


def _body(body: str | bytes, **headers: str) -> Handler:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request: Reply(body, headers=named)


def _to(location: str) -> Handler:
    return lambda _request: Reply(status=301, headers={"location": location})


def bomb() -> bytes:
    """1 MB that unpacks to 1 GB: a block that stands for itself, many times."""
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    start = pack.compress(b'<rss version="2.0"><channel>') + pack.flush(zlib.Z_FULL_FLUSH)
    block = pack.compress(b"<item><title>" + b"A" * (1024 * 1024 - 13)) + pack.flush(zlib.Z_FULL_FLUSH)
    return start + block * 1024


async def _endless(writer: asyncio.StreamWriter) -> None:
    writer.write(_HEAD + b"\r\n<rss version='2.0'><channel>")
    with contextlib.suppress(ConnectionError):
        while True:
            writer.write(b"<item><title>again</title></item>" * 2_000)
            await writer.drain()


async def _giant(writer: asyncio.StreamWriter) -> None:
    writer.write(_HEAD + b"content-length: 1073741824\r\n\r\n")
    with contextlib.suppress(ConnectionError):
        for _ in range(16_384):
            writer.write(b" " * 65_536)
            await writer.drain()


async def _dripping_body(writer: asyncio.StreamWriter) -> None:
    writer.write(_HEAD + b"content-length: 500\r\n\r\n")
    await _drip(writer, b"<" * 500)


async def _dripping_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
    await _drip(writer, b"a" * 500)


async def _drip(writer: asyncio.StreamWriter, content: bytes) -> None:
    with contextlib.suppress(ConnectionError):
        for byte in content:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.1)


async def _cut(writer: asyncio.StreamWriter) -> None:
    writer.write(_HEAD + b"content-length: 5000\r\n\r\n<rss version='2.0'><channel>")
    await writer.drain()


async def _many_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    with contextlib.suppress(ConnectionError):
        for place in range(20_000):
            writer.write(b"x-%d: %s\r\n" % (place, b"a" * 200))
            await writer.drain()


def _described(text: str) -> str:
    return rss([item(1, description=text)])


def attributes(count: int) -> str:
    """A feed with a tag of so many attributes."""
    many = " ".join(f'a{place}="1"' for place in range(count))
    return rss([item(1)]).replace("<channel>", f"<channel {many}>")


def _laughs() -> str:
    entities = ['<!ENTITY lol0 "lol">']
    for place in range(1, 10):
        tenfold = f"&lol{place - 1};" * 10
        entities.append(f'<!ENTITY lol{place} "{tenfold}">')
    return (
        f"<?xml version='1.0'?><!DOCTYPE rss [{''.join(entities)}]><rss version='2.0'><channel>"
        "<title>&lol9;</title><item><title>&lol9;</title></item></channel></rss>"
    )


def _outside() -> str:
    return (
        "<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><rss version='2.0'>"
        "<channel><item><title>before &x; after</title><link>http://a.example/1</link></item></channel></rss>"
    )


def _half_encoded() -> bytes:
    first, second = rss([item(1, title="Äpfel")]), rss([item(2, title="Öl")])
    return first.removesuffix("</channel></rss>").encode() + second.partition("<item>")[2].encode("utf-16")


def _loop(request: Request) -> Reply:
    return Reply(status=302, headers={"location": f"{request.path}x"})


ATTACKS: dict[str, Attack] = {
    "gzip bomb": Attack(_body(bomb(), content_encoding="gzip"), "sends more than 5 MB"),
    "broken gzip": Attack(_body(gzip.compress(b"x" * 99)[5:], content_encoding="gzip"), "broke off"),
    "endless body": Attack(_raw(_endless), "sends more than 5 MB"),
    "a body of 1 GB": Attack(_raw(_giant), "sends more than 5 MB"),
    "one byte at a time": Attack(_raw(_dripping_body), "did not answer in full"),
    "headers one byte at a time": Attack(_raw(_dripping_head), "did not answer in full"),
    "headers without end": Attack(_raw(_many_headers), "broke off"),
    "a body cut short": Attack(_raw(_cut), "broke off"),
    "redirects without end": Attack(_loop, "redirects more than 5 times"),
    "a redirect to a file": Attack(
        _to("file:///etc/passwd"), 'leads to a "file:" link, which is no web address'
    ),
    "a redirect to a script": Attack(
        _to("javascript:alert(1)"), 'leads to a "javascript:" link, which is no'
    ),
    "a redirect to nowhere": Attack(_to("http://"), "redirects more than 5 times"),
    "a redirect to no address": Attack(_to("http://[x"), "no web address"),
    "a redirect to no port": Attack(_to("http://a.example:99999999/"), "."),
    "a redirect to no host": Attack(_to("http://" + "a" * 300 + ".example/"), "."),
    "brotli": Attack(_body(b"\x0b\x02\x80", content_encoding="br"), "packs its answer as br"),
    "links that never close": Attack(_body(_described('<a href="' * 20_000))),
    "links that never close, unescaped": Attack(
        _body(_described("HERE").replace("HERE", "<![CDATA[" + '<a href="' * 20_000 + "]]>"))
    ),
    "100,000 attributes": Attack(_body(attributes(100_000)), "can't be read: its feed takes too"),
    "100,000 tags of one entry": Attack(
        _body(rss(["<item>", *(f"<category>{n}</category>" for n in range(100_000)), "</item>"])),
        "can't be read: its feed takes too",
    ),
    "50,000 elements in each other": Attack(
        _body(_described("x").replace("<item>", "<a>" * 50_000 + "<item>")),
        "can't be read: its feed takes too",
    ),
    "100,000 entries": Attack(
        _body(rss("<item><guid>1</guid></item>" for _ in range(100_000))), "can't be read: its feed takes too"
    ),
    "a million laughs": Attack(_body(_laughs()), "can't be read: its feed takes too much memory"),
    "a JSON of empty lists": Attack(
        _body('{"items": [' + "[]," * 1_500_000 + "[]]}"), "can't be read: its feed takes too much memory"
    ),
    "lists in each other": Attack(_body('{"items": ' + "[" * 500_000), "what is no feed"),
    "an entity of a file": Attack(_body(_outside())),
    "NUL and ESC": Attack(
        _body(rss([item(1, title="a\x00b\x1b]0;x\x07\x1b[2Jc", description="\x9b31m\x00")]))
    ),
    "another encoding half-way": Attack(_body(_half_encoded())),
    "no text at all": Attack(_body(bytes(range(256)) * 200), "what is no feed"),
}
