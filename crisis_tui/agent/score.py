"""Gives every mention its reading, in order of arrival: tone, crisis type, cues, story, watches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from crisis_tui.analysis.categories import Rules
from crisis_tui.analysis.sentiment import Label, Lexicon, SentimentModel, SentimentScorer, Taught
from crisis_tui.analysis.stories import StoryIndex
from data.library import lexicon_lines, sentiment_model
from data.library.categories import category_tables
from data.matcher import Matcher
from data.models.mention import Tone
from data.models.triage import TaughtText
from data.models.watch import Watch
from data.store import Store
from data.store.intake import GAP
from data.store.readings import Reading, Unread

REMEMBERED = 20_000
"""Mentions whose stories a new reader takes in, so that copies still find them; that takes a second."""


_LABELS: dict[Tone, Label] = {
    Tone.NEGATIVE: "negative",
    Tone.NEUTRAL: "neutral",
    Tone.POSITIVE: "positive",
}


@cache
def model() -> SentimentScorer:
    """The sentiment model that ships, untaught; read when it is first asked for."""
    content = sentiment_model()
    return SentimentScorer(
        (Lexicon.from_lines(name, lines) for name, lines in lexicon_lines().items()),
        SentimentModel.from_bytes(content) if content else None,
    )


@cache
def rules() -> Rules:
    """The rules for crisis types that ship."""
    return Rules.from_toml(category_tables())


class MentionReader:
    """Reads what waits. `watches` are told apart where there are several."""

    def __init__(self, store: Store, watches: Mapping[str, Watch] | None = None) -> None:
        self._store = store
        self._stories: StoryIndex | None = None
        self._acts = -1
        self._labels: list[TaughtText] = []
        self._scorer: SentimentScorer | None = None
        several = watches if watches and len(watches) > 1 else {}
        self._watches = [(name, Matcher(watch)) for name, watch in several.items()]

    async def catch_up(self) -> int:
        """Read all mentions that have no reading yet; returns how many there were.

        Raises:
            StoreError: the rest waits.
        """
        count = 0
        while waiting := await self._store.readings.waiting():
            stories = await self._index()
            scorer = await self._model()
            await self._store.readings.add([self._read(each, scorer, stories) for each in waiting])
            count += len(waiting)
        return count

    async def _model(self) -> SentimentScorer:
        """The model with what people have taught it by now."""
        acts = await self._store.events.newest()
        if self._scorer is None or acts != self._acts:
            self._acts = acts
            labels = await self._store.triage.taught()
            if self._scorer is None or labels != self._labels:
                self._labels = labels
                self._scorer = _taught(labels)
        return self._scorer

    async def _index(self) -> StoryIndex:
        """The stories so far, taken in when they are first needed."""
        if self._stories is None:
            self._stories = StoryIndex()
            for each in await self._store.readings.known(REMEMBERED):
                self._stories.remember(each.seq, each.text, each.story, at=each.created_at.timestamp())
        return self._stories

    def _read(self, each: Unread, scorer: SentimentScorer, stories: StoryIndex) -> Reading:
        if each.network == GAP:
            return Reading.model_construct(seq=each.seq, tone=Tone.UNSCORED, words=())
        reading = scorer.score(each.text, each.lang)
        tone = Tone(reading.label)
        found = rules().classify(each.text, each.lang)
        votes = tone is not Tone.POSITIVE
        return Reading.model_construct(
            seq=each.seq,
            tone=tone,
            words=reading.words,
            score=reading.score,
            type=found.type if votes else None,
            about=found.words if votes else (),
            hint=votes and found.misinformation_hint,
            cues={cue.kind.value: cue.words for cue in found.cues},
            story=stories.join(each.seq, each.text, at=each.created_at.timestamp()),
            watches=self._spoken_of(each),
            model=scorer.version,
        )

    def _spoken_of(self, each: Unread) -> tuple[str, ...]:
        return tuple(name for name, matcher in self._watches if matcher.text(each.text, lang=each.lang))


def _taught(labels: Sequence[TaughtText]) -> SentimentScorer:
    base = model()
    if not labels:
        return base
    lessons = [(each.text, each.lang, _LABELS[each.tone]) for each in labels if each.tone in _LABELS]
    return base.with_taught(Taught.from_labels(base, lessons))


async def catch_up(store: Store, watches: Mapping[str, Watch] | None = None) -> int:
    """Read all mentions that have no reading yet, once; returns how many there were."""
    return await MentionReader(store, watches).catch_up()
