"""How one mention looks in the feed: on one line where there is room, else on two. Pure."""

from __future__ import annotations

from datetime import datetime

from data.models.mention import Gap, Mention, StoredMention, Tone
from data.models.triage import Answer
from widgets.fit import cells, count, fit, fold, plural, short_clock
from widgets.ink import BLANK, Ink, Line, Span, fill, line_cells, row, spread

ONE_LINE_WIDTH = 72
"""From here on a mention takes one line."""

_TONES = {
    Tone.NEGATIVE: ("-", Ink.BAD),
    Tone.NEUTRAL: ("=", Ink.QUIET),
    Tone.POSITIVE: ("+", Ink.GOOD),
    Tone.UNSCORED: ("?", Ink.QUIET),
}
_WITH_TONE_WORD = 56
_ANSWERS = {Answer.MONITOR: "M", Answer.FIX_FACTS: "F", Answer.RESTORE: "R", Answer.LET_STAND: "L"}
_MARKS_WIDTH = 3


def rows_per_mention(width: int) -> int:
    """1 or 2."""
    return 1 if width >= ONE_LINE_WIDTH else 2


def tone_mark(tone: Tone | None) -> Span:
    """`-` `=` `+` `?`, or a blank for a mention that was not read yet."""
    return Span(" ") if tone is None else Span(*_TONES[tone])


def reading_mark(item: StoredMention) -> Span:
    """The mark of how a mention reads: `-p` where a person taught it, else the model's `-`."""
    mark = tone_mark(item.tone if item.taught is None else item.taught)
    return mark if item.taught is None else Span(f"{mark.text}p", mark.ink)


def triage_marks(item: StoredMention) -> Line:
    """What people decided: `M` `F` `R` `L` how to answer, `!` needs answer, `*` influential, `E` evidence."""
    triage = item.triage
    if triage is None:
        return BLANK
    marks = (
        Span(_ANSWERS[triage.answer] if triage.answer else "", Ink.STRONG),
        Span("!" if triage.needs_answer else "", Ink.WARN),
        Span("*" if triage.influential else "", Ink.STRONG),
        Span("E" if triage.evidence is not None else "", Ink.QUIET),
    )
    return tuple(mark for mark in marks if mark.text)


def author_of(mention: Mention) -> str:
    """`@handle`, else the name, else a word that says there is none."""
    if mention.author:
        return mention.author if mention.author.startswith("@") else f"@{mention.author}"
    return mention.author_name or "(no author)"


def counts_of(mention: Mention, most: int) -> str:
    """How widely it went: `12 likes 3 reposts`, the largest first, as far as `most` cells allow."""
    counts = [
        (mention.reposts or 0, "repost", None),
        (mention.likes or 0, "like", None),
        (mention.replies or 0, "reply", "replies"),
    ]
    shown = ""
    for number, one, many in sorted(counts, key=lambda each: -each[0]):
        more = f"{shown} {plural(number, one, many)}".strip()
        if not number or cells(more) > most:
            break
        shown = more
    return shown


def story_mark(item: StoredMention, grown: bool) -> Span | None:
    """`x4,733` where so many mentions say the same, `▲x4,733` where the newest are news, `copy`."""
    if item.gap is not None or not item.copies:
        return None
    if item.is_copy:
        return Span("copy", Ink.QUIET)
    times = f"x{count(item.copies + 1)}"
    return Span(f"▲{times}", Ink.WARN) if grown else Span(times, Ink.STRONG)


def column_heads(width: int, times: bool = False) -> Line:
    """Names for the columns of the one-line layout; `times` where a story is among the mentions."""
    if rows_per_mention(width) == 2:
        return BLANK
    author = _author_width(width)
    heads = _column_heads(width, author)
    return spread(heads[:-1], (Span("times", Ink.QUIET),), width) if times else heads


def _column_heads(width: int, author: int) -> Line:
    return (
        Span(" "),
        *row(
            [
                ("posted", 6, Ink.QUIET),
                ("network", 8, Ink.QUIET),
                ("tone", 4, Ink.QUIET),
                ("author", author, Ink.QUIET),
                ("act", _MARKS_WIDTH, Ink.QUIET),
                ("text", width - author - 27, Ink.QUIET),
            ]
        ),
    )


