"""The rows of the benchmark program, its table, and what it remembers."""

from __future__ import annotations

from pathlib import Path

from bench.report import Row, last_run, save, table


def test_a_bar_is_met_on_its_own_side() -> None:
    assert Row("speed", 60, 100, "rows/s", 0.5, more_is_better=True).verdict == "ok"
    assert Row("speed", 40, 100, "rows/s", 0.5, more_is_better=True).verdict == "MISSED"
    assert Row("cost", 40, 100, "ms", 0.5).verdict == "ok"
    assert Row("cost", 60, 100, "ms", 0.5).verdict == "MISSED"
    assert Row("cost", 60, 100, "ms").verdict == ""


def test_nothing_is_met_by_nothing_only() -> None:
    assert Row("idle", 0, 0, "bytes", 1.0).verdict == "ok"
    assert Row("idle", 1, 0, "bytes", 1.0).verdict == "MISSED"


def test_columns_stand_under_each_other() -> None:
    rows = [Row("short", 1, 2, "ms", 1.5), Row("a longer name", 123_456, 0.5, "rows/s")]
    head, *lines = table(rows, {"short": 0.25}).splitlines()
    end = head.index("ratio") + len("ratio")
    assert [line[:end].split()[-1] for line in lines] == ["0.50", "246912.00"]
    assert lines[0].split()[-2:] == ["ok", "0.25"]


def test_a_run_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "results" / "latest.json"
    assert last_run(path) == {}
    save([Row("cost", 3, 2, "ms", 2.0), Row("idle", 0, 0, "bytes", 1.0)], {"cores": 2}, path)
    assert last_run(path) == {"cost": 1.5}
    path.write_text("{", "utf-8")
    assert last_run(path) == {}
