"""Stories in the feed: shown once, unfolded, growing, found, and in full."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from data.models.mention import Mention
from data.models.triage import Answer
from data.store import Store
from tests.dashboard.harness import NOW, Run, dashboard, mention, repeat

RAID = "Boycott the pan that burns"


def raid(first: int, number: int) -> list[Mention]:
    """The same words from so many people."""
    return [mention(n, NOW, RAID, author=f"boy_{n}", followers=10) for n in range(first, first + number)]


def single(first: int, number: int) -> list[Mention]:
    """Posts that say something of their own."""
    return [mention(n, NOW, f"My own words about kettle {n}") for n in range(first, first + number)]


async def filled(folder: Path, copies: int = 150) -> None:
    """Something of old, a raid with something in its middle, something new."""
    async with Store.open(folder) as store:
        await repeat(store, [*single(1, 20), *raid(1_000, copies // 2), *single(100, 10)])
        await repeat(store, [*raid(2_000, copies - copies // 2), *single(200, 20)])


def cursor_line(run: Run) -> int:
    """On which line of the screen the cursor is."""
    return next(n for n, line in enumerate(run.lines) if n > 1 and line.startswith("▌"))


def row(run: Run, author: str) -> str:
    """Both lines of a mention in the feed."""
    place = next(n for n, line in enumerate(run.lines) if f"@{author} " in line)
    return "\n".join(each[:46].rstrip() for each in run.lines[place : place + 2])


async def down_to_the_raid(run: Run) -> None:
    """The cursor on the first mention of the raid, below what came after it."""
    for _ in range(30):
        await run.press("down")
    await run.until(lambda: run.main.feed.cursor == 21)
    await run.settle()


async def test_a_raid_stands_once_with_its_count_and_unfolds_in_place(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path) as run:
        await run.until_text("FEED stories folded", "1 of 51")
        await down_to_the_raid(run)
        assert row(run, "boy_1000").endswith("x150")
        assert "31 of 51" in run.lines[1]
        await run.press("equals_sign")
        await run.until_text("FEED every copy", "Every copy is shown.")
        assert run.main.feed.cursor == 21
        await run.press("up", "up", "up")
        assert row(run, "boy_1003").endswith("copy")
        await run.press("equals_sign")
        await run.until_text("FEED stories folded", "shown once")
        assert run.main.feed.cursor == 21
        await run.press("end")
        await run.until_text("51 of 51")


async def test_a_story_that_grows_is_told_and_nothing_moves(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path) as run:
        await run.until_text("1 of 51")
        await run.press(*["down"] * 33, *["up"] * 7)
        await run.until(lambda: run.main.feed.cursor == 99)
        await run.settle()
        before, line = list(run.lines), cursor_line(run)
        await repeat(run.store, [*raid(3_000, 41), *single(300, 3)])
        await run.until_text("▲ 3 new, 41 more copies", "▲x191")
        assert cursor_line(run) == line
        assert [each[:30] for each in run.lines[3:26]] == [each[:30] for each in before[3:26]]
        await run.press("greater_than_sign")
        await run.until_text("This story grew")
        assert run.main.feed.cursor == 21
        assert row(run, "boy_1000").endswith(" x191")
        await run.until_text("▲ 3 new - press n")
        await repeat(run.store, raid(4_000, 9))
        await run.until_text("▲ 3 new, 9 more copies", "▲x200")
        await run.press("n")
        await run.until_text("1 of 54")
        await run.until(lambda: "more cop" not in run.text)
        assert "54" in run.lines[1]
        await run.press("greater_than_sign")
        await run.until_text("x200")
        await run.press("home", "greater_than_sign")
        await run.until_text("No story grew")


async def test_a_copy_that_is_read_late_folds_and_the_row_of_the_reader_stays(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path) as run:
        await run.until_text("1 of 51")
        posts = [*raid(3_000, 30), *single(300, 1), *raid(3_500, 30)]
        await repeat(run.store, posts, read=False)
        await run.until_text("61 new")
        await run.press("n")
        await run.until_text("@boy_3529")
        await run.press(*["down"] * 3)
        await run.until(lambda: run.main.feed.cursor == 258)
        await run.settle()
        held, line = run.main.feed.cursor, cursor_line(run)
        await repeat(run.store, [])
        await run.until(lambda: "@boy_3525 " not in run.text)
        await run.until_text("@person_300")
        assert (run.main.feed.cursor, cursor_line(run)) == (held, line)
        assert row(run, "boy_3526").endswith("copy")
        assert len([each for each in run.main.feed.window.items if each.is_copy]) == 4
        await run.press("n")
        await run.until_text("1 of 52")
        assert not [each for each in run.main.feed.window.items if each.is_copy]


async def test_a_search_for_the_words_of_a_raid_finds_it_once(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path) as run:
        await run.until_text("1 of 51")
        for query, found in (("boycott", "1 of 1"), ("boy_1020", "1 of 1"), ("kettle", "1 of 50")):
            await run.press("slash")
            await run.until_text("Search the mentions")
            await run.press("ctrl+u")
            await run.paste(query)
            await run.press("enter")
            await run.until_text(f"search: {query}", found)
            await run.until(lambda: run.main.feed.current is not None)
            if query == "boycott":
                assert row(run, "boy_1000").endswith("x150")
                await repeat(run.store, raid(3_000, 5))
                await run.until_text("x155", "1 of 1")
            if query == "boy_1020":  # a match that is a copy must be found for all that
                assert row(run, "boy_1020").endswith("copy")
        await run.press("escape")
        await run.until(lambda: "search:" not in run.text)


async def test_a_story_in_full_has_its_figures_and_pages(tmp_path: Path) -> None:
    await filled(tmp_path, copies=350)
    async with dashboard(tmp_path) as run:
        await run.press("s")
        await run.until_text("Nobody else says the same.")
        await down_to_the_raid(run)
        await run.press("enter")
        await run.until_text("A story: 350 mentions say the same;", "one came first. s lists them.")
        await run.press("s")
        await run.until_text("STORY", "350 posts by 350 authors", "1 of 350", "Looks coordinated")
        assert "3,500 followers at most" in run.text.replace("\n", " ")
        await run.press("end")
        await run.until_text("350 of 350", "(first)")
        for _ in range(40):
            await run.press("pageup")
            await run.pilot.pause()
        await run.until_text("1 of 350", "(the same words)", "@boy_2174")
        await repeat(run.store, raid(5_000, 2))
        await run.until_text("▲ 2 new", "352 posts by 352 authors", "@boy_2174")
        await run.press("n")
        await run.until_text("@boy_5001", "1 of 352")
        await run.press("escape")
        await run.until_text("352 mentions say the same")


async def test_a_copy_can_be_opened_and_decided_about_alone(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with dashboard(tmp_path) as run:
        await down_to_the_raid(run)
        await run.press("m")
        await run.until_text("Answer: monitor. m takes it back.")
        await run.press("s")
        await run.until_text("STORY", "1 of 150")
        await run.press("down", "enter")
        await run.until_text("A copy: 150 mentions say the same.", "@boy_2073")
        await run.press("F")
        await run.until_text("Answer: fix facts (ana 03:10).")
        newest, first = raid(2_073, 1)[0], raid(1_000, 1)[0]
        decided = await run.store.triage.of([(each.network, each.id) for each in (newest, first)])
        assert {key[1]: each.answer for key, each in decided.items()} == {
            first.id: Answer.MONITOR,
            newest.id: Answer.FIX_FACTS,
        }
        await run.press("escape")
        await run.until(lambda: not run.main.mention.display)
        assert run.main.feed.cursor == 21


async def test_figures_tell_a_story_from_its_first_hour_on(tmp_path: Path) -> None:
    old = [mention(1, NOW - timedelta(hours=5), RAID, author="ada")]
    async with Store.open(tmp_path) as store:
        await repeat(store, [*old, *raid(2, 3)])
    async with dashboard(tmp_path) as run:
        await run.until_text("x4")
        await run.press("s")
        await run.until_text("4 posts by 4 authors, since 22:10", "First, @ada: Boycott", "STORY")
        assert "coordinated" not in run.text
