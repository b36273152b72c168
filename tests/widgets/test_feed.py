"""The feed pane on the screen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from data.models.mention import Tone
from data.models.triage import Answer, Triage
from tests.widgets.harness import (
    LATIN,
    NOW,
    SIZES,
    frame,
    hostile_mentions,
    mention,
    mentions,
    showing,
)
from widgets.feed import FeedPane
from widgets.feed_rows import mention_rows
from widgets.fit import cells, fold


def loaded(pane: FeedPane, number: int = 60) -> None:
    """Fill a pane with mentions from 4995 down."""
    pane.now = NOW
    pane.load(mentions(4995, number), newest_reached=True, oldest_reached=False)
    pane.set_counts(65_935, 0)


@pytest.mark.parametrize("size", [*SIZES, (9, 3), (1, 1)])
async def test_every_line_is_exactly_as_wide_as_the_screen(size: tuple[int, int]) -> None:
    pane = FeedPane()
    async with showing(pane, size=size) as (app, pilot):
        pane.now = NOW
        pane.load([*hostile_mentions(), *mentions(4980, 60)], newest_reached=True, oldest_reached=True)
        pane.set_counts(68, 3)
        pane.set_query("[/ refund 漢字")
        await pilot.pause()
        lines = frame(app)
        assert len(lines) == size[1]
        assert {cells(line) for line in lines} == {size[0]}
        assert "\x1b" not in "".join(lines)


async def test_a_wide_pane_takes_one_line_a_mention() -> None:
    pane = FeedPane()
    async with showing(pane, size=(80, 6)) as (app, pilot):
        pane.now = NOW
        pane.load(
            [
                mention(4995, "A [/] short\n\tone", tone=Tone.POSITIVE, author="anna"),
                mention(4994, LATIN * 2, tone=Tone.NEGATIVE, late=True),
                mention(4990, "old", created_at=NOW - timedelta(days=9), author=None, author_name="B"),
            ],
            newest_reached=True,
            oldest_reached=True,
        )
        pane.set_counts(3, 0)
        await pilot.pause()
        assert [line.rstrip() for line in frame(app)] == [
            "▌1 FEED ──────────────────────────────────────────────────────────────── 1 of 3",
            "▌14:25  mastodon +    @anna             A [/] short one",
            " 14:24  reddit   -  ~ @person_4994      Third day without an answer from suppo…",
            " 13 Nov bluesky  -    B                 old",
            "",
            "",
        ]


async def test_a_narrow_pane_takes_two_lines_a_mention() -> None:
    pane = FeedPane()
    async with showing(pane, size=(46, 8)) as (app, pilot):
        loaded(pane)
        pane.set_counts(65_935, 37)
        pane.focus()
        await pilot.pause()
        assert [line.rstrip() for line in frame(app)] == [
            "▌1 FEED ──────────────────────── 38 of 65,935",
            " ▲ 37 new - press n",
            "▌14:25 mastodon - @person_4995        3 likes",
            "▌  Third day without an answer from support,…",
            " 14:24 reddit     @person_4994      4 reposts",
            "   Third day without an answer from support,…",
            " 14:23 bluesky  ? @person_4993      3 reposts",
            "   Third day without an answer from support,…",
        ]


async def test_hostile_text_is_shown_literally() -> None:
    pane = FeedPane()
    async with showing(pane, size=(100, 14)) as (app, pilot):
        pane.now = NOW
        pane.load(hostile_mentions(), newest_reached=True, oldest_reached=True)
        await pilot.pause()
        shown = "\n".join(frame(app))
        for text in ("[/ [bold]not bold[/bold] [/]", "[@click=app.quit]x[/]", "مرحبا بالعالم"):
            assert text in shown
        assert "␛]52;c;aGk=␇" in shown
        assert fold("line one\nline two") in shown


async def test_arrivals_move_nothing_but_the_marker() -> None:
    pane = FeedPane()
    async with showing(pane, size=(80, 20)) as (app, pilot):
        loaded(pane)
        for _ in range(25):
            pane.action_cursor_down()
        await pilot.pause()
        before = frame(app)
        pane.set_counts(65_940, 5)
        await pilot.pause()
        marked = frame(app)
        assert "▲ 5 new - press n" in marked[1]
        assert marked[2:] == before[2:]
        pane.extend_newer([mention(seq) for seq in range(4996, 5001)], True)
        pane.set_counts(65_940, 0)
        await pilot.pause()
        assert frame(app)[2:] == before[2:]


async def test_pages_are_asked_for_once_and_before_the_end_is_seen() -> None:
    pane = FeedPane()
    async with showing(pane, size=(80, 12)) as (app, pilot):
        loaded(pane, 40)
        await pilot.pause()
        for _ in range(30):
            pane.action_cursor_down()
        await pilot.pause()
        asked = app.said(FeedPane.PageWanted)
        assert [(each.direction, each.from_seq) for each in asked] == [("older", 4956)]
        pane.extend_older(mentions(4955, 100), False)
        for _ in range(70):
            pane.action_cursor_down()
        await pilot.pause()
        assert len(app.said(FeedPane.PageWanted)) == 1


async def test_up_from_the_first_row_asks_for_what_is_new() -> None:
    pane = FeedPane()
    async with showing(pane, size=(80, 12)) as (app, pilot):
        loaded(pane)
        pane.action_cursor_up()
        await pilot.pause()
        assert not app.said(FeedPane.PageWanted)
        pane.set_counts(65_936, 1)
        pane.action_cursor_up()
        pane.action_newest()
        pane.action_oldest()
        pane.action_open()
        await pilot.pause()
        assert app.said(FeedPane.PageWanted)[0].direction == "newer"
        assert app.said(FeedPane.NewestWanted)
        assert app.said(FeedPane.OldestWanted)
        assert app.said(FeedPane.Opened)[0].seq == 4995


async def test_the_cursor_is_told_about() -> None:
    pane = FeedPane()
    async with showing(pane, size=(80, 12)) as (app, pilot):
        loaded(pane)
        await pilot.pause()
        pane.action_page_down()
        await pilot.pause()
        told = [each.seq for each in app.said(FeedPane.Highlighted)]
        assert told[0] == 4995
        assert told[-1] == pane.cursor == 4986
        pane.action_page_up()
        assert pane.cursor == 4995


@pytest.mark.parametrize("size", SIZES)
async def test_an_empty_feed_says_what_to_do(size: tuple[int, int]) -> None:
    pane = FeedPane(empty_text="No mentions yet. Name a [source] in the config, then wait.")
    async with showing(pane, size=size) as (app, pilot):
        for action in ("cursor_up", "cursor_down", "page_up", "page_down", "newest", "oldest", "open"):
            getattr(pane, f"action_{action}")()
        await pilot.pause()
        assert "Name a [source]" in fold(" ".join(frame(app)))


async def test_a_resize_keeps_the_cursor_in_view() -> None:
    pane = FeedPane()
    async with showing(pane, size=(80, 30)) as (app, pilot):
        loaded(pane)
        for _ in range(24):
            pane.action_cursor_down()
        for size in ((46, 12), (30, 6), (120, 40)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert pane.cursor == 4971
            assert any("@person_49" in line and line.startswith("▌") for line in frame(app)[1:])


async def test_times_change_with_the_day_and_the_zone_only() -> None:
    pane = FeedPane()
    async with showing(pane, size=(80, 6)) as (app, pilot):
        loaded(pane)
        await pilot.pause()
        before = frame(app)
        pane.now = NOW + timedelta(minutes=20)
        await pilot.pause()
        assert frame(app) == before
        pane.now = NOW + timedelta(days=2)
        await pilot.pause()
        assert "22 Nov" in frame(app)[2]


async def test_stories_have_their_count_at_the_right_end_and_growth_a_mark() -> None:
    pane = FeedPane(grown_hint="> what grew")
    items = [
        mention(4995, "One").model_copy(update={"story": 4995, "copies": 4732, "newest_copy": 9000}),
        mention(4994, LATIN).model_copy(update={"story": 4994, "copies": 11, "newest_copy": 9001}),
        mention(4993, "Two").model_copy(update={"story": 10, "copies": 3, "newest_copy": 4993}),
        mention(4992, LATIN).model_copy(update={"story": 4992}),
    ]
    async with showing(pane, size=(80, 10)) as (app, pilot):
        pane.now = NOW
        pane.load(items, newest_reached=True, oldest_reached=True)
        pane.set_counts(4, 0)
        pane.set_folding("stories folded")
        await pilot.pause()
        title, heads, *rows = (line.rstrip() for line in frame(app))
        assert title.startswith("▌1 FEED stories folded ──")
        assert heads.endswith(" times")
        assert [row.split()[-1] for row in rows[:3]] == ["x4,733", "x12", "copy"]
        assert all(row.endswith((" x4,733", " x12", " copy")) for row in rows[:3])
        pane.mark_grown(frozenset({4994}))
        pane.set_counts(4, 3, 41)
        await pilot.pause()
        title, marker, *rows = (line.rstrip() for line in frame(app))
        assert marker == " ▲ 3 new, 41 more copies - press n, > what grew"
        assert rows[1].endswith(" ▲x12")
        assert rows[0].endswith(" x4,733")
        pane.set_counts(4, 0, 1)
        await pilot.resize_terminal(46, 10)
        await pilot.pause()
        assert frame(app)[1].rstrip() == " ▲ 1 more copy - press n, > what grew"
        assert [line[-8:-1] for line in frame(app)[3:8:2]] == [" x4,733", "p… ▲x12", "   copy"]


async def test_a_copy_that_is_known_late_goes_and_more_is_asked_for() -> None:
    pane = FeedPane()
    async with showing(pane, size=(80, 12)) as (app, pilot):
        loaded(pane, 40)
        await pilot.pause()
        for _ in range(3):
            pane.action_cursor_down()
        await pilot.pause()
        row = next(n for n, line in enumerate(frame(app)) if line.startswith("▌") and n)
        pane.fold_away(set(range(4960, 4996)))
        await pilot.pause()
        assert frame(app)[row].startswith("▌14:22")
        assert pane.cursor == 4992
        assert [item.seq for item in pane.window.items][:5] == [4995, 4994, 4993, 4992, 4959]
        assert [each.direction for each in app.said(FeedPane.PageWanted)] == ["older"]


ALL = Triage(
    answer=Answer.FIX_FACTS, needs_answer=True, influential=True, evidence="ab" * 32, by="anna", at=NOW
)


@pytest.mark.parametrize(
    ("decided", "lines"),
    [
        ({}, [" 14:25 mastodon + @anna", "   One"]),
        ({"answer": Answer.MONITOR}, [" 14:25 mastodon + @anna", " M One"]),
        ({"needs_answer": True, "tone": Tone.NEGATIVE}, [" 14:25 mastodon -p @anna", " ! One"]),
        (ALL.model_dump(), [" 14:25 mastodon + @anna", " F!*E One"]),
        ({"tone": Tone.NEUTRAL, "assigned": "bob"}, [" 14:25 mastodon =p @anna", "   One"]),
    ],
)
async def test_a_row_shows_what_people_decided(decided: dict[str, Any], lines: list[str]) -> None:
    item = mention(4995, "One", tone=Tone.POSITIVE, author="anna", likes=0, reposts=0)
    item = item.model_copy(update={"triage": Triage(**{"by": "anna", "at": NOW} | decided)})
    assert ["".join(part.text for part in spans).rstrip() for spans in mention_rows(item, 40, NOW)] == lines


async def test_a_decision_of_another_person_is_drawn_anew() -> None:
    pane = FeedPane()
    item = mention(4995, "[M] I only look decided", tone=Tone.POSITIVE, author="anna")
    async with showing(pane, size=(80, 6)) as (app, pilot):
        pane.now = NOW
        pane.load([item], newest_reached=True, oldest_reached=True)
        await pilot.pause()
        assert frame(app)[1].rstrip() == "▌14:25  mastodon +    @anna             [M] I only look decided"
        pane.replace([item.model_copy(update={"triage": ALL})])
        await pilot.pause()
        assert frame(app)[1].rstrip() == "▌14:25  mastodon +    @anna         F!*E [M] I only look decided"
        pane.replace([item.model_copy(update={"triage": Triage(tone=Tone.NEGATIVE, by="b", at=NOW)})])
        await pilot.pause()
        assert frame(app)[1].rstrip() == "▌14:25  mastodon -p   @anna             [M] I only look decided"
