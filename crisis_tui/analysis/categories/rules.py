"""The crisis type of one text, from weighted phrases that anybody can read and mend.

What it can't do: sarcasm ("love being on hold") and a complaint without any telling word stay unread.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crisis_tui.analysis.categories.floors import FloorCue, FloorKind
from crisis_tui.analysis.categories.phrases import STOPS, Hit, Phrases, tokens
from data.models.playbook import CrisisType

ORDER = (
    CrisisType.SECURITY,
    CrisisType.REPUTATION,
    CrisisType.CUSTOMER_SERVICE,
    CrisisType.OPERATIONAL,
)
"""The types that a text can have; on equal weights the earlier wins.

Our own choice. Words of security and reputation are rarer, so they say more. A complaint about how somebody
was treated names what went wrong before ("on hold because of a delay"), and is about the treatment.
"""

DECIDED = 1.0
"""Weight below which a text has no type; our own choice: one plain word of weight 1 is enough."""

NEGATION_REACH = 3
"""Words before a phrase among which a negator undoes it; the usual reach in lexicon methods."""

PRAISE_MOST = 1.5
"""Weight that praise can take from complaints of service and product; sarcasm must not silence a text."""

LONGEST = 24
"""Words within which a longer phrase can begin before a shorter one; longer than any phrase with its gaps."""

MISINFORMATION = "misinformation"
QUIET = "quiet"
PRAISE = "praise"
RESOLVED = "resolved"
_FLOORS = {f"floor.{kind.value}": kind for kind in FloorKind}
_TYPES = {kind.value: kind for kind in ORDER}
TARGETS = frozenset((*_TYPES, *_FLOORS, MISINFORMATION, QUIET, PRAISE, RESOLVED))
"""What a group of phrases may speak for."""

_SOFTENED = (CrisisType.OPERATIONAL, CrisisType.CUSTOMER_SERVICE)


@dataclass(frozen=True, slots=True)
class CategoryReading:
    """What a text was read as.

    `type` is one of `ORDER` or None, never misinformation: `misinformation_hint` only asks a person to look.
    `weights` holds the types with a weight above 0; `words` are the phrases that drove `type`, as written in
    lower case. `danger_words` are the words of `cues` that speak of injury or danger.
    """

    type: CrisisType | None
    weights: Mapping[CrisisType, float]
    words: tuple[str, ...]
    misinformation_hint: bool
    danger_words: tuple[str, ...]
    cues: tuple[FloorCue, ...] = ()


NOTHING = CategoryReading(None, {}, (), False, ())
"""A text that none of the phrases speaks of."""


@dataclass(frozen=True, slots=True)
class _Language:
    phrases: Phrases
    negators: frozenset[str]
    not_only: frozenset[str]


class Rules:
    """The phrases of all languages."""

    def __init__(self, languages: Mapping[str, _Language]) -> None:
        self._languages = languages

    @classmethod
    def from_toml(cls, tables: Mapping[str, Mapping[str, Any]]) -> Rules:
        """Rules from parsed TOML files, by their names.

        A file has `language`, and any of: `negators` and `not_only` (words), `[sets]` (names to lists of
        words, shared by the files of the language), and `[[group]]` with `target` (one of `TARGETS`),
        `weight` (above 0, default 1), `negatable` (default true) and `phrases` (see `phrases.py`).

        Raises:
            ValueError: a file is wrong; the sentence names the file and what is wrong in it.
        """
        named: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
        for name, table in tables.items():
            language = table.get("language")
            if not isinstance(language, str) or not language:
                raise ValueError(f'{name}: "language" is missing')
            named.setdefault(language, []).append((name, table))
        return cls({language: _language(files) for language, files in named.items()})

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages with rules, sorted."""
        return tuple(sorted(self._languages))

    def classify(self, text: str, lang: str | None = None) -> CategoryReading:
        """The reading of one text. Never raises.

        `lang` is the tag that the post carries ("en", "en-GB"). A language without rules gives no type;
        without a tag the languages are tried, English first, until one has something to say.
        """
        words = tokens(text)
        language = lang.partition("-")[0].partition("_")[0].lower() if lang else "und"
        if language not in {"", "und"}:
            rules = self._languages.get(language)
            return _read(rules, words) if rules else NOTHING
        for name in sorted(self._languages, key=lambda name: (name != "en", name)):
            reading = _read(self._languages[name], words)
            if reading is not NOTHING:
                return reading
        return NOTHING


def _read(rules: _Language, words: Sequence[str]) -> CategoryReading:
    found = rules.phrases.find(words)
    if not found:
        return NOTHING
    hits = _standing(rules, words, _uncovered(found))
    weights = _weights(words, hits)
    best = max(weights, key=lambda kind: (weights[kind], -ORDER.index(kind)), default=None)
    if best is not None and weights[best] < DECIDED:
        best = None
    cues = tuple(
        FloorCue(kind, phrases)
        for target, kind in _FLOORS.items()
        if (phrases := _phrases(words, hits, target))
    )
    return CategoryReading(
        best,
        weights,
        _phrases(words, hits, best.value) if best else (),
        sum(_each(words, hits, MISINFORMATION).values()) >= DECIDED,
        next((cue.words for cue in cues if cue.kind is FloorKind.INJURY), ()),
        cues,
    )


