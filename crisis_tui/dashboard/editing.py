"""Between the statement pane and the statement that is being written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from crisis_tui.dashboard.writing import Writing
from crisis_tui.terminal import editor
from widgets.editor import StatementPane


class Editing:
    """What happens to the text in the editor; acts answer with a sentence for the bottom line."""

    def __init__(self, writing: Writing, pane: StatementPane) -> None:
        self._writing = writing
        self._pane = pane

    def show(self) -> None:
        """Put the statement as it stands into the editor."""
        self._pane.load(self._writing.text, "")
        self.show_state()

    def show_state(self) -> None:
        """Say what became of the text."""
        writing = self._writing
        if writing.kept_at is not None:
            words = f"draft kept {writing.kept_at.astimezone():%H:%M}"
        elif writing.base is not None and not writing.dirty:
            words = f"revision {writing.base[:8]}"
        else:
            words = ""
        self._pane.set_state(words)

    def typed(self, text: str) -> None:
        """The text as it stands in the editor now."""
        self._writing.typed(text)

    async def keep(self) -> None:
        """Keep the draft on disk.

        Raises:
            StoreError: the store did not take it.
        """
        await self._writing.keep()
        self.show_state()

    async def save(self) -> str:
        """Make the text a revision.

        Raises:
            ActRefusedError, StoreError: it was not saved; the draft stays.
        """
        self._writing.typed(self._pane.text)
        name = await self._writing.save()
        self.show_state()
        others = await self._writing.others()
        if others:
            return (
                f"Saved as {name}, but {others[0].by} saved {others[0].hash[:8]} meanwhile: S opens either."
            )
        return f"Saved as revision {name}."

    async def begin(self) -> str:
        """Another statement; the one before stays as it was kept.

        Raises:
            StoreError: the one before could not be kept.
        """
        await self._writing.keep()
        self._writing.begin()
        self.show()
        return "A new statement; the one before is kept."

    def edit_outside(self, folder: Path, environ: Mapping[str, str]) -> str:
        """Lend the terminal, which must have been given up, to the user's editor until it ends."""
        outcome = editor.edit(self._pane.text, folder=folder, environ=environ)
        if outcome.text is None:
            return outcome.message
        self._pane.replace_text(outcome.text)
        return "Taken over from the editor."
