"""Which mentions a page or a count is about."""

from __future__ import annotations

from datetime import datetime

from data.models.base import to_ms
from data.store.intake import GAP
from data.store.search import match_expression
from data.text import clean_line


class Selection:
    """A choice as SQL with its values; `place` is the column with the places of mentions.

    A search walks the full-text index by its own row numbers, newest first,
    which stays quick where a sort by time would read every match.
    """

    def __init__(
        self, query: str | None, network: str | None, since: datetime | None, *, gaps: bool = False
    ) -> None:
        self.narrowed = bool(query or network or since)
        self.gaps = gaps
        self._source = "mentions_fts" if query else "mentions"
        self.place = f"{self._source}.{'rowid' if query else 'seq'}"
        self._conditions: list[str] = []
        self.values: list[object] = []
        if query and (network or since):
            self._source += " JOIN mentions ON mentions.seq = mentions_fts.rowid"
        if query:
            self.where("mentions_fts MATCH ?", match_expression(query))
        if network:
            self.where("mentions.network = ?", clean_line(network).lower())
        if since:
            self.where("mentions.created_ms >= ?", to_ms(since))
        if not query and not network and not gaps:
            self.where("mentions.network <> ?", GAP)

    def where(self, condition: str, value: object) -> None:
        """Narrow it further."""
        self._conditions.append(condition)
        self.values.append(value)

    def sql(self, columns: str) -> str:
        """The SELECT without order and limit."""
        where = f" WHERE {' AND '.join(self._conditions)}" if self._conditions else ""
        return f"SELECT {columns} FROM {self._source}{where}"
