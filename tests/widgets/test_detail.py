"""One mention in full."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.models.mention import Tone
from data.models.triage import Answer, Triage
from tests.widgets.harness import LATIN, NOW, SIZES, frame, hostile_mentions, mention, showing
from widgets.detail import PART_CHARACTERS, PART_LINES, MentionDetail, parts_of
from widgets.fit import cells, fold, wrap


@given(st.text("ab \n漢", max_size=6000), st.integers(2, 80))
def test_parts_are_small_and_lose_nothing(text: str, width: int) -> None:
    parts = parts_of(text, width)
    assert [line for part in parts for line in part] == wrap(text, width)
    for part in parts:
        assert len(part) <= PART_LINES
        assert sum(len(line) for line in part) <= PART_CHARACTERS


async def test_all_fields_are_shown() -> None:
    pane = MentionDetail()
    one = mention(
        4990,
        f"{LATIN}\nSecond line [/].",
        author_name="Person Ninety",
        followers=12_345,
        views=99,
        url="https://social.example/@person/1",
        lang="en",
        late=True,
        unknown={"mood": "angry", "tags": ["a", "b"]},
    )
    async with showing(pane, size=(60, 26)) as (app, pilot):
        pane.show(one, NOW)
        await pilot.pause()
        assert [line.rstrip() for line in frame(app)] == [
            "▌MENTION ──────────────────────────────────────────────────",
            " @person_4990  Person Ninety",
            " bluesky, 14:20, 10m old",
            "",
            " Third day without an answer from support, and now the app",
            " has lost my order again.",
            " Second line [/].",
            "",
            " tone       - negative",
            " posted     2026-11-22 14:20:00 UTC",
            " arrived    2026-11-22 14:20:00 UTC (late: posted well",
            "            before)",
            " followers  12,345",
            " likes      11",
            " reposts    0",
            " views      99",
            " language   en",
            " url        https://social.example/@person/1",
            " id         4990",
            "",
            " other fields, as sent",
            " mood       angry",
            ' tags       ["a", "b"]',
            "",
            "",
            "",
        ]


async def test_a_long_text_comes_in_parts() -> None:
    pane = MentionDetail(part_hint="] next part")
    words = " ".join(f"word{n}" for n in range(1000))
    async with showing(pane, size=(80, 50)) as (app, pilot):
        pane.show(mention(1, words), NOW)
        await pilot.pause()
        shown = fold(" ".join(frame(app)))
        assert "Part 1 of 5" in shown
        assert "more characters. ] next part" in shown
        for _ in range(9):
            pane.action_next_part()
        await pilot.pause()
        shown = fold(" ".join(frame(app)))
        assert "word999" in shown
        assert "Part 5 of 5, the end." in shown
        pane.action_previous_part()
        await pilot.pause()
        assert "Part 4 of 5" in fold(" ".join(frame(app)))


async def test_it_scrolls_and_says_where_it_is() -> None:
    pane = MentionDetail()
    async with showing(pane, size=(36, 8)) as (app, pilot):
        pane.show(mention(1, LATIN * 5), NOW)
        await pilot.pause()
        assert "lines 1-7 of " in frame(app)[0]
        pane.action_page_down()
        pane.action_cursor_down()
        await pilot.pause()
        assert "lines 8-14 of " in frame(app)[0]
        pane.action_end()
        pane.action_cursor_down()
        await pilot.pause()
        assert "id         1" in "\n".join(frame(app))
        pane.action_home()
        pane.action_cursor_up()
        await pilot.pause()
        assert "lines 1-7 of " in frame(app)[0]
        pane.action_cursor_down()
        pane.show(mention(2), NOW)
        assert pane.top == 0


@pytest.mark.parametrize("size", [*SIZES, (4, 3)])
async def test_hostile_mentions_fit_any_size(size: tuple[int, int]) -> None:
    pane = MentionDetail()
    async with showing(pane, size=size) as (app, pilot):
        for one in hostile_mentions():
            pane.show(one, NOW)
            for action in ("page_down", "cursor_down", "end", "next_part", "home"):
                getattr(pane, f"action_{action}")()
            await pilot.pause()
            lines = frame(app)
            assert {cells(line) for line in lines} == {size[0]}
            assert "\x1b" not in "".join(lines)


async def test_nothing_chosen_says_so() -> None:
    pane = MentionDetail(empty_text="Choose a mention [/] first.")
    async with showing(pane, size=(36, 6)) as (app, _):
        assert "Choose a mention [/] first." in frame(app)[1]


async def test_what_people_decided_is_said_in_words() -> None:
    pane = MentionDetail(triage_hint="Decide: m monitor.")
    item = mention(4995, "One", tone=Tone.NEUTRAL)
    decided = Triage(
        answer=Answer.FIX_FACTS, answer_by="anna", answer_at=NOW, needs_answer=True, assigned="bob",
        influential=True, evidence="ab" * 32, reason="a threat", tone=Tone.NEGATIVE, tone_by="anna",
        tone_was=Tone.NEUTRAL, by="anna", at=NOW,
    )  # fmt: skip
    async with showing(pane, size=(66, 20)) as (app, pilot):
        pane.show(item, NOW)
        await pilot.pause()
        assert [line.rstrip() for line in frame(app)][3:6] == ["", " Decide: m monitor.", ""]
        pane.show(item.model_copy(update={"triage": decided}), NOW)
        await pilot.pause()
        assert [line.rstrip() for line in frame(app)][3:11] == [
            "",
            " Answer: fix facts (anna 14:30). Needs answer. Assigned to bob.",
            " Influential author. Kept as evidence abababab: a threat. Tone:",
            " taught negative by anna; the model said neutral.",
            "",
            " One",
            "",
            " tone       -p negative, taught",
        ]
        pane.show(item.model_copy(update={"triage": Triage(by="anna", at=NOW)}), NOW)
        await pilot.pause()
        assert [line.rstrip() for line in frame(app)][3:6] == ["", " Decide: m monitor.", ""]
