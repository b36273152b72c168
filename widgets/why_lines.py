"""All that an assessment stands on, as lines: for the screen, for copying and for the command line. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from data.models.assessment import Assessment, BurstNote, Contribution, Override, StoryNote, TypeNote
from widgets.findings import burst_height, cue_forms, percent, story_size, when
from widgets.fit import cells, count, cut, fit, fold, plural, wrap
from widgets.gauge_lines import level_words, number_words, trend_words
from widgets.ink import BLANK, Ink, Line, Span, level_ink, line

SAMPLES = 3
"""Mentions that stand for an input."""

MOST_STORIES = 3

_BY = {
    "score": "It comes from the score",
    "floor": "It comes from a floor, which beats the score",
    "standing": "It is a standing level",
}
_NAME = 24
_MEASURED = 26


@dataclass(frozen=True)
class WhyView:
    """What is told: an assessment, and how.

    `trend` is how many points the score moved in the last hour, None if
    unknown; `as_of` the moment of the past that is looked at, None for the
    present; `zone` that of the times shown, None for the system's; `answer`
    says how to say yes to a question; `drill` that none of it is real.
    """

    assessment: Assessment | None = None
    trend: float | None = None
    as_of: datetime | None = None
    zone: tzinfo | None = UTC
    answer: str = ""
    drill: bool = False
    empty_text: str = "Nothing is assessed yet."


def why_lines(view: WhyView, width: int) -> list[Line]:
    """All lines in so many cells, a heading above each part; parts without anything say so."""
    found = view.assessment
    if found is None:
        return _text(view.empty_text, width)
    parts: list[tuple[str, list[Line]]] = [
        ("Level", _level(view, found, width)),
        ("Nearest change", _text(fold(found.next_change) or "Nothing is known to change it.", width)),
        ("Inputs, by what they add to the score", _inputs(found, width)),
        ("Inputs without data", _missing(found, width)),
        ("Feeds too old to trust", _listed((("!", each) for each in found.stale), "None.", width, Ink.WARN)),
        ("Volume against usual days", _bursts(found.bursts, found.at, view.zone, width)),
        ("Type", _type(found.type, width)),
        ("Stories of the last hour", _stories(found.stories, found.at, view.zone, width)),
        ("Questions for a person", _cues(view, found, width)),
        ("Decided by people", _overrides(found.overrides, found.at, view.zone, width)),
        ("Unscored", _text(_unscored(found.unscored), width)),
        ("Models", _text(_models(found), width)),
    ]
    lines = _moment(view, found, width)
    for heading, body in parts:
        lines += [BLANK, line(f" {heading.upper()}", Ink.STRONG), *body]
    return lines


def _text(words: str, width: int, ink: Ink = Ink.PLAIN, indent: int = 1) -> list[Line]:
    """Wrapped words, all of them."""
    return [line(" " * indent + part, ink) for part in wrap(words, max(width - indent - 1, 1))]


def _listed(rows: Iterable[tuple[str, str]], nothing: str, width: int, ink: Ink = Ink.PLAIN) -> list[Line]:
    """A mark and words a row, wrapped under themselves; `nothing` where there is no row."""
    lines: list[Line] = []
    for mark, words in rows:
        for place, part in enumerate(wrap(fold(words), max(width - 4, 1))):
            lines.append((Span(f" {'' if place else mark:<2}", ink), Span(part, ink)))
    return lines or _text(nothing, width, Ink.QUIET)


def _quote(words: str, width: int) -> Line:
    """Somebody's words on one line, cut to it."""
    return (Span("   > ", Ink.QUIET), Span(cut(fold(words), max(width - 6, 1)), Ink.QUIET))


