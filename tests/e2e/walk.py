"""What is done with every installation: the commands, and the dashboard on a terminal."""

from __future__ import annotations

from crisis_tui import __version__
from crisis_tui.agent.lock import held
from tests.e2e.program import Program, mentions


def commands(program: Program) -> None:
    """Every command that a script would call, one after the other on one store."""
    assert program.run("--version").strip() == f"crisis-tui {__version__}"
    assert "assess" in program.run("--help")
    counts = program.json("ingest", "-", stdin=mentions(5))
    assert counts == {"read": 6, "stored": 5, "duplicates": 0, "quarantined": 1}
    assert program.json("mentions")["total"] == 5
    assert program.json("assess")["word"]
    assert program.json("audit", "verify")["ok"]
    assert program.json("keys")
    if "doctor" in program.run("--help"):
        assert program.json("doctor", code=1 if _faults(program) else 0)


def _faults(program: Program) -> bool:
    """Whether doctor finds something wrong with this host, which is no fault of the installation."""
    try:
        program.run("doctor", code=1)
    except AssertionError:
        return False
    return True


def drill(program: Program) -> None:
    """A whole crisis without a screen."""
    outcome = program.json("drill", "viral-review", "--headless")
    assert outcome["drill_mode"]
    assert outcome["mentions"] > 100


def dashboard(program: Program) -> None:
    """The screens come up on a drill, with an agent of this very installation beside them, and go away."""
    home = program.folder / "drills"
    with program.terminal("--home", str(home), "drill", "viral-review") as terminal:
        terminal.wait_for_text("FEED", seconds=60)
        terminal.wait_for(lambda: held(home / "drills" / "viral-review"), 30)
        terminal.send("ctrl+q")
        assert terminal.wait_for_exit() == 0
        assert terminal.restored()
    assert not held(home / "drills" / "viral-review")
