"""The quick ways through the cleaning of text give what the long ways give."""

from __future__ import annotations

import unicodedata

from data import text as texts


def test_what_is_called_plain_stays_as_it_is() -> None:
    for point in range(0x110000):
        character = chr(point)
        if character == " " or texts._UNPLAIN.search(character) is not None:
            continue
        if character == "\n":
            continue
        assert texts._shown(point) == point, hex(point)
        assert unicodedata.category(character)[0] != "M", hex(point)
        assert unicodedata.is_normalized("NFC", character), hex(point)


def test_no_two_plain_characters_compose() -> None:
    for point in range(0x110000):
        parts = unicodedata.decomposition(chr(point)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            assert texts._UNPLAIN.search(chr(int(parts[1], 16))) is not None, hex(point)
