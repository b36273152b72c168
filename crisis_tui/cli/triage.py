"""`crisis-tui triage`: decide about one mention, or say what was decided."""

from __future__ import annotations

import argparse
import asyncio
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crisis_tui.cli._run import DONE, NO, USAGE, complain, places, print_json, say
from data.models.triage import Answer, Mark

if TYPE_CHECKING:
    from crisis_tui.response.triage import TriageAct
    from data.models.mention import StoredMention
    from data.models.triage import Triage
    from data.store import Store

HELP = "decide about a mention: answer, marks, assignment, tone, evidence; or say what was decided"

_NONE = "none"
_TONES = ("negative", "neutral", "positive")


def _dashed(value: str) -> str:
    return value.strip().lower().replace("-", "_").replace(" ", "_")


def arguments(parser: argparse.ArgumentParser) -> None:
    """NETWORK, ID, one option an act, and --json."""
    marks = [mark.value for mark in Mark]
    parser.add_argument("network", metavar="NETWORK", help="such as mastodon")
    parser.add_argument("id", metavar="ID", help="what the network calls it, as mentions --json gives it")
    parser.add_argument(
        "--answer",
        metavar="HOW",
        type=_dashed,
        choices=[*(each.value for each in Answer), _NONE],
        help="monitor, fix_facts, restore, let_stand, or none",
    )
    parser.add_argument(
        "--mark",
        metavar="MARK",
        type=_dashed,
        choices=marks,
        action="append",
        help="influential, needs_answer",
    )
    parser.add_argument(
        "--unmark", metavar="MARK", type=_dashed, choices=marks, action="append", help="take a mark away"
    )
    parser.add_argument("--assign", metavar="NAME", help="a person of the team; '' for nobody")
    parser.add_argument(
        "--teach",
        metavar="TONE",
        type=_dashed,
        choices=[*_TONES, _NONE],
        help="negative, neutral, positive, or none for what the model reads",
    )
    parser.add_argument("--evidence", metavar="REASON", help="keep a whole copy; '' for no reason")
    parser.add_argument("--no-evidence", action="store_true", help="it is evidence no more; the copy stays")
    parser.add_argument("--json", action="store_true", help="print what stands then as JSON")


def _acts(options: argparse.Namespace, store: Store, item: StoredMention) -> list[TriageAct]:
    """The acts that were asked for, in the order of the options."""
    from crisis_tui.response import triage
    from data.models.mention import Tone

    subject = store.triage.subject(item)
    acts = []
    if options.answer is not None:
        acts.append(triage.answer(subject, None if options.answer == _NONE else Answer(options.answer)))
    acts += [triage.mark(subject, Mark(each), True) for each in options.mark or ()]
    acts += [triage.mark(subject, Mark(each), False) for each in options.unmark or ()]
    if options.assign is not None:
        acts.append(triage.assign(subject, options.assign))
    if options.teach is not None:
        tone = None if options.teach == _NONE else Tone(options.teach)
        renewed = store.triage.subject(item, renewed=tone is not None)
        acts.append(triage.teach(renewed, tone, item.tone))
    if options.evidence is not None:
        acts.append(triage.keep(subject, item, options.evidence))
    if options.no_evidence:
        acts.append(triage.let_go(subject))
    return acts


async def _now(store: Store) -> datetime:
    from crisis_tui.clock import SystemClock
    from crisis_tui.drills.clock import DrillClock

    drill = await store.standing.drill_time()
    return (DrillClock(drill) if drill else SystemClock()).now()


async def _decide(options: argparse.Namespace, folder: Path) -> tuple[StoredMention | None, Triage | None]:
    from crisis_tui.triaging import Triaging
    from crisis_tui.who import actor
    from data.store import Store

    async with Store.open(folder) as store:
        item = await store.mentions.find(options.network.lower(), options.id)
        if item is None:
            return None, None
        now = await _now(store)
        acts = _acts(options, store, item)
        if acts:
            await Triaging(store, actor(), lambda: now).record(*acts)
        (item,) = await store.triage.attach([item])
    return item, item.triage


def run(options: argparse.Namespace) -> int:
    """Decide, then print what stands."""
    from crisis_tui.response.acts import ActRefusedError

    if options.no_evidence and options.evidence is not None:
        complain("--evidence and --no-evidence exclude each other; give one of them.")
        return USAGE
    try:
        item, triage = asyncio.run(_decide(options, places(options).store))
    except ActRefusedError as error:
        complain(str(error))
        return USAGE
    if item is None:
        complain(
            f"No mention {options.id} of {options.network} is stored; crisis-tui mentions --json has ids."
        )
        return NO
    if options.json:
        row = None if triage is None else triage.model_dump(mode="json", exclude_none=True)
        print_json({"network": item.mention.network, "id": item.mention.id, "triage": row})
        return DONE
    if triage is None:
        say("Nothing was decided about this mention.")
    else:
        words = triage.words(lambda moment: f"{moment:%Y-%m-%d %H:%M} UTC")
        say(words or "Nothing is decided any more about this mention.")
    return DONE
