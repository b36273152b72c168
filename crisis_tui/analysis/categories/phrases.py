"""Phrases written as short patterns, found in a text in one pass.

A pattern is words with blanks between them, and:

* `delay*` is any word that begins so, `#delete*` any hashtag that does;
* `bag|bags` is either of them; `[my|our]` may be there or not;
* `<not>` is a word of the set with that name; `<num>` is a number;
* `~` is up to `GAP` words in between, within one clause.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

GAP = 3
"""Words that `~` may skip; our own choice: "lost (all of our) bags"."""

MOST_FORMS = 4000
"""Forms that one pattern may stand for; a guard against a slip of the pen."""

NUMBER = "<num>"
STOPS = frozenset(".!?;:,…\n()")
"""Tokens that end a clause."""

_TOKEN = re.compile(r"https?://\S+|www\.\S+|@[\w.@-]+|[^\W_]+(?:'[^\W_]+)*|[.!?;:,…\n()]")
_WORD = re.compile(r"#?[^\W_]+(?:'[^\W_]+)*\*?")
_HASHTAG = re.compile(r"#\w+")
_HUMP = re.compile(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_")
_ELEMENT = re.compile(r"~|\[[^\[\]~<>]+\]|[^\s\[\]~]+")
_KEPT_LETTERS = 40
_KEPT_WORDS = 50_000  # a stream of made-up words must not grow the memory without end


def tokens(text: str) -> list[str]:
    """The words of a text in lower case, with the stops between clauses as tokens of their own.

    Addresses and @names keep one token each, which no pattern matches. "#DataLeak" is two words where it
    stands, and whole once more behind the text, because nobody can cut "#deleteacme" in two.
    """
    tags: list[str] = []
    if "#" in text:
        tags = [tag.lower() for tag in _HASHTAG.findall(text)]
        text = _HASHTAG.sub(lambda found: _HUMP.sub(" ", found[0][1:]), text)
    if "’" in text:
        text = text.replace("’", "'")
    words: list[str] = _TOKEN.findall(text.lower())
    for tag in tags:
        words += ("\n", tag)
    return words


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found: `tokens[start:end]`, what it speaks for, and whether a negator may undo it."""

    start: int
    end: int
    target: str
    weight: float
    negatable: bool
    gapped: bool


@dataclass(slots=True)
class _Node:
    following: dict[str, _Node] = field(default_factory=dict)
    gap: _Node | None = None
    ends: list[tuple[str, float, bool]] = field(default_factory=list)


class Phrases:
    """All patterns of a language as one tree of words."""

    def __init__(self, sets: Mapping[str, Iterable[str]]) -> None:
        """`sets` are the named sets of words; their words may end in `*`."""
        self._root = _Node()
        self._symbols: dict[str, set[str]] = {}
        self._prefixes: dict[str, set[str]] = {}
        self._shortest, self._longest = 99, 0  # letters of the prefixes
        self._met: dict[str, tuple[str, ...]] = {}
        self._sets = frozenset(sets) | {NUMBER[1:-1]}
        for name, words in sets.items():
            for word in words:
                self._learn(word, f"<{name}>")

    def add(self, pattern: str, target: str, weight: float, *, negatable: bool) -> None:
        """Teach a pattern.

        Raises:
            ValueError: it has no words, a set that is not there, a word that no text can hold, or stands for
                more than `MOST_FORMS` forms.
        """
        elements = [self._choices(element, pattern) for element in self._elements(pattern)]
        count = 1
        for choices in elements:
            count *= len(choices)
        if not elements or count > MOST_FORMS:
            raise ValueError(f'the phrase "{pattern}" stands for {count if elements else 0} forms')
        for form in product(*elements):
            self._insert([word for word in form if word], pattern, (target, weight, negatable))

    def find(self, words: Sequence[str]) -> list[Hit]:
        """All places where a pattern fits, in order of their start; they may overlap."""
        met = self._met
        known = [met[word] if word in met else self._meet(word) for word in words]
        root = self._root.following
        hits: list[Hit] = []
        for start, symbols in enumerate(known):
            for symbol in symbols:
                if symbol in root:
                    self._walk(root[symbol], known, words, start, start + 1, False, hits)
        return hits

    def _walk(
        self,
        node: _Node,
        known: Sequence[tuple[str, ...]],
        words: Sequence[str],
        start: int,
        at: int,
        gapped: bool,
        hits: list[Hit],
    ) -> None:
        for target, weight, negatable in node.ends:
            hits.append(Hit(start, at, target, weight, negatable, gapped))
        if at >= len(known):
            return
        for symbol in known[at]:
            if symbol in node.following:
                self._walk(node.following[symbol], known, words, start, at + 1, gapped, hits)
        if node.gap is None:
            return
        after = node.gap.following
        for place in range(at, min(len(known), at + GAP + 1)):
            if words[place] in STOPS:
                break
            for symbol in known[place]:
                if symbol in after:
                    self._walk(after[symbol], known, words, start, place + 1, True, hits)

    def _meet(self, word: str) -> tuple[str, ...]:
        """What a word can stand for in the tree, remembered for the next time."""
        found: set[str] = set()
        parts = (word, *word.split("'")) if "'" in word else (word,)  # the ceo's words, l'appli
        for part in parts:
            found |= self._symbols.get(part, set())
            for length in range(self._shortest, min(len(part), self._longest) + 1):
                found |= self._prefixes.get(part[:length], set())
        if word[0].isdigit():
            found.add(NUMBER)
        symbols = tuple(sorted(found))
        if len(word) <= _KEPT_LETTERS:
            if len(self._met) >= _KEPT_WORDS:
                self._met.clear()
            self._met[word] = symbols
        return symbols

    def _learn(self, word: str, symbol: str) -> None:
        if word.endswith("*"):
            self._prefixes.setdefault(word[:-1], set()).add(symbol)
            self._shortest = min(self._shortest, len(word) - 1)
            self._longest = max(self._longest, len(word) - 1)
        else:
            self._symbols.setdefault(word, set()).add(symbol)

    def _elements(self, pattern: str) -> Iterator[str]:
        at = 0
        for found in _ELEMENT.finditer(pattern):
            if pattern[at : found.start()].strip():
                break
            yield found[0]
            at = found.end()
        if pattern[at:].strip():
            raise ValueError(f'the phrase "{pattern}" can\'t be read at "{pattern[at:].strip()}"')

    def _choices(self, element: str, pattern: str) -> list[str]:
        choices = element.strip("[]").split("|")
        for word in choices:
            if word == "~":
                continue
            if word.startswith("<"):
                if word[1:-1] not in self._sets:
                    raise ValueError(f'the phrase "{pattern}" names the set {word}, which is not there')
            elif not _WORD.fullmatch(word) or word != word.lower():
                raise ValueError(
                    f'the phrase "{pattern}" holds "{word}", which is no single word in lower case'
                )
        return [*choices, ""] if element.startswith("[") else choices

    def _insert(self, form: Sequence[str], pattern: str, end: tuple[str, float, bool]) -> None:
        if not form or "~" in (form[0], form[-1]):
            raise ValueError(f'the phrase "{pattern}" must begin and end with a word')
        node = self._root
        for word in form:
            if word == "~":
                node.gap = node.gap or _Node()
                node = node.gap
                continue
            if not word.startswith("<"):
                self._learn(word, word)
            node = node.following.setdefault(word, _Node())
        if end not in node.ends:
            node.ends.append(end)
