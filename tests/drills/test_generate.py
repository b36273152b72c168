"""The drill recordings: reproducible, believable in shape, and fit for `ingest`."""

from __future__ import annotations

import gzip
import json
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from crisis_tui.drills import generate
from data.library import folder

NAMES = ["data-breach", "viral-review"]
NETWORKS = {"x", "mastodon", "bluesky", "reddit", "news", "reviews"}
KNOWN = {
    "network", "id", "t", "text", "author", "author_name", "followers", "url", "lang", "likes", "reposts",
    "replies", "views", "in_reply_to", "rating",
}  # fmt: skip
Row = dict[str, Any]


def shipped(name: str) -> str:
    return gzip.decompress((folder("drills") / f"{name}.ndjson.gz").read_bytes()).decode()


def drill(name: str) -> dict[str, Any]:
    return tomllib.loads((folder("drills") / f"{name}.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def rows(name: str) -> list[Row]:
    return [json.loads(line) for line in shipped(name).splitlines()]


def per_hour(rows: list[Row], first: int, last: int) -> list[int]:
    """Mentions in each hour from `first` to `last`, counted from the onset."""
    counts = Counter(row["t"] // 3600 for row in rows)
    return [counts[hour] for hour in range(first, last)]


def test_the_drills_that_ship_are_these() -> None:
    assert generate.drill_names() == NAMES


def test_shipped_recordings_are_what_the_script_writes(name: str, tmp_path: Path) -> None:
    assert generate.main([name, "--out", str(tmp_path)]) == 0
    written = tmp_path / f"{name}.ndjson.gz"
    assert gzip.decompress(written.read_bytes()).decode() == shipped(name)
    assert written.stat().st_size <= 200_000
    assert int.from_bytes(written.read_bytes()[4:8], "little") == 0  # no time stamp in the gzip header


def test_unknown_names_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        generate.main(["no-such-drill"])
    assert "viral-review" in capsys.readouterr().err


def test_rows_are_sorted_and_unique(rows: list[Row]) -> None:
    assert 2200 <= len(rows) <= 3500
    times = [row["t"] for row in rows]
    assert times == sorted(times)
    keys = Counter((row["network"], row["id"]) for row in rows)
    assert max(keys.values()) == 1
    assert times[0] < -47 * 3600
    assert times[-1] > 7.5 * 3600


def test_every_field_is_valid(rows: list[Row]) -> None:
    seen: set[tuple[str, str]] = set()
    for row in rows:
        assert set(row) <= KNOWN
        assert row["network"] in NETWORKS
        assert isinstance(row["t"], int)
        assert row["text"] == row["text"].strip() != ""
        assert not re.search(r"[\[\]{}|\x00-\x1f]", row["text"])
        assert re.fullmatch(r"https://([\w-]+\.)+example/\S*", row["url"])
        assert all(host.endswith(".example") for host in re.findall(r"https?://([^/\s]+)", row["text"]))
        for count in ("followers", "likes", "reposts", "replies", "views"):
            assert isinstance(row.get(count, 0), int)
            assert row.get(count, 0) >= 0
        if "in_reply_to" in row:
            assert (row["network"], row["in_reply_to"]) in seen
        if row["network"] == "reviews":
            assert 1 <= row["rating"] <= 5
        seen.add((row["network"], row["id"]))


def test_no_text_is_longer_than_its_network_takes(rows: list[Row]) -> None:
    for row in rows:
        assert len(row["text"]) <= {"x": 280, "bluesky": 300, "mastodon": 500}.get(row["network"], 2000)


def test_quiet_before_loud_after_and_a_second_wave(rows: list[Row]) -> None:
    quiet = per_hour(rows, -48, 0)
    assert 8 <= sum(quiet) / 48 <= 20
    assert max(quiet) <= 32
    after = per_hour(rows, 0, 8)
    assert max(after) >= 20 * sum(quiet) / 48
    assert after.index(max(after)) in {2, 3}
    assert after[0] < after[1] < after[2]
    assert after[7] < max(after) / 2
    half = Counter(row["t"] // 1800 for row in rows)
    lull, second = half[10], max(half[11], half[12])  # 5:00 to 5:30, and the hour behind it
    assert second > lull * 1.1


def test_days_have_a_rhythm(rows: list[Row], name: str) -> None:
    plan = tomllib.loads((folder("drills") / f"{name}.grammar.toml").read_text(encoding="utf-8"))
    hours = Counter(int(plan["onset_hour"] + row["t"] / 3600) % 24 for row in rows if row["t"] < 0)
    night, day = sum(hours[hour] for hour in range(2, 7)), sum(hours[hour] for hour in range(14, 19))
    assert day > night * 1.3


def test_networks_and_languages_are_all_there(rows: list[Row]) -> None:
    crisis = [row for row in rows if row["t"] >= 0]
    assert {row["network"] for row in crisis} == NETWORKS
    assert sum(row["network"] == "news" for row in rows) >= 15
    languages = Counter(row.get("lang") for row in rows)
    assert {"en", "de", "es", "fr", "ja", "ar"} <= set(languages)
    assert languages["en"] > len(rows) / 2
    assert languages["ja"] + languages["ar"] >= 20
    assert not any(row["network"] == "news" for row in rows if row["t"] < 0)


def test_copies_and_own_words_are_both_common(rows: list[Row]) -> None:
    texts = Counter(row["text"] for row in rows)
    assert len(texts) > 0.7 * len(rows)
    assert max(texts.values()) >= 10
    assert sum(row["text"].startswith("RT @") for row in rows) > 100


def test_the_watch_finds_nearly_everything(rows: list[Row], name: str) -> None:
    terms = drill(name)["watch"]["terms"]
    found = sum(any(term in row["text"].lower() for term in terms) for row in rows)
    assert found > 0.98 * len(rows)


def test_nobody_knows_before_it_happens(rows: list[Row]) -> None:
    early = " ".join(row["text"].lower() for row in rows if row["t"] < 0)
    for word in ("leak", "peel", "breach", "wooden spoon", "for sale", "user behaviour"):
        assert word not in early


def test_influencers_named_in_the_watch_take_part(rows: list[Row], name: str) -> None:
    watch = drill(name)["watch"]
    authors = {row["author"] for row in rows}
    assert set(watch["influencers"]) <= authors
    assert authors & set(watch["own_accounts"])


def test_description_is_complete(name: str) -> None:
    text = drill(name)
    assert text["name"] == name
    assert text["recording"] == f"{name}.ndjson.gz"
    assert text["type"] in {"customer_service", "security"}
    assert text["start_minutes"] < 0 < text["end_minutes"]
    real_minutes = (text["end_minutes"] - text["start_minutes"]) / text["normal_speed"]
    assert 15 <= real_minutes <= 30
    assert 1 <= len(text["expect"]) <= 3
    for expected in text["expect"]:
        assert 1 <= expected["level"] <= 4
        assert expected["why"]
    moments = [prompt["at_minutes"] for prompt in text["coach"]]
    assert moments == sorted(moments)
    assert 5 <= len(moments) <= 8
    assert all(0 < moment < text["end_minutes"] for moment in moments)
    acts = {
        "viral-review": ["Acknowledge", "Investigate", "Respond", "Update"],
        "data-breach": ["Identify", "Public statement", "Engage with affected customers", "Recovery plan"],
    }[name]
    together = " ".join(prompt["text"] for prompt in text["coach"])
    places = [together.index(act) for act in acts]
    assert places == sorted(places)