def _moment(view: WhyView, found: Assessment, width: int) -> list[Line]:
    at = view.as_of or found.at
    local, utc = at.astimezone(view.zone), at.astimezone(UTC)
    shown = f"{local:%Y-%m-%d %H:%M} {local.tzname() or ''}".rstrip()
    if local.utcoffset() != utc.utcoffset():
        same_day = local.date() == utc.date()
        shown += f" ({utc:%H:%M} UTC)" if same_day else f" ({utc:%Y-%m-%d %H:%M} UTC)"
    lines = _text("DRILL: this is an exercise.", width, Ink.DRILL) if view.drill else []
    if view.as_of is not None:
        return [*lines, *_text(f"As of {shown}: HISTORY", width, Ink.WARN)]
    return [*lines, *_text(f"As of {shown}", width)]


def _level(view: WhyView, found: Assessment, width: int) -> list[Line]:
    head: Line = (
        Span(" "),
        Span(f" {level_words(found.level)} ", level_ink(found.level)),
        Span(f"  score {found.score:.0f}/100", Ink.STRONG),
    )
    moves = trend_words(view.trend)
    reason = fold(found.reason)
    coverage = f"{round(100 * found.coverage)} % of the inputs, by weight, have data"
    sure = (
        _text(f"LOW CONFIDENCE: only {coverage}.", width, Ink.WARN)
        if found.low_confidence
        else _text(f"{coverage[0].upper()}{coverage[1:]}.", width)
    )
    return [
        head,
        *_text(f"{_BY[found.by]}: {reason}" if reason else f"{_BY[found.by]}.", width),
        *_text(f"{moves[0].upper()}{moves[1:]}.", width),
        *sure,
    ]


def _inputs(found: Assessment, width: int) -> list[Line]:
    """Each input with what it adds of 100, from what, against what, and who says so."""
    if not found.contributions:
        return _text("No input has data yet.", width, Ink.QUIET)
    possible = 4 * sum(item.weight for item in found.contributions)
    ordered = sorted(found.contributions, key=lambda item: -item.weighted)
    names = min(max(cells(fold(item.input)) for item in ordered), _NAME)
    measured = min(max(cells(_measured(item)) for item in ordered), _MEASURED)
    lines: list[Line] = []
    for item in ordered:
        lines += _input(item, possible, names, measured, width)
    return lines


def _input(item: Contribution, possible: int, names: int, measured: int, width: int) -> list[Line]:
    ink = Ink.STRONG if item.points >= 3 else Ink.PLAIN if item.points else Ink.QUIET
    adds = f"{100 * item.weighted / possible:+5.1f}" if item.weighted else "    0"
    head = f" {adds}  {fit(fold(item.input), names)}  {item.points}/4 x{item.weight}"
    value = _measured(item)
    where = f"{fold(item.window)}; baseline: {fold(item.baseline)}" if item.baseline else fold(item.window)
    one = f"{head}  {fit(value, measured)}  {where}"
    if cells(value) <= measured and cells(one) < width:
        lines: list[Line] = [(Span(one[: len(head)], ink), Span(one[len(head) :], ink))]
    else:
        lines = [line(part, ink) for part in wrap_after(head, value, width)]
        lines += _text(where, width, Ink.QUIET, indent=8)
    return [*lines, *(_quote(sample, width) for sample in item.samples[:SAMPLES])]


def wrap_after(head: str, words: str, width: int) -> list[str]:
    """The words behind a head, or wrapped below it where they do not fit there."""
    if cells(head) + 2 + cells(words) < width:
        return [f"{head}  {words}"]
    return [head, *(f"{' ' * 8}{part}" for part in wrap(words, max(width - 9, 1)))]


def _measured(item: Contribution) -> str:
    if item.raw is None:
        return "none"
    return f"{number_words(item.raw)} {fold(item.unit)}".rstrip()


def _missing(found: Assessment, width: int) -> list[Line]:
    if not found.missing:
        return _text("None: every input has data.", width, Ink.QUIET)
    names = ", ".join(fold(name) for name in found.missing)
    return _text(f"{names} - left out of the score.", width, Ink.WARN)


