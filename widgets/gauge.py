"""The severity gauge: how bad it is, why, how sure that is, and what to do next."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from data.models.assessment import Assessment, ChartMark, VolumeBar
from widgets.gauge_lines import BANDS, GaugeView, gauge_lines
from widgets.ink import Line
from widgets.pane import Pane


class GaugePane(Pane):
    """Shows one assessment with its reasons.

    `hints` stand in the title, the longest that fits; `answer` says how to say
    yes to a question, `more` which key tells of a story.
    """

    def __init__(
        self,
        number: int | None = 2,
        title: str = "Severity",
        *,
        empty_text: str = "Nothing is assessed yet.",
        bands: tuple[int, ...] = BANDS,
        hints: tuple[str, ...] = (),
        answer: str = "",
        more: str = "",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(number, title, id=id, classes=classes)
        self.empty_text = empty_text
        self.bands = bands
        self.hints = hints
        self.answer = answer
        self.more = more
        self._view = GaugeView(empty_text=empty_text)

    @property
    def note(self) -> tuple[str, ...]:
        """The keys that tell more."""
        return self.hints

    def show(
        self,
        assessment: Assessment | None,
        bars: tuple[VolumeBar, ...] = (),
        trend: float | None = None,
        as_of: datetime | None = None,
        span_words: str = "",
        suggestion: str = "",
        zone: tzinfo | None = UTC,
        marks: tuple[ChartMark, ...] = (),
    ) -> None:
        """Show an assessment.

        Args:
            bars: the volume chart, oldest first.
            trend: how many points the score moved in the last hour, None if unknown.
            as_of: the moment of the past that is looked at, None for the present.
            span_words: the span of the chart in words, `in 6 h`.
            suggestion: what to do next, one sentence.
            zone: the zone in which times are shown.
            marks: what was done, for the chart; those outside of it are left out.
        """
        view = GaugeView(
            assessment,
            bars,
            trend,
            as_of,
            span_words,
            suggestion,
            self.bands,
            zone,
            self.empty_text,
            marks,
            self.answer,
            self.more,
        )
        if view != self._view:
            self._view = view
            self.redraw()

    def body(self, width: int, height: int) -> list[Line]:
        """As much of the gauge as there is room for."""
        return gauge_lines(self._view, width, height)
