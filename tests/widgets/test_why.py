"""Why the severity is what it is: all of it, in order, whoever wrote it and however narrow the screen."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.models.assessment import Assessment
from data.models.level import Level
from data.text import clean_line
from tests.widgets.harness import HOSTILE, NOW, SIZES, assessment, frame, noticed, showing
from widgets.fit import cells
from widgets.ink import line_cells, plain
from widgets.why import WhyPane
from widgets.why_lines import WhyView, why_lines

HEADINGS = [
    "LEVEL",
    "NEAREST CHANGE",
    "INPUTS, BY WHAT THEY ADD TO THE SCORE",
    "INPUTS WITHOUT DATA",
    "FEEDS TOO OLD TO TRUST",
    "VOLUME AGAINST USUAL DAYS",
    "TYPE",
    "STORIES OF THE LAST HOUR",
    "QUESTIONS FOR A PERSON",
    "DECIDED BY PEOPLE",
    "UNSCORED",
    "MODELS",
]


def told(found: Assessment, width: int = 100, **fields: Any) -> str:
    return plain(why_lines(WhyView(found, **fields), width))


def part(text: str, heading: str) -> list[str]:
    """The lines below one heading."""
    return text.split(f" {heading}\n", 1)[1].split("\n\n", 1)[0].splitlines()


def test_every_part_has_its_heading_in_this_order_whatever_is_known() -> None:
    for found in (assessment(), assessment(**noticed()), assessment(contributions=(), missing=(), stale=())):
        shown = told(found).splitlines()
        assert [row[1:] for row in shown if row[1:] in HEADINGS] == HEADINGS
        for place, row in enumerate(shown):
            if row[1:] in HEADINGS:
                assert shown[place - 1] == ""
                assert shown[place + 1].strip()


def test_all_that_was_noticed_is_told() -> None:
    shown = told(assessment(**noticed()), trend=12.0, answer="K says so")
    assert part(shown, "LEVEL") == [
        "  !! CRISIS   score 67/100",
        " It comes from the score: negative share 62 % and volume 4.2 z over the usual",
        " Rising +12 in 1 h.",
        " 86 % of the inputs, by weight, have data.",
    ]
    assert part(shown, "INPUTS WITHOUT DATA") == [" duration, views - left out of the score."]
    assert part(shown, "FEEDS TOO OLD TO TRUST") == [" ! mastodon #acme, 12 minutes old"]
    assert part(shown, "VOLUME AGAINST USUAL DAYS") == [
        " ! all mentions: 2.1 sd above a usual day's peak of 340/h; alarm 13:30 at 1.2 sd",
        " ~ mastodon: rising slowly, still below a usual day's peak of 4.5/h; no alarm in 24 h",
    ]
    assert part(shown, "TYPE") == [
        " Security breach: 72 % of 118 votes",
        " words: leak 41, password 33, dark web 12, hacked 4",
        " next: operational",
        " hint, not a finding: 12 posts say that it is not true",
    ]
    assert part(shown, "STORIES OF THE LAST HOUR") == [
        " * 4,733 posts by 4,540 authors, 900 in the last hour, since 12:30, 1,203,000 followers at most, 31",
        "   % of known accounts under 30 days old",
        "   ! looks coordinated: 4,540 authors; nearly the same words; within 40 minutes",
        "   > #BrightpanStillHot",
        " * 19 posts by 18 authors, 9 in the last hour, since 11:30",
        "   > The handle came off",
    ]
    assert part(shown, "QUESTIONS FOR A PERSON") == [
        " ? 3 mentions speak of people hurt: is anybody in danger? K says so",
        "   words: burned, hospital",
    ]
    assert part(shown, "DECIDED BY PEOPLE") == [
        " * influential: @daily_kitchen - ana, 14:10: a paper read by the trade"
    ]
    assert part(shown, "UNSCORED")[0].startswith(" 18 % of the last hour: in no language")
    assert part(shown, "MODELS") == [" severity: severity 1; sentiment: lexicon 3"]


def test_inputs_are_told_by_what_they_add_with_three_samples_each() -> None:
    found = assessment()
    samples = tuple(f"mastodon ana: post {n} " + "and so on " * 20 for n in range(5))
    changed = tuple(item.model_copy(update={"samples": samples}) for item in found.contributions)
    rows = part(told(found.model_copy(update={"contributions": changed}), 80), HEADINGS[2])
    heads = [row for row in rows if re.match(r" +\+?\d", row[:7]) and "/4 x" in row]
    adds = [float(row.split()[0]) for row in heads]
    assert adds == sorted(adds, reverse=True)
    assert sum(adds) == pytest.approx(100 * 23 / 44, abs=0.3)
    assert heads[0] == " +18.2  negative share  4/4 x2  0.62             1 h; baseline: 0.18"
    quotes = [row for row in rows if row.startswith("   > ")]
    assert len(quotes) == 3 * len(changed)
    assert all(row.endswith("…") and cells(row) < 80 for row in quotes)


@pytest.mark.parametrize(
    ("by", "words"),
    [
        ("score", "It comes from the score: because"),
        ("floor", "It comes from a floor, which beats the score: because"),
        ("standing", "It is a standing level: because"),
    ],
)
def test_where_the_level_comes_from(by: str, words: str) -> None:
    assert words in told(assessment(by=by, reason="because"))


def test_a_drill_says_so_before_all_else() -> None:
    assert told(assessment(), drill=True).startswith(" DRILL: this is an exercise.\n As of ")


def test_low_confidence_is_said() -> None:
    assert "LOW CONFIDENCE: only 50 % of the inputs" in told(assessment(coverage=0.5))


def test_the_moment_is_local_and_utc_and_the_past_is_named() -> None:
    found = assessment()
    assert told(found).startswith(" As of 2026-11-22 14:30 UTC\n")
    berlin = told(found, zone=ZoneInfo("Europe/Berlin"))
    assert berlin.startswith(" As of 2026-11-22 15:30 CET (14:30 UTC)\n")
    tokyo = told(found.model_copy(update={"at": NOW + timedelta(hours=3)}), zone=ZoneInfo("Asia/Tokyo"))
    assert tokyo.startswith(" As of 2026-11-23 02:30 JST (2026-11-22 17:30 UTC)\n")
    past = told(found, as_of=NOW - timedelta(days=1))
    assert past.startswith(" As of 2026-11-21 14:30 UTC: HISTORY\n")


@given(
    st.integers(1, 210),
    st.sampled_from(Level),
    st.sampled_from([clean_line(each) for each in HOSTILE]),
)
def test_any_width_is_kept_and_nothing_foreign_breaks_a_line(width: int, level: Level, words: str) -> None:
    given = noticed()
    given["bursts"] = tuple(each.model_copy(update={"scope": words}) for each in given["bursts"])
    given["type"] = given["type"].model_copy(update={"words": (words,) * 5, "hint": words})
    given["stories"] = tuple(
        each.model_copy(update={"sample": words, "reasons": (words, words)}) for each in given["stories"]
    )
    given["cues"] = tuple(each.model_copy(update={"words": (words,) * 4}) for each in given["cues"])
    given["overrides"] = tuple(
        each.model_copy(update={"what": words, "by": words, "reason": words}) for each in given["overrides"]
    )
    found = assessment(level, reason=words, stale=(words,), missing=(words,), next_change=words, **given)
    found = found.model_copy(
        update={
            "contributions": tuple(
                item.model_copy(update={"samples": (words,) * 3, "window": words, "unit": words})
                for item in found.contributions
            )
        }
    )
    for line in why_lines(WhyView(found), width):
        assert line_cells(line) <= max(width, 42)
        assert not re.search(r"[\x00-\x1f\x7f-\x9f]", "".join(part.text for part in line))


@pytest.mark.parametrize("size", SIZES)
async def test_it_scrolls_and_keeps_its_place_when_the_numbers_change(size: tuple[int, int]) -> None:
    pane = WhyPane()
    async with showing(pane, size=size) as (app, pilot):
        pane.show(WhyView(assessment(**noticed(reader=HOSTILE[0]))))
        await pilot.pause()
        assert {cells(line) for line in frame(app)} == {size[0]}
        pane.action_page_down()
        await pilot.pause()
        top = pane.top
        assert top > 0
        pane.show(WhyView(assessment(score=71.2, **noticed())))
        await pilot.pause()
        assert pane.top == top
        pane.action_end()
        await pilot.pause()
        assert "sentiment: lexicon 3" in " ".join(" ".join(frame(app)).split())


async def test_the_same_again_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    pane = WhyPane()
    async with showing(pane, size=(80, 24)):
        pane.show(WhyView(assessment(**noticed())))
        drawn: list[object] = []
        monkeypatch.setattr(pane, "redraw", lambda: drawn.append(None))
        pane.show(WhyView(assessment(**noticed())))
        assert drawn == []
        pane.show(WhyView(assessment(score=70, **noticed())))
        assert len(drawn) == 1


async def test_before_anything_is_assessed_it_says_so() -> None:
    async with showing(WhyPane(), size=(60, 10)) as (app, _):
        assert "Nothing is assessed yet." in "\n".join(frame(app))


def test_what_is_copied_does_not_hang_on_the_screen() -> None:
    pane = WhyPane()
    pane.show(WhyView(assessment(**noticed())))
    assert pane.as_text() == told(assessment(**noticed()))
