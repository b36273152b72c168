"""What was noticed, in words: short where there is little room, and never surer than it is."""

from __future__ import annotations

from datetime import UTC, timedelta, timezone
from typing import Any

import pytest

from data.models.assessment import BurstNote, CueNote, StoryNote, TypeNote
from data.models.playbook import CrisisType
from tests.widgets.harness import NOW, noticed
from widgets.findings import (
    burst_forms,
    cue_forms,
    fitting,
    percent,
    shown_burst,
    standing_out,
    story_forms,
    type_forms,
    unscored_words,
)


def burst(**fields: Any) -> BurstNote:
    return BurstNote.model_validate({"scope": "all mentions", "z": 0.0, "usual_peak": 340.0} | fields)


def story(total: int = 10, **fields: Any) -> StoryNote:
    given = {"story": 1, "sample": "x", "first_at": NOW, "mentions": 1, "total": total, "authors": 7}
    return StoryNote.model_validate(given | fields)


@pytest.mark.parametrize(
    ("note", "said"),
    [
        (
            burst(z=2.14, alarm_at=NOW),
            "Volume: 2.1 sd above a usual day's peak of 340/h, alarm 14:30",
        ),
        (burst(z=0.4), "Volume: 0.4 sd above a usual day's peak of 340/h"),
        (burst(z=-3), "Volume: below a usual day's peak of 340/h"),
        (burst(z=-3, alarm_at=NOW), "Volume: below a usual day's peak of 340/h, alarm 14:30"),
        (burst(z=-3, usual_peak=4.25), "Volume: below a usual day's peak of 4.2/h"),
        (burst(z=-1, ramping=True), "Volume: rising slowly, still below a usual day's peak of 340/h"),
        (burst(z=0.3, ramping=True), "Volume: rising slowly, above a usual day's peak of 340/h"),
        (burst(z=5, quiet=True), "Volume: first day, no alarms yet"),
    ],
)
def test_volume_in_words(note: BurstNote, said: str) -> None:
    forms = burst_forms(note, "Volume", NOW, UTC)
    assert forms[0] == said
    assert [len(form) for form in forms] == sorted((len(form) for form in forms), reverse=True)


def test_an_alarm_is_told_in_local_time_and_with_its_day() -> None:
    zone = timezone(timedelta(hours=5))
    (long, *_) = burst_forms(burst(z=1, alarm_at=NOW - timedelta(hours=1)), "Volume", NOW, zone)
    assert long.endswith("alarm 18:30")
    (long, *_) = burst_forms(burst(z=1, alarm_at=NOW - timedelta(hours=3)), "Volume", NOW, UTC)
    assert long.endswith("alarm 11:30")
    (long, *_) = burst_forms(burst(z=1, alarm_at=NOW - timedelta(hours=19)), "Volume", NOW, UTC)
    assert long.endswith("alarm 19:30")
    (long, *_) = burst_forms(burst(z=1, alarm_at=NOW - timedelta(hours=20)), "Volume", NOW, UTC)
    assert long.endswith("alarm 21 Nov 18:30")


def test_another_series_is_shown_only_when_it_alone_has_an_alarm() -> None:
    calm, loud = burst(), burst(scope="x", z=3, alarm_at=NOW)
    louder = burst(scope="reddit", z=4, alarm_at=NOW)
    assert shown_burst([]) is None
    assert shown_burst([calm, burst(scope="x", z=9)]) is calm
    assert shown_burst([calm, loud, louder]) is louder
    assert shown_burst([burst(alarm_at=NOW), louder]) == burst(alarm_at=NOW)


def test_a_type_is_never_surer_than_its_votes() -> None:
    sure: TypeNote = noticed()["type"]
    assert type_forms(sure) == (
        "Looks like: security breach, 72 % of 118 votes (leak 41, password 33, dark web 12)",
        "Looks like: security breach, 72 % of 118 votes (leak 41, password 33)",
        "Looks like: security breach, 72 % of 118 votes (leak 41)",
        "Looks like: security breach, 72 % of 118 votes",
        "Looks like: security breach, 72 %",
        "Looks like: security breach, 72 %",
    )
    for form in type_forms(sure.model_copy(update={"confident": False})):
        assert form.startswith("Perhaps: ")
        assert "low confidence" in form or form.endswith("?")
    assert type_forms(TypeNote(type=None, share=0, votes=0)) == ()
    one = TypeNote(type=CrisisType.OPERATIONAL, share=1, votes=1)
    assert type_forms(one)[0] == "Perhaps: operational, 100 % of 1 vote, low confidence"


def test_only_a_story_that_stands_out_is_named() -> None:
    assert standing_out([]) is None
    assert standing_out([story(49)]) is None
    assert standing_out([story(50), story(60)]) == story(60)
    pushed = story(12, coordinated=True)
    assert standing_out([story(900), pushed]) is pushed
    alarmed = story(12, burst=burst(z=2, alarm_at=NOW))
    assert standing_out([story(49), alarmed]) is alarmed


def test_a_story_in_words() -> None:
    raid: StoryNote = noticed()["stories"][0]
    assert story_forms(raid, "press w") == (
        "One story: 4,733 posts by 4,540 authors, looks coordinated - press w",
        "One story: 4,733 posts by 4,540 authors, looks coordinated",
        "1 story, 4,733 posts, coordinated?",
    )
    assert story_forms(story(60, authors=1))[0] == "One story: 60 posts by 1 author"


def test_a_cue_is_a_question() -> None:
    cue: CueNote = noticed()["cues"][0]
    assert cue_forms(cue, "F says so") == (
        "? 3 mentions speak of people hurt: is anybody in danger? F says so",
        "? 3 mentions speak of people hurt: is anybody in danger?",
        "? 3 mentions: is anybody in danger?",
        "? Is anybody in danger?",
    )
    bare = cue.model_copy(update={"mentions": 1, "question": "Is anybody in danger?"})
    assert cue_forms(bare)[0] == "? Is anybody in danger?"


def test_shares_are_not_rounded_to_nothing_or_all() -> None:
    assert [percent(share) for share in (0, 0.001, 0.18, 0.999, 1)] == [
        "0 %", "under 1 %", "18 %", "over 99 %", "100 %",
    ]  # fmt: skip
    assert unscored_words(0.18) == "18 % of the last hour unscored"
    assert unscored_words(0) == unscored_words(None) == ""


def test_the_longest_form_that_fits() -> None:
    assert fitting(("long form", "short", "s"), 9) == "long form"
    assert fitting(("long form", "short", "s"), 8) == "short"
    assert fitting(("long form", "short"), 2) == "short"
    assert fitting((), 5) == ""
