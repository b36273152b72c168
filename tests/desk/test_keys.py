"""Keys, sizes and the two lines: the plain rules behind the screen."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis_tui.config import ConfigError
from crisis_tui.dashboard.actions import ACTIONS, PLACES, shown
from crisis_tui.dashboard.desk import Snapshot
from crisis_tui.dashboard.keymap import resolved
from crisis_tui.dashboard.layout import LEAST_HEIGHT, LEAST_WIDTH, layout_for, too_small
from crisis_tui.dashboard.lines import bottom_line, hints, top_line
from data.library import read
from data.models.feed import FeedHealth, FeedState
from data.models.playbook import StepState
from data.text import clean_line
from tests.response.test_acts import INCIDENT, item
from tests.store.kit import NOON
from widgets.lines import BottomLineModel

IDS = [action.id for action in ACTIONS]


def test_every_action_is_complete() -> None:
    assert len(set(IDS)) == len(IDS)
    for action in ACTIONS:
        assert action.place in PLACES
        assert action.id.startswith((f"{action.place}.", "app."))
        assert action.title
        assert action.help
        assert action.keys


def test_defaults_need_no_alt_no_mouse_and_no_function_key() -> None:
    for action in ACTIONS:
        keys = action.keys.split(",")
        assert any(not (key[0] == "f" and key[1:].isdigit()) for key in keys), action.id
        assert not any("alt+" in key or "mouse" in key for key in keys)


def test_no_two_actions_of_one_place_share_a_default() -> None:
    counts = Counter((action.place, key) for action in ACTIONS for key in action.keys.split(","))
    assert [pair for pair, count in counts.items() if count > 1] == []


def test_without_settings_the_defaults_hold() -> None:
    assert resolved({}) == {action.id: action.keys for action in ACTIONS}


@pytest.mark.parametrize(
    ("remapped", "part"),
    [
        ({"feed.opn": "x"}, 'did you mean "feed.open"?'),
        ({"qqqq": "x"}, "see crisis-tui keys"),
        ({"feed.open": "alt+x"}, "no key that works everywhere"),
        ({"feed.open": "ctrl+alt+x"}, "no key that works everywhere"),
        ({"feed.open": "ctrl+"}, "no key that works everywhere"),
        ({"feed.open": "x y"}, "no key that works everywhere"),
        ({"feed.open": "\x1b"}, "no key that works everywhere"),
        ({"feed.open": ""}, "at least one key"),
        ({"feed.open": " , "}, "at least one key"),
        ({"feed.open": "j"}, '"j" stands for both'),
        ({"feed.open": "n"}, '"n" stands for both'),
        ({"feed.open": "ctrl+q"}, '"ctrl+q" stands for both'),
        ({"main.help": "k"}, '"k" stands for both'),
        ({"feed.open": "v", "feed.copy": "v"}, '"v" stands for both'),
        ({"statement.save": "ctrl+p"}, '"ctrl+p" stands for both'),
    ],
)
def test_what_can_not_work_is_refused(remapped: dict[str, str], part: str) -> None:
    with pytest.raises(ConfigError) as refused:
        resolved(remapped)
    assert str(refused.value).startswith("keys: ")
    assert part in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("remapped", "wanted"),
    [
        ({"feed.open": "v, ctrl+o"}, {"feed.open": "v,ctrl+o"}),
        ({"feed.open": "y", "feed.copy": "enter"}, {"feed.open": "y", "feed.copy": "enter"}),
        ({"checklist.close": "y"}, {"checklist.close": "y"}),
        ({"statement.save": "f2"}, {"statement.save": "f2"}),
    ],
)
def test_what_works(remapped: dict[str, str], wanted: dict[str, str]) -> None:
    keys = resolved(remapped)
    assert {name: keys[name] for name in wanted} == wanted
    assert set(keys) == set(IDS)


@given(st.dictionaries(st.sampled_from(IDS) | st.text(max_size=9), st.text(max_size=9), max_size=4))
def test_any_settings_give_keys_or_a_sentence(remapped: dict[str, str]) -> None:
    try:
        keys = resolved(remapped)
    except ConfigError:
        return
    for action in ACTIONS:
        assert all(keys[action.id].split(","))


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("pagedown,space", "PgDn Space"),
        ("ctrl+r", "^R"),
        ("question_mark,f1", "? F1"),
        ("G", "G"),
        ("slash", "/"),
    ],
)
def test_keys_as_a_person_reads_them(keys: str, words: str) -> None:
    assert shown(keys) == words


@pytest.mark.parametrize(
    ("width", "height", "layout"),
    [
        (120, 40, "wide"), (200, 60, "wide"), (100, 30, "medium"), (119, 40, "medium"), (80, 24, "narrow"),
        (60, 15, "narrow"), (59, 40, "small"), (200, 14, "small"), (0, 0, "small"),
    ],
)  # fmt: skip
def test_layouts(width: int, height: int, layout: str) -> None:
    assert layout_for(width, height) == layout


@given(st.integers(0, 500), st.integers(0, 200))
def test_every_size_has_a_layout_or_a_sentence(width: int, height: int) -> None:
    fits = width >= LEAST_WIDTH and height >= LEAST_HEIGHT
    assert (layout_for(width, height) != "small") == fits
    assert f"{width}x{height}" in too_small(width, height)
    order = ["small", "narrow", "medium", "wide"]
    assert order.index(layout_for(width + 1, height)) >= order.index(layout_for(width, height))


def snapshot(**changes: Any) -> Snapshot:
    return Snapshot(**{"now": NOON, "agent_alive": True, **changes})


def feed(name: str, state: FeedState, age: int | None, message: str = "reads") -> FeedHealth:
    success = None if age is None else NOON - timedelta(seconds=age)
    return FeedHealth(name=clean_line(name), state=state, last_success=success, message=clean_line(message))


def test_the_top_line_of_nothing_and_of_an_incident() -> None:
    empty = top_line(snapshot(), None, NOON)
    assert (empty.title, empty.level, empty.elapsed, empty.clocks, empty.drill) == (
        None,
        None,
        None,
        (),
        None,
    )
    items = tuple(
        item(step=name, title=name, due_at=NOON + timedelta(minutes=minutes), state=state)
        for name, minutes, state in [
            ("later", 30, StepState.OPEN), ("done", 1, StepState.DONE), ("late", -5, StepState.STARTED),
            ("soon", 5, StepState.OPEN),
        ]
    )  # fmt: skip
    later = NOON + timedelta(minutes=90)
    line = top_line(
        snapshot(incident=INCIDENT, checklist=(*items, item(title="no time"))),
        read.drill("viral-review").drill,
        later,
    )
    assert (line.title, line.elapsed) == ("A leak", timedelta(minutes=90))
    assert line.drill == "A bad review goes viral"
    assert [near.label for near in line.clocks] == ["late", "soon"]
    before = top_line(snapshot(incident=INCIDENT), None, NOON - timedelta(minutes=9))
    assert before.elapsed == timedelta(0)


def bottom(shown_snapshot: Snapshot, message: str = "") -> BottomLineModel:
    return bottom_line(shown_snapshot, NOON, unsaved=False, message=message, kind="info", keys=())


def test_the_bottom_line_tells_what_is_stale_or_broken() -> None:
    feeds = (
        feed("stream", FeedState.LIVE, 12),
        feed("inbox", FeedState.BROKEN, None, "The folder is gone; make it."),
        feed("clock went back", FeedState.LIVE, -60),
    )
    line = bottom(snapshot(feeds=feeds))
    ages = [timedelta(seconds=12), None, timedelta(0)]
    assert [each.age for each in line.feeds] == ages
    assert line.message == "inbox: The folder is gone; make it."
    assert line.short == "! inbox BROKEN: f says why"
    assert bottom(snapshot(feeds=feeds), "Saved.").short == ""
    assert bottom(snapshot(feeds=(*feeds, feed("other", FeedState.BROKEN, None)))).short == ""
    assert bottom(snapshot(feeds=feeds), "Saved.").message == "Saved."
    assert bottom(snapshot(), "a\x1b[2J\nb").message == "a\u241b[2J b"
    assert bottom(snapshot(coach=clean_line("Say it."))).message == "Say it."
    assert bottom(snapshot()).message == ""
    assert (line.agent, line.agent_ok) == ("", True)
    dead = bottom(snapshot(agent_alive=False))
    assert (dead.agent, dead.agent_ok) == ("agent starting", False)


def test_hints_follow_the_keys_and_the_place() -> None:
    keys = resolved({"statement.save": "f2,ctrl+s"})
    in_editor = hints("statement", keys)
    assert ("F2", "save") in in_editor
    assert all(word not in ("search", "help") for _, word in in_editor), "letters are typed there"
    assert ("/", "search") in hints("feed", keys)
    assert hints("feed", keys, (("n", "3 new"),))[0] == ("n", "3 new")
