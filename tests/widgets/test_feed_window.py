"""The reader's place never moves: properties of the window on the feed."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from data.models.mention import StoredMention, Tone
from tests.widgets.harness import mention, mentions
from widgets.feed_window import FeedWindow

CAP = 40
_MADE = {seq: mention(seq) for seq in range(1, 600)}


def made(newest: int, number: int) -> list[StoredMention]:
    """Mentions from `newest` down, from a stock."""
    return [_MADE[seq] for seq in range(newest, max(newest - number, 0), -1)]


class Reading(RuleBasedStateMachine):
    """A reader moves, mentions arrive, pages come in, the terminal is resized."""

    def __init__(self) -> None:
        super().__init__()
        self.window = FeedWindow(cap=CAP)
        self.newest = 300

    @initialize(number=st.integers(0, 60), rows=st.integers(1, 20))
    def first_load(self, number: int, rows: int) -> None:
        self.window.set_rows(rows)
        items = made(self.newest, number)
        self.window.load(items, at=None, newest_reached=True, oldest_reached=number == 0)

    def place(self) -> tuple[Any, ...]:
        return self.window.cursor, self.window.row

    @rule(number=st.integers(0, 30))
    def newer_come(self, number: int) -> None:
        before, had = self.place(), bool(self.window.items)
        first = self.window.items[0].seq if had else self.newest
        self.newest = min(max(self.newest, first + number), 599)
        overlap = made(min(first + number, 599), number + 3)
        self.window.extend(reversed(overlap), "newer", reached=first + number >= self.newest)
        if had:
            assert self.place() == before

    @precondition(lambda self: self.window.items)
    @rule(number=st.integers(0, 30))
    def older_come(self, number: int) -> None:
        before = self.place()
        last = self.window.items[-1].seq
        self.window.extend(made(last + 1, number + 2), "older", reached=last - number <= 1)
        assert self.place() == before

    @rule(by=st.integers(-60, 60))
    def moves(self, by: int) -> None:
        index, top = self.window.index, self.window.top
        had = bool(self.window.items)
        assert self.window.move(by) == (self.window.index != index)
        if had and top <= self.window.index < top + self.window.rows:
            assert self.window.top == top

    @rule(rows=st.integers(1, 20))
    def resizes(self, rows: int) -> None:
        cursor = self.window.cursor
        self.window.set_rows(rows)
        assert self.window.cursor == cursor

    @precondition(lambda self: self.window.items)
    @rule(data=st.data())
    def reloads(self, data: st.DataObject) -> None:
        row, rows = self.window.row, self.window.rows
        at = data.draw(st.sampled_from(self.window.items)).seq
        self.window.load(made(at + 30, 60), at=at, newest_reached=False, oldest_reached=False)
        assert self.window.cursor == at
        if at >= 30 and at + 30 < 599 and rows <= 20:
            assert self.window.row == row

    @precondition(lambda self: self.window.items)
    @rule(data=st.data())
    def tones_come(self, data: st.DataObject) -> None:
        before = self.place()
        one = data.draw(st.sampled_from(self.window.items))
        scored = one.model_copy(update={"tone": Tone.NEGATIVE})
        assert self.window.replace([scored])
        assert scored in self.window.items
        assert self.place() == before

    @rule(seqs=st.frozensets(st.integers(200, 420), max_size=120))
    def copies_fold(self, seqs: frozenset[int]) -> None:
        before, cursor, top = self.place(), self.window.cursor, self.window.top
        held = [item.seq for item in self.window.items]
        self.window.drop(seqs)
        assert self.place() == before
        left = [item.seq for item in self.window.items]
        gone = set(held) - set(left)
        assert left == [seq for seq in held if seq not in gone]
        assert gone <= seqs - {cursor}
        if cursor is not None:
            assert not {seq for seq in left if seq < cursor} & seqs
            above = {seq for seq in left if seq > cursor} & seqs
            assert not above or self.window.top == 0 or not top

    @invariant()
    def holds_few_in_order(self) -> None:
        seqs = [item.seq for item in self.window.items]
        assert len(seqs) <= CAP
        assert seqs == sorted(set(seqs), reverse=True)

    @invariant()
    def cursor_is_in_view(self) -> None:
        window = self.window
        if not window.items:
            assert window.cursor is None
            return
        assert window.current in window.view
        assert 0 <= window.row < window.rows

    @invariant()
    def position_is_within_the_total(self) -> None:
        position = self.window.position(600, 0)
        assert position is None or 1 <= position <= 600


Reading.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
test_reading = Reading.TestCase


def test_the_view_moves_by_half_a_page() -> None:
    window = FeedWindow()
    window.set_rows(10)
    window.load(mentions(100, 50), at=None, newest_reached=True, oldest_reached=True)
    window.move(9)
    assert window.top == 0
    window.move(1)
    assert (window.top, window.row) == (5, 5)
    window.move(-5)
    assert window.top == 5
    window.move(-1)
    assert (window.top, window.row) == (0, 4)


def test_a_mention_that_is_gone_gives_its_place_to_the_next_older_one() -> None:
    window = FeedWindow()
    window.load(mentions(100, 10), at=97, newest_reached=True, oldest_reached=True)
    left = [item for item in mentions(100, 10) if item.seq != 97]
    window.load(left, at=97, newest_reached=True, oldest_reached=True)
    assert window.cursor == 96


def test_positions_are_counted_from_the_newest_while_known() -> None:
    window = FeedWindow(cap=20)
    window.set_rows(5)
    window.load(mentions(100, 20), at=None, newest_reached=True, oldest_reached=False)
    assert window.position(100, 7) == 8
    window.move(19)
    window.extend(mentions(80, 20), "older", reached=False)
    assert not window.newest_reached
    assert window.position(100, 0) == 20
    window.load(mentions(50, 10), at=45, newest_reached=False, oldest_reached=False)
    assert window.position(100, 0) is None
    window.extend(mentions(40, 40), "older", reached=True)
    assert window.position(100, 0) == 56 or not window.oldest_reached
