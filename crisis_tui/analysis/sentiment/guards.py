"""What a text says so plainly that the model is not asked: a listed phrase or an angry face, uncontradicted.

The model learned from posts about films, football and politics, where few wait for a parcel.
"""

from __future__ import annotations

from crisis_tui.analysis.sentiment.features import Found
from crisis_tui.analysis.sentiment.lexicon import Force, saturated, total
from crisis_tui.analysis.sentiment.reading import Label

_PLAIN = 1.5  # the least weight of a phrase that settles it
_TURNS = frozenset("but until till unless anymore however though although if ?".split())  # noqa: SIM905
_FACE = 2.0  # the least weight of a face that settles it


def plainly(found: Found) -> tuple[Label, float] | None:
    """The label and score in [-1, 1] that the lexicon alone is sure of; None where it is not.

    Sure means: a complaint phrase ("still waiting"); or a phrase that praises by its own "not" ("no
    problems"), or a complaint that is denied ("never late") with no turn after it; or a face; and no entry
    of the lexicon that says the opposite.
    """
    forces = found.forces
    if not forces:
        return None
    if all(force.weight < 0 for force in forces):
        sure = any(_settles(found, force) for force in forces)
        label: Label = "negative"
    elif all(force.weight > 0 for force in forces):
        sure = any(
            (_settles(found, force) and (force.hit.fixed or _is_face(found, force)))
            or (force.hit.weight <= -_PLAIN and _TURNS.isdisjoint(found.tokens))
            for force in forces
        )
        label = "positive"
    else:
        return None
    return (label, round(saturated(total(forces, found.tokens)), 4)) if sure else None


def _settles(found: Found, force: Force) -> bool:
    if force.hit.end - force.hit.at > 1:
        return abs(force.hit.weight) >= _PLAIN
    return _is_face(found, force) and abs(force.hit.weight) >= _FACE


def _is_face(found: Found, force: Force) -> bool:
    first = found.tokens[force.hit.at][0]
    return not first.isalnum()
