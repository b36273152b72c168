"""Runs first in the single file: checks that a build for this Python is inside, and finds a place to unpack.

Also Pythons that are too old have to understand it, so that they get a
sentence instead of a syntax error. The archive holds it as `__main__.py`.
"""

import os
import stat
import sys
import tempfile
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

PLACE = "CRISIS_TUI_UNPACKED"
"""The variable that says where to unpack; set by the user, or here."""


def refusal(builds: "list[str]") -> str:
    """Why this Python can't run the file, or nothing."""
    if EXTENSION_SUFFIXES[0] in builds:
        return ""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    host = EXTENSION_SUFFIXES[0].split(".")[1]
    held = ", ".join(each.split(".")[1] for each in builds)
    return f"crisis-tui: this file has no build for Python {version} on this host ({host}); it has: {held}.\n"


def _ours(folder: Path) -> bool:
    """Whether a folder is, or can be made, one that only we can write to."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return False
    private = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022
    return private and os.access(str(folder), os.W_OK | os.X_OK)


def place() -> str:
    """Where to unpack: the user's cache, else a private folder among the temporary ones.

    Code is run from there, so a folder that somebody else could have filled is never taken.
    """
    caches = [Path(os.environ.get("XDG_CACHE_HOME", "")), Path(os.environ.get("HOME", ""), ".cache")]
    wanted = [each / "crisis-tui" for each in caches if each.is_absolute()][:1]
    wanted.append(Path(tempfile.gettempdir(), f"crisis-tui-{os.geteuid()}"))
    for folder in wanted:
        if _ours(folder):
            return str(folder)
    return tempfile.mkdtemp(prefix="crisis-tui-")


def main() -> None:
    """Hand over to shiv, which unpacks once and runs the program."""
    builds = __loader__.get_data("builds.txt").decode().split()  # type: ignore[name-defined]
    fault = refusal(builds)
    if fault:
        sys.stderr.write(fault)
        sys.exit(2)
    if not os.environ.get("SHIV_ROOT") and not os.environ.get(PLACE):
        os.environ[PLACE] = place()
    import _bootstrap  # type: ignore[import-not-found]

    _bootstrap.bootstrap()


if __name__ == "__main__":
    main()
