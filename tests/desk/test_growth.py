"""Which stories are news to the reader."""

from __future__ import annotations

from crisis_tui.dashboard.growth import Grown
from data.store.stories import Growth
from tests.widgets.harness import mention


def grown(*growth: tuple[int, int, int]) -> Grown:
    """Up to place 100 all was taken in."""
    found = Grown()
    found.take_in(100)
    found.came(Growth(*each) for each in growth)
    return found


def test_what_grew_is_news_until_the_reader_comes_to_it_and_again_when_it_grows_on() -> None:
    found = grown((10, 120, 5), (20, 130, 2))
    assert (sorted(found.stories), found.copies) == ([10, 20], 7)
    found.saw(mention(10))
    assert (sorted(found.stories), found.copies) == ([20], 2)
    found.came([Growth(10, 140, 6), Growth(20, 130, 2)])
    assert (sorted(found.stories), found.copies) == ([10, 20], 3)
    found.saw(mention(5))
    found.saw(None)
    assert found.copies == 3


def test_who_took_in_what_came_still_sees_where_it_went() -> None:
    found = grown((10, 120, 5), (20, 130, 2))
    found.saw(mention(20))
    found.take_in(150)
    found.came([Growth(10, 120, 0), Growth(20, 130, 0)])
    assert (found.known, found.taken) == (100, 150)
    assert (sorted(found.stories), found.copies) == ([10], 0)
    found.came([Growth(10, 120, 0), Growth(20, 160, 4)])
    assert (sorted(found.stories), found.copies) == ([10, 20], 4)
    found.take_in(170)
    found.came([Growth(20, 160, 0)])
    assert found.stories == {20}


def test_the_next_story_is_the_next_older_one_and_in_the_end_the_newest_again() -> None:
    found = grown((10, 120, 5), (20, 130, 2), (30, 140, 1))
    assert [found.after(cursor, ()) for cursor in (None, 30, 25, 20, 10)] == [30, 20, 20, 10, 30]
    assert grown().after(25, [15, 40]) == 15
    assert grown().after(10, [15, 40]) == 40
    assert grown().after(10, []) is None
