"""Hard lines of our own making.

`SEEN` was looked at while the guards were made. `UNSEEN` was written with it and looked at only at the end,
but by the hand that then extended the lexicon. `FRESH` was written after lexicon and model were frozen.
"""

from __future__ import annotations

SEEN: tuple[tuple[str, str], ...] = (
    # sarcasm
    ("Oh great, another two hour hold with the helpline. Just what my evening needed.", "negative"),
    ("Wow, a parcel that arrives empty. Top marks, really.", "negative"),
    ("Love paying full price for half a sandwich", "negative"),
    # swearing as praise, and as blame
    ("this blender is fucking amazing", "positive"),
    ("holy shit the new update is so good", "positive"),
    ("damn, these boots are comfy as hell", "positive"),
    ("what the hell have you done to the menu", "negative"),
    # negation
    ("not bad at all, might come back", "positive"),
    ("Ordered twice now and no problems whatsoever", "positive"),
    ("Nothing to complain about, arrived in a day", "positive"),
    ("I wouldn't call that good service", "negative"),
    ("It never worked, not even once", "negative"),
    # negated complaint
    ("never had to wait long for them, always helpful", "positive"),
    ("The flight was not late and the seats weren't cramped, well done", "positive"),
    # faces
    ("😡😡😡", "negative"),
    ("my order 🤬", "negative"),
    ("😍😍", "positive"),
    # complaint without a strong word
    ("app down?", "negative"),
    ("still waiting, day nine", "negative"),
    ("third time this week the card reader gives up", "negative"),
    ("@shop any chance somebody answers my email from last Tuesday?", "negative"),
    # thanks after a fix
    ("Update: they called me back and sorted everything. Thank you Priya!", "positive"),
    # quoting
    ('The sign says "we value your feedback". The feedback box is nailed shut.', "negative"),
    ('They wrote "a terrible idea" on the poster, it is the title of their new play', "neutral"),
    # rhetorical question
    ("How does a bank lose a whole branch's paperwork?", "negative"),
    # mixed language
    ("Le service client? absolute joke, never again", "negative"),
    # plain
    ("Does the blue kettle come with a two year warranty?", "neutral"),
    ("Doors open at nine, the keynote is in hall 4", "neutral"),
)

UNSEEN: tuple[tuple[str, str], ...] = (
    ("Brilliant, the lift is out again. Eleven floors with a pram, thanks a bunch.", "negative"),
    ("So glad I upgraded to a phone that switches itself off", "negative"),
    ("Nice touch charging me for the refund", "negative"),
    ("bloody brilliant gig last night", "positive"),
    ("That was a damn fine breakfast", "positive"),
    ("your new bike is sick, I want one", "positive"),
    ("fuck this company and its hidden fees", "negative"),
    ("Can't say a bad word about the staff in Leeds", "positive"),
    ("no issues with the delivery this time", "positive"),
    ("It isn't the worst coffee, actually quite nice", "positive"),
    ("not exactly what I would call fresh", "negative"),
    ("The heating does not work and nobody seems to care", "negative"),
    ("didn't have to queue and nobody was rude, lovely", "positive"),
    ("I was worried it would break but it hasn't let me down once", "positive"),
    ("🤮", "negative"),
    ("the soup today 👎", "negative"),
    ("new colours ❤️🔥", "positive"),
    ("website is down again", "negative"),
    ("been on hold since lunch", "negative"),
    ("four emails, zero replies", "negative"),
    ("two weeks and my money has not come back", "negative"),
    ("Credit where due: the engineer came on Sunday and fixed it in ten minutes", "positive"),
    ('"Next day delivery" they said. It is Friday. I ordered on Monday.', "negative"),
    ('The book is called "Everything is Awful" and it is out in May', "neutral"),
    ("Who thought removing the headphone port was a good idea?", "negative"),
    ("muy mal, this is the worst airline ever", "negative"),
    ("What time does the store in Cork close on Sundays?", "neutral"),
    ("The company moves its head office to Lyon in spring", "neutral"),
)

FRESH: tuple[tuple[str, str], ...] = (
    ("Marvellous. The train I paid extra for has no seats and no heating.", "negative"),
    ("Thank you so much for emailing my password to my neighbour", "negative"),
    ("10 out of 10 for effort, zero for actually turning up", "negative"),
    ("Ten years a member and this is how you say goodbye. Classy.", "negative"),
    ("these headphones are bloody gorgeous", "positive"),
    ("fuck yes the tickets finally came", "positive"),
    ("that burger was stupid good", "positive"),
    ("what a damn shambles", "negative"),
    ("can't fault the driver, on time to the minute", "positive"),
    ("zero complaints from me, this vacuum is a beast", "positive"),
    ("hardly a good look for a bank", "negative"),
    ("I do not recommend this garage to anybody", "negative"),
    ("wasn't expecting much but it doesn't leak and it isn't noisy. Sold!", "positive"),
    ("They never overcharge and never rush you", "positive"),
    ("😤😤", "negative"),
    ("guess who has no hot water 🙃", "negative"),
    ("mum got her card today 🥰", "positive"),
    ("login page spins forever", "negative"),
    ("nobody at the desk for forty minutes", "negative"),
    ("my card was declined three times with money on it", "negative"),
    ("second replacement, same crack in the same corner", "negative"),
    ("Fair enough, they said sorry, sent a new one and it runs perfectly", "positive"),
    ('"Your call is important to us." Sure it is, sixty minutes in.', "negative"),
    ("My son is called Terry and he hates the song Happy", "neutral"),
    ("Is it really so hard to put the lid on a cup?", "negative"),
    ("C'est nul, your website is broken", "negative"),
    ("Which platform does the 8.40 to Bath leave from?", "neutral"),
    ("The museum is free on the first Monday of the month", "neutral"),
)
