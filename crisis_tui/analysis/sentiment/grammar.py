"""The few words of each language that change the words beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grammar:
    """The few words of a language that change the words beside them."""

    negators: frozenset[str] = frozenset()
    trailing: frozenset[str] = frozenset()
    not_only: frozenset[str] = frozenset()
    stronger: frozenset[str] = frozenset()
    weaker: frozenset[str] = frozenset()
    swearing: frozenset[str] = frozenset()
    but: frozenset[str] = frozenset()
    function: frozenset[str] = frozenset()


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


GRAMMARS: Mapping[str, Grammar] = {
    "en": Grammar(
        negators=_set(
            "not no never none nobody nothing neither nor cannot without hardly barely can't won't "
            "don't doesn't didn't isn't aren't wasn't weren't wouldn't couldn't shouldn't hasn't "
            "haven't hadn't ain't cant wont dont doesnt didnt isnt wasnt arent wouldnt couldnt hasnt "
            "havent aint"
        ),
        not_only=_set("only just doubt wonder joke kidding matter"),
        stronger=_set(
            "very really so extremely absolutely totally completely utterly super truly incredibly "
            "insanely such too seriously literally beyond unbelievably ridiculously"
        ),
        weaker=_set("slightly somewhat kinda bit little fairly sorta partly almost mildly"),
        swearing=_set("fucking fuckin freaking frickin damn bloody hella goddamn"),
        but=_set("but however though"),
        function=_set(
            "the and is are was to of my your you for it this that with have has i not what why be on at they"
        ),
    ),
    "de": Grammar(
        negators=_set("nicht kein keine keinen keinem keiner keines nie niemals ohne nichts kaum weder"),
        trailing=_set("nicht nie nichts"),
        not_only=_set("nur"),
        stronger=_set(
            "sehr so echt total absolut wirklich extrem richtig völlig unglaublich ganz einfach mega"
        ),
        weaker=_set("etwas bisschen leicht ziemlich"),
        swearing=_set("verdammt verdammte scheiß scheiss sau"),
        but=_set("aber jedoch doch"),
        function=_set(
            "der die das und ist ich nicht ein eine mit von zu für auf wir ihr den es wie bei seit noch"
        ),
    ),
    "es": Grammar(
        negators=_set("no nunca jamás sin ni tampoco nada"),
        not_only=_set("solo sólo"),
        stronger=_set(
            "muy tan super súper realmente totalmente absolutamente bastante increíblemente demasiado"
        ),
        weaker=_set("algo poco"),
        swearing=_set("puto puta jodido jodida"),
        but=_set("pero sino aunque"),
        function=_set("el la los las y es que de en un una por con para mi no se lo del al me está muy"),
    ),
    "fr": Grammar(
        negators=_set("pas jamais ne n sans aucun aucune ni rien"),
        trailing=_set("pas jamais"),
        not_only=_set("seulement que"),
        stronger=_set(
            "très trop vraiment tellement super totalement absolument extrêmement complètement hyper si"
        ),
        weaker=_set("peu assez légèrement"),
        swearing=_set("putain foutrement"),
        but=_set("mais pourtant cependant"),
        function=_set(
            "le la les et est je un une des du de que qui pour avec mon ma c j ce il vous nous dans sur"
        ),
    ),
}
