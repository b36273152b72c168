"""Does a text speak of what a watch listens for? Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from data.models.mention import Mention
from data.models.watch import Watch

_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Scripts that put no blanks between words: there a term may stand inside of anything."""


def folded(text: str) -> str:
    """A text as it is compared: without case, accents and differences of width."""
    # Taken apart first, as fancy letters such as bold ones have no small form of their own.
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", "".join(c for c in plain if not unicodedata.combining(c)))


def _pattern(term: str) -> str:
    term = folded(term).strip()
    open_end = term.endswith("*")
    words = [re.escape(word) for word in term.rstrip("*").split()]
    if not words:
        return ""
    body = r"\s+".join(words)
    if _UNSPACED.search(term):
        return body
    before = r"(?<![\w#@])" if term[0] in "#@" else r"(?<!\w)"
    return before + body + ("" if open_end else r"(?!\w)")


def hears_nothing(term: str) -> bool:
    """True for a term without a letter, digit or sign of its own, such as `#` or `*`."""
    return not folded(term).strip().strip("#@* ")


def deaf(watch: Watch) -> str:
    """What is wrong with the terms of a watch, as a sentence; empty where each can hear something."""
    found = [term for term in watch.terms if hears_nothing(term)]
    if not found:
        return ""
    names = ", ".join(f'"{term}"' for term in found)
    so = "" if Terms(watch.terms) else "; until then it takes everything, as if it had no terms"
    return f'{names} in its terms can hear nothing: write a whole word such as "acme" or "#acme"{so}.'


class Terms:
    """A list of terms, ready to look for."""

    def __init__(self, terms: Iterable[str]) -> None:
        patterns = [found for each in terms if (found := _pattern(each))]
        self._found = re.compile("|".join(patterns)) if patterns else None

    def __bool__(self) -> bool:
        return self._found is not None

    def __call__(self, *texts: str | None) -> bool:
        """Does any of the texts hold any of the terms?"""
        if self._found is None:
            return False
        return any(self._found.search(folded(text)) is not None for text in texts if text)


class Matcher:
    """What a watch would take, and what not."""

    def __init__(self, watch: Watch) -> None:
        self._terms = Terms(watch.terms)
        self._exclude = Terms(watch.exclude)
        self._own = Terms(name if name.startswith("@") else f"@{name}" for name in watch.own_accounts)
        self._languages = {code.lower().split("-")[0] for code in watch.languages}

    def text(self, *texts: str | None, lang: str | None = None) -> bool:
        """Is a post with these texts (its text, a title, a link) in this language ours?"""
        if lang and self._languages and lang.lower().replace("_", "-").split("-")[0] not in self._languages:
            return False
        if self._own and self._own(*texts):
            return True
        if self._exclude(*texts):
            return False
        return not self._terms or self._terms(*texts)

    def __call__(self, mention: Mention) -> bool:
        """Is this mention ours?"""
        return self.text(mention.text, mention.url, lang=mention.lang)


class Listener:
    """Several watches as one: takes what any of them takes, and everything where there is none."""

    def __init__(self, watches: Iterable[Watch]) -> None:
        self.watches = tuple(watches)
        self._matchers = [Matcher(each) for each in self.watches]

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms of all watches, each once: what a source may ask its network for."""
        return tuple(dict.fromkeys(term for each in self.watches for term in each.terms))

    def __call__(self, mention: Mention) -> bool:
        """Does anybody listen for this mention?"""
        return not self._matchers or any(matcher(mention) for matcher in self._matchers)