def _bursts(bursts: Sequence[BurstNote], at: datetime, zone: tzinfo | None, width: int) -> list[Line]:

    def words(note: BurstNote) -> str:
        said = f"{fold(note.scope)}: {burst_height(note)}"
        if note.ramping and note.alarm_at is not None:
            said += "; rising slowly"
        if note.alarm_at is not None:
            height = f" at {note.alarm_z:.1f} sd" if note.alarm_z is not None else ""
            return f"{said}; alarm {when(note.alarm_at, at, zone)}{height}"
        return said if note.quiet else f"{said}; no alarm in 24 h"

    return _listed(
        (("!" if note.alarm_at else "~" if note.ramping else "-", words(note)) for note in bursts),
        "No usual day is known yet to compare with.",
        width,
    )


def _type(note: TypeNote | None, width: int) -> list[Line]:
    if note is None or (note.type is None and not note.votes):
        return _text("No type was found in the last hour.", width, Ink.QUIET)
    votes = plural(note.votes, "vote")
    if note.type is None:
        said = f"No type leads among {votes}."
    else:
        doubt = "" if note.confident else " - LOW CONFIDENCE"
        said = f"{note.type.words[0].upper()}{note.type.words[1:]}: {percent(note.share)} of {votes}{doubt}"
    lines = _text(said, width)
    if note.words:
        lines += _text(f"words: {', '.join(fold(word) for word in note.words)}", width)
    if note.runner_up is not None:
        lines += _text(f"next: {note.runner_up.words}", width)
    if note.hint:
        lines += _text(f"hint, not a finding: {fold(note.hint)}", width, Ink.WARN)
    return lines


def _stories(stories: Sequence[StoryNote], at: datetime, zone: tzinfo | None, width: int) -> list[Line]:
    lines: list[Line] = []
    for story in stories[:MOST_STORIES]:
        facts = [f"{count(story.mentions)} in the last hour", f"since {when(story.first_at, at, zone)}"]
        if story.reach is not None:
            facts.append(f"{plural(story.reach, 'follower')} at most")
        if story.young_share is not None:
            facts.append(f"{percent(story.young_share)} of known accounts under 30 days old")
        lines += _listed([("*", f"{story_size(story)}, {', '.join(facts)}")], "", width)
        if story.coordinated:
            reasons = "; ".join(fold(reason) for reason in story.reasons)
            lines += _text(f"! looks coordinated: {reasons}", width, Ink.WARN, indent=3)
        if story.burst is not None and story.burst.alarm_at is not None:
            alarm = f"! {burst_height(story.burst)}; alarm {when(story.burst.alarm_at, at, zone)}"
            lines += _text(alarm, width, Ink.WARN, indent=3)
        lines.append(_quote(story.sample, width))
    return lines or _text("No story stands out.", width, Ink.QUIET)


def _cues(view: WhyView, found: Assessment, width: int) -> list[Line]:
    lines: list[Line] = []
    for cue in found.cues:
        # The form begins with the mark that the list sets.
        lines += _listed([("?", cue_forms(cue, view.answer)[0][2:])], "", width, Ink.WARN)
        if cue.words:
            lines += _text(f"words: {', '.join(fold(word) for word in cue.words)}", width, indent=3)
    return lines or _text("None.", width, Ink.QUIET)


def _overrides(made: Sequence[Override], at: datetime, zone: tzinfo | None, width: int) -> list[Line]:
    rows = (f"{each.what} - {each.by}, {when(each.at, at, zone)}: {each.reason}" for each in made)
    return _listed((("*", row) for row in rows), "Nothing; all of this is measured.", width)


def _unscored(share: float | None) -> str:
    if share is None:
        return "Not known for this moment."
    return f"{percent(share)} of the last hour: in no language that a model here reads, or without words."


def _models(found: Assessment) -> str:
    reader = f"; sentiment: {fold(found.reader)}" if found.reader else ""
    taught = f"; {fold(found.taught)}" if found.taught else ""
    return f"severity: {fold(found.model)}{reader}{taught}"
