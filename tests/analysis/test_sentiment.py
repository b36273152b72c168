"""Sentiment: what the word lists must get right, and what they must not pretend to know."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis_tui.analysis.sentiment import Lexicon, SentimentScorer
from data.library import lexicon_lines

SCORER = SentimentScorer(Lexicon.from_lines(language, lines) for language, lines in lexicon_lines().items())


def label(text: str, lang: str | None = "en") -> str:
    return SCORER.score(text, lang).label


@pytest.mark.parametrize(
    "text",
    [
        "Still waiting for my refund",
        "the app is down",
        "App down again!!",
        "this is not good",
        "I don't think it's good",
        "NOT OK @brand",
        "fucking ridiculous",
        "Your support is useless",
        "I love the colour but the handle is broken",
        "It isn’t working",
        "thanks for nothing, terrible service",
        "soooo baaaad",
        "not worth it",
        "ok 😡",
        "this :(",
    ],
)
def test_complaints_are_negative(text: str) -> None:
    assert label(text) == "negative"


@pytest.mark.parametrize(
    "text",
    [
        "not bad",
        "no problems so far",
        "fucking amazing",
        "Can't complain, works great",
        "Love it",
        "sooo goood",
        "never had any issues, great pan",
        "the old one was terrible but this is amazing",
        "Quick reply from @brand, thank you!",
        "can't wait",
        "😍",
        "good :)",
    ],
)
def test_praise_is_positive(text: str) -> None:
    assert label(text) == "positive"


@pytest.mark.parametrize(
    "text",
    [
        "Where is the code on the pan?",
        "The pan is 28 cm",
        "@brand do you ship to Malta?",
        "is it safe to use?",
        "looks like rain",
    ],
)
def test_plain_questions_and_facts_are_neutral(text: str) -> None:
    assert label(text) == "neutral"


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("de", "funktioniert nicht", "negative"),
        ("de", "Das gefällt mir nicht.", "negative"),
        ("de", "Eine Frechheit!", "negative"),
        ("de", "gar nicht schlecht", "positive"),
        ("de", "kein Problem, alles gut", "positive"),
        ("es", "no funciona", "negative"),
        ("es", "No es bueno", "negative"),
        ("es", "¡Qué vergüenza!", "negative"),
        ("es", "nada mal", "positive"),
        ("es", "me encanta", "positive"),
        ("fr", "ça marche pas", "negative"),
        ("fr", "je n'aime pas", "negative"),
        ("fr", "c’est une arnaque", "negative"),
        ("fr", "pas mal", "positive"),
        ("fr", "aucun problème, merci", "positive"),
        ("pt", "péssimo", "unscored"),
        ("ja", "最悪だ", "unscored"),
        ("ar", "هذا سيئ", "unscored"),
        ("ja", "最悪だ 😡", "negative"),
        ("en-GB", "terrible", "negative"),
        ("EN_us", "terrible", "negative"),
        ("en", "مرحبا", "unscored"),
        ("en", "Brand 最悪だ、信じられない", "unscored"),
        (None, "Brand is ひどい、信じられないほど遅い", "unscored"),
        ("en", "", "unscored"),
        ("en", "https://a.example/terrible", "unscored"),
        ("en", "@terrible", "unscored"),
        ("", "the app is terrible", "negative"),
        (None, "the app is terrible", "negative"),
        (None, "die App ist eine Katastrophe", "negative"),
        (None, "qué vergüenza, no funciona", "negative"),
        (None, "c'est nul, ça marche pas", "negative"),
        (None, "最悪", "unscored"),
        (None, "zxcv qwer", "unscored"),
        ("und", "where is my order", "neutral"),
    ],
)
def test_languages(lang: str | None, text: str, expected: str) -> None:
    assert label(text, lang) == expected


@pytest.mark.parametrize(
    ("louder", "softer"),
    [
        ("very bad", "bad"),
        ("it is BAD", "it is bad"),
        ("bad!!!", "bad"),
        ("bad", "slightly bad"),
        ("fucking terrible", "terrible"),
        ("bad 😡😡", "bad 😡"),
    ],
)
def test_loudness(louder: str, softer: str) -> None:
    assert SCORER.score(louder, "en").score < SCORER.score(softer, "en").score < 0


def test_all_capitals_carry_no_weight_when_everything_is_shouted() -> None:
    assert SCORER.score("IT IS BAD", "en").score == SCORER.score("it is bad", "en").score


def test_the_words_that_drove_it_are_named() -> None:
    assert SCORER.score("Still waiting, not good 😡", "en").words == ("still waiting", "not good", "😡")
    assert SCORER.score("The pan is here", "en").words == ()


def test_without_lexicons_nothing_is_scored() -> None:
    empty = SentimentScorer([])
    assert empty.score("terrible", "en").label == "unscored"
    assert empty.score("terrible 😡").label == "unscored"
    assert empty.languages == ()
    assert SCORER.languages == ("de", "en", "es", "fr")


@pytest.mark.parametrize("line", ["word", "word\tx", "word\t4", "\t1", "word\tnan"])
def test_bad_lines_are_named(line: str) -> None:
    with pytest.raises(ValueError, match="line 2"):
        Lexicon.from_lines("en", ["good\t1", line])


def test_comments_and_blank_lines_are_skipped() -> None:
    lexicon = Lexicon.from_lines("en", ["# note", "", "good\t2", "so la la\t-1"])
    assert lexicon.words == {"good": 2.0}
    assert lexicon.phrase_at(["so", "la", "la"], 0) == (3, -1.0)
    assert lexicon.phrase_at(["so", "la"], 0) == (0, 0.0)


@given(st.text(), st.sampled_from(["en", "de", "es", "fr", "ja", "", "und", None, "-", "_", "en-"]))
def test_never_raises_and_stays_in_bounds(text: str, lang: str | None) -> None:
    reading = SCORER.score(text, lang)
    assert -1 <= reading.score <= 1
    if reading.label == "unscored":
        assert reading.score == 0
    assert (reading.score > 0) >= (reading.label == "positive")
    assert (reading.score < 0) >= (reading.label == "negative")


PARTS = [
    *("BAD", "bad", "İ", "ß", "’", "'", "not", "no", "!", "...", "😡", "👧", ":(", "aaa", "don't", "but"),
    "\u200d",
    "\ud800",
    "\ufe0f",
]


@given(st.lists(st.sampled_from(PARTS)).map(" ".join))
def test_awkward_parts_in_any_order(text: str) -> None:
    assert -1 <= SCORER.score(text, "en").score <= 1
