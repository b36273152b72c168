"""The user's editor."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from crisis_tui.terminal import editor


def script(folder: Path, body: str) -> dict[str, str]:
    path = folder / "my editor"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o700)
    return {"PATH": os.environ["PATH"], "VISUAL": f"'{path}' -w", "EDITOR": "nothing-of-the-kind"}


def test_the_text_comes_back_and_the_file_goes(tmp_path: Path) -> None:
    environ = script(tmp_path, 'test "$1" = -w && stat -c %a "$2" > "$0.mode" && echo " more" >> "$2"')
    outcome = editor.edit("first line é", folder=tmp_path / "drafts", environ=environ)
    assert outcome == editor.EditOutcome("first line é more")
    assert not list((tmp_path / "drafts").iterdir())
    assert (tmp_path / "my editor.mode").read_text().strip() == "600"
    assert stat.S_IMODE((tmp_path / "drafts").stat().st_mode) == 0o700


def test_nothing_changed_gives_the_same_text(tmp_path: Path) -> None:
    for text in ("", "one", "one\n", "one\n\n"):
        assert editor.edit(text, folder=tmp_path, environ=script(tmp_path, "exit 0")).text == text


@pytest.mark.parametrize(
    ("body", "how"),
    [('echo new > "$2"; exit 3', "exit code 3"), ('echo new > "$2"; kill -9 $$', "signal 9")],
)
def test_a_failing_editor_leaves_its_text(tmp_path: Path, body: str, how: str) -> None:
    outcome = editor.edit("old", folder=tmp_path, environ=script(tmp_path, body))
    assert outcome.text is None
    assert outcome.path is not None
    assert outcome.path.read_text() == "new\n"
    assert how in outcome.message
    assert str(outcome.path) in outcome.message


def test_a_file_that_is_gone_or_no_text_is_told(tmp_path: Path) -> None:
    gone = editor.edit("old", folder=tmp_path, environ=script(tmp_path, 'rm "$2"'))
    assert gone.text is None
    assert "nothing was taken over" in gone.message
    other = editor.edit("old", folder=tmp_path, environ=script(tmp_path, "printf '\\377' > \"$2\""))
    assert other.text is None
    assert other.path is not None
    assert other.path.exists()


def test_no_editor_is_one_clear_sentence(tmp_path: Path) -> None:
    outcome = editor.edit("x", folder=tmp_path, environ={"PATH": str(tmp_path)})
    assert outcome.text is None
    assert "set VISUAL or EDITOR" in outcome.message
    assert "nowhere" in editor.edit("x", folder=tmp_path, environ={"PATH": "", "EDITOR": "nowhere"}).message
    assert "$EDITOR" in editor.edit("x", folder=tmp_path, environ={"EDITOR": "vi 'unclosed"}).message
    assert not list(tmp_path.iterdir())


def test_fallbacks_are_tried_in_order(tmp_path: Path) -> None:
    for name in ("nano", "vi"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o700)
        assert editor.command({"PATH": str(tmp_path)}) == [str(tmp_path / name)]
