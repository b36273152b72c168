"""Keys act in the order in which they were typed, however many come at once.

A key that Textual finds in a list of bindings walks up to the app before it
acts, while a letter acts in the widget that gets it. On a slow line several
keys arrive together, and then letters would overtake the arrow, or the change
of pane, that was typed before them.
"""

from __future__ import annotations

from collections import deque
from typing import Any, TypeVar

from textual import events
from textual.app import App
from textual.message_pump import MessagePump

ReturnType = TypeVar("ReturnType")


class KeysInOrder(App[ReturnType]):
    """The base of an app that takes the next key, or paste, only when the one before has done its work.

    Work that a key starts in a worker of its own is not waited for.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._typed: deque[events.Key | events.Paste] = deque()
        self._taking = False

    async def on_event(self, event: events.Event) -> None:
        """Let a key wait for its turn; everything else goes its way."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self._typed.append(event)
            if not self._taking:
                await self._next_key()
        else:
            await super().on_event(event)

    async def _next_key(self) -> None:
        self._taking = bool(self._typed)
        if self._typed:
            meant_for = self.focused or self.screen
            await super().on_event(self._typed.popleft())
            self._follow(meant_for)

    def _follow(self, carrier: MessagePump | None) -> None:
        """Go up behind the key: each queue on its way is first in, first out, so it has passed there.

        At the top one turn more lets what the key asked of the app come first.
        """
        while carrier is not None and carrier is not self:
            if carrier.call_later(self._follow, carrier._parent):
                return
            carrier = carrier._parent
        self.call_later(self._next_key)
