"""What a text says so plainly that the model is not asked, or not followed.

The model learned from posts about films, football and politics, where few wait for a parcel.
"""

from __future__ import annotations

from dataclasses import dataclass

from crisis_tui.analysis.sentiment.features import Found
from crisis_tui.analysis.sentiment.grammar import GRAMMARS
from crisis_tui.analysis.sentiment.lexicon import (
    DECIDED,
    Force,
    Lexicon,
    forces,
    hits,
    saturated,
    span,
    total,
)
from crisis_tui.analysis.sentiment.reading import Label

_PLAIN = 1.5  # the least weight of a phrase that settles it
_TURNS = frozenset("but until till unless anymore however though although if ?".split())  # noqa: SIM905
_FACE = 2.0  # the least weight of a face that settles it

_SAYS = DECIDED - 0.01  # the least weight that praises or blames; "never late" is 0.9 but for rounding
_NEGATORS = GRAMMARS["en"].negators
_CRIES = frozenset({"!", "!!"})

# Politeness and wishes stand in the lists as good words, but stand beside complaints too.
_POLITE = frozenset("please help want care hope like hand sure free save safe trust well".split())  # noqa: SIM905
# Slang that blames and praises alike, so that only the model can tell.
_SLANG = frozenset(
    "sick crazy insane wicked mad killer killing bomb dope badass hell damn shit fuck fucking wtf omg".split()  # noqa: SIM905
)

# What can be denied: "no warning" and "no excuse" are complaints, "no outage" is none.
_TROUBLES = frozenset(
    "problem problems issue issues trouble troubles outage outages delay delays error errors bug bugs crash "  # noqa: SIM905
    "crashes glitch glitches complaint complaints damage lag mold mould".split()
)
_DENYING = frozenset("have had has any a an single seen see experienced more".split())  # noqa: SIM905

_GRAVE = Lexicon(
    "en",
    {
        phrase.strip(): weight
        for weight, phrases in {
            -2.0: """
                burned down, burnt down, badly burned, badly burnt, severely burned, caught fire,
                catching fire, burst into flames, house on fire, kitchen on fire, car on fire, burned
                my, burned her, burned his, burned our, burnt my, burnt her, burnt his, burned me, burnt
                me, injured, hospitalised, hospitalized, electrocuted, maggots, maggot
            """,
            -1.5: """
                want a refund, want my refund, want refund, want our refund, want a full refund, need a
                refund, need my refund, demand a refund, demand my refund, give me my refund, give me a
                refund, give us a refund, my refund now, refund me, refund us, refund now, where is my
                refund, where's my refund, refund refund, refund ! refund, give me my money, answer me,
                answer us, reply to me, respond to me, mold, mould, exploded, exploding, to hospital, in
                hospital, to the hospital, got sick, got ill, got sick from, fell ill
            """,
            -1.0: """
                in the hospital, ambulance, choked, bleeding
            """,
            -0.5: """
                refund, hospital, burned, burnt
            """,
            0.0: """
                sales exploded, views exploded, popularity exploded, demand exploded, followers
                exploded, need to answer me, quick refund, fast refund, got my refund, got a refund, got
                our refund
            """,
        }.items()
        for phrase in phrases.split(",")
    },
)
"""Demands and dangers; they act here alone, because the weights of the model stand for the lists it was
trained with. Our own list; a weight of 0 keeps the words of a phrase from counting."""


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


@dataclass(frozen=True, slots=True)
class Blame:
    """What the lists hold against a text without praise: their sum (at most 0), and the words."""

    total: float
    grave: float
    words: tuple[str, ...]

    @property
    def reading(self) -> tuple[Label, float]:
        """Negative where the sum is clear, else neutral; with a score in [-1, 0]."""
        if self.total <= -DECIDED:
            return "negative", round(saturated(self.total), 4)
        return "neutral", 0.0


def blamed(found: Found) -> Blame | None:
    """What forbids to read a text as positive; None where nothing does, or where there is a word of praise.

    An entry counts once however often it is said, and exclamation marks do not count.
    """
    if praised(found):
        return None
    tokens = ["!" if token in _CRIES else token for token in found.tokens]
    against: dict[str, float] = {}
    for force in found.forces:
        token = found.tokens[force.hit.at]
        single = force.hit.end - force.hit.at == 1
        if force.weight <= -_SAYS and not (single and (token in _SLANG or token in _NEGATORS)):
            entry = span(found.tokens, force)
            against[entry] = min(force.weight, against.get(entry, 0.0))
    grave: dict[str, float] = {}
    serious = [] if _GRAVE.starts.isdisjoint(tokens) else hits(_GRAVE, tokens)
    for force in forces(_GRAVE, tokens, tokens, serious) if serious else ():
        if force.weight < 0:
            grave[span(tokens, force)] = force.weight
    if not against and not grave:
        return None
    words = sorted({**against, **grave}.items(), key=lambda item: item[1])
    own = sum(grave.values())
    return Blame(sum(against.values()) + own, own, tuple(word for word, _ in words))


def denied(found: Found) -> bool:
    """Whether a text only says that there is no trouble: "no outage today", "didn't have any problems"."""
    tokens = found.tokens
    if _TROUBLES.isdisjoint(tokens) or not _TURNS.isdisjoint(tokens) or "just" in tokens:
        return False
    used: set[int] = set()
    for at, token in enumerate(tokens):
        if token in _TROUBLES:
            back = at - 1
            while back >= 0 and tokens[back] in _DENYING:
                back -= 1
            if back < 0 or tokens[back] not in _NEGATORS:
                return False
            used.add(back)
    return bool(used) and all(force.weight > 0 or force.hit.at in used for force in found.forces)


def unraised(found: Found) -> str | None:
    """The text said once and without exclamation marks; None where it is so already."""
    quiet = [token for token in dict.fromkeys(found.tokens) if token not in _CRIES]
    return " ".join(quiet) if len(quiet) < len(found.tokens) else None


def praised(found: Found) -> bool:
    """Whether the lists find a word of praise."""
    return any(_praises(found, force) for force in found.forces)


def _praises(found: Found, force: Force) -> bool:
    single = force.hit.end - force.hit.at == 1
    return force.weight >= _SAYS and not (single and found.tokens[force.hit.at] in _POLITE)
