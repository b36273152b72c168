"""One story in full: its figures, and how one of its members looks. Pure."""

from __future__ import annotations

from datetime import datetime
from difflib import SequenceMatcher

from data.models.assessment import StoryNote
from data.models.mention import StoredMention
from widgets.feed_rows import author_of, reading_mark, rows_per_mention, said
from widgets.findings import percent, story_size, when
from widgets.fit import ELLIPSIS, count, fit, fold, plural, short_clock, wrap
from widgets.ink import BLANK, Ink, Line, Span, fill, line, row, spread

SAME = "(the same words)"
LESS = "(a part of it)"

_FOLLOWERS = 11
_REASON_LINES = 3
_TEXT_LINES = 3
_COMPARED = 100
"""Words of a post that are compared: what differs in a long one is seen where it is read in full."""


def story_head(
    note: StoryNote | None, first: StoredMention | None, total: int, now: datetime, width: int
) -> list[Line]:
    """The figures, what speaks for a raid, and the words of the first member."""
    lines = (
        _figures(note, now, width) if note else [_text(f"{plural(total, 'mention')}; counting authors ...")]
    )
    if note and note.coordinated:
        reasons = "; ".join(fold(reason) for reason in note.reasons)
        says = f"! Looks coordinated, which a person must judge: {reasons}"
        lines += [line(f" {part}", Ink.WARN) for part in wrap(says, width - 1, _REASON_LINES)]
    if first is not None:
        words = fold(first.text) or "(no text)"
        by = f"First, {author_of(first.mention)}: {words}"
        lines += [line(f" {part}", Ink.STRONG) for part in wrap(by, width - 1, _TEXT_LINES)]
    return [*lines, BLANK] if rows_per_mention(width) == 1 else lines


def _text(words: str) -> Line:
    return line(f" {words}")


def _figures(note: StoryNote, now: datetime, width: int) -> list[Line]:
    facts = [
        story_size(note),
        f"since {when(note.first_at, now, now.tzinfo)}",
        f"{count(note.mentions)} in the last hour",
    ]
    if note.reach is not None:
        facts.append(f"{plural(note.reach, 'follower')} at most")
    if note.young_share is not None:
        facts.append(f"{percent(note.young_share)} of known accounts under 30 days old")
    return [_text(part) for part in wrap(", ".join(facts), width - 1)]


def what_differs(words: str, first: str) -> str:
    """What a member says that the first one does not: `RT @leader: …`, `… shame!`."""
    if words == first:
        return SAME
    ours, theirs = words.split()[:_COMPARED], first.split()[:_COMPARED]
    parts: list[str] = []
    for tag, _, _, start, end in SequenceMatcher(None, theirs, ours, autojunk=False).get_opcodes():
        if tag == "equal":
            parts.append(ELLIPSIS)
        elif end > start:
            parts.append(" ".join(ours[start:end]))
    return " ".join(parts) if any(part != ELLIPSIS for part in parts) else LESS


def _author_width(width: int) -> int:
    return min(max(width // 5, 16), 28)


def member_heads(width: int) -> Line:
    """Names for the columns of the one-line layout."""
    if rows_per_mention(width) == 2:
        return BLANK
    author = _author_width(width)
    names = [
        ("posted", 6, Ink.QUIET),
        ("network", 8, Ink.QUIET),
        ("", 2, Ink.QUIET),
        ("author", author, Ink.QUIET),
    ]
    return (
        Span(" "),
        *row(names),
        Span(" "),
        Span(fit("followers", _FOLLOWERS, "right"), Ink.QUIET),
        Span(fit("  words that differ", width - author - _FOLLOWERS - 21), Ink.QUIET),
    )


def member_rows(
    item: StoredMention, first: StoredMention | None, width: int, now: datetime
) -> tuple[Line, ...]:
    """The one or two lines of a member; of its words those that the first one has not."""
    mention = item.mention
    mark = reading_mark(item)
    is_first = first is not None and item.seq == first.seq
    text = said(item) if first is None else what_differs(said(item), said(first))
    if is_first:
        text = f"(first) {said(item)}"
    ink = Ink.QUIET if text in (SAME, LESS) else Ink.PLAIN
    followers = "" if mention.followers is None else count(mention.followers)
    when_where = [
        (short_clock(mention.created_at, now), 6, Ink.QUIET),
        (mention.network, 8, Ink.QUIET),
        (mark.text, 2, mark.ink),
    ]
    if rows_per_mention(width) == 2:
        left = (Span(" "), *row(when_where), Span(" "), Span(author_of(mention), Ink.STRONG))
        reach = f"{plural(mention.followers, 'follower')}" if mention.followers is not None else ""
        return (
            spread(left, (Span(reach, Ink.QUIET),) if reach else BLANK, width, keep=24),
            fill((Span("   "), Span(fit(text, width - 3), ink)), width),
        )
    author = _author_width(width)
    columns = row([*when_where, (author_of(mention), author, Ink.STRONG)])
    room = width - author - _FOLLOWERS - 23
    return (
        (
            Span(" "),
            *columns,
            Span(" "),
            Span(fit(followers, _FOLLOWERS, "right"), Ink.QUIET),
            Span("  "),
            Span(fit(text, room), ink),
        ),
    )
