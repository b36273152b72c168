"""What people do at the dashboard, key by key, and what becomes of it in the store."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual import events

from crisis_tui.config import load
from crisis_tui.dashboard.actions import ACTIONS
from crisis_tui.response.acts import raise_level
from data.library import read
from data.models.assessment import TypeNote
from data.models.fact import Fact
from data.models.level import Level
from data.models.playbook import CrisisType, StepState
from data.store import Store, StoreFullError
from tests.dashboard.harness import (
    NOW,
    FixedClock,
    Run,
    alive,
    arrive,
    assessment,
    calm,
    dashboard,
    mention,
    spread,
    worsen,
)


async def filled(folder: Path, *posts: int) -> None:
    """A store with a crisis, or with so many posts only."""
    async with Store.open(folder) as store:
        await alive(store)
        if posts:
            await arrive(store, spread(1, posts[0], NOW - timedelta(hours=5), NOW - timedelta(minutes=5)))
        else:
            await calm(store)
            await worsen(store)


async def open_incident(run: Run, title: str = "Ember pan", number: str = "1") -> None:
    """Open an incident with keys."""
    await run.press("o")
    await run.until_text("What kind of crisis is it?")
    await run.press(number)
    await run.until_text("What happened, in a few words?")
    await run.paste(title)
    await run.press("enter")
    await run.until_text("steps attached because the type is")


async def answer(run: Run, question: str, text: str) -> None:
    """Answer a question."""
    await run.until_text(question)
    await run.paste(text)
    await run.press("enter")


async def to(run: Run, number: int) -> None:
    """Go to a pane by its number."""
    places = ("feed", "gauge", "checklist", "statement")
    await run.press(str(number))
    await run.until(lambda: run.main.place == places[number - 1])


async def test_an_incident_brings_its_checklist_with_the_reason(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path) as run:
        await run.until_text("Press o to open an incident")
        await open_incident(run, "Burns from the Ember pan")
        (incident,) = await run.store.incidents.all()
        assert (incident.title, incident.type) == ("Burns from the Ember pan", CrisisType.CUSTOMER_SERVICE)
        assert incident.detected_at == NOW - timedelta(minutes=30), "the first rise, not the decision"
        await run.until_text("CHECKLIST", "0 of 1 closed", "T+30m")
        steps = await run.store.incidents.checklist(incident.id)
        assert f"{len(steps)} steps attached because the type is customer service" in run.bottom
        attached = [
            event for _, event in await run.store.events.after(0) if event.kind == "playbook.attached"
        ]
        assert [event.body["reason"] for event in attached] == ["the incident's type is customer service"]


@pytest.mark.parametrize(("number", "kind"), list(enumerate(CrisisType, 1)))
async def test_every_type_brings_its_own_playbook(tmp_path: Path, number: int, kind: CrisisType) -> None:
    await filled(tmp_path, 3)
    async with dashboard(tmp_path) as run:
        await open_incident(run, "It happened", str(number))
        (incident,) = await run.store.incidents.all()
        assert incident.type is kind
        steps = await run.store.incidents.checklist(incident.id)
        assert {step.playbook for step in steps} == {kind.value}
        assert f"{len(steps)} steps attached because the type is {kind.words}" in run.bottom


def own_playbook(folder: Path, name: str, text: str) -> None:
    """A playbook of the user's own, beside the settings."""
    (folder / "playbooks").mkdir(exist_ok=True)
    (folder / "playbooks" / f"{name}.toml").write_text(text, "utf-8")


OUTAGE = """\
id = "outage"
title = "Our shop is down"
type = "operational"
version = 1
reviewed_on = 2026-11-01
summary = "Only the shop."

[[step]]
id = "call"
phase = "response"
title = "Call the host"
role = "SME"
"""


async def test_an_own_playbook_is_offered_beside_the_shipped_one(tmp_path: Path) -> None:
    await filled(tmp_path, 3)
    own_playbook(tmp_path, "outage", OUTAGE)
    async with dashboard(tmp_path) as run:
        await run.press("o")
        await run.until_text("What kind of crisis is it?")
        await run.press("4")
        await answer(run, "What happened", "No orders")
        await run.until_text("Which playbook?", "Our shop is down")
        await run.press("2")
        await run.until_text("1 step attached", "Call the host")


