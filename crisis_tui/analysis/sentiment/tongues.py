"""The short words that tell languages apart: those we read, and those that must not be taken for them.

Words without sentiment, the most frequent of each language; a word may belong to several.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_WORDS = {
    "en": """
    a about after again all already also am an and any anybody anyone are as at away back be because
    been before being both but by can can't could day did didn't do does doesn't doing don't down
    each even ever every everyone everything first for from get gets getting go goes going gone
    gonna got had has have having he her here him his how i i'll i'm i've if in into is isn't it
    it's its just know last let like make many maybe me might more most much must my need new next
    no nobody not nothing now of off ok on once one only or other our out over people please put
    really right said same say says see she should since so some somebody someone something still
    such take than thank thanks that that's the their them then there these they thing things think
    this those though time to today tomorrow tonight too trying two u up ur us use used using very
    via want wants was way we week well went were what what's when where which while who why will
    with won't work works would year years yes yesterday yet you you're your watch free live big
    check world show find best top news phone app apps store buy order ordered arrived service team
    update download launch release video read look looks call called help fix old open long soon
    available coming ready stop start never always until between under without during against
    another around
    """,
    "de": """
    der die das und ist ich nicht ein eine einen einem einer mit von zu zum zur für auf wir ihr ihre
    den dem des es wie bei seit noch auch aber oder wenn was wer wo warum nur schon mal man mir mich
    dich dir euch sich sind war hat habe haben wird werden kann kein keine mehr nach aus über unter
    immer wieder heute jetzt hier da dann im am vom ins bin bist sehr doch weil dass daß als er sie
    uns alle alles gibt geht
    """,
    "es": """
    el la los las y es que de en un una unos unas por para con mi mis tu tus su sus no se lo le les
    del al me te nos está están estoy muy más pero como cuando donde qué quién porque ya si sí hay
    ha he han fue ser son era esta este esto eso esa ese todo todos nada desde hasta sin sobre
    también aquí ahora hoy siempre nunca cada otra otro yo ella ellos tengo tiene
    """,
    "fr": """
    le la les et est je tu il elle on nous vous ils un une des du de que qui pour avec mon ma mes
    ton ta ses son c j ce cet cette ces dans sur au aux pas ne n plus mais ou où donc car si comme
    quand pourquoi très bien tout tous rien fait être suis es sont était avoir ai as a ont avait
    depuis encore jamais toujours ici ça cela leur y en se sa par chez même
    """,
    "pt": """
    o os um uma uns umas e é que de do da dos das em no na nos nas por para com não se eu você vocês
    ele ela nós meu minha seu sua muito mais mas como quando onde porque já tem tenho foi ser são
    está estou isso este esta desde ontem amanhã cadê esse essa tudo nada até sem também aqui agora
    hoje sempre nunca pra pro ao à ou só
    """,
    "it": """
    il lo la gli le un una di del della dei delle che e è per con non si mi ti ci ho hai ha abbiamo
    sono sei era questo questa quello quella come quando dove perché più ma anche solo molto tutto
    tutti niente nel nella sul sulla al alla da dal se mio mia tuo suo oggi ora sempre mai ancora io
    noi voi
    """,
    "nl": """
    de het een en van ik je jij u hij zij ze we wij niet is dat die dit deze op te met voor aan in
    er maar om ook als naar bij nog wel dan zo wat wie waar waarom hoe geen mijn jouw zijn haar ons
    heb hebt heeft had was worden wordt kan kunnen moet nu al weer meer veel heel door uit over tot
    """,
    "id": """
    yang dan di ini itu tidak ada untuk dengan dari ke pada saya aku kamu kami kita dia mereka nggak
    gak ga ngga banget sudah udah lagi juga bisa mau apa kenapa kalau kalo aja saja kok sih dong deh
    nya akan belum bukan karena jadi sama lebih sangat semua hari tapi atau seperti buat bagus jelek
    orang baru terus masih harus
    """,
    "tl": """
    ang ng mga sa na at ay ko mo niya namin natin nila ako ikaw siya kami tayo sila hindi wala may
    meron lang din rin naman pa po opo kasi para kung ano bakit saan yung ito iyan yan nga pala
    talaga sana dahil
    """,
    "tr": """
    ve bir bu şu o da de için ile çok ama ben sen biz siz onlar değil var yok mı mi mu mü ne neden
    nasıl gibi daha en kadar sonra önce şimdi bugün hep hiç her şey olan olarak oldu diye ya
    """,
    "pl": """
    i w na z ze do nie to jest się że o po za od jak co ten ta te tego tej ja ty on ona my wy oni
    mam masz ma są był była być już tylko jeszcze bardzo ale bo czy gdzie kiedy dlaczego mnie mi
    moje dla przez tak
    """,
    "nordic": """
    och att det är som en ett på av för med inte jag du han hon vi ni de den har hade kan ska vill
    var när men om så från till mycket bara nu här og er ikke jeg til af fra meget også hvad hvor
    hvorfor min mit din når eller der å hva hvordan veldig
    """,
    "fi": """
    ja on ei se että oli olen olet ovat en et mutta kun niin kuin mitä missä miksi minä sinä hän me
    te he tämä nyt vain myös jo vielä hyvin kaikki mun sun
    """,
    "ro": """
    și si la de în in cu pe un o este e nu că ca sunt am ai are au mai dar din pentru care ce cum
    unde când foarte tot acum sau eu tu el ea noi voi
    """,
    "vi": """
    và là của có không được cho với này đó tôi bạn anh em mình ở đã đang sẽ rất quá nhưng nếu thì mà
    những các một
    """,
}

WORDS: Final[Mapping[str, frozenset[str]]] = {
    name: frozenset(words.split()) for name, words in _WORDS.items()
}
"""The words by language; "nordic" stands for Swedish, Danish and Norwegian together."""
