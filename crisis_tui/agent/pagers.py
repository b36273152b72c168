"""The ways by which an alert leaves this host: a command of the user's own, and a webhook."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import os
import signal
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import crisis_tui
from crisis_tui.secrets import secret
from data.models.alert import Alert, AlertSettings, Way, web_address
from data.models.secret import is_reference
from data.sources.base import SourceError
from data.text import clean_line

COMMAND_S = 15.0
"""How long a command may take in seconds to hand an alert on."""

_TELLING = 5  # characters from which a part of an address is not shown


class PagerError(Exception):
    """It was not delivered; `str()` is one sentence without secrets, `until` when it may be tried again."""

    def __init__(self, sentence: str, until: datetime | None = None) -> None:
        self.until = until
        super().__init__(sentence)


class Pager(Protocol):
    """One way out."""

    async def send(self, alert: Alert) -> None:
        """Hand an alert on.

        Raises:
            PagerError: it is not known to have arrived.
        """
        ...


def pagers(settings: AlertSettings) -> dict[Way, Pager]:
    """The ways that are configured."""
    found: dict[Way, Pager] = {}
    if settings.command:
        found["command"] = Command(settings.command)
    if settings.webhook is not None:
        found["webhook"] = Webhook(settings.webhook, settings.webhook_secret)
    return found


def document(alert: Alert) -> bytes:
    """The alert as one line of JSON."""
    return alert.model_dump_json().encode() + b"\n"


class Command:
    """A program with its arguments, no shell. It gets the alert as JSON on its standard input."""

    def __init__(self, arguments: tuple[str, ...], *, limit_s: float = COMMAND_S) -> None:
        program, *rest = arguments
        self._arguments = [os.path.expanduser(program), *rest]  # noqa: PTH111 - leaves unknown users as they are
        self._name = clean_line(program)[:80]
        self._limit_s = limit_s

    async def send(self, alert: Alert) -> None:
        """Run it. What it prints is dropped: it could hold anything.

        Raises:
            PagerError: it can't be run, does not end in time, or ends with another code than 0.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *self._arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
                env=_environment(alert, os.environ),
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "its arguments can't be used"
            raise PagerError(f"{self._name} can't be run ({reason}); check its path and mode.") from None
        try:
            async with asyncio.timeout(self._limit_s):
                await process.communicate(document(alert))
        except TimeoutError:
            raise PagerError(f"{self._name} did not end within {self._limit_s:g} s.") from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        if process.returncode:
            raise PagerError(
                f"{self._name} ended with {process.returncode}; run it by hand with an alert to see why."
            )


def _environment(alert: Alert, environ: Mapping[str, str]) -> dict[str, str]:
    found = dict(environ)
    # An agent that a dashboard started finds itself by PYTHONPATH, which is no business of the command.
    ours = str(Path(crisis_tui.__file__).resolve().parent.parent)
    paths = [each for each in found.pop("PYTHONPATH", "").split(os.pathsep) if each not in ("", ours)]
    if paths:
        found["PYTHONPATH"] = os.pathsep.join(paths)
    return found | {
        "CRISIS_TUI_ALERT": alert.id,
        "CRISIS_TUI_LEVEL": alert.level,
        "CRISIS_TUI_LEVEL_NUMBER": str(alert.number),
        "CRISIS_TUI_TEXT": alert.text,
        "CRISIS_TUI_TEST": "1" if alert.test else "",
    }


class Webhook:
    """A POST of the alert as JSON, signed like what our own receiver takes."""

    def __init__(self, address: str, signed_with: str | None = None) -> None:
        """`address` and `signed_with` may be references; they are read anew for each alert."""
        self._address = address
        self._signed_with = signed_with

    async def send(self, alert: Alert) -> None:
        """Send it. Only 2xx counts as taken; redirects are not followed.

        Raises:
            PagerError: it was not taken. The address is not in the sentence, no more than its host.
        """
        from data.sources.http import Http, host_of, limited_until, place

        url = await self._url()
        body = document(alert)
        headers = {"content-type": "application/json", "x-crisis-tui-alert": alert.id}
        headers |= await self._signature(body)
        host, http = host_of(url), Http(f"crisis-tui/{crisis_tui.__version__}")
        try:
            answer = await http.send("POST", url, headers=headers, body=body, ok=range(100, 600), redirects=0)
        except SourceError as error:
            raise PagerError(_without_path(str(error).replace(place(url), host), url)) from None
        finally:
            await http.close()
        if 200 <= answer.status < 300:
            return
        if 300 <= answer.status < 400:
            raise PagerError(f"{host} leads elsewhere ({answer.status}), where alerts do not go; correct it.")
        if answer.status == 429:
            raise PagerError(f"{host} asks us to wait (429).", limited_until(answer.headers))
        if answer.status >= 500:
            raise PagerError(
                f"{host} has a fault of its own ({answer.status}).", limited_until(answer.headers)
            )
        raise PagerError(f"{host} refuses the alert ({answer.status}); check the address and its secret.")

    async def _url(self) -> str:
        if not is_reference(self._address):
            return self._address
        found = await _secret(self._address)
        try:
            return web_address(found)
        except ValueError as error:
            shown = clean_line(self._address.split(" ")[0])[:80]
            raise PagerError(f"What {shown} holds {error}.") from None

    async def _signature(self, body: bytes) -> dict[str, str]:
        if self._signed_with is None:
            return {}
        key = await _secret(self._signed_with)
        stamp = str(int(time.time()))
        signature = hmac.new(key.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        return {"x-crisis-tui-timestamp": stamp, "x-crisis-tui-signature": f"sha256={signature}"}


async def _secret(reference: str) -> str:
    try:
        return (await secret(reference)()).get_secret_value()
    except SourceError as error:
        raise PagerError(str(error)) from None


def _without_path(says: str, url: str) -> str:
    """The second wall: no part of an address beside its host is ever told."""
    parts = urlsplit(url)
    telling = [parts.query, parts.username or "", parts.password or "", *parts.path.split("/")]
    if any(len(each) >= _TELLING and each in says for each in telling):
        return f"{parts.hostname} can't be reached."
    return says
