"""Settings changed from the screen: what stands beside stays, and a wrong change changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisis_tui.config import ConfigError, Settings, load, parsed, read
from crisis_tui.config_edit import LISTS, set_watch, spoken, typed
from crisis_tui.config_watch import SettingsWatch
from data.models.watch import Watch

FILE = """\
# ours
organisation = "Acme"   # the brand

[watch.brand]
terms = ["acme"]  # first

[[source]]
name = "inbox"
kind = "drop"
path = "/tmp/inbox"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(FILE, "utf-8")
    path.chmod(0o640)
    return path


def test_comments_order_and_mode_stay(path: Path) -> None:
    settings = set_watch(path, "brand", "exclude", ["cartoon"])
    text = path.read_text("utf-8")
    for row in FILE.splitlines():
        assert row in text
    assert settings == load(path)
    assert settings.watch["brand"] == Watch.model_validate({"terms": ("acme",), "exclude": ("cartoon",)})
    assert path.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in path.parent.iterdir()] == ["config.toml"]


def test_a_new_watch_and_a_key_that_is_taken_out(path: Path) -> None:
    set_watch(path, "recall", "competitors", {"Rival": ["rival", "#rival"]})
    settings = set_watch(path, "brand", "terms", None)
    assert settings.watch["brand"] == Watch()
    assert settings.watch["recall"].competitors == {"Rival": ("rival", "#rival")}


def test_without_a_file_one_is_written(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    assert set_watch(path, "brand", "terms", ["acme"]).watch["brand"].terms == ("acme",)
    assert "# Settings of crisis-tui" in path.read_text("utf-8")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_link_to_the_file_stays_one(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    set_watch(link, "brand", "terms", ["x"])
    assert link.is_symlink()
    assert load(path).watch["brand"].terms == ("x",)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [("sources", ["nobody"], "which is no source"), ("own_followers", 0, "own_followers")],
)
def test_a_wrong_change_changes_nothing(path: Path, key: str, value: object, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        set_watch(path, "brand", key, value)
    assert path.read_text("utf-8") == FILE


def test_a_damaged_file_is_left_as_it_is(path: Path) -> None:
    path.write_text("a = = b", "utf-8")
    with pytest.raises(ConfigError, match="not valid TOML"):
        set_watch(path, "brand", "terms", ["x"])
    assert path.read_text("utf-8") == "a = = b"


WORD = (
    st.text(st.characters(categories=["L", "N"], include_characters="#@*- "), min_size=1, max_size=12)
    .map(str.strip)
    .filter(bool)
)


@given(st.sampled_from(LISTS), st.lists(WORD, max_size=5))
def test_what_is_shown_can_be_typed_again(key: str, words: list[str]) -> None:
    watch = Watch.model_validate({key: words})
    again = typed(key, spoken(watch, key))
    assert Watch.model_validate({key: again or ()}) == watch


@given(st.dictionaries(WORD, st.lists(WORD, max_size=3), max_size=3))
def test_competitors_too(rivals: dict[str, list[str]]) -> None:
    watch = Watch.model_validate({"competitors": rivals})
    assert (
        Watch.model_validate({"competitors": typed("competitors", spoken(watch, "competitors")) or {}})
        == watch
    )


def test_what_is_no_number_and_no_competitor() -> None:
    assert typed("own_followers", "120,000") == 120_000
    assert typed("own_followers", " ") is None
    with pytest.raises(ConfigError, match="is no number"):
        typed("own_followers", "many")
    with pytest.raises(ConfigError, match="names no competitor"):
        typed("competitors", "rival")


def test_a_change_is_taken_up_once_and_a_broken_file_changes_nothing_but_is_told(path: Path) -> None:
    watch = SettingsWatch(path, read(path))
    assert watch.changed() is None
    path.write_text(FILE + "# only a comment\n", "utf-8")
    assert watch.changed() is None
    path.write_text("a = = b", "utf-8")
    assert watch.changed() == load_text(FILE, path)
    assert "is not valid TOML" in watch.faults[0].sentence
    assert watch.changed() is None
    set_name = FILE.replace("Acme", "Zenith Ltd")
    path.write_text(set_name, "utf-8")
    found = watch.changed()
    assert found is not None
    assert (found.organisation, watch.faults) == ("Zenith Ltd", ())
    assert watch.changed() is None
    path.unlink()
    assert watch.changed() == Settings()


def test_a_typo_in_a_watch_leaves_that_watch_as_it_was(path: Path) -> None:
    path.write_text("[watch.brand]\nterms = ['acme']\n", "utf-8")
    watch = SettingsWatch(path, read(path))
    path.write_text("organisation = 'Acme'\n[watch.brand]\ntems = ['acme', 'pan']\n", "utf-8")
    found = watch.changed()
    assert found is not None
    assert (found.organisation, found.watch["brand"].terms) == ("Acme", ("acme",))
    assert [each.watch for each in watch.faults] == ["brand"]


def test_a_watch_can_be_changed_while_something_else_is_wrong(path: Path) -> None:
    before = "[[source]]\nname = 'bad'\nkind = 'tail'\n"
    path.write_text(before, "utf-8")
    assert set_watch(path, "brand", "terms", ["acme"]).watch["brand"].terms == ("acme",)
    assert path.read_text("utf-8").startswith(before)
    with pytest.raises(ConfigError, match="which is no source"):
        set_watch(path, "brand", "sources", ["nowhere"])


def load_text(text: str, path: Path) -> Settings:
    return parsed(text, path).settings
