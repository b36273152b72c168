"""`crisis-tui backtest`: one score a row, whatever shape the history has."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import math
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisis_tui.cli import main
from crisis_tui.cli.backtest import Row, Unreadable, backtest, read

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
Scores = Callable[..., list[float]]


@pytest.fixture
def scores(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Scores:
    """The scores that the command prints for lines of a file."""

    def run(lines: Sequence[str], *, end: str = "\n") -> list[float]:
        file = tmp_path / "history.csv"
        file.write_bytes("".join(line + end for line in lines).encode())
        assert main(["backtest", str(file), "--json"]) == 0
        out, err = capsys.readouterr()
        assert err == ""
        found = json.loads(out)["scores"]
        assert all(0 <= score <= 1 for score in found)
        return list(found)

    return run


def history(days: int, minutes: float = 5, burst: int = 600) -> list[tuple[datetime, int]]:
    """Days with a night, a burst of two hours (or one row) at noon of the last."""
    rnd = Random(3)
    rows = []
    for n in range(round(days * 1440 / minutes)):
        at = BEGIN + n * timedelta(minutes=minutes)
        mean = minutes * 4 * (1.5 - math.cos(2 * math.pi * (at - BEGIN) / timedelta(days=1)))
        if at - BEGIN >= timedelta(days=days - 1, hours=12) > at - BEGIN - timedelta(hours=2):
            mean += burst * minutes / 5
        rows.append((at, max(1, round(rnd.gauss(mean, mean**0.5)))))
    if minutes == 1440:
        rows[-1] = (rows[-1][0], rows[-1][1] * 4)
    return rows


def lines(rows: Sequence[tuple[datetime, int]]) -> list[str]:
    return ["timestamp,value", *(f"{at:%Y-%m-%dT%H:%M:%SZ},{count}" for at, count in rows)]


def told(found: Sequence[float]) -> list[int]:
    return [place for place, score in enumerate(found) if score >= 0.5]


@pytest.mark.parametrize("minutes", [0.5, 1, 2, 4, 5, 10, 60, 180, 1440])
def test_a_burst_is_told_in_rows_of_any_width(scores: Scores, minutes: float) -> None:
    days = 30 if minutes >= 60 else 8
    rows = history(days, minutes)
    found = scores(lines(rows))
    assert len(found) == len(rows)
    noon = round((days - 0.5) * 1440 / minutes) if minutes < 1440 else days - 1
    assert told(found)
    assert noon <= told(found)[0] < noon + max(15 / minutes, 1)
    assert len(told(found)) <= 5


def test_header_zone_ends_of_line_and_seconds_do_not_matter(scores: Scores) -> None:
    rows = history(4)
    wanted = scores(lines(rows))
    assert told(wanted)
    assert scores(lines(rows)[1:]) == wanted
    assert scores(lines(rows), end="\r\n") == wanted
    assert scores(["\ufefftimestamp,value", "", *lines(rows)[1:], ""]) == wanted
    assert scores([f"{at:%Y-%m-%d %H:%M:%S},{count}" for at, count in rows]) == wanted
    assert scores([f"{at.timestamp():.0f},{count}.0" for at, count in rows]) == wanted
    assert (
        scores([f"{(at + timedelta(hours=2)).replace(tzinfo=None)}+02:00,{count}" for at, count in rows])
        == wanted
    )
    assert (
        scores(["value,note,timestamp", *(f'{count},"a, b",{at.isoformat()}' for at, count in rows)])
        == wanted
    )


@settings(max_examples=20)
@given(st.lists(st.integers(0, 400), min_size=2, max_size=120), st.randoms(use_true_random=False))
def test_rows_in_any_order_keep_their_scores(counts: list[int], rnd: Random) -> None:
    first = BEGIN.timestamp()
    rows = [Row(first + 3600 * place, count) for place, count in enumerate(counts)]
    wanted = backtest(rows).scores
    order = list(range(len(rows)))
    rnd.shuffle(order)
    assert backtest([rows[place] for place in order]).scores == [wanted[place] for place in order]


def test_of_rows_with_one_time_the_highest_is_read(scores: Scores) -> None:
    rows = history(4)
    wanted = scores(lines(rows))
    doubled = [each for at, count in rows for each in ((at, count), (at, count // 2), (at, count))]
    found = scores(lines(doubled))
    assert found[::3] == wanted
    assert not any(found[1::3])
    assert not any(found[2::3])


def test_a_gap_of_collection_is_not_silence(scores: Scores) -> None:
    """A busy feed that was down: were its gap zeros, the usual volume after it would be news."""
    rows = history(8, burst=0)
    down = [row for row in rows if not timedelta(days=3) < row[0] - BEGIN < timedelta(days=5)]
    assert told(scores(lines(down))) == []
    zeros = [row if row in down else (row[0], 0) for row in rows]
    assert told(scores(lines(zeros)))


def test_a_file_that_leaves_zeros_out_is_read_with_them(scores: Scores) -> None:
    rnd = Random(1)
    whole = [(BEGIN + n * timedelta(minutes=5), int(rnd.random() < 0.3)) for n in range(288 * 6)]
    whole += [(BEGIN + n * timedelta(minutes=5), 4) for n in range(288 * 6, 288 * 6 + 12)]
    whole[0] = (BEGIN, 1)
    sparse = [row for row in whole if row[1]]
    with_zeros = scores(lines(whole))
    without = scores(lines(sparse))
    assert told(with_zeros)
    assert without == [score for score, (_, count) in zip(with_zeros, whole, strict=True) if count]


def test_single_posts_can_be_rows(scores: Scores) -> None:
    """A post a row, at its second: the rows of 5 minutes are counted as they come."""
    rnd = Random(2)
    posts = sorted(rnd.uniform(0, 6 * 86_400) for _ in range(1500))
    raid = sorted(rnd.uniform(6 * 86_400, 6 * 86_400 + 1200) for _ in range(200))
    found = scores([f"{BEGIN.timestamp() + at:.0f},1" for at in (*posts, *raid)])
    assert len(found) <= 1700
    assert 1500 <= told(found)[0] < 1600
    assert len(told(found)) < 6


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("timestamp,value\n2026-01-01,1\nsoon,2\n", "line 3: 'soon' is no time"),
        ("2026-01-01,1\n2026-01-02,many\n", "line 2: 'many' is no number of mentions"),
        ("2026-01-01,1\n2026-01-02,-1\n", "line 2: '-1' is no number of mentions"),
        ("2026-01-01,1\n2026-01-02,nan\n", "line 2: 'nan' is no number of mentions"),
        ("2026-01-01,1\n1e99,2\n", "line 2: '1e99' is no time"),
        ("2026-01-01,1\n\n2026-01-02\n", "line 3 has no two columns"),
        ("2026-01-01,\n", "line 1: '' is no number of mentions"),
        ("", "there are no rows"),
        ("timestamp,value\n", "there are no rows"),
        ("2026-01-01,1\n2026-01-08,2\n2026-01-15,2\n", "its rows lie 7 days apart"),
        ("2026-01-01,1\n\x1b[2Jevil" + "x" * 200 + ",2\n", "line 2: '\\x1b[2Jevil"),
    ],
)
def test_what_can_not_be_read_is_one_sentence(
    text: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "history.csv"
    file.write_bytes(text.encode())
    assert main(["backtest", str(file), "--json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert sentence in err
    assert err.count("\n") == 1
    assert "\x1b" not in err
    assert len(err) < 400


@pytest.mark.parametrize("mark", [";", "\t"])
def test_semicolons_and_tabs_part_columns_too(scores: Scores, mark: str) -> None:
    rows = lines(history(8))
    wanted = scores(rows)
    assert told(wanted)
    assert scores([row.replace(",", mark) for row in rows]) == wanted
    assert scores(["", *(row.replace(",", mark) for row in rows[1:])]) == wanted, "without a header"
    assert scores([f"{row}{mark}a, note" for row in (row.replace(",", mark) for row in rows[1:])]) == wanted
    assert scores([f"{row},a{mark}note" for row in rows[1:]]) == wanted, "commas part, the rest is text"


def test_milliseconds_are_times(scores: Scores) -> None:
    rows = history(8)
    assert scores([f"{at.timestamp() * 1000:.0f},{count}" for at, count in rows]) == scores(lines(rows))


@pytest.mark.parametrize("text", ["202601010000", "20260101000000", "1e15", "8000000000"])
def test_other_long_numbers_are_no_times(text: str) -> None:
    with pytest.raises(Unreadable, match="is no time"):
        read([f"{text},1\n"])


def test_a_closed_standard_input_is_called_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert main(["backtest", "-"]) == 2
    assert capsys.readouterr().err == "crisis-tui: standard input can't be used: it is closed.\n"


@pytest.mark.parametrize("content", ["timestamp,value\n2026-01-01,1\n".encode("utf-16"), None])
def test_what_is_no_text_or_not_there_is_one_sentence(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "history.csv"
    if content is not None:
        file.write_bytes(content)
    assert main(["backtest", str(file)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@settings(max_examples=50)
@given(st.text(alphabet='0123456789-:TZ,;\t."\n\r +e\x00a', max_size=80))
def test_any_text_is_rows_or_a_sentence(text: str) -> None:
    with contextlib.suppress(Unreadable):
        rows = read(io.StringIO(text, newline=""))
        assert len(backtest(rows).scores) == len(rows)


def test_in_words_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = history(15)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("\n".join(lines(rows)).encode())))
    assert main(["backtest", "-"]) == 0
    *alarms, explained, summary = capsys.readouterr().out.splitlines()
    assert alarms[0].startswith("2026-03-16 12:00 UTC  ")
    assert "in 5 minutes, far above a usual day's peak (z " in alarms[0]
    assert "standard deviations" in explained
    assert summary.startswith("4,320 rows of 5 minutes over 15 days: ")
    assert summary.endswith(
        f"{len(alarms)} alarm{'s' if len(alarms) > 1 else ''}, {len(alarms) * 7 / 15:.2g} a week."
    )


def test_one_row_is_one_score(scores: Scores) -> None:
    assert scores(["2026-01-01,900"]) == [0]


def test_a_real_raid_is_told_before_its_peak(scores: Scores, shared_data: Path) -> None:
    complete = {"twitterisdead", "spacekaren", "musktwitter", "elonmuskis"}
    counts: dict[int, int] = {}
    for row in gzip.decompress((shared_data / "takeover-2022.ndjson.gz").read_bytes()).splitlines():
        post = json.loads(row)
        if complete & set(post["queries"]):
            start = int(datetime.fromisoformat(post["created_at"]).timestamp()) // 300 * 300
            counts[start] = counts.get(start, 0) + 1
    end = datetime(2022, 11, 19, tzinfo=UTC)
    starts = range(min(counts), int(end.timestamp()), 300)
    found = scores([f"{start},{counts.get(start, 0)}" for start in starts])
    alarms = [
        datetime.fromtimestamp(start, UTC) for start, score in zip(starts, found, strict=True) if score >= 0.5
    ]
    assert alarms[0] - datetime.fromtimestamp(starts[0], UTC) >= timedelta(days=1)
    assert not [
        at for at in alarms if datetime(2022, 11, 9, tzinfo=UTC) <= at < datetime(2022, 11, 18, tzinfo=UTC)
    ]
    raid = next(at for at in alarms if at >= datetime(2022, 11, 18, tzinfo=UTC))
    assert datetime(2022, 11, 18, 0, 30, tzinfo=UTC) < raid < datetime(2022, 11, 18, 1, 45, tzinfo=UTC)