async def test_a_wrong_own_playbook_is_told_and_the_shipped_one_is_used(tmp_path: Path) -> None:
    await filled(tmp_path, 3)
    own_playbook(tmp_path, "security", OUTAGE.replace("outage", "security").replace("SME", "SNE"))
    async with dashboard(tmp_path, size=(200, 60)) as run:
        await run.press("o")
        await run.until_text("What kind of crisis is it?")
        await run.press("3")
        await answer(run, "What happened", "A leak")
        await run.until_text("Opened, 20 steps. security.toml, line 3:", "Open it as confidential")
        await run.store.events.append([raise_level(Level.ROUTINE, Level.CRISIS, "a leak")], "agent", NOW)
        await run.until(lambda: run.desk.snapshot.standing is Level.CRISIS)
        await run.settle()
        assert "security.toml, line 3:" in run.bottom, "a rise of the level does not hide it"


async def test_times_run_from_the_moment_that_a_step_records(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path, size=(200, 60)) as run:
        await open_incident(run, "A leak", "3")
        await to(run, 3)
        await run.press("down", "down")
        item = run.main.checklist.current
        assert item is not None
        assert item.step == "record-awareness"

        async def due() -> Any:
            steps = await run.store.incidents.checklist(item.incident)
            return next(step.due_at for step in steps if step.step == "notify-authority")

        assert await due() is None
        await run.press("x")
        await answer(run, "What proves it", "legal judged the sample real")
        await run.until_text("When did we become aware?")
        await run.press("ctrl+u")
        await answer(run, "When did we become aware?", "2027-01-01 00:00")
        await run.until_text("That is still to come.")
        await run.press("ctrl+u")
        moment = (NOW - timedelta(hours=5)).astimezone()
        await answer(run, "When did we become aware?", f"{moment:%Y-%m-%d %H:%M}")
        await run.until_text("Closed: ")
        assert await due() == NOW + timedelta(hours=67)
        await run.press("u")
        await run.until_text("Open again: ")
        assert await due() is None
        await run.press("x")
        await answer(run, "What proves it", "na: no data of people")
        await run.until_text("[-]")
        assert await due() is None


async def test_an_incident_without_words_is_asked_for_again_and_escape_leaves(tmp_path: Path) -> None:
    await filled(tmp_path, 3)
    async with dashboard(tmp_path) as run:
        await run.press("o")
        await run.until_text("What kind of crisis is it?")
        await run.press("escape")
        await run.until(lambda: run.app.screen is run.main)
        await run.press("o")
        await run.until_text("What kind of crisis is it?")
        await run.press("1")
        await answer(run, "What happened", "   ")
        await run.until_text("What happened")
        assert await run.store.incidents.all() == ()
        await run.press("escape")
        await run.until(lambda: run.app.screen is run.main)


async def test_a_step_is_started_closed_reopened_and_set_aside(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path) as run:
        await open_incident(run)
        await to(run, 3)
        item = run.main.checklist.current
        assert item is not None

        async def state() -> tuple[StepState, str | None]:
            step = next(s for s in await run.store.incidents.checklist(item.incident) if s.step == item.step)
            return step.state, step.evidence

        await run.press("s")
        await run.until_text("You are on it: ")
        assert await state() == (StepState.STARTED, None)
        await run.press("x", "enter")
        await run.until_text("! Say what proves this step: a link, a note, or na: and why")
        assert await state() == (StepState.STARTED, None)
        await run.press("x")
        await answer(run, "What proves it", "na:")
        await run.until_text("! Say after na: why this step does not apply.")
        await run.press("x")
        await answer(run, "What proves it", "link to the call log")
        await run.until_text("Closed: ", "[x]")
        assert await state() == (StepState.DONE, "link to the call log")
        await run.press("x")
        await run.until_text("This step is closed already; u opens it again.")
        await run.press("u")
        await run.until_text("Open again: ")
        assert await state() == (StepState.OPEN, None)
        await run.press("x")
        await answer(run, "What proves it", "na: nobody is open at night")
        await run.until_text("[-]")
        assert await state() == (StepState.NOT_APPLICABLE, "nobody is open at night")


