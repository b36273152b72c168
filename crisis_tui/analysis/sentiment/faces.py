"""Emoji and typed faces, which say the same in every language."""

from __future__ import annotations

import re
from collections.abc import Mapping

_TYPED_HINT = frozenset(":;=<^")
_MOST = 4.0  # a row of faces is still one reaction


class Faces:
    """Finds the faces of a lexicon in a text."""

    __slots__ = ("_pictures", "_typed", "weights")

    def __init__(self, weights: Mapping[str, float]) -> None:
        self.weights = dict(weights)
        single = [face for face in weights if len(face) == 1 and not face.isascii()]
        typed = sorted((face for face in weights if face.isascii()), key=len, reverse=True)
        self._pictures = re.compile(f"[{''.join(single)}]") if single else None
        self._typed = (
            re.compile(rf"(?<![\w/])(?:{'|'.join(map(re.escape, typed))})(?![\w/])") if typed else None
        )

    def read(self, text: str) -> tuple[float, tuple[str, ...]]:
        """The summed weight of the faces, within -4 to 4, and the faces, each once, in order."""
        found: list[str] = []
        if self._pictures is not None and not text.isascii():
            found = self._pictures.findall(text)
        if self._typed is not None and not _TYPED_HINT.isdisjoint(text):
            found += self._typed.findall(text)
        if not found:
            return 0.0, ()
        kinds = tuple(dict.fromkeys(found))
        total = sum(self.weights[kind] * (1.0 if found.count(kind) == 1 else 1.3) for kind in kinds)
        return max(-_MOST, min(_MOST, total)), kinds
