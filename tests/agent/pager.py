"""A pager for tests: a real HTTP server in a thread of its own, whose answers a test decides."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Heard:
    """One request: what came, and whether it was taken."""

    path: str
    headers: dict[str, str]
    body: bytes
    status: int

    @property
    def alert(self) -> dict[str, Any]:
        """The body."""
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found

    def signed(self, secret: str) -> bool:
        """Whether it is signed as our own receiver wants it."""
        content = self.headers["x-crisis-tui-timestamp"].encode() + b"." + self.body
        wanted = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
        return self.headers["x-crisis-tui-signature"] == f"sha256={wanted}"


@dataclass
class PagerServer:
    """Answers with `answers` in turn, then with `then`."""

    then: int = 200
    answers: list[int] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    url: str = ""

    @property
    def taken(self) -> list[dict[str, Any]]:
        """The alerts that were taken."""
        return [each.alert for each in self.heard if each.status < 300]


@contextlib.contextmanager
def pager(*answers: int, then: int = 200) -> Iterator[PagerServer]:
    """A server for as long as the block runs."""
    found = PagerServer(then, [*answers])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = found.answers.pop(0) if found.answers else found.then
            headers = {name.lower(): value for name, value in self.headers.items()}
            found.heard.append(Heard(self.path, headers, body, status))
            self.send_response(status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            found.heard.append(Heard(self.path, {}, b"{}", 200))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.url = f"http://127.0.0.1:{server.server_port}/hook/T0KEN-T0KEN"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
