"""Made-up posts: the same for the same seed, with the lengths, scripts and fields that feeds bring."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

COMMON, RARE = "acme", "zeppelin"
"""Words for searches: in about half of all posts, and in one of 500."""

RARE_EVERY = 500

_NETWORKS = ("mastodon", "bluesky", "x", "reddit", "trustpilot", "news")
_SPOKEN = (
    "the a my this order refund kettle pan handle broke again support answered never waiting since Monday "
    "really love great terrible scam careful anyone else has same problem with their app down login data "
    "leak email password please fix it now thread photo video review stars would not buy twice delivery "
    "late box damaged replacement sent nobody calls back shame company statement says sorry but facts burnt "
    "hand child kitchen recall safety friend told me today yesterday why how when where because still"
)
_WORDS = _SPOKEN.split()
_ELSEWHERE = (
    "Die Pfanne ist nach zwei Tagen kaputt, und der Kundendienst schweigt – schönen Dank!",
    "Je n'ai jamais été remboursé… quelle déception, évitez cette marque",
    "¿Alguien más tiene problemas con la aplicación? No puedo entrar desde ayer",
    "取っ手が外れました。返金の連絡がまだ来ません。",
    "Сервис не отвечает уже неделю, деньги не вернули",
    "خدمة سيئة جدا ولا أحد يرد على الرسائل",
)
_SURNAMES = ("🌻", "Müller", "Smith", "Øster", "Lee", "")
_MARKS = ("😡", "👍🏽", "🙏", "❤️", "👩‍👩‍👧", "🔥🔥")


class Posts:
    """A stream of posts that ends now or at a given moment, oldest first."""

    def __init__(self, count: int, *, seed: int = 1, end: datetime | None = None) -> None:
        self.count = count
        self._random = random.Random(seed)
        self._end = end or datetime.now(UTC).replace(microsecond=0)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The posts as the objects of the ingest format."""
        step = timedelta(days=6) / self.count
        for place in range(self.count):
            yield self._post(place, self._end - step * (self.count - place))

    def write(self, path: Path) -> None:
        """The posts as an NDJSON file."""
        with path.open("w", encoding="utf-8") as file:
            for post in self:
                file.write(json.dumps(post, ensure_ascii=False) + "\n")

    def _post(self, place: int, at: datetime) -> dict[str, Any]:
        pick = self._random
        name = f"{pick.choice(_WORDS)}{pick.randrange(40_000)}"
        post: dict[str, Any] = {
            "network": pick.choice(_NETWORKS),
            "id": f"{115_000_000_000_000_000 + place * 977}",
            "text": self._text(place),
            "created_at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "author": f"@{name}@example.social" if place % 3 else name,
            "author_name": f"{name.title()} {pick.choice(_SURNAMES)}".strip(),
            "followers": int(pick.paretovariate(0.7) * 40) % 2_000_000,
            "url": f"https://social.example/@{name}/{place}",
            "lang": "en",
            "likes": pick.randrange(30),
            "reposts": pick.randrange(9),
            "replies": pick.randrange(5),
        }
        if place % 4 == 0:
            post["in_reply_to"] = f"{115_000_000_000_000_000 + max(0, place - 5) * 977}"
        if place % 10 == 0:
            post["visibility"] = "public"
        return post

    def _text(self, place: int) -> str:
        pick = self._random
        words = pick.choices(_WORDS, k=pick.randrange(6, 44))
        if pick.random() < 0.47:
            words[pick.randrange(len(words))] = COMMON if pick.random() < 0.5 else "#Acme"
        if place % RARE_EVERY == 0:
            words.append(RARE)
        chance = pick.random()
        if chance < 0.12:
            words.insert(pick.randrange(len(words)), pick.choice(_ELSEWHERE))
        elif chance < 0.30:
            words.append(pick.choice(_MARKS))
        elif chance < 0.36:
            words.insert(len(words) // 2, "\n\n")
        return " ".join(words).capitalize()