def _author_width(width: int) -> int:
    return min(max(width // 6, 12), 24)


def mention_rows(item: StoredMention, width: int, now: datetime, grown: bool = False) -> tuple[Line, ...]:
    """The one or two lines of a mention, or of a gap, without its cursor."""
    if item.gap is not None:
        return _gap_rows(item.gap, item.mention.author_name or "", width, now)
    if rows_per_mention(width) == 1:
        return (_one_line(item, width, now, story_mark(item, grown)),)
    return (_head(item, width, now), _text(item, width, story_mark(item, grown)))


def _one_line(item: StoredMention, width: int, now: datetime, story: Span | None) -> Line:
    mention = item.mention
    author = _author_width(width)
    mark = reading_mark(item)
    marks = fill(triage_marks(item), max(_MARKS_WIDTH, line_cells(triage_marks(item))))
    columns = row(
        [
            (short_clock(mention.created_at, now), 6, Ink.QUIET),
            (mention.network, 8, Ink.QUIET),
            (mark.text, 2, mark.ink),
            ("~" if item.late else " ", 1, Ink.WARN),
            (author_of(mention), author, Ink.STRONG),
        ]
    )
    end = _at_the_end(story)
    text = fit(said(item), width - author - 24 - line_cells(marks) - line_cells(end))
    ink = Ink.QUIET if item.deleted_at else Ink.PLAIN
    return (Span(" "), *columns, Span(" "), *marks, Span(" "), Span(text, ink), *end)


def _at_the_end(story: Span | None) -> Line:
    """At the right end it has a place of its own, and costs the text nothing where there is none."""
    return BLANK if story is None else (Span(" "), story)


def said(item: StoredMention) -> str:
    """The text as one line, after a word for what became of it."""
    mark = "(deleted) " if item.deleted_at else "(edited) " if item.text_now is not None else ""
    return f"{mark}{fold(item.text) or '(no text)'}"


def _gap_rows(gap: Gap, source: str, width: int, now: datetime) -> tuple[Line, ...]:
    """A span that is missing: which feed, from when to when, and why."""
    zone = now.tzinfo
    start, end = short_clock(gap.start.astimezone(zone), now), short_clock(gap.end.astimezone(zone), now)
    head = f" ╳ GAP in {fold(source)}: nothing from {start} to {end}"
    if rows_per_mention(width) == 1:
        return (fill((Span(head, Ink.WARN), Span(f"  {fold(gap.reason)}", Ink.QUIET)), width),)
    return (
        fill((Span(head, Ink.WARN),), width),
        fill((Span("   "), Span(fit(fold(gap.reason), width - 3), Ink.QUIET)), width),
    )


def _head(item: StoredMention, width: int, now: datetime) -> Line:
    mention = item.mention
    mark = reading_mark(item)
    tone = item.tone if item.taught is None else item.taught
    left: list[Span] = [
        Span(" "),
        Span(f"{short_clock(mention.created_at, now)} ", Ink.QUIET),
        Span(f"{fit(mention.network, 8)} ", Ink.QUIET),
        Span(f"{mark.text} ", mark.ink),
    ]
    if width >= _WITH_TONE_WORD and tone is not None:
        left.append(Span(f"{tone.value} ", Ink.QUIET))
    author = author_of(mention)
    left.append(Span(author, Ink.STRONG))
    right: list[Span] = []
    if item.late:
        right.append(Span("~late", Ink.WARN))
    room = width - line_cells(tuple(left)) - 2 - line_cells(tuple(right)) - len(right)
    counts = counts_of(mention, max(room, 0))
    if counts:
        right.append(Span(f" {counts}" if right else counts, Ink.QUIET))
    return spread(tuple(left), tuple(right), width, keep=24)


def _text(item: StoredMention, width: int, story: Span | None) -> Line:
    """The marks stand where no text of a post can: in its indent."""
    ink = Ink.QUIET if item.deleted_at else Ink.PLAIN
    lead = fill((Span(" "), *triage_marks(item), Span(" ")), max(3, line_cells(triage_marks(item)) + 2))
    end = _at_the_end(story)
    text = fit(said(item), width - line_cells(lead) - line_cells(end))
    return fill((*lead, Span(text, ink), *end), width)


def with_cursor(lines: tuple[Line, ...], focused: bool) -> tuple[Line, ...]:
    """The same lines with the mark of the cursor in the first column."""
    marked: list[Line] = []
    for place, spans in enumerate(lines):
        text = "".join(part.text for part in spans)[1:]
        if focused and place == 0:
            marked.append((Span("▌", Ink.STRONG), Span(text, Ink.CURSOR)))
        else:
            marked.append((Span("▌", Ink.STRONG), *spans[1:]) if spans[0].text == " " else _barred(spans))
    return tuple(marked)


def _barred(spans: Line) -> Line:
    first, *rest = spans
    return (Span("▌", Ink.STRONG), Span(first.text[1:], first.ink), *rest)