async def test_a_mention_is_entered_by_hand_once(tmp_path: Path) -> None:
    await filled(tmp_path, 20)
    async with dashboard(tmp_path) as run:
        await run.press("a")
        await answer(run, "Which post?", "x.com/ada/status/20")
        await answer(run, "What does it say?", "My pan peels")
        await run.until_text("That is no link to a post")
        await run.press("home")
        await answer(run, "Which post?", "https://")
        await run.until_text("My pan peels")
        await run.press("enter")
        await run.until_text("Added to the mentions")
        found = (await run.desk.store.mentions.page(query="peels"))[0].mention
        assert (found.network, found.id) == ("x", "20")
        await run.press("a")
        await answer(run, "Which post?", "https://twitter.com/ada/status/20")
        await answer(run, "What does it say?", "My pan peels")
        await run.until_text("known already")


async def test_search_finds_keeps_and_ends(tmp_path: Path) -> None:
    await filled(tmp_path, 60)
    async with dashboard(tmp_path) as run:
        await run.press("down", "down")
        place = run.main.feed.cursor
        await run.press("slash")
        await answer(run, "Search the mentions", "handle -template")
        await run.until_text("search: handle -template", "1 of 10")
        await run.press("slash")
        await run.until_text("Search the mentions", "handle -template")
        await run.press("escape")
        await run.until(lambda: run.app.screen is run.main)
        assert "search: handle -template" in run.text
        await run.press("down", "down", "escape")
        await run.until_text("of 60")
        assert "search:" not in run.text
        assert run.main.feed.cursor != place, "the place found by the search is kept"
        await run.press("slash")
        await answer(run, "Search the mentions", "-only")
        await run.until(lambda: run.bottom.strip().startswith("! "))
        assert "search:" not in run.text


async def test_the_readers_place_never_moves(tmp_path: Path) -> None:
    await filled(tmp_path, 250)
    async with dashboard(tmp_path) as run, Store.open(tmp_path) as other:
        await run.press(*["down"] * 8)
        feed = run.main.feed
        cursor, row = feed.cursor, feed.window.row

        def shown() -> tuple[int, str]:
            line = next(n for n, text in enumerate(run.lines) if text.startswith("▌") and n > 1)
            return line, run.lines[line][:46]

        before = shown()
        came = 0
        for size in (1, 30, 400):
            await arrive(other, spread(1000 + came, size, NOW - timedelta(minutes=2), NOW))
            came += size
            await run.until_text(f"▲ {came} new - press n")
            assert (feed.cursor, feed.window.row) == (cursor, row)
            assert shown() == before
        await run.press("n")
        await run.until_text(f"1 of {250 + came}")
        assert "new - press n" not in run.text
        assert feed.cursor == 250 + came


async def test_going_far_back_calls_nothing_new(tmp_path: Path) -> None:
    await filled(tmp_path, 350)
    async with dashboard(tmp_path) as run:
        await run.press("end")
        await run.until_text("350 of 350")
        assert "new - press n" not in run.text
        await arrive(run.store, [mention(9000, NOW)])
        await run.until_text("▲ 1 new - press n", "351 of 351")
        await run.press("home")
        await run.until_text("1 of 351")


async def test_a_mention_opens_in_full_and_closes_in_place(tmp_path: Path) -> None:
    await filled(tmp_path, 20)
    async with dashboard(tmp_path) as run:
        await run.press("down", "enter")
        await run.until_text("MENTION", "id         post-19")
        assert run.main.place == "mention"
        await run.press("escape")
        await run.until(lambda: run.main.place == "feed")
        assert run.main.feed.cursor == 19
        await run.press("enter")
        await run.until_text("post-19")
        await run.press("tab", "shift+tab")
        await run.until(lambda: run.main.place == "mention")


