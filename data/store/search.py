"""What a person types into the search line, as a full-text expression that can't fail."""

from __future__ import annotations

import re

from data.text import clean_line

_PART = re.compile(r'(?P<no>-)?(?:"(?P<phrase>[^"]*)"?|(?P<word>\S+))')


def _quoted(text: str) -> str:
    return '"' + text.replace('"', " ") + '"'


def match_expression(query: str) -> str:
    """Words (all must occur), `"phrases"`, `-excluded` and `begin*` as an FTS5 expression.

    Raises:
        ValueError: nothing is left to search for; the sentence says what to type.
    """
    wanted: list[str] = []
    unwanted: list[str] = []
    for part in _PART.finditer(clean_line(query)):
        phrase, word = part["phrase"], part["word"]
        text = phrase if phrase is not None else word
        begins = word is not None and word.endswith("*")
        if not any(character.isalnum() for character in text):
            continue
        term = _quoted(text) + ("*" if begins else "")
        (unwanted if part["no"] else wanted).append(term)
    if not wanted:
        raise ValueError('Type at least one word to search for, such as: refund "data leak" -giveaway')
    expression = " AND ".join(wanted)
    return f"({expression}) NOT ({' OR '.join(unwanted)})" if unwanted else expression
