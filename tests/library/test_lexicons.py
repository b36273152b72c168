"""The word lists and the model that ship can be read, and belong together."""

from __future__ import annotations

import hashlib
import re

import pytest

from crisis_tui.analysis.sentiment import EMOJI, Lexicon, SentimentModel
from crisis_tui.analysis.sentiment.scorer import WIDER
from data.library import folder, lexicon_lines, sentiment_model

LINES = lexicon_lines()


def test_languages() -> None:
    assert {"en", "de", "es", "fr", EMOJI, WIDER} == set(LINES)


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


def test_every_face_can_be_found() -> None:
    faces = Lexicon.from_lines(EMOJI, LINES[EMOJI]).words
    assert [face for face in faces if not face.isascii() and len(face) != 1] == []


def test_the_wider_list_ships_with_its_licence() -> None:
    notice = folder("lexicons").joinpath("vader.LICENSE").read_text("utf-8")
    assert "MIT License" in notice
    assert "C.J. Hutto" in notice
    assert any("VADER" in line and "MIT" in line for line in LINES[WIDER][:4])


def test_the_model_is_small_and_is_the_one_whose_provenance_is_told() -> None:
    content = sentiment_model()
    assert content is not None
    assert len(content) <= 250_000
    SentimentModel.from_bytes(content)
    told = folder("sentiment").joinpath("PROVENANCE.md").read_text("utf-8")
    assert re.findall(r"\b[0-9a-f]{64}\b", told) == [hashlib.sha256(content).hexdigest()]
    assert "CC BY 3.0" in told
