"""Severity: the worked examples, and properties that a person relies on without knowing it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crisis_tui.analysis.severity import DEFAULTS, INPUTS, Floor, Signal, assess, level_of
from data.models.assessment import Assessment
from data.models.level import Level
from data.models.severity import Bands, InputRule, InputRules, SeverityTable

AT = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
NAMES = [row.name for row in INPUTS]
BY_NAME = {row.name: row for row in INPUTS}

QUIET = dict.fromkeys(NAMES, 0.0) | {"velocity": None}
MILD = QUIET | {"volume": 2, "velocity": 239, "negative share": 22, "duration": 30}
REVIEW = QUIET | {
    "volume": 4, "velocity": 90, "negative share": 55, "reach": 0.6, "influencers": 1, "networks": 1,
    "duration": 60,
}  # fmt: skip
VIRAL = REVIEW | {"velocity": 50, "negative share": 62, "influencers": 2, "networks": 2, "media": 2}


def signals(values: dict[str, float | None]) -> dict[str, Signal]:
    return {name: Signal(None if raw is None else float(raw), "last 1 h") for name, raw in values.items()}


def score(values: dict[str, float | None]) -> Assessment:
    return assess(signals(values), AT)


SIGNALS = st.builds(
    Signal,
    raw=st.none() | st.floats(-50, 900, allow_nan=False),
    window=st.just("last 1 h"),
    eligible=st.sampled_from([True, True, True, False]),
)
SIGNAL_SETS = st.dictionaries(st.sampled_from(NAMES), SIGNALS)


@pytest.mark.parametrize(
    ("values", "points", "level"),
    [
        (QUIET, 0, Level.ROUTINE),
        (MILD, 18.8, Level.EMERGENT),
        (REVIEW, 45.8, Level.INCIDENT),
        (VIRAL, 66.7, Level.CRISIS),
    ],
)
def test_worked_by_hand(values: dict[str, float | None], points: float, level: Level) -> None:
    found = score(values)
    assert (found.score, found.level, found.word, found.by) == (points, level, level.word, "score")
    assert (found.coverage, found.missing, found.low_confidence, found.model) == (
        1,
        (),
        False,
        DEFAULTS.version,
    )


def test_weights_are_those_of_the_examples() -> None:
    assert sum(DEFAULTS.rule(row.name).weight for row in INPUTS) == 12


def test_a_breach_on_a_quiet_feed_is_a_crisis_by_floor() -> None:
    floors = [Floor(Level.INCIDENT, "claim of crime"), Floor(Level.CRISIS, "personal data may be exposed")]
    found = assess(signals(QUIET), AT, floors=floors)
    assert (found.score, found.level, found.by) == (0, Level.CRISIS, "floor")
    assert found.reason == "personal data may be exposed"


def test_a_floor_below_the_score_says_nothing() -> None:
    found = assess(signals(VIRAL), AT, floors=[Floor(Level.EMERGENT, "one question")])
    assert (found.level, found.by) == (Level.CRISIS, "score")


def test_what_stood_before_holds() -> None:
    found = assess(signals(QUIET), AT, standing=Level.INCIDENT)
    assert (found.level, found.by) == (Level.INCIDENT, "standing")


@pytest.mark.parametrize(
    ("points", "level"),
    [(0, 0), (14.99, 0), (15, 1), (34.9, 1), (35, 2), (59.9, 2), (60, 3), (100, 3)],
)
def test_bands(points: float, level: int) -> None:
    assert level_of(points) == level


@pytest.mark.parametrize(
    ("name", "raw", "points"),
    [
        ("volume", 1.4, 0), ("volume", 1.5, 1), ("volume", 2, 2), ("volume", 3, 3), ("volume", 6, 4),
        ("velocity", 240, 0), ("velocity", 239, 1), ("velocity", 119, 2), ("velocity", 59, 3),
        ("velocity", 19, 4), ("velocity", None, 0),
        ("negative share", 19.9, 0), ("negative share", 20, 1), ("negative share", 60, 4),
        ("reach", 0.09, 0), ("reach", 0.1, 1), ("reach", 10, 4),
        ("influencers", 0, 0), ("influencers", 1, 1), ("influencers", 8, 4),
        ("networks", 1, 1), ("networks", 4, 4),
        ("media", 1, 1), ("media", 15, 4),
        ("duration", 29, 0), ("duration", 30, 1), ("duration", 720, 4),
    ],
)  # fmt: skip
def test_thresholds(name: str, raw: float | None, points: int) -> None:
    assert BY_NAME[name].points(Signal(raw, ""), DEFAULTS.rule(name)) == points
    assert BY_NAME[name].points(Signal(raw, "", eligible=False), DEFAULTS.rule(name)) == 0


@given(SIGNAL_SETS)
def test_no_number_without_its_reason(found: dict[str, Signal]) -> None:
    result = assess(found, AT, stale=["stream"])
    assert 0 <= result.score <= 100
    assert {each.input for each in result.contributions} | set(result.missing) == set(NAMES)
    assert set(result.missing).isdisjoint(found)
    assert result.stale == ("stream",)
    whole = 4 * sum(each.weight for each in result.contributions)
    if whole:
        assert result.score == round(100 * sum(each.weighted for each in result.contributions) / whole, 1)
    assert result.low_confidence == (whole < 0.6 * 48)
    assert result.next_change


@given(SIGNAL_SETS, st.sampled_from(NAMES), st.floats(-50, 900), st.floats(0, 900))
def test_more_is_never_less_serious(found: dict[str, Signal], name: str, raw: float, more: float) -> None:
    worse = raw - more if BY_NAME[name].falling else raw + more
    before = assess(found | {name: Signal(raw, "")}, AT)
    after = assess(found | {name: Signal(worse, "")}, AT)
    assert after.score >= before.score
    assert after.level >= before.level


@given(
    SIGNAL_SETS, st.lists(st.builds(Floor, st.sampled_from(Level), st.just("why"))), st.sampled_from(Level)
)
def test_floors_and_what_stood_only_raise(
    found: dict[str, Signal], floors: list[Floor], standing: Level
) -> None:
    plain = assess(found, AT)
    result = assess(found, AT, floors=floors, standing=standing)
    assert result.level == max([plain.level, standing, *(each.level for each in floors)])
    assert result.score == plain.score


WAY = re.compile(r"^(?P<input>.+) (none|[-\d.e+]+) -> (?P<under>under )?(?P<bound>[-\d.e+]+) (?P<unit>.+)$")


@given(SIGNAL_SETS)
def test_the_next_change_is_true(found: dict[str, Signal]) -> None:
    """Moving what is named, as far as said and nothing else, gives the level that is named."""
    result = assess(found, AT)
    target = next((level for _, level in DEFAULTS.bands.rising if level > result.level), None)
    assume(target is not None and found)
    assert target is not None
    words, _, rest = result.next_change.partition(" at +")
    assert words == target.word
    needed, _, ways = rest.partition(": ")
    assert 0 < int(needed) <= 100 or result.score >= 14
    if ways == "several inputs together":
        movable = [name for name in found if found[name].eligible]
        for one in movable:
            for two in movable:
                assert worst(found, one, two).level < target
        return
    for way in re.split("(?<!%) or ", ways):
        moved = dict(found)
        for text in way.split(" with "):
            match = WAY.match(text)
            assert match is not None, text
            row = BY_NAME[match["input"]]
            assert (match["under"] is not None, match["unit"]) == (row.falling, row.unit)
            value = float(match["bound"]) - (0.001 if row.falling else 0)
            moved[row.name] = replace(found[row.name], raw=value)
        assert assess(moved, AT).level >= target, way


def worst(found: dict[str, Signal], *names: str) -> Assessment:
    """The assessment with some inputs as bad as they can be."""
    far = {name: -(10.0**6) if BY_NAME[name].falling else 10.0**6 for name in names}
    return assess(found | {name: replace(found[name], raw=raw) for name, raw in far.items()}, AT)


def test_two_inputs_are_named_where_none_does_it_alone() -> None:
    found = score(QUIET | {"velocity": 240, "duration": 30})
    assert found.next_change == (
        "Emergent issue at +15: volume 0 -> 6 z or velocity 240 -> under 20 min to double"
    )
    found = score(MILD | {"networks": 3, "influencers": 0, "velocity": 59})
    assert " with " not in found.next_change
    far = score(QUIET | {"reach": 1.0, "networks": 2})
    assert far.next_change.startswith("Emergent issue at +")


def test_settings_change_the_verdict_and_the_name_of_the_table() -> None:
    strict = SeverityTable(
        inputs=InputRules(media=InputRule(weight=0, points=(1, 2, 5, 15))),
        bands=Bands(emergent=5, incident=10, crisis=20),
    )
    found = assess(signals(REVIEW), AT, table=strict)
    assert (found.score, found.level) == (55, Level.CRISIS)
    assert "media" not in {each.input for each in found.contributions}
    assert found.missing == ()
    assert found.model.startswith(f"{DEFAULTS.version}+")
    assert found.model != SeverityTable(bands=Bands(emergent=5)).version


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"volume": {"weight": 2, "points": [1, 3, 2, 4]}}, "must rise"),
        ({"velocity": {"weight": 2, "points": [1, 2, 3, 4]}}, r"inputs\.velocity\n.*points that fall"),
        ({"reach": {"weight": 2, "points": [4, 3, 2, 1]}}, r"inputs\.reach\n.*points that rise"),
        ({key: {"weight": 0, "points": DEFAULTS.rule(key).points} for key in InputRules.model_fields},
         "at least one input"),
    ],
)  # fmt: skip
def test_a_table_that_makes_no_sense_is_refused(rules: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        SeverityTable.model_validate({"inputs": rules})


def test_the_end_of_the_scale_and_no_data_say_so() -> None:
    assert score(VIRAL).next_change.startswith("No score leads higher")
    assert assess({}, AT).next_change == "No input has data yet."


def test_what_was_measured_stays_to_be_looked_at() -> None:
    found = assess(
        {"volume": Signal(2.5, "90 in the last 1 h", "median 40 (12 h before)", ("x @a: \x1b[2Jhello",))}, AT
    )
    (each,) = found.contributions
    assert (each.raw, each.points, each.weighted, each.window) == (2.5, 2, 4, "90 in the last 1 h")
    assert each.baseline == "median 40 (12 h before)"
    assert each.samples == ("x @a: \u241b[2Jhello",)
    assert found.reason == "50 of 100 from volume"
    assert Assessment.model_validate_json(found.model_dump_json()) == found
