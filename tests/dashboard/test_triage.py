"""Deciding about mentions with keys: what is recorded, what is said, what others see."""

from __future__ import annotations

from pathlib import Path

import pytest

from crisis_tui.dashboard.actions import ACTIONS
from crisis_tui.response import triage
from data.models.mention import Tone
from data.models.triage import Answer, Mark, Triage
from data.store import Store
from tests.dashboard.harness import NOW, Run, arrive, dashboard, mention


async def filled(folder: Path, number: int = 6) -> None:
    async with Store.open(folder) as store:
        await arrive(store, [mention(n, NOW) for n in range(1, number + 1)])


async def stands(run: Run, number: int) -> Triage | None:
    network = mention(number, NOW).network
    return (await run.store.triage.of([(network, f"post-{number}")])).get((network, f"post-{number}"))


def marks(run: Run, number: int) -> str:
    """The marks of a mention in the feed, in the indent of its second line."""
    place = next(n for n, line in enumerate(run.lines) if f"@person_{number} " in line)
    return run.lines[place + 1][1:].split(" ")[0]


ANSWERS = [
    ("m", Answer.MONITOR, "M"),
    ("F", Answer.FIX_FACTS, "F"),
    ("r", Answer.RESTORE, "R"),
    ("l", Answer.LET_STAND, "L"),
]


@pytest.mark.parametrize("opened", [False, True])
@pytest.mark.parametrize(("key", "answer", "letter"), ANSWERS)
async def test_an_answer_is_one_key_and_the_same_key_takes_it_back(
    tmp_path: Path, key: str, answer: Answer, letter: str, opened: bool
) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path) as run:
        if opened:
            await run.press("enter")
            await run.until_text("Decide: m monitor")
        await run.press(key)
        await run.until_text(f"Answer: {answer.words}. {key} takes it back.")
        found = await stands(run, 6)
        assert found is not None
        assert (found.answer, found.answer_by, found.answer_at) == (answer, "ana", NOW)
        if opened:
            await run.until_text(f"Answer: {answer.words} (ana 03:10).")
            assert "Decide: " not in run.text
            await run.press("escape")
        await run.until(lambda: marks(run, 6) == letter)
        assert marks(run, 5) == ""
        await run.press(key)
        await run.until_text(f"it was {answer.words}. {key} sets it again.")
        await run.until(lambda: marks(run, 6) == "")
        assert [event.kind for _, event in await run.store.events.after(0)] == ["mention.answered"] * 2


async def test_two_quick_presses_leave_nothing_and_lose_no_act(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path) as run:
        await run.press("m", "m", "exclamation_mark", "i", "i")
        await run.until_text("No longer marked: influential author. i sets it again.")
        found = await stands(run, 6)
        assert found is not None
        assert (found.answer, found.needs_answer, found.influential) == (None, True, False)
        assert await run.store.events.newest() == 5


async def test_evidence_is_a_whole_copy_with_a_reason(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path) as run:
        await run.press("e")
        await run.until_text("Why keep this as evidence?")
        await run.press("escape")
        await run.until(lambda: len(run.app.screen_stack) == 2)
        assert await run.store.events.newest() == 0
        await run.press("e", *"gone", "enter")
        await run.until_text("Kept as evidence", "e takes it back")
        await run.until(lambda: marks(run, 6) == "E")
        found = await stands(run, 6)
        assert found is not None
        assert found.reason == "gone"
        ((name, body),) = await run.store.triage._reader.all("SELECT hash, body FROM evidence")
        assert (name, "@brightpan" in body or "handle" in body) == (found.evidence, True)
        await run.press("e")
        await run.until_text("No longer marked as evidence; the copy stays. e sets it again.")
        assert len(await run.store.triage._reader.all("SELECT 1 FROM evidence")) == 1
        await run.press("e", "enter")
        await run.until(lambda: marks(run, 6) == "E")


