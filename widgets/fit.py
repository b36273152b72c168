"""Text that fits: cells instead of characters, an ellipsis instead of a silent cut, times in words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from rich.cells import cell_len, split_graphemes

from data.text import SafeText, clean

ELLIPSIS = "…"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS_WITH_HOURS = 10


def cells(text: str) -> int:
    """How many terminal cells the text takes."""
    return cell_len(text)


def fold(text: str) -> SafeText:
    """The text as one line: cleaned, with each run of blanks and line breaks as one blank."""
    return SafeText(" ".join(clean(text).split()))


def _one_line(text: str) -> SafeText:
    safe = clean(text)
    return SafeText(safe.replace("\n", " ")) if "\n" in safe else safe


def _head(text: str, width: int) -> str:
    """The longest beginning of whole graphemes that takes at most `width` cells."""
    spans, _ = split_graphemes(text)
    end = taken = 0
    for _, stop, size in spans:
        if taken + size > width:
            break
        taken += size
        end = stop
    return text[:end]


def cut(text: str, width: int) -> SafeText:
    """The text in at most `width` cells; where it was longer it ends in an ellipsis."""
    safe = _one_line(text)
    if width <= 0:
        return SafeText("")
    if cells(safe) <= width:
        return safe
    # Long posts are common and only their beginning can fit: measure no more than that.
    start = safe[: 8 * width + 16]
    if cells(start) <= width:
        start = safe
    return SafeText(_head(start, width - 1).rstrip() + ELLIPSIS)


def fit(text: str, width: int, align: Literal["left", "right"] = "left") -> SafeText:
    """The text in exactly `width` cells, cut with an ellipsis or padded with blanks."""
    shown = cut(text, width)
    blanks = " " * (max(width, 0) - cells(shown))
    return SafeText(blanks + shown if align == "right" else shown + blanks)


def _chop(word: str, width: int) -> list[str]:
    """One word in pieces of at most `width` cells (a wide glyph in one cell becomes a mark)."""
    pieces: list[str] = []
    piece = ""
    taken = 0
    spans, _ = split_graphemes(word)
    for start, stop, size in spans:
        glyph = word[start:stop]
        if size > width:
            glyph, size = ELLIPSIS, 1
        if taken + size > width:
            pieces.append(piece)
            piece, taken = "", 0
        piece += glyph
        taken += size
    return [*pieces, piece]


def _wrap_paragraph(words: list[str], width: int) -> list[str]:
    lines: list[str] = []
    line = ""
    taken = 0
    for word in words:
        size = cells(word)
        if taken and taken + 1 + size <= width:
            line += " " + word
            taken += 1 + size
            continue
        if taken:
            lines.append(line)
        *full, line = _chop(word, width) if size > width else [word]
        lines += full
        taken = cells(line)
    return [*lines, line]


def wrap(text: str, width: int, most: int | None = None) -> list[SafeText]:
    """The text in lines of at most `width` cells, broken at blanks; its own line breaks are kept.

    With `most`, no more than so many lines; the last one then ends in an ellipsis.
    """
    if width <= 0 or not text:
        return []
    lines: list[str] = []
    for paragraph in clean(text).split("\n"):
        lines += _wrap_paragraph(paragraph.split(), width)
    if most is not None and len(lines) > most:
        lines = lines[:most]
        if lines:
            kept = _head(lines[-1], width - 1) if cells(lines[-1]) >= width else lines[-1]
            lines[-1] = kept.rstrip() + ELLIPSIS
    return [SafeText(line) for line in lines]


def span(delta: timedelta) -> SafeText:
    """A length of time: `40s`, `2m`, `1h 05m`, `2d 14h`, `12d`; a negative one begins with `-`."""
    seconds = int(abs(delta).total_seconds())
    sign = "-" if delta < timedelta() and seconds else ""
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        rest = hours % 24
        shown = f"{days}d {rest:02}h" if rest and days < _DAYS_WITH_HOURS else f"{days}d"
    elif hours:
        shown = f"{hours}h {minutes % 60:02}m"
    else:
        shown = f"{minutes}m" if minutes else f"{seconds}s"
    return SafeText(sign + shown)


def ago(moment: datetime, now: datetime) -> SafeText:
    """How old a moment is, as `span` says it; one that is still to come reads `in 5m`."""
    age = now - moment
    return SafeText(f"in {span(-age)}") if age <= timedelta(seconds=-1) else span(max(age, timedelta()))


def t_plus(delta: timedelta) -> SafeText:
    """Time since the start of an incident: `T+1h 12m`."""
    shown = span(delta)
    return SafeText(f"T{shown}" if shown.startswith("-") else f"T+{shown}")


def clock(moment: datetime, now: datetime) -> SafeText:
    """A moment as `14:02`, with its date when that is not today, in the zone of `now`."""
    local = moment.astimezone(now.tzinfo)
    time = f"{local:%H:%M}"
    if local.date() == now.date():
        return SafeText(time)
    year = "" if local.year == now.year else f" {local.year}"
    return SafeText(f"{local.day} {_MONTHS[local.month - 1]}{year} {time}")


def short_clock(moment: datetime, now: datetime) -> SafeText:
    """A moment in at most 6 cells: `14:02` within 20 hours of now, else `21 Nov`, else the year."""
    local = moment.astimezone(now.tzinfo)
    if abs(now - moment) < timedelta(hours=20):
        return SafeText(f"{local:%H:%M}")
    if local.year == now.year:
        return SafeText(f"{local.day:2} {_MONTHS[local.month - 1]}")
    return SafeText(f"{local.year}")


def count(number: int) -> SafeText:
    """A number with its thousands set apart: `65,935`."""
    return SafeText(f"{number:,}")


def plural(number: int, one: str, many: str | None = None) -> SafeText:
    """`1 like`, `12 likes`."""
    return SafeText(f"{number:,} {one if number == 1 else many or one + 's'}")