def _weights(words: Sequence[str], hits: Sequence[Hit]) -> dict[CrisisType, float]:
    targets = {hit.target for hit in hits}
    sums = {kind: sum(_each(words, hits, name).values()) for name, kind in _TYPES.items() if name in targets}
    if PRAISE in targets:
        praise = min(PRAISE_MOST, sum(_each(words, hits, PRAISE).values()))
        for kind in _SOFTENED:
            if kind in sums:
                sums[kind] -= praise
    if RESOLVED in targets:  # "the outage is finally fixed" is the end of the matter
        for kind in _SOFTENED:
            sums.pop(kind, None)
    return {kind: round(weight, 3) for kind, weight in sums.items() if weight > 0}


def _each(words: Sequence[str], hits: Iterable[Hit], target: str) -> dict[str, float]:
    """The weight of each phrase that speaks for a target; a phrase that is said twice counts once."""
    return {" ".join(words[hit.start : hit.end]): hit.weight for hit in hits if hit.target == target}


def _phrases(words: Sequence[str], hits: Iterable[Hit], target: str) -> tuple[str, ...]:
    return tuple(_each(words, hits, target))


def _uncovered(hits: Sequence[Hit]) -> list[Hit]:
    """The hits that no longer phrase holds within itself: "security line" is not about security.

    `hits` come in order of their start, so only neighbours are compared: a long text costs no more a word.

    Cues of the floors stand beside the types, so neither hides the other; `quiet` hides both. A phrase with a
    gap hides only its own kind, because the words in the gap are not its own.
    """
    kept: list[Hit] = []
    for at, hit in enumerate(hits):
        first = last = at
        while first and hits[first - 1].start > hit.start - LONGEST:
            first -= 1
        while last + 1 < len(hits) and hits[last + 1].start == hit.start:
            last += 1
        if not any(_covers(other, hit) for other in hits[first : last + 1]):
            kept.append(hit)
    return kept


def _covers(longer: Hit, hit: Hit) -> bool:
    if not (longer.start <= hit.start and hit.end <= longer.end):
        return False
    if longer.target == hit.target:
        size, other = longer.end - longer.start, hit.end - hit.start
        return size > other or (size == other and longer.weight > hit.weight)
    if longer.target == QUIET:
        return True
    if longer.gapped or longer.end - longer.start == hit.end - hit.start:
        return False
    return (longer.target in _FLOORS) == (hit.target in _FLOORS)


def _standing(rules: _Language, words: Sequence[str], hits: Iterable[Hit]) -> list[Hit]:
    return [
        hit
        for hit in hits
        if hit.target != QUIET and not (hit.negatable and _negated(rules, words, hit.start))
    ]


def _negated(rules: _Language, words: Sequence[str], start: int) -> bool:
    for at in range(start - 1, max(-1, start - 1 - NEGATION_REACH), -1):
        if words[at] in STOPS:
            return False
        if words[at] in rules.negators:
            return words[at + 1] not in rules.not_only
    return False


def _language(files: Sequence[tuple[str, Mapping[str, Any]]]) -> _Language:
    sets: dict[str, list[str]] = {}
    negators: set[str] = set()
    not_only: set[str] = set()
    for name, table in files:
        unknown = table.keys() - {"language", "negators", "not_only", "sets", "group"}
        if unknown:
            raise ValueError(f"{name}: nobody knows {', '.join(sorted(unknown))}")
        negators.update(_words(name, "negators", table.get("negators", [])))
        not_only.update(_words(name, "not_only", table.get("not_only", [])))
        for key, words in table.get("sets", {}).items():
            sets.setdefault(key, []).extend(_words(name, key, words))
    phrases = Phrases(sets)
    for name, table in files:
        for group in table.get("group", []):
            _teach(phrases, name, group)
    return _Language(phrases, frozenset(negators), frozenset(not_only))


def _teach(phrases: Phrases, name: str, group: Mapping[str, Any]) -> None:
    unknown = group.keys() - {"target", "weight", "negatable", "phrases"}
    if unknown:
        raise ValueError(f"{name}: nobody knows {', '.join(sorted(unknown))} in a group")
    target, weight, negatable = group.get("target"), group.get("weight", 1), group.get("negatable", True)
    if target not in TARGETS:
        raise ValueError(f'{name}: "target" is "{target}", and must be one of {", ".join(sorted(TARGETS))}')
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight <= 10:
        raise ValueError(f'{name}: "weight" is {weight}, and must be above 0 and at most 10')
    if not isinstance(negatable, bool):
        raise ValueError(f'{name}: "negatable" is {negatable}, and must be true or false')
    for pattern in _words(name, "phrases", group.get("phrases", [])):
        try:
            phrases.add(pattern, target, float(weight), negatable=negatable)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None


def _words(name: str, key: str, value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(word, str) and word for word in value):
        raise ValueError(f'{name}: "{key}" must be a list of words')
    return value
