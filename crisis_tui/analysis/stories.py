"""Which mentions say the same thing, told as they arrive; and whether a story looks like a raid.

Pure and incremental: a text costs the same however many came before, and a long one counts up to a limit.
A text is looked up as a whole; failing that, the smallest hashes of its pairs of words name a few stories,
and the share of common pairs decides (bottom-k sketches and containment, Broder 1997; measured on posts in
the notes on detection). Python's seeded hash is used for equality alone, so the same texts in the same order
always give the same stories.
"""

from __future__ import annotations

import heapq
import re
import unicodedata
from array import array
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final, Generic, NamedTuple, TypeVar
from zlib import crc32

CHARACTERS: Final = 2_000
"""Of a longer text the beginning counts: an article is told by its title and lead. Our own choice."""

NAMES: Final = 8
"""Word pairs under which a story is filed, the ones that name no other story first (detection notes: 8)."""

ASKED: Final = 32
"""Word pairs of a text that are looked up: all of a post, some of an article. Our own choice."""

OWNERS: Final = 4
"""Stories that share one pair. Our own choice."""

TRIED: Final = 4
"""Stories compared with a text, those that share most pairs first. Our own choice."""

SHARED: Final = 0.6
"""Least share of the smaller text's word pairs that the other one has, too (detection notes)."""

CHANGED: Final = 2
"""Pairs that a copy may lose besides a tenth of them: a changed word is part of two. Our own choice."""

LIKE_LENGTH: Final = 1.5
"""One text has up to so many times the pairs of the other: words may have been changed. Our own choice."""

TIMES_LONGER: Final = 3
"""Up to so many times, words were added or cut off, so a tenth may be lost but no more (detection notes)."""

TIMES_LONGER_CUT: Final = 8
"""The same where the shorter text ends in an ellipsis. Our own choice."""

FEW: Final = 3
"""A text with fewer words and tags says too little to be compared: the rule for bare texts holds."""

BARE_GAP: Final = 12 * 3_600
"""Seconds: a bare text ("#brand") joins the same one said at most this long before. Our own proposal."""

BARE_SPAN: Final = 12 * 3_600
"""Seconds from its first member after which a bare story takes nobody in any more. Our own proposal."""

BARE_GAP_KEYS: Final = 100
"""Stands for `BARE_GAP` where no times are given: at least one text in so many says the same."""

BARE_SPAN_KEYS: Final = 5_000
"""Stands for `BARE_SPAN` where no times are given."""

_WEIGHTS = (0, 12, 6, 4, 3)  # of a pair by how many stories share it
_MANY, _CHANCE = 16, 6  # a text with so many pairs has two phrases in common with anybody
_LEAST_ALIKE = 2  # pairs in common: one may be no more than a name
_CUT_WORDS = 4  # from so many words on a last word before an ellipsis is left out

RAID_AUTHORS: Final = 20
"""So many people who post the same text as their own are many. Our own proposal, to be calibrated."""

RAID_HOURS: Final = 24
"""Hours that count as a short time. Our own proposal; a recorded raid had most of its posts in them."""

RAID_SHARE: Final = 0.5
"""Least share of the own posts that fell into those hours. Our own proposal."""

RAID_ONCE: Final = 0.8
"""Least share of the authors who posted it once: fans and sellers repeat themselves. Our own proposal."""

YOUNG: Final = timedelta(days=30)
"""An account younger than this when it posts is young. Our own proposal."""

RAID_YOUNG: Final = 0.3
"""Share of young accounts that is worth telling. Our own proposal."""

RAID_AGES: Final = 10
"""Ages of so many accounts must be known before their share is told. Our own proposal."""

AUTHORS_KEPT: Final = 20_000
"""Authors kept of one story; of a larger one a fair sample, from which counts are estimated."""

MINUTES_KEPT: Final = 2_880
"""Minutes with posts for which counts are kept, the latest ones: at least two days."""

HOURS_KEPT: Final = 1_440
"""The same for hours: at least 60 days."""

# What changes from copy to copy: who is credited or addressed, the link, what HTML made of a sign.
_NOISE = re.compile(r"@[\w@.\-]+|https?\S*|www\.\S*|pic\.twitter\.com\S*|&(?:amp|lt|gt|quot|\#39);")
_NOISE_HINT = re.compile(r"@|http|www\.|pic\.|&")
_LINK = re.compile(r"(?:https?://|www\.)\S+")
_WORD = re.compile(r"[\w$]+(?:[.,]\d+)*")  # 98.20 is one word
_LETTER = re.compile(r"\w")
_TAG = re.compile(r"#[^\s#]+")
_CREDIT = re.compile(r"\s*[“\"']?\s*(?:RT\b[ :]{0,3}@\w|rt @\w|[“\"]@\w+:)")
# Thai, Lao, Burmese, Khmer, kana, Han: no blanks between words, so each character is a token.
_UNSPACED_CLASS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_UNSPACED = re.compile(f"[{_UNSPACED_CLASS}]")
_CHARACTERS_A_WORD = 2  # so that three characters, one word of Japanese, are still a bare text

