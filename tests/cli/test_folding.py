"""Stories in `crisis-tui mentions`, as scripts see them."""

from __future__ import annotations

from pathlib import Path

from tests.cli.test_cli import document
from tests.store.kit import cli, line

SAID = "Acme told its drivers to work through the flood and then docked their pay for being late"


def test_a_mention_names_the_first_of_its_story_and_a_folded_list_has_that_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    texts = [SAID, "The new Acme lamp is on my desk since Monday and I like it", f"RT @ada: {SAID}", SAID]
    lines = b"".join(line(n, text=text) for n, text in enumerate(texts, 1))
    assert cli(home, "ingest", "-", stdin=lines).returncode == 0
    unread = document(cli(home, "mentions", "--json", "--folded"))
    assert unread["total"] == 4
    assert not any("story" in each for each in unread["mentions"])
    assert cli(home, "agent", "--once").returncode == 0

    found = document(cli(home, "mentions", "--json"))
    assert found["total"] == 4
    stories = {each["id"]: (each["story"], each["copies"]) for each in found["mentions"]}
    raid = {"network": "x", "id": "1"}
    assert stories == {
        "1": (raid, 2),
        "2": ({"network": "x", "id": "2"}, 0),
        "3": (raid, 2),
        "4": (raid, 2),
    }
    folded = document(cli(home, "mentions", "--json", "--folded"))
    assert (folded["total"], [each["id"] for each in folded["mentions"]]) == (2, ["2", "1"])
    assert folded["mentions"][1]["copies"] == 2
    late = document(cli(home, "mentions", "--json", "--folded", "--query", "ada"))
    assert [each["id"] for each in late["mentions"]] == ["3"]
    said = cli(home, "mentions", "--folded").stdout.decode().splitlines()
    assert said[1].endswith(f"(x3) {SAID}")
    assert said[-1] == "2 of 2 stories and single mentions."
