"""The word lists that ship can be read."""

from __future__ import annotations

import pytest

from crisis_tui.analysis.sentiment import EMOJI, Lexicon
from data.library import lexicon_lines

LINES = lexicon_lines()


def test_languages() -> None:
    assert {"en", "de", "es", "fr", EMOJI} == set(LINES)


@pytest.mark.parametrize("language", sorted(LINES))
def test_every_line_parses_once(language: str) -> None:
    Lexicon.from_lines(language, LINES[language])
    entries = [line.split("\t")[0] for line in LINES[language] if "\t" in line]
    assert len(entries) >= 80
    assert len(set(entries)) == len(entries)
    assert all(entry == entry.strip() for entry in entries)
    if language != EMOJI:
        assert all(entry == entry.lower() for entry in entries)


@pytest.mark.parametrize("language", sorted(LINES))
def test_both_sides_are_covered(language: str) -> None:
    weights = [float(line.split("\t")[1]) for line in LINES[language] if "\t" in line]
    assert sum(weight < 0 for weight in weights) >= 30
    assert sum(weight > 0 for weight in weights) >= 30
