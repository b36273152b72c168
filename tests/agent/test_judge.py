"""The agent's judgement: levels go up at once, and never down by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from crisis_tui.agent.judge import AGENT, assess_at, judge, worst_hour
from crisis_tui.agent.score import MentionReader, catch_up
from crisis_tui.response import acts, triage
from data.models.assessment import Assessment
from data.models.fact import Fact
from data.models.level import Level
from data.models.mention import Tone
from data.models.playbook import CrisisType
from data.models.triage import Mark
from data.models.watch import Watch
from data.store import Store
from tests.store.kit import NOON, mention

BRAND = Watch()


async def history(store: Store, *, burst: int = 0, followers: int | None = None) -> None:
    """A quiet day before noon, and so many angry posts in the hour up to it."""
    quiet = [
        mention(
            n, id=f"q{n}", text="a fine pan", created_at=(NOON - timedelta(minutes=20 * n + 61)).isoformat()
        )
        for n in range(60)
    ]
    angry = [
        mention(
            n,
            id=f"b{n}",
            author=f"@a{n}",
            followers=followers,
            likes=n,
            text="this is terrible, the worst, I hate it",
            created_at=(NOON - timedelta(seconds=10 * (n % 300))).isoformat(),
        )
        for n in range(burst)
    ]
    await store.mentions.add(quiet + angry, NOON)
    await catch_up(store)


async def changes(store: Store) -> Sequence[tuple[Level, Level, str]]:
    return [(each.before, each.after, each.by) for each in await store.incidents.level_changes()][::-1]


async def test_up_at_once_and_never_down_by_itself(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await history(store, burst=120)
        found = await judge(store, NOON, BRAND)
        assert found.level >= Level.INCIDENT
        assert await changes(store) == [(Level.ROUTINE, found.level, AGENT)]
        for minutes in (1, 120, 1_440):
            later = await judge(store, NOON + timedelta(minutes=minutes), BRAND)
            assert later.level == found.level
        assert (later.by, later.score) == ("standing", 0)
        assert len(await changes(store)) == 1
        kept = await store.standing.assessment(NOON + timedelta(days=2))
        assert kept == later


async def test_a_raise_by_a_person_stands(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await history(store)
        await store.events.append([acts.raise_level(Level.ROUTINE, Level.EMERGENCY, "injury")], "anna", NOON)
        found = await judge(store, NOON, BRAND)
        assert (found.level, found.by) == (Level.EMERGENCY, "standing")
        assert await changes(store) == [(Level.ROUTINE, Level.EMERGENCY, "anna")]


async def test_an_open_breach_is_a_floor_from_the_moment_it_was_opened(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await history(store)
        events = acts.open_incident(
            "Leak", CrisisType.SECURITY, Level.ROUTINE, detected_at=NOON, now=NOON, playbook=None
        )
        await store.events.append(events, "anna", NOON)
        found = await judge(store, NOON, BRAND)
        assert (found.level, found.by, found.score) == (Level.CRISIS, "floor", 0)
        before = await assess_at(store, NOON - timedelta(minutes=5), BRAND)
        assert before.level == Level.ROUTINE


async def test_the_highest_signs_of_an_hour_are_remembered(tmp_path: Path) -> None:
    """Also where the same minute was assessed again after the peak."""
    async with Store.open(tmp_path) as store:
        await history(store, burst=120)
        peak = await judge(store, NOON, BRAND)
        calm = peak.model_copy(update={"level": Level.ROUTINE, "score": 0.0})
        await store.standing.save_assessment(calm, Level.ROUTINE)
        hour = timedelta(minutes=60)
        assert await store.standing.highest_signs(NOON - hour, NOON) == peak.level
        assert await store.standing.highest_signs(NOON, NOON + hour) == peak.level
        assert await store.standing.highest_signs(NOON + timedelta(minutes=1), NOON + hour) == Level.ROUTINE
        assert await store.standing.score(NOON) == 0


async def test_reasons_come_from_what_is_stored(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await history(store, burst=120, followers=60_000)
        brand = Watch.model_validate({"own_followers": 1_000, "own_accounts": ["@A1"], "influencers": ["a2"]})
        found = await assess_at(store, NOON, brand, stale=("stream",))
        by_name = {each.input: each for each in found.contributions}
        assert by_name["volume"].window == "120 in the last 1 h"
        assert by_name["volume"].samples[0].startswith("x @a119: this is terrible")
        assert len(by_name["volume"].samples) == 3
        assert by_name["influencers"].raw == 119  # all but our own account
        assert by_name["reach"].raw == 119 * 60
        assert found.stale == ("stream",)
        assert found.missing == ()
        assert await assess_at(store, NOON, brand, stale=("stream",)) == found


async def test_an_empty_store_is_routine_and_says_that_nothing_is_known(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        found = await judge(store, NOON, BRAND)
        assert (found.level, found.coverage, found.contributions) == (Level.ROUTINE, 0, ())
        assert found.low_confidence
        assert await worst_hour(store, BRAND) is None
        assert await changes(store) == []


async def test_the_worst_hour_of_a_history(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await history(store, burst=120)
        worst = await worst_hour(store, BRAND)
        assert worst is not None
        assert abs(worst - NOON) < timedelta(hours=1)


async def test_every_mention_gets_one_reading(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await history(store, burst=30)
        assert await catch_up(store) == 0
        tones = [each.tone for each in await store.mentions.page(limit=1_000)]
        assert None not in tones
        assert tones.count(Tone.NEGATIVE) == 30
        assert len(await store.mentions.loudest(datetime.min.replace(tzinfo=NOON.tzinfo), NOON)) == 3


async def test_what_people_state_holds_the_level_until_they_deny_it(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await history(store)

        async def state(fact: Fact, holds: bool, minutes: int) -> None:
            event = acts.state_fact(fact, holds, "a call from the plant")
            await store.events.append([event], "anna", NOON + timedelta(minutes=minutes))

        await state(Fact.INJURY, True, 1)
        await state(Fact.INJURY, False, 5)
        for n, small in enumerate((Fact.VISUAL, Fact.VIRAL, Fact.GOING_ON)):
            await state(small, True, 10 + n)
        before, during, after, *small_ones = [
            await assess_at(store, NOON + timedelta(minutes=minutes), BRAND)
            for minutes in (0, 2, 6, 10, 11, 12)
        ]
        assert (before.level, during.level, during.by) == (Level.ROUTINE, Level.EMERGENCY, "floor")
        assert during.reason == "people are hurt or in danger (anna)"
        assert [(each.what, each.by, each.reason) for each in during.overrides] == [
            ("people are hurt or in danger", "anna", "a call from the plant")
        ]
        assert (after.level, after.overrides[0].what) == (
            Level.ROUTINE,
            "not so: people are hurt or in danger",
        )
        assert [each.level for each in small_ones] == [Level.EMERGENT, Level.EMERGENT, Level.INCIDENT]


async def test_a_breach_that_was_denied_is_none(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await history(store)
        opened = acts.open_incident(
            "Leak", CrisisType.SECURITY, Level.ROUTINE, detected_at=NOON, now=NOON, playbook=None
        )
        await store.events.append(opened, "anna", NOON)
        denied = acts.state_fact(Fact.EXPOSED, False, "it was a test file")
        await store.events.append([denied], "ben", NOON + timedelta(minutes=9))
        assert (await assess_at(store, NOON, BRAND)).level == Level.CRISIS
        assert (await assess_at(store, NOON + timedelta(minutes=9), BRAND)).level == Level.ROUTINE


async def test_what_the_hour_speaks_of(tmp_path: Path) -> None:
    """Type with its words, questions for a person, the story that goes round, and what nobody could read."""
    texts = [
        *["My card number was leaked, my account was hacked after the data breach!"] * 12,
        *[f"Still on hold with support since {n} o'clock, no answer" for n in range(4)],
        *["The pan exploded and my hand is badly burnt, ambulance came"] * 2,
        *["最悪です"] * 5,
    ]
    async with Store.open(tmp_path) as store:
        await store.mentions.add(
            [
                mention(
                    n,
                    id=f"t{n}",
                    text=text,
                    author=f"@a{n}",
                    followers=100,
                    created_at=(NOON - timedelta(seconds=30 * n)).isoformat(),
                )
                for n, text in enumerate(texts)
            ],
            NOON,
        )
        await catch_up(store)
        found = await assess_at(store, NOON, BRAND)
        assert found.type is not None
        assert found.type.type is CrisisType.SECURITY
        assert found.type.share == round(12 / found.type.votes, 4)
        assert any(word.endswith("(12)") for word in found.type.words)
        assert found.unscored == round(5 / 23, 4)
        assert "injury" in {each.fact for each in found.cues}
        story = found.stories[0]
        assert (story.mentions, story.total, story.authors, story.reach) == (12, 12, 12, 1_200)
        assert story.sample.endswith("data breach!")
        assert found.bursts[0].quiet
        assert found.reader


async def test_what_people_teach_counts_and_moves_the_model(tmp_path: Path) -> None:
    """A taught tone beats the reading from that moment on; later texts of the kind are read by it."""
    slang = "that new pan is sick, proper sick"
    async with Store.open(tmp_path) as store:
        await history(store, burst=30)
        marked = mention(
            1, id="odd", text="Kesselflicker again", author="@critic",
            created_at=(NOON - timedelta(minutes=5)).isoformat(),
        )  # fmt: skip
        words = [
            mention(n, id=f"s{n}", text=f"{slang} {n}", created_at=(NOON - timedelta(minutes=n)).isoformat())
            for n in range(20)
        ]
        await store.mentions.add([marked, *words], NOON)
        reader = MentionReader(store)
        await reader.catch_up()
        before = await assess_at(store, NOON, BRAND)
        later = NOON + timedelta(minutes=1)
        for n in range(20):
            item = await store.mentions.find("x", f"s{n}")
            assert item is not None
            if item.tone is Tone.POSITIVE:
                continue
            act = triage.teach(store.triage.subject(item), Tone.POSITIVE, was=item.tone)
            await store.events.append([act.event], "anna", later, act.keep)
        taught = await assess_at(store, later, BRAND)
        assert await assess_at(store, NOON, BRAND) == before
        assert share(taught) < share(before)
        assert taught.taught.endswith("taught; the model had said the same of 0 of 20")
        assert len(taught.overrides) == 20
        assert taught.overrides[0].by == "anna"
        new = mention(99, id="new", text=f"{slang}!", created_at=later.isoformat())
        await store.mentions.add([new], later)
        await reader.catch_up()
        read = await store.mentions.find("x", "new")
        assert read is not None
        assert read.tone is Tone.POSITIVE
        assert (await assess_at(store, later, BRAND)).reader != before.reader


def share(found: Assessment) -> float:
    """The negative share in %."""
    (raw,) = [each.raw for each in found.contributions if each.input == "negative share"]
    assert raw is not None
    return raw


async def test_an_author_whom_people_mark_counts_as_influential(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await history(store, burst=30, followers=100)
        item = await store.mentions.find("x", "b1")
        assert item is not None
        act = triage.mark(store.triage.subject(item), Mark.INFLUENTIAL, True)
        await store.events.append([act.event], "anna", NOON, act.keep)
        before = await assess_at(store, NOON - timedelta(minutes=1), BRAND)
        after = await assess_at(store, NOON, BRAND)
        by_input = {each.input: each.raw for each in before.contributions}
        assert by_input["influencers"] == 0
        by_input = {each.input: each.raw for each in after.contributions}
        assert by_input["influencers"] == 1


async def test_several_who_speak_of_danger_call_a_person_until_it_is_answered(tmp_path: Path) -> None:
    """Whatever the tone is read as: thanks to a nurse are no praise of us."""
    texts = [f"thanks to the nurse, my hand got burned when the pan exploded, {place}" for place in "abc"]
    async with Store.open(tmp_path) as store:
        await history(store)
        posts = [
            mention(n, id=f"d{n}", text=text, created_at=(NOON - timedelta(minutes=n)).isoformat())
            for n, text in enumerate(texts)
        ]
        await store.mentions.add(posts[:2], NOON)
        await catch_up(store)
        assert (await assess_at(store, NOON, BRAND)).level == Level.ROUTINE
        await store.mentions.add(posts[2:], NOON)
        await catch_up(store)
        asked = await assess_at(store, NOON, BRAND)
        assert (asked.level, asked.by) == (Level.EMERGENT, "floor")
        assert asked.reason == "3 mentions speak of injury or danger: is anybody in danger?"
        answer = acts.state_fact(Fact.INJURY, False, "a scratch, they say")
        await store.events.append([answer], "anna", NOON + timedelta(minutes=1))
        known = await assess_at(store, NOON + timedelta(minutes=1), BRAND)
        assert (known.level, known.cues) == (Level.ROUTINE, ())


async def test_before_the_first_mention_there_is_nothing(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await history(store)
        early = await assess_at(store, datetime.fromisoformat("1970-01-01T00:00:00+00:00"), BRAND)
        assert (early.level, early.score, early.bursts) == (Level.ROUTINE, 0, ())
