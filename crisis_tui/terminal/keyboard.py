"""What comes from the terminal, made safe: a paste presses no keys, a broken byte ends nothing."""

from __future__ import annotations

import codecs
import re

BEGIN, END = "\x1b[200~", "\x1b[201~"
"""How a terminal that was asked to marks the two ends of a paste."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class Keyboard:
    """Turns bytes into text for Textual's parser.

    Bytes that are no UTF-8 become U+FFFD. Between the marks of a paste control
    characters are left out: the parser would take an ESC there for the end of
    the paste and the rest for keys.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pasting = False
        self._seen = ""
        self._held = ""

    def feed(self, data: bytes, *, final: bool = False) -> str:
        """The text of some bytes; an end mark that is cut is held back until its rest comes."""
        text = self._held + self._decoder.decode(data, final)
        self._held = ""
        out: list[str] = []
        while text:
            text = self._inside(text, out) if self._pasting else self._outside(text, out)
        return "".join(out)

    def _outside(self, text: str, out: list[str]) -> str:
        """Keys go on at once, so that Escape is not delayed; a begin mark may come in two pieces."""
        known = len(self._seen)
        both = self._seen + text
        at = both.find(BEGIN)
        if at < 0:
            out.append(text)
            self._seen = both[-(len(BEGIN) - 1) :]
            return ""
        self._pasting, self._seen = True, ""
        end = at + len(BEGIN) - known
        out.append(text[:end])
        return text[end:]

    def _inside(self, text: str, out: list[str]) -> str:
        at = text.find(END)
        if at >= 0:
            self._pasting = False
            out.append(_CONTROLS.sub("", text[:at]) + END)
            return text[at + len(END) :]
        cut = next((size for size in range(len(END) - 1, 0, -1) if text.endswith(END[:size])), 0)
        self._held = text[len(text) - cut :]
        out.append(_CONTROLS.sub("", text[: len(text) - cut]))
        return ""