async def test_levels_move_with_a_reason_only(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await calm(store)
    async with dashboard(tmp_path) as run:
        await run.press("L")
        await run.until_text("The level is Routine; there is none below it.")
        await run.press("R")
        await run.until_text("Raise the level to")
        await run.press("2")
        await answer(run, "Why?", " ")
        await run.until_text("! A level changes with a reason only")
        assert await run.store.incidents.level() is None
        await run.press("R")
        await run.until_text("Raise the level to")
        await run.press("2")
        await answer(run, "Why?", "the press calls")
        await run.until_text("The level is Incident now.")
        change = await run.store.incidents.level()
        assert change is not None
        assert (change.after, change.by, change.reason) == (Level.INCIDENT, "ana", "the press calls")
        await run.press("L")
        await run.until_text("Lower the level to")
        await run.press("2")
        await answer(run, "Why?", "it was a mistake")
        await run.until_text("The level is Routine now.")


async def test_from_crisis_one_person_alone_goes_nowhere(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await calm(store)
        await store.events.append(
            [raise_level(Level.ROUTINE, Level.CRISIS, "a person says so")], "ben", NOW - timedelta(hours=2)
        )
    async with dashboard(tmp_path) as run:
        await run.press("L")
        await run.until_text("Lower the level to")
        await run.press("1")
        await answer(run, "Why?", "it is over")
        await run.until_text("a second person agrees with L.", "Next: Incident waits for a")
        await run.press("L")
        await run.until_text("Lower the level to", "Routine")
        assert "1 Incident" not in run.text, "who proposed it is not asked for a reason in vain"
        await run.press("escape")
        standing = await run.store.incidents.level()
        assert standing is not None
        assert standing.after is Level.CRISIS
    async with dashboard(tmp_path, actor="eve") as run:
        await run.until_text("Next: ana proposes Incident:", "L to agree or not")
        await run.press("L")
        await run.until_text("ana proposes Incident: it is over")
        await run.press("2")
        await run.until_text("You keep Crisis; what ana proposes waits for another person.")
        await run.until(lambda: "L to agree or not" not in run.text)
        await run.press("L")
        await run.until_text("ana proposes Incident: it is over")
        await run.press("enter")
        await run.until_text("The level is Incident now.")


async def test_the_signs_hold_a_level_up(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await calm(store)
        await store.events.append(
            [raise_level(Level.ROUTINE, Level.INCIDENT, "signs")], "agent", NOW - timedelta(minutes=40)
        )
        await store.standing.save_assessment(assessment(Level.INCIDENT, 40), Level.INCIDENT)
    async with dashboard(tmp_path) as run:
        await run.press("L")
        at, free = (f"{NOW + timedelta(minutes=minutes):%H:%M}" for minutes in (0, 61))
        await run.until_text(f"! The signs gave Incident at {at}; it can't go down before {free} UTC.")
        assert run.app.screen is run.main, "nothing was asked in vain"


async def test_only_levels_that_the_signs_allow_are_offered(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await calm(store)
        await store.events.append(
            [raise_level(Level.ROUTINE, Level.CRISIS, "a person")], "ana", NOW - timedelta(minutes=40)
        )
        await store.standing.save_assessment(assessment(Level.EMERGENT, 20), Level.EMERGENT)
    async with dashboard(tmp_path, size=(80, 24)) as run:
        await run.press("L")
        await run.until_text("Lower the level to", "Incident", "Emergent issue")
        asked = "\n".join(run.lines[next(n for n, text in enumerate(run.lines) if "Lower the" in text) :])
        assert "Routine" not in asked
        await run.press("escape")
        await run.store.standing.save_assessment(assessment(Level.EMERGENCY, 90), Level.EMERGENCY)
        await run.press("L")
        await run.until_text("! The signs gave Emergency at", "UTC.")


@pytest.mark.parametrize(
    ("found", "preset", "detail"),
    [
        (CrisisType.SECURITY, CrisisType.SECURITY, "60 of 67 votes of the last hour speak of it."),
        (None, CrisisType.CUSTOMER_SERVICE, "Complaints about a product"),
    ],
)
async def test_the_type_that_was_found_stands_chosen(
    tmp_path: Path, found: CrisisType | None, preset: CrisisType, detail: str
) -> None:
    note = TypeNote(type=found, share=0.8955 if found else 0.2, votes=67)
    async with Store.open(tmp_path) as store:
        await calm(store)
        await store.standing.save_assessment(assessment(Level.CRISIS, 67, type=note), Level.EMERGENT)
    async with dashboard(tmp_path) as run:
        await run.press("o")
        await run.until_text("What kind of crisis is it?", detail)
        assert ("of 67 votes" in run.text) is bool(found)
        await run.press("enter")
        await answer(run, "What happened, in a few words?", "Names on a forum")
        await run.until_text(f"because the type is {preset.words}")
        (incident,) = await run.store.incidents.all()
        assert incident.type is preset


@pytest.mark.slow  # measures, so it must not run beside others
async def test_typing_is_kept_within_250_ms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From each key to the row that holds it, on the clock of the program itself."""
    await filled(tmp_path, 3)
    async with dashboard(tmp_path) as run:
        typed: dict[str, float] = {}
        asked: list[float] = []
        save, changed = run.store.drafts.save, run.desk.writing.typed

        async def timed(draft: Any) -> None:
            asked.append(time.monotonic() - typed[draft.text])
            await save(draft)

        def noted(text: str) -> None:
            typed.setdefault(text, time.monotonic())
            changed(text)

        monkeypatch.setattr(run.store.drafts, "save", timed)
        monkeypatch.setattr(run.desk.writing, "typed", noted)
        await to(run, 4)
        for word in ("We ", "know ", "of it."):
            await run.type(word)
            await run.until(lambda: run.desk.writing.kept == run.desk.writing.text)
            (draft,) = await run.store.drafts.of("ana")
            assert draft.text == run.main.statement.text
        assert max(asked) < 0.25
        assert "draft kept 03:10" in run.text
        assert "UNSAVED" in run.bottom


async def test_revisions_are_saved_reopened_and_begun(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path) as run:
        await open_incident(run)
        await to(run, 4)
        await run.press("ctrl+r")
        await run.until_text("! There is nothing to save yet")
        await run.paste("We know of it.")
        await run.press("ctrl+r")
        await run.until_text("Saved as revision ")
        assert "UNSAVED" not in run.bottom
        assert await run.store.drafts.of("ana") == []
        (first,) = await run.store.incidents.statements(run.desk.writing.incident)
        assert first.text == "We know of it."
        assert f"revision {first.hash[:8]}" in run.text
        await run.press("ctrl+r")
        await run.until_text("! Nothing has changed since the last revision.")
        await run.paste(" More at 5.")
        await run.press("escape")
        await run.until(lambda: run.main.place == "feed")
        await run.press("N")
        await run.until_text("A new statement; the one before is kept.")
        await run.until(lambda: run.main.place == "statement")
        assert run.main.statement.text == ""
        await run.paste("Another one.")
        await run.press("ctrl+r")
        await run.until(lambda: not run.desk.writing.dirty)
        await run.press("escape")
        await run.until(lambda: run.main.place == "feed")
        await run.press("S")
        await run.until_text("Which statement?", "Another one.", "We know of it.")
        await run.press("2")
        await run.until_text("Opened: revision ")
        assert run.main.statement.text == "We know of it. More at 5.", "what was typed since is not lost"


async def test_what_was_never_saved_can_be_opened_again(tmp_path: Path) -> None:
    await filled(tmp_path, 3)
    async with dashboard(tmp_path) as run:
        await to(run, 4)
        await run.paste("The first one")
        await to_feed(run)
        await run.press("N")
        await run.until(lambda: run.main.statement.text == "" and run.main.place == "statement")
        run.clock.at += timedelta(minutes=1)
        await run.paste("The second one")
        await to_feed(run)
        await run.press("S")
        await run.until_text("Which statement?", "The first one", "The second one", "not saved yet")
        await run.press("2")
        await run.until(lambda: run.main.statement.text == "The first one")
        assert {draft.text for draft in await run.store.drafts.of("ana")} == {
            "The first one",
            "The second one",
        }


async def test_a_draft_comes_back(tmp_path: Path) -> None:
    await filled(tmp_path, 3)
    async with dashboard(tmp_path) as run:
        await to(run, 4)
        await run.paste("Half a sentence that")
        await run.until(lambda: run.desk.writing.kept_at is not None)
    async with dashboard(tmp_path, actor="eve") as run:
        assert run.main.statement.text == "", "a draft is its writer's own"
    async with dashboard(tmp_path) as run:
        await run.until_text("Your draft of 03:10 is back; ^R saves it as a revision.")
        assert run.main.statement.text == "Half a sentence that"


async def test_two_dashboards_see_each_others_acts(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path) as one, dashboard(tmp_path, actor="eve") as other:
        await open_incident(one, "Seen by both")
        await other.until_text("Seen by both", "CHECKLIST")
        await to(one, 3)
        await one.press("s")
        await one.until_text("You are on it")
        await other.until_text("[>]", "ana")
        await to(other, 3)
        await other.press("x")
        await answer(other, "What proves it", "done by eve")
        await other.until_text("Closed: ")
        await one.until_text("[x]")


async def test_keys_can_be_remapped_and_help_shows_them(tmp_path: Path) -> None:
    await filled(tmp_path, 5)
    async with dashboard(tmp_path, keys={"main.search": "v", "feed.cursor_down": "X,down"}) as run:
        assert "v search" in run.bottom
        await run.press("X")
        await run.until(lambda: run.main.feed.cursor == 4)
        await run.press("slash", "j")
        assert run.app.screen is run.main
        assert run.main.feed.cursor == 4
        await run.press("question_mark")
        await run.until_text("  v            Search", "  X Down       Down")
        await run.press("escape", "v")
        await run.until_text("Search the mentions")


async def test_a_look_now_is_asked_of_the_agent(tmp_path: Path) -> None:
    async with dashboard(tmp_path) as run:
        await alive(run.store)
        await run.press("f")
        await run.until_text("FEEDS", "stream")
        await run.press("down", "r")
        await run.until_text("Asked the agent to look at stream now.")
        assert await run.store.feeds.asked() == ["stream"]
        await run.press("f")
        await run.until(lambda: run.app.screen is run.main)


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder with a short name, so that no sentence that names it breaks within the words looked for."""
    with tempfile.TemporaryDirectory(prefix="ct") as folder:
        yield Path(folder)


async def test_a_watch_is_changed_in_its_file_and_what_is_wrong_is_told(short_path: Path) -> None:
    config = short_path / "config.toml"
    config.write_text("# kept\n[watch.brand]\nterms = ['acme']\n", "utf-8")
    async with dashboard(short_path) as run:
        await run.press("W")
        await run.until_text("BRAND", "acme")
        await run.press("down", "down", "down", "enter")
        await run.until_text("brand: sources")
        await run.paste("nowhere")
        await run.press("enter")
        await run.until_text("which is no source")
        await run.press("ctrl+u", "enter")
        await run.until_text("Kept in config.toml")
        await run.press("home", "enter")
        await run.until_text("brand: terms")
        assert "Kept in" not in run.text
        await run.paste(", #acme")
        await run.press("enter")
        await run.until_text("acme, #acme")
        await run.press("enter")
        await run.until_text("brand: terms")
        await run.paste(", #")
        await run.press("enter")
        await run.until_text('"#" in its terms can hear nothing')
        await run.press("escape")
        await run.until(lambda: run.app.screen is run.main)
    text = config.read_text("utf-8")
    assert text.startswith("# kept")
    assert load(config).watch["brand"].terms == ("acme", "#acme", "#")


@pytest.mark.parametrize("key", ["enter", "d"])
async def test_without_a_watch_there_is_a_word_of_how_to_begin(tmp_path: Path, key: str) -> None:
    async with dashboard(tmp_path, (80, 24)) as run:
        await run.press("W")
        await run.until_text("no watch yet")
        await run.press(key)
        await run.until_text("There is no watch yet; n makes one.")


async def test_a_drill_changes_no_live_settings(tmp_path: Path) -> None:
    async with dashboard(tmp_path, drill=read.drill("viral-review").drill) as run:
        await run.press("W")
        await run.until_text("A drill listens to its script alone")
        assert run.app.screen is run.main


async def test_settings_that_are_damaged_are_told_and_not_overwritten(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("organisation = ", "utf-8")
    async with dashboard(tmp_path) as run:
        await run.press("W")
        await run.until_text("is not valid TOML")
        assert "no watch yet" not in run.text
        await run.press("n")
        await run.settle()
        assert "is not valid TOML" in run.text
        assert "What is the new watch called?" not in run.text
    assert config.read_text("utf-8") == "organisation = "


async def test_the_palette_runs_an_action(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path) as run:
        await run.press("ctrl+p")
        await run.until_text("Search for commands")
        await run.type("raise level")
        await run.until_text("takes the level up, with a reason")
        await run.press("enter")
        await run.until_text("Raise the level to")


def test_every_action_that_the_palette_offers_has_a_method() -> None:
    from crisis_tui.dashboard.palette import _moves
    from crisis_tui.dashboard.panes import Checklist, Feed
    from crisis_tui.dashboard.screens.main import MainScreen

    for action in ACTIONS:
        if action.place in ("main", "statement", "checklist", "feed") and not _moves(action):
            screen = action.by_screen or action.place == "main"
            owner: type[Any] = MainScreen if screen else {"checklist": Checklist, "feed": Feed}[action.place]
            assert callable(getattr(owner, f"action_{action.method}")), action.id


async def test_a_full_disk_is_told_and_loses_nothing_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path) as run:
        await open_incident(run)
        refuse = StoreFullError("The disk is full; free some space, nothing saved is lost.")

        async def full(*_: object) -> None:
            raise refuse

        with monkeypatch.context() as patch:
            for writer in run.store._writers:
                patch.setattr(writer, "write", full)
            await to(run, 4)
            await run.paste("Typed on a full disk")
            await run.until_text("! The disk is full; free some space")
            await run.press("ctrl+r")
            await run.until_text("! The disk is full")
            await to_feed(run)
            await to(run, 3)
            await run.press("s")
            await run.until_text("! The disk is full")
            assert run.main.statement.text == "Typed on a full disk"
            assert "UNSAVED" in run.bottom
        (kept,) = await run.store.drafts.of("ana")
        assert kept.text == "Typed on a full disk", "the journal has it"
        await to(run, 4)
        await run.press("ctrl+r")
        await run.until_text("Saved as revision ")


async def to_feed(run: Run) -> None:
    """Leave the editor."""
    await run.press("escape")
    await run.until(lambda: run.main.place == "feed")


async def test_a_narrow_screen_shows_one_pane_at_a_time(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path, (80, 24)) as run:
        heads = {"feed": "1 FEED", "gauge": "2 SEVERITY", "checklist": "3 CHECKLIST", "statement": "4 STATEM"}

        async def shows(place: str) -> None:
            await run.until(lambda: run.main.place == place)
            await run.until(lambda: [head for head in heads.values() if head in run.text] == [heads[place]])

        for number, place in enumerate(heads, 1):
            await run.press(str(number))
            await shows(place)
        await to_feed(run)
        for place in ("gauge", "checklist", "statement", "feed"):
            await run.press("tab")
            await shows(place)
        for place in ("statement", "checklist", "gauge", "feed"):
            await run.press("shift+tab")
            await shows(place)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_what_is_typed_ahead_goes_where_it_is_meant(tmp_path: Path, size: tuple[int, int]) -> None:
    """On a slow line keys come in one piece; none of them may act on a pane that was left."""
    await filled(tmp_path, 5)
    async with dashboard(tmp_path, size) as run:
        for key in ("4", *"to R L x s o n"):
            run.app.post_message(events.Key({" ": "space"}.get(key, key), key))
        await run.until(lambda: run.main.statement.text == "to R L x s o n")
        assert run.app.screen is run.main
        await to_feed(run)
        for key in ("o", "3"):
            run.app.post_message(events.Key(key, key))
        await run.until_text("What ")
        assert run.main.place == "feed"


async def test_with_nothing_connected_drills_are_offered(tmp_path: Path) -> None:
    async with dashboard(tmp_path, offer_drills=True) as run:
        await run.until_text("Nothing is connected yet. Practise on a drill?")
        names = read.drill_names()
        await run.press(str(names.index("viral-review") + 1))
        await run.until(lambda: not run.app.is_running or run.app._exit)
        assert run.app.return_value == "viral-review"
    async with dashboard(tmp_path, offer_drills=True) as run:
        await run.until_text("Practise on a drill?")
        await run.press("escape")
        await run.until(lambda: run.app.screen is run.main)


async def test_the_past_is_looked_at_and_left(tmp_path: Path) -> None:
    await filled(tmp_path)
    clock = FixedClock()
    async with dashboard(tmp_path, clock=clock) as run:
        await run.press("down", "t")
        await run.until_text("HISTORY 2026-11-22 03:0", "Severity as it was then")
        await run.press("T")
        await run.until_text("Severity at the present.")
        assert "HISTORY" not in run.text


async def test_a_known_fact_needs_what_it_rests_on(tmp_path: Path) -> None:
    async with Store.open(tmp_path) as store:
        await calm(store)
    async with dashboard(tmp_path) as run:
        await run.press("K")
        await run.until_text("What is known?")
        await run.press("1")
        await run.until_text("Is anybody hurt, dead or in danger?")
        await run.press("1")
        await answer(run, "How do you know?", " ")
        await run.until_text("! A fact needs what it rests on")
        assert await run.store.facts.stated() == ()
        await run.press("K")
        await run.until_text("What is known?")
        await run.press("1")
        await run.press("1")
        await answer(run, "How do you know?", "the plant called")
        await run.until_text("Stated: people are hurt or in danger. It holds the level at Emergency")
        (stated,) = await run.store.facts.stated()
        assert (stated.fact, stated.holds, stated.by) == (Fact.INJURY, True, "ana")
        await run.press("K")
        await run.until_text("yes, ana")
