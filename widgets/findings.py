"""What an assessment noticed, as sentences: each from its longest form to its shortest. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from data.models.assessment import BurstNote, CueNote, StoryNote, TypeNote
from widgets.fit import cells, clock, count, fold, plural

LARGE_STORY = 50
"""Mentions from which a story stands out that nobody seems to push (our own choice)."""

TOLD_UNSCORED = 0.1
"""Part of the hour that no model could read from which the gauge says so (our own choice)."""

_LEAST_Z = 0.05
_SAME_CLOCK = timedelta(hours=20)
_WORDS = 3


def fitting(forms: Sequence[str], width: int) -> str:
    """The longest form that fits `width` cells, else the shortest; empty where there is none."""
    if not forms:
        return ""
    return next((form for form in forms if cells(form) <= width), forms[-1])


def percent(share: float) -> str:
    """`18 %`; a part of something is never called nothing or all of it."""
    whole = round(100 * share)
    if share > 0 and not whole:
        return "under 1 %"
    return "over 99 %" if whole == 100 and share < 1 else f"{whole} %"


def when(moment: datetime, at: datetime, zone: tzinfo | None) -> str:
    """A moment before `at` as `14:02`, with its day where that could be mistaken for another one."""
    now = at.astimezone(zone)
    near = timedelta() <= at - moment < _SAME_CLOCK
    return f"{moment.astimezone(now.tzinfo):%H:%M}" if near else clock(moment, now)


def shown_burst(bursts: Sequence[BurstNote]) -> BurstNote | None:
    """The note to show where there is room for one: the first, unless only another one has an alarm."""
    first = next(iter(bursts), None)
    if first is None or first.alarm_at is not None:
        return first
    alarms = [note for note in bursts if note.alarm_at is not None]
    return max(alarms, key=lambda note: note.z, default=first)


def burst_height(note: BurstNote) -> str:
    """`2.1 sd above a usual day's peak of 340/h`, and what else the volume may do."""
    peak = f"a usual day's peak of {_rate(note.usual_peak)}"
    if note.quiet:
        return "first day, no alarms yet"
    if note.ramping and note.alarm_at is None:
        return f"rising slowly, {'above' if note.z >= _LEAST_Z else 'still below'} {peak}"
    return f"{note.z:.1f} sd above {peak}" if note.z >= _LEAST_Z else f"below {peak}"


def burst_forms(note: BurstNote, subject: str, at: datetime, zone: tzinfo | None) -> tuple[str, ...]:
    """How the volume stands, of `subject`; the time of an alarm in the zone."""
    said = f"{subject}: {burst_height(note)}"
    if note.quiet:
        return (said,)
    alarm = f", alarm {when(note.alarm_at, at, zone)}" if note.alarm_at else ""
    if note.z >= _LEAST_Z:
        short = f"{subject}: {note.z:.1f} sd above usual peaks{alarm}"
        return f"{said}{alarm}", short, f"{subject} {note.z:+.1f} sd{alarm}"
    slow = note.ramping and not alarm
    return f"{said}{alarm}", f"{subject}: {'rising slowly' if slow else 'below usual peaks'}{alarm}"


def _rate(peak: float) -> str:
    return f"{count(round(peak))}/h" if peak >= 10 or peak == int(peak) else f"{peak:.1f}/h"


def type_forms(note: TypeNote) -> tuple[str, ...]:
    """What kind of crisis it looks like; nothing where no type leads."""
    if note.type is None:
        return ()
    lead = "Looks like" if note.confident else "Perhaps"
    doubt = "" if note.confident else ", low confidence"
    votes = f"{percent(note.share)} of {plural(note.votes, 'vote')}"
    said = f"{lead}: {note.type.words}, {votes}{doubt}"
    telling = [fold(word) for word in note.words[:_WORDS]]
    with_words = (f"{said} ({', '.join(telling[:number])})" for number in range(len(telling), 0, -1))
    short = f"{lead}: {note.type.words}, {percent(note.share)}"
    return (*with_words, said, f"{short}{doubt}", f"{short}{'' if note.confident else '?'}")


def standing_out(stories: Sequence[StoryNote]) -> StoryNote | None:
    """The story to name where there is room for one: what looks coordinated first, then the largest."""
    loud = [
        story
        for story in stories
        if story.coordinated or story.total >= LARGE_STORY or (story.burst and story.burst.alarm_at)
    ]
    return max(loud, key=lambda story: (story.coordinated, story.total), default=None)


def story_size(story: StoryNote) -> str:
    """`4,733 posts by 4,540 authors`."""
    return f"{plural(story.total, 'post')} by {plural(story.authors, 'author')}"


def story_forms(story: StoryNote, more: str = "") -> tuple[str, ...]:
    """The story by its size; `more` says which key tells of it."""
    pushed = ", looks coordinated" if story.coordinated else ""
    said = f"One story: {story_size(story)}{pushed}"
    short = f"1 story, {plural(story.total, 'post')}{', coordinated?' if story.coordinated else ''}"
    return (f"{said} - {more}", said, short) if more else (said, short)


def cue_forms(cue: CueNote, answer: str = "") -> tuple[str, ...]:
    """The question with its reason, in the end the question alone; `answer` says how to say yes."""
    whole = f"? {fold(cue.question)}"
    _, _, asked = fold(cue.question).rpartition(": ")
    alone = f"? {asked[:1].upper()}{asked[1:]}"
    short = (whole, f"? {plural(cue.mentions, 'mention')}: {asked}", alone)
    return (f"{whole} {answer}", *short) if answer else short


def unscored_words(share: float | None) -> str:
    """`18 % of the last hour unscored`; empty where all could be read or nobody knows."""
    return f"{percent(share)} of the last hour unscored" if share else ""
