"""The gauge: nothing without its reason, nothing cut in silence, at any size."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.models.assessment import CueNote, TypeNote
from data.models.level import Level
from data.text import clean_line
from tests.widgets.harness import HOSTILE, NOW, SIZES, assessment, bars, frame, noticed, showing
from widgets.fit import cells, fold
from widgets.gauge import GaugePane
from widgets.gauge_lines import GaugeView, gauge_lines, trend_words
from widgets.ink import Line, fill, line_cells

SUGGESTION = "open an incident (i) and send the holding statement"


def text(lines: list[Line]) -> list[str]:
    """Lines without their inks."""
    return ["".join(part.text for part in line) for line in lines]


def view(**fields: object) -> GaugeView:
    """A gauge with all its parts."""
    given: dict[str, object] = {
        "assessment": assessment(),
        "bars": bars(),
        "trend": 12.0,
        "span_words": "in 6 h",
        "suggestion": SUGGESTION,
    }
    return GaugeView(**(given | fields))  # type: ignore[arg-type]  # fields of all types


def test_a_tall_gauge_shows_everything() -> None:
    assert text(gauge_lines(view(), 46, 40)) == [
        "  !! CRISIS                       score 67/100",
        " [████████████████████··········]",
        " by score: negative share 62 % and volume 4.2",
        " z over the usual",
        " rising +12 in 1 h, 86 % of inputs",
        " Next: open an incident (i) and send the",
        " holding statement",
        "",
        " 1,233 mentions in 6 h, 40 % negative",
        "   102                                   ▄█",
        "/10min                                ▂▅███",
        "                                   ▁▄▇█████",
        "                                ▁▃▆████████",
        "                             ▁▄▆███████████",
        "                         ▁▃▅▇██████████████",
        "                    ▁▂▃▅▇██████████████████",
        "           ▁▁▂▃▃▄▅▆████████████████████████",
        " 100 % ",
        "   neg         ▄▃▅▄▄▄▄▅▄▄▅▅▅▅▅▆▆▆▆▆▆▇▇▇▇███",
        "       08:30    10:00       12:00     14:29",
        "",
        " negative share  4/4 x2  0.62  1 h",
        " volume          3/4 x2  4.2 z  15 min",
        " growth          2/4 x2  1.5 h to double  6 h",
        " reach           2/4 x1  0.6 of audience  24 h",
        " influencers     2/4 x1  2 people  24 h",
        " networks        1/4 x1  2 networks  24 h",
        " media           0/4 x2  none  24 h",
        " missing: duration, views",
        " stale: mastodon #acme, 12 minutes old",
        " next change: Emergency only by a floor or a",
        " person",
    ]


def test_a_small_gauge_keeps_what_matters_most() -> None:
    assert text(gauge_lines(view(as_of=NOW, assessment=assessment(by="floor")), 29, 5)) == [
        "  !! CRISIS      score 67/100",
        " by floor: negative share 62…",
        " HISTORY 2026-11-22 14:30",
        " Next: open an incident (i)",
        " and send the holding…",
    ]


def test_what_was_noticed_takes_a_line_each_and_leaves_the_chart_its_room() -> None:
    found = assessment(**noticed())
    lines = text(gauge_lines(view(assessment=found, answer="K says so", more="press w"), 79, 22))
    assert lines[4:11] == [
        f" Next: {SUGGESTION}",
        " ? 3 mentions speak of people hurt: is anybody in danger? K says so",
        " Volume: 2.1 sd above a usual day's peak of 340/h, alarm 13:30",
        " Looks like: security breach, 72 % of 118 votes (leak 41, password 33)",
        " One story: 4,733 posts by 4,540 authors, looks coordinated - press w",
        " 18 % of the last hour unscored",
        "",
    ]
    narrow = text(gauge_lines(view(assessment=found, more="press w"), 35, 17))
    assert narrow[6:10] == [
        " ? Is anybody in danger?",
        " Volume +2.1 sd, alarm 13:30",
        " Looks like: security breach, 72 %",
        " 1 story, 4,733 posts, coordinated?",
    ]
    assert any(line.startswith("neg/10 ") for line in narrow)


def test_danger_is_asked_about_before_all_that_is_only_explained() -> None:
    found = assessment(**noticed())
    least = text(gauge_lines(view(assessment=found), 35, 4))
    assert least[0].startswith("  !! CRISIS")
    assert least[3] == " ? Is anybody in danger?"


def test_what_is_nothing_special_takes_no_line() -> None:
    calm = noticed(unscored=0.05, cues=(), type=TypeNote(type=None, share=0, votes=3))
    calm["stories"] = calm["stories"][1:]
    shown = "\n".join(text(gauge_lines(view(assessment=assessment(**calm)), 79, 40)))
    for word in ("unscored", "Looks like", "Perhaps", "story", "? "):
        assert word not in shown


@given(
    st.integers(1, 90),
    st.integers(0, 40),
    st.sampled_from(Level),
    st.floats(0, 1),
    st.integers(0, 200),
    st.sampled_from([clean_line(each) for each in HOSTILE]),
)
def test_any_size_is_kept(
    width: int, height: int, level: Level, coverage: float, number: int, hostile: str
) -> None:
    found = assessment(
        level,
        coverage=coverage,
        reason=hostile,
        stale=(clean_line(hostile),) * 3,
        missing=(hostile,),
        **noticed(cues=(CueNote(fact=hostile, mentions=2, words=(clean_line(hostile),), question="?"),) * 3),
    )
    lines = gauge_lines(
        view(assessment=found, bars=bars(min(number, 59)), suggestion=hostile, as_of=NOW), width, height
    )
    assert len(lines) <= height
    assert all(line_cells(fill(line, width)) == width for line in lines)


@given(st.integers(20, 90), st.integers(6, 40))
def test_words_that_are_cut_say_so(width: int, height: int) -> None:
    shown = fold(" ".join(text(gauge_lines(view(), width, height))))
    for whole in (f"Next: {SUGGESTION}", "next change: Emergency only by a floor or a person"):
        begins = whole[: whole.index(":") + 1]
        if begins in shown:
            assert whole in shown or "…" in shown[shown.index(begins) :]


@pytest.mark.parametrize("level", Level)
def test_each_level_has_its_mark_and_its_word(level: Level) -> None:
    first = text(gauge_lines(view(assessment=assessment(level)), 46, 20))[0]
    assert f" {level.glyph} {level.word.upper()} " in first


def test_low_confidence_is_said() -> None:
    shown = text(gauge_lines(view(assessment=assessment(coverage=0.5)), 46, 30))
    assert " LOW CONFIDENCE: 50 % of inputs" in shown


def test_trends_in_words() -> None:
    assert trend_words(12.4) == "rising +12 in 1 h"
    assert trend_words(-3) == "falling -3 in 1 h"
    assert trend_words(0.3) == "steady"
    assert trend_words(None) == "trend not known yet"


@pytest.mark.parametrize("size", [*SIZES, (5, 2)])
async def test_frames_are_as_wide_as_the_screen(size: tuple[int, int]) -> None:
    pane = GaugePane()
    async with showing(pane, size=size) as (app, pilot):
        pane.show(assessment(reason=HOSTILE[0]), bars(), 12.0, NOW, "in 6 h", HOSTILE[3])
        await pilot.pause()
        assert {cells(line) for line in frame(app)} == {size[0]}
        if size[0] > 20:
            assert "!! CRISIS" in frame(app)[1]


async def test_the_title_names_the_keys_that_tell_more() -> None:
    for width, title in ((40, "w why  z zoom"), (24, "w why")):
        async with showing(GaugePane(hints=("w why  z zoom", "w why")), size=(width, 9)) as (app, _):
            assert frame(app)[0].rstrip().endswith(f" {title}")


async def test_an_empty_gauge_says_what_to_do() -> None:
    pane = GaugePane(empty_text="Nothing is assessed yet. [/] It comes with the first mentions.")
    async with showing(pane, size=(36, 18)) as (app, pilot):
        pane.show(None, suggestion="run doctor")
        await pilot.pause()
        shown = fold(" ".join(frame(app)))
        assert "[/] It comes with the first mentions. Next: run doctor" in shown


async def test_the_past_is_named_as_such() -> None:
    pane = GaugePane()
    async with showing(pane, size=(46, 20)) as (app, pilot):
        pane.show(assessment(), as_of=NOW)
        await pilot.pause()
        assert "as of 2026-11-22 14:30 UTC (history)" in "\n".join(frame(app))
