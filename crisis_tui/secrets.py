"""Secrets by reference: `env:NAME`, `file:PATH`, `cmd:COMMAND`. Held in memory only, and never shown."""

from __future__ import annotations

import asyncio
import os
import shlex
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

from pydantic import SecretStr

from data.sources.base import AuthError
from data.text import clean_line

COMMAND_S = 15.0
"""How long a command may take in seconds to print a secret; a password store may have to ask for a key."""

MOST_BYTES = 64 * 1024


def secret(reference: str) -> Callable[[], Awaitable[SecretStr]]:
    """What gives the secret that a reference names, read anew each time, so that a new one is found."""

    async def give() -> SecretStr:
        how, _, what = reference.partition(":")
        found = await _READERS[how](what.strip())
        if not found:
            raise AuthError(f"{_shown(reference)} is empty; put the secret there.")
        if not found.isprintable():
            raise AuthError(
                f"{_shown(reference)} holds characters that no secret has; only its text belongs there."
            )
        return SecretStr(found)

    return give


def _shown(reference: str) -> str:
    """How a reference may be named: a command without its arguments, which may hold anything."""
    how, _, what = reference.partition(":")
    return clean_line(f"cmd:{(what.split() or [''])[0]}" if how == "cmd" else reference)[:120]


async def _from_environment(name: str) -> str:
    try:
        return os.environ[name].strip()
    except KeyError:
        raise AuthError(f"{_shown(f'env:{name}')} is not set; export it before the program starts.") from None


async def _from_file(name: str) -> str:
    path = Path(os.path.expanduser(name))  # noqa: PTH111 - leaves unknown users as they are
    shown = _shown(f"file:{name}")
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise AuthError(f"{shown} is no file; name the file that holds the secret.")
        if stat.S_IMODE(mode) & 0o077:
            raise AuthError(f"{shown} must be a file that nobody else can read; run: chmod 600 {shown[5:]}")
        return path.read_text("utf-8")[:MOST_BYTES].strip()
    except OSError as error:
        shared = "; on a store that a group shares, only an agent of the file's owner can read it"
        more = shared if isinstance(error, PermissionError) else ""
        raise AuthError(f"{shown} can't be read ({error.strerror}); check its path and mode{more}.") from None
    except UnicodeDecodeError:
        raise AuthError(f"{shown} is not UTF-8 text.") from None


async def _from_command(command: str) -> str:
    shown = _shown(f"cmd:{command}")
    try:
        arguments = shlex.split(command)
        process = await asyncio.create_subprocess_exec(
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError):
        raise AuthError(f"{shown} can't be run; give a program that prints the secret.") from None
    try:
        async with asyncio.timeout(COMMAND_S):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise AuthError(f"{shown} printed no secret within {COMMAND_S:g} s.") from None
    if process.returncode:
        raise AuthError(f"{shown} ended with {process.returncode}; run it by hand to see why.")
    return output[:MOST_BYTES].decode("utf-8", "replace").strip().split("\n")[0].strip()


_READERS = {"env": _from_environment, "file": _from_file, "cmd": _from_command}
