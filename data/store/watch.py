"""Change watch: has any process written since we last looked?"""

from __future__ import annotations

from data.store.connection import Reader


class ChangeWatch:
    """Compares `PRAGMA data_version` of one file; costs microseconds, so it may be asked often."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._seen: int | None = None

    async def changed(self) -> bool:
        """True once after each commit of another connection; True at the first call."""
        row = await self._reader.one("PRAGMA data_version")
        version = int(row[0]) if row else 0
        if version == self._seen:
            return False
        self._seen = version
        return True
