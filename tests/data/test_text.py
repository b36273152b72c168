"""Foreign text: nothing that a terminal could obey comes through, whatever comes in."""

from __future__ import annotations

import random
import sys
import unicodedata
from types import FrameType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import data.text
from data.text import MAX_MARKS, REPLACEMENT, clean, clean_line

MARKS = ("Mn", "Mc", "Me")
HOSTILE = [
    "\x1b]52;c;aGVsbG8=\x07",
    "\x1b[2J\x1b[31m",
    "\x9b2J\x9d0;title\x9c",
    "a\x00b\x7f\x08\x0b\x0c\r\n\r\x85",
    "left \u202eright\u202c \u2066iso\u2069",
    "tag \U000e0041\U000e007f here",
    "\ud83d lone \ude00",
    "Z" + "\u0335\u0489\u0300" * 50,
    "\u3164\uffa0\u115f",
    "👨‍👩‍👧‍👦 🇩🇪 1️⃣ 👍🏽 ❤️",
    "e\u0301 \u1100\u1161\u11a8 \u212b \u2126 \uf900",
    "\ufeff\u200b\u00ad\u180e",
]
# Characters that fuzzing of whole Unicode would meet once in a blue moon.
ODD = st.sampled_from(
    [*"".join(HOSTILE), "\u0344", "\u0f73", "\u034f", "\U000e0100", "\u0958", "\ufb2c", " ", "\n"]
)
TEXTS = st.text(st.one_of(ODD, st.characters(), st.characters(categories=["Cs", "Cc", "Cf", "Mn", "Co"])))


def trouble(text: str) -> list[str]:
    """The characters of a text that no terminal should get."""
    return [
        f"U+{ord(character):04X}"
        for character in text
        if character != "\n"
        and (
            unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
            or 0xFE00 <= ord(character) <= 0xFE0F
            or 0x1F1E6 <= ord(character) <= 0x1F1FF
            or 0x1F3FB <= ord(character) <= 0x1F3FF
            or ord(character) == 0x20E3
        )
    ]


def longest_run(text: str) -> int:
    longest = run = 0
    for character in text:
        run = run + 1 if unicodedata.category(character) in MARKS else 0
        longest = max(longest, run)
    return longest


def check(text: str) -> None:
    safe = clean(text)
    assert trouble(safe) == []
    assert longest_run(safe) <= MAX_MARKS
    assert unicodedata.is_normalized("NFC", safe)
    assert clean(safe) == safe
    assert safe.encode("utf-8").decode("utf-8") == safe
    line = clean_line(text)
    assert trouble(line) == []
    assert "\n" not in line
    assert "  " not in line
    assert line == line.strip()
    assert clean_line(line) == line
    assert clean(line) == line


@given(TEXTS)
@example("".join(HOSTILE))
def test_what_comes_out_is_safe_and_stays_as_it_is(text: str) -> None:
    check(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_known_attacks(text: str) -> None:
    check(text)
    check(f"before {text} after")


def test_every_character_on_its_own_and_among_letters() -> None:
    points = [*range(0x20000), *range(0xE0000, 0xE0200), 0xF0000, 0x10FFFF]
    assert trouble(clean("a".join(map(chr, points)))) == []
    for point in points:
        safe = clean(f"e{chr(point)}\u0301")
        assert safe.encode("utf-8")
        assert clean(safe) == safe, hex(point)


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_plain_text_stays_to_the_letter(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("🇩🇪", "DE"),
        ("👨‍👩‍👧", "👨👩👧"),
        ("1️⃣", "1"),
        ("👍🏽", "👍"),
        ("\x1b[31m", "\u241b[31m"),
        ("a\x7f", "a\u2421"),
        ("\x9b31m", f"{REPLACEMENT}31m"),
        ("a\u202eb", f"a{REPLACEMENT}b"),
        ("a\u200bb\ufeffc\u00ad", "abc"),
        ("\ud83d", REPLACEMENT),
        ("a\r\nb\rc\u2028d\u0085e\x0bf", "a\nb\nc\nd\ne\nf"),
        ("a\tb", "a b"),
        ("a\u00a0b\u3000c", "a b c"),
        ("e\u0301", "é"),
        ("Việt Nam, العربية, हिन्दी, 日本語", "Việt Nam, العربية, हिन्दी, 日本語"),
        ("\u0301abc", "abc"),
        (" \u0301a", " a"),
    ],
)
def test_what_stands_for_what(given_text: str, shown: str) -> None:
    assert clean(given_text) == shown


def test_cutting_marks_keeps_the_base_and_what_follows() -> None:
    assert clean("x" + "\u0316" * 10_000 + "y") == "x" + "\u0316" * MAX_MARKS + "y"


def test_a_line_of_only_blanks_is_empty() -> None:
    assert clean_line(" \n\t \u00a0 ") == ""


def work_of(text: str) -> int:
    """How many lines of Python cleaning a text takes."""
    count = 0

    def trace(_frame: FrameType, event: str, _arg: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        clean(text)
    finally:
        sys.settrace(before)
    return count


def test_ten_thousand_marks_on_one_letter_are_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sorting n marks into their order takes n squared steps, so no long run may reach the library."""
    longest = [0]

    def watched(real: Any) -> Any:
        def call(form: str, text: str) -> Any:
            longest.append(longest_run(text))
            return real(form, text)

        return call

    # Marks of different classes in the worst order.
    marks = "".join(random.Random(7).choices("\u0301\u0316\u0327\u0334", k=10_000))
    monkeypatch.setattr(
        data.text,
        "unicodedata",
        SimpleNamespace(
            category=unicodedata.category,
            normalize=watched(unicodedata.normalize),
            is_normalized=watched(unicodedata.is_normalized),
        ),
    )
    small, large = work_of("a" + marks[:5_000]), work_of("a" + marks)
    assert max(longest) <= MAX_MARKS
    assert large < 2.5 * small
    assert work_of("plain text " * 10_000) < 50
