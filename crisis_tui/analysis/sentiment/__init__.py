"""How a short text feels about us: word lists that anybody can read and mend, and a small model for English.

Pure: the caller hands over the lines of the lexicons and the bytes of the model. A text in a language that
can't be read is *unscored*, which is something else than neutral: nobody has read it yet, and shares of
negative must leave it out.
"""

from crisis_tui.analysis.sentiment.lexicon import EMOJI, Lexicon
from crisis_tui.analysis.sentiment.model import SentimentModel
from crisis_tui.analysis.sentiment.reading import Label, SentimentReading
from crisis_tui.analysis.sentiment.scorer import SentimentScorer
from crisis_tui.analysis.sentiment.teach import Lesson, Taught

__all__ = (
    "EMOJI",
    "Label",
    "Lesson",
    "Lexicon",
    "SentimentModel",
    "SentimentReading",
    "SentimentScorer",
    "Taught",
)