async def test_assigning_offers_the_own_name_and_takes_it_back(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path) as run:
        await run.press("A", "enter")
        await run.until_text("Assigned to ana.")
        await run.press("A", *"bob", "enter")
        await run.until_text("Assigned to bob (it was ana's).")
        await run.press("A")
        await run.until_text("It is bob's now.")
        await run.press("ctrl+u", *"Ada Lovelace".replace(" ", "_"), "enter")
        await run.until_text("Assigned to Ada_Lovelace")
        await run.press("A", "space", "x", "enter")
        await run.until_text("! Name a person of the team as this system does")
        await run.press("A", "ctrl+u", "enter")
        await run.until_text("Assigned to nobody (it was Ada_Lovelace's).")


async def test_a_taught_tone_beats_the_model_and_says_how_good_it_was(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path, size=(200, 40)) as run:
        await run.press("c")
        await run.until_text("How does it read? The model says negative.", "Enter or its key takes it")
        await run.press("minus")
        await run.until_text(
            "Taught: negative; the model had said negative. It was right on 1 of 1 taught so far."
        )
        await run.until_text("mastodon -p ")
        await run.press("down", "c", "plus")
        await run.until_text("Taught: positive;", "It was right on 1 of 2 taught so far. c changes it.")
        await run.press("c")
        await run.until_text("ana taught")
        await run.press("equals_sign")
        await run.until_text("Taught: neutral;")
        taught = await run.store.triage.taught()
        assert [(each.tone, each.by) for each in taught] == [(Tone.NEGATIVE, "ana"), (Tone.NEUTRAL, "ana")]
        await run.press("c", "c")
        await run.until_text("No tone is taught here any more")
        assert len(await run.store.triage.taught()) == 1


async def test_what_another_person_decides_shows_at_once_and_moves_nothing(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path) as run, Store.open(tmp_path) as theirs:
        await run.press("down")
        before = run.main.feed.cursor
        item = (await theirs.mentions.page(limit=1))[0]
        act = triage.mark(theirs.triage.subject(item), Mark.NEEDS_ANSWER, True)
        await theirs.events.append([act.event], "bob", NOW, act.keep)
        await run.until(lambda: marks(run, 6) == "!")
        assert run.main.feed.cursor == before
        await run.press("up", "enter")
        await run.until_text("Needs answer.")
        act = triage.assign(theirs.triage.subject(item), "bob")
        await theirs.events.append([act.event], "bob", NOW, act.keep)
        await run.until_text("Needs answer. Assigned to bob.")


async def test_the_last_of_two_people_stands_and_the_log_has_both(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path) as ana, dashboard(tmp_path, actor="bob") as bob:
        await ana.press("m")
        await ana.until_text("Answer: monitor.")
        await bob.press("r")
        await bob.until_text("Answer: restore (it was monitor by ana).")
        await ana.until(lambda: marks(ana, 6) == "R")
        assert [event.actor for _, event in await ana.store.events.after(0)] == ["ana", "bob"]


async def test_where_nothing_is_there_is_nothing_to_decide(tmp_path: Path) -> None:
    async with dashboard(tmp_path) as run:
        for key in "mFrlieAc":
            run.main.say("")
            await run.press(key)
            await run.until_text("There is no mention to decide about.")
        assert await run.store.events.newest() == 0


async def test_the_way_back_names_the_key_that_a_person_chose(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path, keys={"feed.monitor": "M", "mention.monitor": "ctrl+o"}) as run:
        await run.press("M")
        await run.until_text("Answer: monitor. M takes it back.")
        await run.press("enter")
        await run.until_text("Answer: monitor (ana 03:10).")
        await run.press("ctrl+o")
        await run.until_text("^O sets it again.", "Decide: ^O monitor")


def test_row_and_full_view_have_the_same_keys() -> None:
    keys = {action.id: action.keys for action in ACTIONS}
    names = (
        "monitor",
        "fix_facts",
        "restore",
        "let_stand",
        "needs_answer",
        "influential",
        "keep",
        "assign",
        "teach",
    )
    assert [keys[f"feed.{name}"] for name in names] == [keys[f"mention.{name}"] for name in names]


async def test_the_palette_decides_about_the_chosen_mention(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path) as run:
        await run.press("down", "ctrl+p")
        await run.until_text("Search for commands")
        await run.type("let stand")
        await run.until_text("answer L: leave it")
        await run.press("enter")
        await run.until_text("Answer: let stand.")
        found = await stands(run, 5)
        assert found is not None
        assert found.answer is Answer.LET_STAND