_NONE: frozenset[str] = frozenset()

_Value = TypeVar("_Value")


class _Recent(Generic[_Value]):
    """A dict of the entries used last, at least half of `capacity` and at most all of it.

    Two dicts instead of an order of use: a full young one takes the place of the old one, which is lost.
    """

    __slots__ = ("_half", "_old", "_young")

    def __init__(self, capacity: int) -> None:
        self._half = max(1, capacity // 2)
        self._young: dict[int, _Value] = {}
        self._old: dict[int, _Value] = {}

    def get(self, key: int) -> _Value | None:
        found = self._young.get(key)
        if found is None and (found := self._old.get(key)) is not None:
            self.put(key, found)
        return found

    def put(self, key: int, value: _Value) -> None:
        young = self._young
        young[key] = value
        if len(young) >= self._half:
            self._old = young
            self._young = {}

    def put_all(self, keys: list[int], value: _Value) -> None:
        self._young.update(dict.fromkeys(keys, value))
        if len(self._young) >= self._half:
            self._old = self._young
            self._young = {}

    def is_fresh(self, key: int) -> bool:
        """Was the key used since the young dict was begun?"""
        return key in self._young

    def all_of(self, keys: frozenset[int]) -> list[_Value]:
        """The values of those keys that are there, in the same order for the same history."""
        young = self._young
        values = [young[key] for key in sorted(young.keys() & keys)]
        old = self._old
        if old:
            for key in sorted((old.keys() & keys).difference(young)):
                value = old[key]
                self.put(key, value)
                values.append(value)
        return values

    def missing(self, keys: frozenset[int]) -> frozenset[int]:
        return keys - (self._young.keys() & keys) - (self._old.keys() & keys)


class _Reading(NamedTuple):
    """What of a text is compared."""

    whole: int
    """Hash of all that counts: equal ones say the same. 0 where nothing is left to compare."""

    pairs: frozenset[int] = frozenset()
    """Hashes of the pairs of neighbouring words; empty in a bare text."""

    asked: frozenset[int] = frozenset()
    """The pairs that are looked up."""

    cut: bool = False
    lasting: bool = True
    """False in a bare text that means something only while it is said again and again."""

    tickers: frozenset[str] = frozenset()


class _Story:
    """The text that a story is known by."""

    __slots__ = ("cut", "key", "pairs", "tickers")

    def __init__(self, key: int, reading: _Reading) -> None:
        self.key = key
        self.pairs = array("I", reading.pairs)
        self.cut = reading.cut
        self.tickers = reading.tickers

    def likeness(self, reading: _Reading) -> float:
        """Share of the smaller text's pairs in common; 0 where that is too little."""
        ours, theirs = len(self.pairs), len(reading.pairs)
        fewer, more, cut = (ours, theirs, self.cut) if ours < theirs else (theirs, ours, reading.cut)
        if more > (TIMES_LONGER_CUT if cut else TIMES_LONGER) * fewer:
            return 0.0
        if self.tickers and reading.tickers and self.tickers.isdisjoint(reading.tickers):
            return 0.0  # the same sentence about another company
        lost = fewer // 10 + (CHANGED if more <= LIKE_LENGTH * fewer else 0)
        least = max(_LEAST_ALIKE, fewer - lost, SHARED * fewer)
        common = len(reading.pairs.intersection(self.pairs))
        return common / fewer if common >= least else 0.0


class _Bare(NamedTuple):
    """A story of bare texts: whose it is, and when and where it was first and last joined."""

    story: int
    first: float | None
    last: float | None
    first_key: int
    last_key: int

    def takes(self, key: int, at: float | None) -> bool:
        """Is it still going on?"""
        if at is None or self.first is None or self.last is None:
            return key - self.last_key <= BARE_GAP_KEYS and key - self.first_key <= BARE_SPAN_KEYS
        return abs(at - self.last) <= BARE_GAP and abs(at - self.first) <= BARE_SPAN


def credits_another(text: str) -> bool:
    """Does the text begin as people repeat others by hand: `RT @name`, or `"@name:`?"""
    return _CREDIT.match(text) is not None


def is_bare(text: str) -> bool:
    """Does a text say too little to be compared: a tag or two, a word, emoji, a link, or tags alone?"""
    return not _read(text).pairs


def _read_bare(words: set[str], tags: int, rest: str, text: str) -> _Reading:
    """A text that is a tag, a word, pictures or a link: all of it must be the same.

    The link tells it apart, for where nothing is said the link is the message; three tags say enough.
    """
    pictures = {sign for sign in rest if sign > "\u00ff" and unicodedata.category(sign) == "So"}
    links = set(_LINK.findall(text)) if tags < FEW else set()
    if not (words or pictures or links):
        return _Reading(0)
    whole = hash((frozenset(words), frozenset(pictures), frozenset(links))) or 1
    return _Reading(whole, lasting=bool(links) or len(words) + len(pictures) >= FEW)


def _asked(pairs: frozenset[int]) -> frozenset[int]:
    """The smallest hashes of many: copies of an article agree on most of those."""
    return pairs if len(pairs) <= ASKED else frozenset(sorted(pairs)[:ASKED])


def _read(text: str) -> _Reading:
    text = text[:CHARACTERS]
    rest = text.casefold()
    if not rest.isascii():
        # Look-alike letters, full-width forms and the ellipsis become plain ones.
        rest = unicodedata.normalize("NFKC", rest)[:CHARACTERS]
    if _NOISE_HINT.search(rest) is not None:
        rest = _NOISE.sub(" ", rest)
    tags = rest.count("#")
    few, spaced, unspaced = FEW, rest, 0
    if not rest.isascii():
        spaced, unspaced = _UNSPACED.subn(r" \g<0> ", rest)
        few *= _CHARACTERS_A_WORD if unspaced else 1
    words = _WORD.findall(spaced)
    if words and words[0] == "rt":
        del words[0]
    said = set(words)
    wordless = tags and (unspaced or len(words) <= 4 * tags) and _LETTER.search(_TAG.sub("", rest)) is None
    if wordless or len(said) < few:
        return _read_bare(said, tags, rest, text)
    cut = len(words) >= _CUT_WORDS and rest.rstrip().endswith("...")
    if cut:
        words.pop()  # it may be half a word
    joined = " ".join(words)
    tokens = joined.encode().split()
    pairs = frozenset(map(crc32, tokens[1:], map(crc32, tokens)))
    tickers = _NONE
    if "$" in rest:
        tickers = frozenset(word for word in words if word[0] == "$" and word[1:].isalpha())
    return _Reading(hash(joined) or 1, pairs, _asked(pairs), cut, True, tickers)


class StoryIndex:
    """Puts each text into a story, which is named by the key of its first member.

    It remembers at least the last `capacity / 2` keys, as many different texts, and the `capacity / 8`
    stories that were founded or joined last; so a story that goes on is not forgotten. A full index of
    200,000 takes about 100 MB.
    """

    def __init__(self, capacity: int = 200_000) -> None:
        """Raises ValueError for a capacity below 1."""
        if capacity < 1:
            raise ValueError("the capacity of a story index must be at least 1")
        self._stories: _Recent[int] = _Recent(capacity)  # by key of a member
        self._texts: _Recent[int] = _Recent(capacity)  # by hash of a whole text
        self._bare: _Recent[_Bare] = _Recent(capacity)
        self._named: _Recent[tuple[_Story, ...]] = _Recent(2 * capacity)  # by pairs of words
        self._known: _Recent[_Story] = _Recent(max(2, capacity // 4))  # by key of the story

    def join(self, key: int, text: str, *, rt_of: int | None = None, at: float | None = None) -> int:
        """The story of a text that is new: an earlier one, or `key` itself.

        Args:
            key: rises from text to text; the place of the mention in its store.
            text: as it was posted, of any length.
            rt_of: key of the mention that the network says it repeats; with a parent that is
                remembered the text does not matter.
            at: when it was posted, in epoch seconds. It matters to bare texts alone: a tag, a word,
                emoji or a link is the same story only for as long as it is said again and again.
        """
        reading = _read(text)
        story = None if rt_of is None else self._stories.get(rt_of)
        if story is None:
            story = self._found(key, reading, at)
        if story is None:
            story = key
        self._file(key, reading, story, at)
        return story

    def remember(self, key: int, text: str, story: int, *, at: float | None = None) -> None:
        """Take in a text whose story is known, as `join` would have; what a new process starts with."""
        self._file(key, _read(text), story, at)

    def _found(self, key: int, reading: _Reading, at: float | None) -> int | None:
        if not reading.pairs:
            going_on = self._bare.get(reading.whole) if reading.whole else None
            if going_on is not None and (reading.lasting or going_on.takes(key, at)):
                return going_on.story
            return None
        story = self._texts.get(reading.whole)
        return self._alike(reading) if story is None else story

    def _alike(self, reading: _Reading) -> int | None:
        """The story most like a text, among the few that have most pairs in common with it.

        A pair that names one story tells more than one of a phrase that many begin with.
        """
        votes: dict[_Story, int] = {}
        for owners in self._named.all_of(reading.asked):
            weight = _WEIGHTS[len(owners)]
            for story in owners:
                votes[story] = votes.get(story, 0) + weight
        best, most = None, 0.0
        if len(reading.asked) >= _MANY:
            votes = {story: weight for story, weight in votes.items() if weight > _CHANCE}
        tried = votes if len(votes) <= TRIED else sorted(votes, key=votes.__getitem__, reverse=True)[:TRIED]
        for story in tried:
            likeness = story.likeness(reading)
            if likeness > most:
                best, most = story.key, likeness
        return best

    def _file(self, key: int, reading: _Reading, story: int, at: float | None) -> None:
        self._stories.put(key, story)
        if not reading.pairs:
            if reading.whole:
                self._file_bare(key, reading.whole, story, at)
            return
        if self._texts.get(reading.whole) is None:
            self._texts.put(reading.whole, story)
        if self._known.is_fresh(story):
            return
        known = self._known.get(story)
        if known is None:
            self._file_story(_Story(story, reading), reading)
        else:
            # Whoever joined by the whole text did not touch the pairs that variants will look for.
            self._named.all_of(_asked(frozenset(known.pairs)))

    def _file_story(self, story: _Story, reading: _Reading) -> None:
        """File it under pairs that name no other story; where it has too few, it shares some with others.

        Of a shared pair the story that had it first stays, and the newest others: a slogan that all copy
        must not be hidden by longer texts that quote it.
        """
        self._known.put(story.key, story)
        named = self._named
        free = named.missing(reading.asked)
        names = sorted(free)[:NAMES]
        alone = (story,)
        named.put_all(names, alone)
        for pair in sorted(reading.asked - free)[: NAMES - len(names)]:
            first, *others = named.get(pair) or alone
            if first is not story:
                named.put(pair, (first, story, *others[: OWNERS - 2]))

    def _file_bare(self, key: int, whole: int, story: int, at: float | None) -> None:
        before = self._bare.get(whole)
        if before is not None and before.story == story:
            self._bare.put(whole, before._replace(last=at, last_key=key))
        else:
            self._bare.put(whole, _Bare(story, at, at, key, key))


@dataclass(frozen=True, slots=True)
class StoryFigures:
    """What is known of a story's members; None where nothing is known."""

    mentions: int
    authors: int
    """Distinct ones; posts without a name are not counted."""

    estimated: bool
    """More than `AUTHORS_KEPT` authors: what depends on them is estimated from a sample, within about 2 %
    for their number and shares; reach is rougher, since few accounts have most followers."""

    young_share: float | None
    """Share of accounts younger than 30 days when they first posted, among those whose age is known."""

    ages_known: int
    reach: int | None
    """Followers, each author once with the most that was seen; an upper limit, since followers overlap."""

    peak_a_minute: int
    first: datetime | None
    last: datetime | None
    coordinated: bool
    """It looks like a raid: see `reasons`. A suspicion for a person to judge, never a finding."""

    reasons: tuple[str, ...]
    """What speaks for it, in words; empty where it does not look coordinated."""


class _Author:
    __slots__ = ("followers", "once", "own", "young")

    def __init__(self) -> None:
        self.followers: int | None = None
        self.young: bool | None = None
        self.own = False
        self.once = True


class _Sample:
    """Authors by hash, all of them up to a limit, beyond it those with the smallest hashes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._largest: list[int] = []  # a heap of negated hashes
        self.authors: dict[int, _Author] = {}
        self.full = False

    def author(self, name: str) -> _Author | None:
        """The record of an author; None for one outside of the sample."""
        digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        code = int.from_bytes(digest, "big")
        found = self.authors.get(code)
        if found is None:
            if self.full and code >= -self._largest[0]:
                return None
            found = self.authors[code] = _Author()
            heapq.heappush(self._largest, -code)
            if len(self.authors) > self._limit:
                self.full = True
                del self.authors[-heapq.heappop(self._largest)]
        return found

    @property
    def weight(self) -> float:
        """How many authors one of the sample stands for (the bottom-k estimate; 1 while all are kept)."""
        if not self.full:
            return 1.0
        return max(1.0, (self._limit - 1) * 2.0**64 / (-self._largest[0] + 1) / self._limit)


class _Counts:
    """Counts per stretch of time, of the latest stretches only."""

    def __init__(self, seconds: int, kept: int) -> None:
        self._seconds = seconds
        self._kept = kept
        self.peak = 0
        self.counts: dict[int, int] = {}

    def add(self, at: float) -> None:
        stretch = int(at // self._seconds)
        count = self.counts[stretch] = self.counts.get(stretch, 0) + 1
        self.peak = max(self.peak, count)
        if len(self.counts) > 2 * self._kept:
            self.counts = dict(sorted(self.counts.items())[-self._kept :])

    def busiest(self, run: int) -> int:
        """The most in any `run` stretches on end."""
        most = inside = 0
        stretches = sorted(self.counts)
        first = 0
        for stretch in stretches:
            inside += self.counts[stretch]
            while stretches[first] <= stretch - run:
                inside -= self.counts[stretches[first]]
                first += 1
            most = max(most, inside)
        return most


class StoryStats:
    """Gathers what the members of one story have in common; bounded memory, members in any order."""

    def __init__(self, authors_kept: int = AUTHORS_KEPT) -> None:
        """Raises ValueError where fewer than 2 authors are to be kept."""
        if authors_kept < 2:
            raise ValueError("at least 2 authors must be kept")
        self._sample = _Sample(authors_kept)
        self._minutes = _Counts(60, MINUTES_KEPT)
        self._own_hours = _Counts(3_600, HOURS_KEPT)
        self._mentions = 0
        self._own = 0
        self._first: datetime | None = None
        self._last: datetime | None = None

    def add(
        self,
        created_at: datetime,
        author: str | None = None,
        *,
        followers: int | None = None,
        author_created_at: datetime | None = None,
        repost: bool = False,
        bare: bool = False,
    ) -> None:
        """Take in one member.

        Args:
            created_at: when it was posted, with a zone.
            author: the account's name on its network; put the network before it where there are several.
            followers: of that account, None if unknown.
            author_created_at: when the account was opened, with a zone; None if unknown.
            repost: it credits another post (a boost, a quote, "RT @..."), as stories spread by themselves.
            bare: its text `is_bare`: strangers shout the same tag. Only the others, own posts with
                another's words, can look coordinated.
        """
        self._mentions += 1
        self._first = created_at if self._first is None else min(self._first, created_at)
        self._last = created_at if self._last is None else max(self._last, created_at)
        at = created_at.timestamp()
        self._minutes.add(at)
        own = not (repost or bare)
        if own:
            self._own += 1
            self._own_hours.add(at)
        known = None if author is None else self._sample.author(author)
        if known is None:
            return
        if followers is not None:
            known.followers = max(followers, known.followers or 0)
        if author_created_at is not None:
            known.young = bool(known.young) or created_at - author_created_at < YOUNG
        if own:
            known.once = not known.own
            known.own = True

    def figures(self) -> StoryFigures:
        """What is known so far. Linear in the authors kept: call it for what is shown, not at each post."""
        authors = self._sample.authors.values()
        weight = self._sample.weight
        followers = [author.followers for author in authors if author.followers is not None]
        ages = [author.young for author in authors if author.young is not None]
        young = sum(ages) / len(ages) if ages else None
        reasons = self._raid_reasons(weight)
        if reasons and young is not None and len(ages) >= RAID_AGES and young >= RAID_YOUNG:
            reasons = (
                *reasons,
                f"{young:.0%} of the accounts of known age are younger than {YOUNG.days} days",
            )
        return StoryFigures(
            mentions=self._mentions,
            authors=round(len(authors) * weight),
            estimated=self._sample.full,
            young_share=young,
            ages_known=round(len(ages) * weight),
            reach=round(sum(followers) * weight) if followers else None,
            peak_a_minute=self._minutes.peak,
            first=self._first,
            last=self._last,
            coordinated=bool(reasons),
            reasons=reasons,
        )

    def _raid_reasons(self, weight: float) -> tuple[str, ...]:
        """All of: many authors, own posts of the same words, in a short time, each posting once."""
        own = [author for author in self._sample.authors.values() if author.own]
        if len(own) < RAID_AUTHORS:
            return ()
        once = sum(author.once for author in own) / len(own)
        short = min(1.0, self._own_hours.busiest(RAID_HOURS) / self._own)
        if once < RAID_ONCE or short < RAID_SHARE:
            return ()
        return (
            f"{round(len(own) * weight):,} accounts posted nearly the same words as their own",
            f"{short:.0%} of these posts came within {RAID_HOURS} hours",
            f"{once:.0%} of the accounts posted it once",
        )
