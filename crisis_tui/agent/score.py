"""Gives every mention its reading, in order of arrival."""

from __future__ import annotations

from functools import cache

from crisis_tui.analysis.sentiment import Lexicon, SentimentModel, SentimentScorer
from data.library import lexicon_lines, sentiment_model
from data.models.mention import Tone
from data.store import Store
from data.store.readings import Reading


@cache
def model() -> SentimentScorer:
    """The sentiment model that ships, untaught; read when it is first asked for."""
    content = sentiment_model()
    return SentimentScorer(
        (Lexicon.from_lines(name, lines) for name, lines in lexicon_lines().items()),
        SentimentModel.from_bytes(content) if content else None,
    )


async def catch_up(store: Store) -> int:
    """Read all mentions that have no reading yet; returns how many there were."""
    count = 0
    while waiting := await store.readings.waiting():
        scorer = model()
        readings = []
        for each in waiting:
            reading = scorer.score(each.text, each.lang)
            readings.append(Reading(seq=each.seq, tone=Tone(reading.label), words=reading.words))
        await store.readings.add(readings)
        count += len(waiting)
    return count
