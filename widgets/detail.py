"""One mention in full: its text in parts of a readable size, then every field that is known."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from data.models.mention import Gap, StoredMention
from data.text import SafeText
from widgets.feed_rows import author_of, reading_mark, tone_mark
from widgets.fit import ago, clock, count, fold, wrap
from widgets.ink import BLANK, Ink, Line, Span, line
from widgets.pane import ScrollPane

PART_CHARACTERS = 2_000
PART_LINES = 40
"""The most of a text that is shown as one part."""

_LABEL = 10
_EXTRAS = 20
_ORIGINAL_LINES = 40


def parts_of(text: str, width: int) -> list[list[SafeText]]:
    """The wrapped text in parts of at most `PART_LINES` lines and `PART_CHARACTERS` characters."""
    parts: list[list[SafeText]] = [[]]
    size = 0
    for wrapped in wrap(text, width):
        if parts[-1] and (len(parts[-1]) >= PART_LINES or size + len(wrapped) > PART_CHARACTERS):
            parts.append([])
            size = 0
        parts[-1].append(wrapped)
        size += len(wrapped) + 1
    return parts


def _extras(extra: str | None) -> list[tuple[str, str]]:
    if not extra:
        return []
    try:
        fields = json.loads(extra)
    except ValueError:
        return [("extra", extra)]
    if not isinstance(fields, dict):
        return [("extra", extra)]
    shown = [
        (str(name), value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for name, value in list(fields.items())[:_EXTRAS]
    ]
    if len(fields) > _EXTRAS:
        shown.append(("", f"and {len(fields) - _EXTRAS} more fields"))
    return shown


class MentionDetail(ScrollPane):
    """The full text and all fields of the mention that `show` was given."""

    def __init__(
        self,
        number: int | None = None,
        title: str = "Mention",
        *,
        empty_text: str = "No mention is chosen.",
        part_hint: str = "",
        triage_hint: str = "",
        story_hint: str = "",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(number, title, id=id, classes=classes)
        self.empty_text = empty_text
        self.part_hint = part_hint
        self.triage_hint = triage_hint
        self.story_hint = story_hint
        self._item: StoredMention | None = None
        self._now = datetime(1970, 1, 1, tzinfo=UTC)
        self._part = 0
        self._parts: tuple[int, list[list[SafeText]]] | None = None

    @property
    def item(self) -> StoredMention | None:
        """The mention that is shown."""
        return self._item

    def show(self, item: StoredMention | None, now: datetime) -> None:
        """Show another mention (from its beginning), or the same one at another moment (in place)."""
        if item is None or self._item is None or item.seq != self._item.seq:
            self.top = self._part = 0
        self._item, self._now = item, now
        self._parts = None
        self.redraw()

    def action_next_part(self) -> None:
        """The next part of a long text."""
        self._to_part(self._part + 1)

    def action_previous_part(self) -> None:
        """The part before."""
        self._to_part(self._part - 1)

    def content(self, width: int) -> list[Line]:
        """Who and where, the text, the fields."""
        item = self._item
        if item is None:
            return [line(" " + part) for part in wrap(self.empty_text, width - 1)]
        mention = item.mention
        if item.gap is not None:
            return self._gap(item.gap, mention.author_name or "", width)
        head: list[Span] = [Span(f" {author_of(mention)}", Ink.STRONG)]
        if mention.author and mention.author_name:
            head.append(Span(f"  {fold(mention.author_name)}"))
        where = f" {mention.network}, {clock(mention.created_at, self._now)}"
        where += f", {ago(mention.created_at, self._now)} old" if mention.created_at <= self._now else ""
        return [
            tuple(head),
            line(where, Ink.QUIET),
            BLANK,
            *self._decided(item, width),
            *self._story(item, width),
            *self._fate(item, width),
            *self._text(item.text, width),
            *self._original(item, width),
            BLANK,
            *self._fields(item, width),
        ]

    def _gap(self, gap: Gap, source: str, width: int) -> list[Line]:
        """What is missing here, and what to do about it."""
        says = (
            f"Nothing was read of {source} from {self._moment(gap.start)} to {self._moment(gap.end)}."
            f" {gap.reason.rstrip('.')}. If this span matters, look at the network itself, and add what"
            " you find by hand."
        )
        return [line(" GAP", Ink.WARN), BLANK, *[line(f" {part}") for part in wrap(fold(says), width - 1)]]

    def _decided(self, item: StoredMention, width: int) -> list[Line]:
        """What people decided, in words; while no answer is decided, how to decide one."""
        words = item.triage.words(lambda moment: clock(moment, self._now)) if item.triage else ""
        hint = "" if item.triage and item.triage.answer else self.triage_hint
        lines = [line(f" {part}", Ink.STRONG) for part in wrap(fold(words), width - 1)] if words else []
        lines += [line(f" {part}", Ink.QUIET) for part in wrap(hint, width - 1)] if hint else []
        return [*lines, BLANK] if lines else []

    def _story(self, item: StoredMention, width: int) -> list[Line]:
        """How many say the same, and how to see them."""
        if not item.copies:
            return []
        others = f"{count(item.copies + 1)} mentions say the same"
        says = f"A copy: {others}." if item.is_copy else f"A story: {others}; this one came first."
        hint = f" {self.story_hint}" if self.story_hint else ""
        return [*[line(f" {part}", Ink.STRONG) for part in wrap(says + hint, width - 1)], BLANK]

    def _fate(self, item: StoredMention, width: int) -> list[Line]:
        """That the post is not, or no longer, as it was."""
        says = []
        if item.deleted_at is not None:
            says.append(f"Deleted, noticed {self._moment(item.deleted_at)}; this is what it said.")
        elif item.edited_at is not None:
            says.append(f"Edited {self._moment(item.edited_at)}; the original stands below.")
        return [
            *[line(f" {part}", Ink.WARN) for each in says for part in wrap(each, width - 1)],
            *([BLANK] if says else []),
        ]

    def _original(self, item: StoredMention, width: int) -> list[Line]:
        if item.text_now is None or item.text_now == item.mention.text:
            return []
        original = wrap(item.mention.text, width - 1, _ORIGINAL_LINES)
        return [BLANK, line(" as it first came", Ink.QUIET), *[line(f" {part}") for part in original]]

    def _text(self, text: str, width: int) -> list[Line]:
        parts = self._parts_at(text, width - 1)
        if not text.strip():
            return [line(" (no text)", Ink.QUIET)]
        self._part = max(0, min(self._part, len(parts) - 1))
        shown: list[Line] = [line(f" {part}") for part in parts[self._part]]
        if len(parts) > 1:
            after = sum(len(each) for part in parts[self._part + 1 :] for each in part)
            more = f"{count(after)} more characters" if after else "the end"
            says = f"Part {self._part + 1} of {len(parts)}, {more}."
            hint = f" {self.part_hint}" if self.part_hint else ""
            shown += [line(f" {each}", Ink.WARN) for each in wrap(says + hint, width - 1)]
        return shown

    def _fields(self, item: StoredMention, width: int) -> list[Line]:
        mention = item.mention
        numbers = [
            ("followers", mention.followers),
            ("likes", mention.likes),
            ("reposts", mention.reposts),
            ("replies", mention.replies),
            ("views", mention.views),
        ]
        says = "not read yet" if item.tone is None else f"{tone_mark(item.tone).text} {item.tone.value}"
        tone = says if item.taught is None else f"{reading_mark(item).text} {item.taught.value}, taught"
        fields: list[tuple[str, str]] = [
            ("tone", tone),
            ("posted", self._moment(mention.created_at)),
            ("arrived", self._moment(item.arrived_at) + (" (late: posted well before)" if item.late else "")),
            *[(name, count(number)) for name, number in numbers if number is not None],
            ("language", mention.lang or ""),
            ("answers", mention.in_reply_to or ""),
            ("url", mention.url or ""),
            ("id", mention.id),
        ]
        lines = [each for name, value in fields if value for each in _field(name, value, width)]
        if mention.raw_text is not None:
            lines += _field("note", "control or invisible characters of this post are not shown", width)
        extras = _extras(mention.extra)
        if extras:
            lines += [BLANK, line(" other fields, as sent", Ink.QUIET)]
            lines += [each for name, value in extras for each in _field(name, value, width)]
        return lines

    def _moment(self, moment: datetime) -> str:
        local = moment.astimezone(self._now.tzinfo)
        return f"{local:%Y-%m-%d %H:%M:%S} {local.tzname() or ''}".strip()

    def _parts_at(self, text: str, width: int) -> list[list[SafeText]]:
        if self._parts is None or self._parts[0] != width:
            self._parts = (width, parts_of(text, width))
        return self._parts[1]

    def _to_part(self, part: int) -> None:
        if self._item is None or self._parts is None or not 0 <= part < len(self._parts[1]):
            return
        self._part = part
        self.top = 0
        self.redraw()


def _field(name: str, value: str, width: int) -> list[Line]:
    """A label and its value, wrapped under itself (6 lines at most)."""
    label = fold(name)
    indent = _LABEL + 2
    first = f" {label:<{_LABEL}} " if len(label) <= _LABEL and label.isascii() else ""
    lines: list[Line] = []
    if not first and label:
        lines.append(line(f" {label}", Ink.QUIET))
    for place, part in enumerate(wrap(fold(value), max(width - indent, 1), 6)):
        lead = first if place == 0 and first else " " * indent
        lines.append((Span(lead, Ink.QUIET), Span(part)))
    return lines
