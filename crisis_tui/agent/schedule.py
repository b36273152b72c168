"""When a source is looked at: at its pace, when a stream hints, a person asks or we are back online."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from datetime import datetime

from crisis_tui.agent import verdict
from crisis_tui.agent.collect import Collector
from crisis_tui.agent.reach import Reach
from data.sources.base import Hinting, SourceError, TransientError
from data.store import StoreError

SLICE_S = 2.0
"""Longest sleep in seconds at a time, so that a host that was suspended notices that its time has come."""

HINT_PAUSE_S = 2.0
"""A stream that never rests wakes its poller at most so often."""


class Schedule:
    """Looks at one source again and again."""

    def __init__(self, collector: Collector, now: Callable[[], datetime], reach: Reach) -> None:
        self._collector = collector
        self._now = now
        self._woken = asyncio.Event()
        self._asked = asyncio.Event()
        self._wake_at = float("-inf")
        reach.when_back(self._woken.set)

    def wake(self) -> None:
        """Look now because a person asks, and open the stream anew if it is down."""
        self._collector.ask()
        self._woken.set()
        self._asked.set()

    async def run(self) -> None:
        """Look for ever; a stream runs beside."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_looking())
            if isinstance(self._collector.source, Hinting):
                group.create_task(self._keep_listening(self._collector.source))

    async def _keep_looking(self) -> None:
        while True:
            self._woken.clear()
            await self._collector.poll()
            await self._until(self._collector.next_try)

    async def _until(self, moment: datetime) -> None:
        while not self._woken.is_set():
            left = (moment - self._now()).total_seconds()
            if left <= 0:
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), min(left, SLICE_S))

    def _wake_soon(self) -> None:
        """Wake the poller, at most once in `HINT_PAUSE_S`, but always after the last hint."""
        loop = asyncio.get_running_loop()
        if self._wake_at <= loop.time():
            wait = max(0.0, self._wake_at + HINT_PAUSE_S - loop.time())
            self._wake_at = loop.time() + wait
            loop.call_at(self._wake_at, self._woken.set)

    async def _keep_listening(self, source: Hinting) -> None:
        failures = 0
        while True:
            lived = False
            try:
                async for _ in self._heard(source):
                    lived = True
                    self._collector.stream_fault = ""
                error: SourceError = TransientError("The stream ended.")
            except StoreError as fault:
                error = TransientError(str(fault))
            except Exception as fault:
                error = verdict.fault_of(fault)
            failures = 1 if lived else failures + 1
            after = verdict.failed(error, self._now(), 1.0, failures, random.random)
            if failures >= verdict.ALARM_AFTER or not isinstance(error, TransientError):
                self._collector.stream_fault = str(error)
            self._woken.set()  # what the stream missed meanwhile, the poller finds
            self._asked.clear()
            with contextlib.suppress(TimeoutError):
                pause = max(1.0, (after.next_try - self._now()).total_seconds())
                await asyncio.wait_for(self._asked.wait(), pause)

    async def _heard(self, source: Hinting) -> AsyncIterator[None]:
        """Store what the stream brings, wake the poller, and give a sign for each sign of life.

        Raises:
            SourceError: the stream broke, or was silent for too long.
        """
        hints = source.hints()
        try:
            while True:
                try:
                    async with asyncio.timeout(source.silence_s):
                        batch = await anext(hints)
                except StopAsyncIteration:
                    return
                except TimeoutError:
                    raise TransientError(
                        f"The stream was silent for {source.silence_s:g} s and was opened anew."
                    ) from None
                if batch.read or batch.changes:
                    await self._collector.take(batch)
                self._wake_soon()
                yield None
        finally:
            if isinstance(hints, AsyncGenerator):
                await hints.aclose()
