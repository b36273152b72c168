"""Makes the single file: `fetch` the locked wheels, then `build` it without a network.

The compiled parts for every Python and processor that we name lie side by
side in the file, as their names differ; the rest is pure Python.
"""

from __future__ import annotations

import argparse
import re
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PROCESSORS = ("x86_64", "aarch64")
GLIBCS = ("manylinux_2_17", "manylinux2014", "manylinux_2_28")
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input")
UNWANTED = re.compile(
    r"(^|/)(tests?|__pycache__)/|\.pyc$|\.dist-info/(RECORD|INSTALLER|REQUESTED|direct_url\.json)$"
)
STAMP = (1980, 1, 1, 0, 0, 0)


def say(text: str) -> None:
    """Tell whoever runs make."""
    sys.stdout.write(f"{text}\n")


def blocks(lock: str) -> dict[str, str]:
    """The requirements of a lock file, each with its hashes, by name."""
    found = re.findall(r"^([A-Za-z0-9._-]+)(==(?:[^\n]*\\\n)*[^\n]*)$", lock, re.MULTILINE)
    return {name: f"{name}{rest}\n" for name, rest in found}


def normal(name: str) -> str:
    """A project's name as it is compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def compiled(wheels: Path) -> set[str]:
    """The names of those wheels that are built for one Python."""
    return {
        normal(each.name.split("-")[0]) for each in wheels.glob("*.whl") if not each.stem.endswith("-any")
    }


def _download(requirements: Path, wheels: Path, *target: str) -> bool:
    command = [*PIP, "download", "--require-hashes", "--no-deps", "--only-binary=:all:", *target]
    done = subprocess.run([*command, "-r", requirements, "-d", wheels], check=False)  # noqa: S603
    return done.returncode == 0


def fetch(lock: Path, wheels: Path) -> bool:
    """Fill a folder with the locked wheels: ours, then the compiled ones of other Pythons and processors."""
    shutil.rmtree(wheels, ignore_errors=True)
    wheels.mkdir(parents=True)
    if not _download(lock, wheels):
        say("The locked wheels could not be fetched.")
        return False
    required = blocks(lock.read_text())
    names = compiled(wheels)
    missing = []
    with tempfile.TemporaryDirectory() as folder:
        some = Path(folder) / "compiled.lock"
        some.write_text("".join(block for name, block in required.items() if normal(name) in names))
        for python in PYTHONS:
            for processor in PROCESSORS:
                abi = f"cp{python.replace('.', '')}"
                target = ["--implementation=cp", f"--python-version={python}", f"--abi={abi}"]
                target += [f"--platform={glibc}_{processor}" for glibc in GLIBCS]
                if not _download(some, wheels, *target):
                    missing.append(f"{python} on {processor}")
    if missing:
        say(f"Not fetched: compiled parts for Python {', '.join(missing)}; the single file will be without.")
    return not missing


def _unpack(wheel: Path, tree: Path, *, only_compiled: bool = False) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if only_compiled and not name.endswith(".so"):
                continue
            if not UNWANTED.search(name) and ".data/" not in name:
                archive.extract(name, tree)


def _from_wheels(wheels: Path, tree: Path) -> None:
    # In order of their names, so that the pure parts of a compiled wheel are those of the first.
    seen = set()
    for wheel in sorted(wheels.glob("*.whl")):
        name = normal(wheel.name.split("-")[0])
        _unpack(wheel, tree, only_compiled=name in seen)
        seen.add(name)


def _from_installed(names: Sequence[str], tree: Path) -> None:
    for name in names:
        for file in metadata.distribution(name).files or ():
            if ".." not in file.parts and not UNWANTED.search(file.as_posix()):
                target = tree / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(file.locate()), target)


def _ourselves(tree: Path, folder: Path) -> None:
    options = ["--no-deps", "--no-build-isolation", "--wheel-dir"]
    subprocess.run([*PIP, "wheel", *options, folder, ROOT], check=True)  # noqa: S603
    for wheel in folder.glob("*.whl"):
        _unpack(wheel, tree)


def builds(tree: Path) -> list[str]:
    """The endings, as in `.cpython-311-x86_64-linux-gnu.so`, for which every compiled module is there.

    Raises:
        ValueError: a compiled module is there for no Python in particular.
    """
    endings: dict[str, set[str]] = {}
    for each in tree.rglob("*.so"):
        stem, dot, rest = each.name.partition(".")
        if not rest.startswith("cpython-"):
            raise ValueError(f"{each.name} can't lie beside its like for another Python")
        endings.setdefault(str(each.relative_to(tree).with_name(stem)), set()).add(dot + rest)
    if not endings:
        return [str(sysconfig.get_config_var("EXT_SUFFIX"))]
    return sorted(set.intersection(*endings.values()))


def _entries(packed: Path, start: str, built: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(packed) as archive:
        for name in archive.namelist():
            if name != "__main__.py" and not name.endswith("/"):
                yield name, archive.read(name)
    yield "builds.txt", "\n".join(built).encode()
    yield "__main__.py", start.encode()


def _repack(packed: Path, output: Path, built: Sequence[str]) -> None:
    """Put our own start before shiv's, with the same dates and modes wherever it is built."""
    start = (Path(__file__).parent / "zipapp_main.py").read_text()
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open("wb") as file:
        file.write(b"#!/usr/bin/env python3\n")
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in _entries(packed, start, built):
                entry = zipfile.ZipInfo(name, STAMP)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = (stat.S_IFREG | 0o644) << 16
                archive.writestr(entry, content)
    output.chmod(0o755)


def build(lock: Path, wheels: Path | None, output: Path) -> list[str]:
    """Make the file; returns the endings of the Pythons and processors that it is for.

    Without fetched wheels it is made from what is installed here, for this Python only.
    """
    with tempfile.TemporaryDirectory() as folder:
        tree, packed = Path(folder) / "tree", Path(folder) / "packed.pyz"
        tree.mkdir()
        if wheels is not None and any(wheels.glob("*.whl")):
            _from_wheels(wheels, tree)
        else:
            say("No fetched wheels: made from what is installed, for this Python and processor only.")
            _from_installed(list(blocks(lock.read_text())), tree)
        _ourselves(tree, Path(folder) / "own")
        built = builds(tree)
        command = [sys.executable, "-m", "shiv", "--reproducible", "--root", "$CRISIS_TUI_UNPACKED"]
        command += ["--entry-point", "crisis_tui.cli:main", "--site-packages", str(tree), "-o", str(packed)]
        subprocess.run(command, check=True)  # noqa: S603
        _repack(packed, output, built)
    return built


def main() -> int:
    """`fetch --lock L --wheels D` or `build --wheels D --output F`."""
    parser = argparse.ArgumentParser(prog="scripts.zipapp", description=__doc__)
    parser.add_argument("action", choices=["fetch", "build"])
    parser.add_argument("--lock", type=Path, default=ROOT / "requirements.lock")
    parser.add_argument("--wheels", type=Path, required=True)
    parser.add_argument("--output", type=Path, default=ROOT / "dist" / "crisis-tui.pyz")
    options = parser.parse_args()
    if options.action == "fetch":
        return 0 if fetch(options.lock, options.wheels) else 1
    built = build(options.lock, options.wheels, options.output)
    say(f"{options.output}: {options.output.stat().st_size:,} bytes, for {', '.join(built)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
