"""`crisis-tui score`: how texts read, one a line: sentiment, crisis type, and the words that drove both."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from crisis_tui.cli import imports_that_stay
from crisis_tui.cli._run import DONE, USAGE, complain, print_json, say
from data.text import clean, clean_line

HELP = "read the sentiment and crisis type of texts, one a line, from a file or from standard input with -"

_SHOWN = 60  # letters of a text in the table, which then fits a wide terminal


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE|- and --json."""
    parser.add_argument("file", metavar="FILE", help="one text a line, UTF-8; - for standard input")
    parser.add_argument("--json", action="store_true", help="print a list with one object a line of input")


def _lines(content: bytes) -> list[str]:
    """The lines as an editor counts them: only a line feed ends one, and the last one needs none."""
    rows = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    if not rows[-1]:
        rows.pop()
    return [row.removesuffix(b"\r").decode("utf-8", "replace") for row in rows]


def _read(lines: list[str]) -> Iterator[dict[str, object]]:
    with imports_that_stay():
        from crisis_tui.agent.score import model, rules

    scorer, types = model(), rules()
    for line in lines:
        text = clean(line)
        tone = scorer.score(text)
        # As the agent does: praise is about no crisis, whatever it names.
        about = types.classify(text) if tone.label != "positive" else None
        yield {
            "sentiment": tone.label,
            "score": tone.score,
            "type": about.type.value if about and about.type else "none",
            "words": list(dict.fromkeys((*tone.words, *(about.words if about else ())))),
        }


def _table(lines: list[str]) -> None:
    say(f"{'sentiment':9}  {'score':>6}  {'type':16}  text  [words]")
    for line, row in zip(lines, _read(lines), strict=True):
        text = clean_line(line)
        short = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
        words = row["words"]
        told = f"  [{clean_line(', '.join(map(str, words)))}]" if isinstance(words, list) and words else ""
        say(f"{row['sentiment']:9}  {row['score']:+6.2f}  {row['type']:16}  {short}{told}")


def run(options: argparse.Namespace) -> int:
    """Read each line by itself; nothing is stored."""
    try:
        if options.file == "-":
            content = sys.stdin.buffer.read() if sys.stdin is not None else b""
        else:
            content = Path(options.file).read_bytes()
    except IsADirectoryError:
        complain(f"{options.file} is a folder; name a file with one text a line.")
        return USAGE
    except OSError as error:
        complain(f"{options.file} can't be read ({error.strerror}); check its name and mode.")
        return USAGE
    lines = _lines(content)
    if options.json:
        print_json(list(_read(lines)))
    else:
        _table(lines)
    return DONE
