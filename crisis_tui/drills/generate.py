"""Writes the drill recordings that ship, the same bytes of text for the same seed.

python -m crisis_tui.drills.generate [NAME ...] [--out DIR]
"""

from __future__ import annotations

import argparse
import gzip
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import cos, exp, pi
from pathlib import Path
from random import Random
from typing import Any

from crisis_tui.drills.cast import Author, Cast
from crisis_tui.drills.phrases import Noise, Phrasebook, pick, weighted
from data.library import folder

Row = dict[str, Any]

_MOODS = {"praise": 1, "defend": 1, "chat": 0, "ask": 0, "question": 0, "news_talk": -0.5}
_REVIEWED = frozenset({"praise", "defend", "gripe", "anger", "me_too", "second", "boycott", "outage"})
_STARS = {"praise": (5, 5, 4), "defend": (5, 4), "gripe": (2, 3)}
_UNCASED = frozenset({"ja", "ar"})
_NO_LANGUAGE = frozenset({"reddit"})  # this network does not say
_LIMITS = {"x": 280, "bluesky": 300, "mastodon": 500}
_QUIET_WAYS = frozenset({"reviews", "reddit"})  # nobody passes a post on there


def drill_names() -> list[str]:
    """The drills whose material is in the library."""
    suffix = ".grammar.toml"
    found = (entry.name for entry in folder("drills").iterdir())
    return sorted(name.removesuffix(suffix) for name in found if name.endswith(suffix))


def _material(name: str) -> dict[str, Any]:
    return tomllib.loads((folder("drills") / name).read_text(encoding="utf-8"))


def rate_at(points: Sequence[tuple[float, float]], minute: float) -> float:
    """The value of a line through points; 0 before the first and after the last."""
    for (start, low), (end, high) in pairwise(points):
        if start <= minute <= end:
            return low + (high - low) * (minute - start) / (end - start)
    return 0.0


def _poisson(rng: Random, mean: float) -> int:
    floor, count, product = exp(-mean), 0, rng.random()
    while product > floor:
        count += 1
        product *= rng.random()
    return count


def _cut(text: str, limit: int) -> str:
    """The text within a network's limit, without half a link at its end."""
    if len(text) > limit:
        text = text[:limit]
        last = text.rfind("http")
        text = text[:last] if last > text.rfind(" ") else text
    return text.strip()


@dataclass(slots=True)
class _Spreading:
    """A post that others pass on."""

    row: Row
    pull: float
    language: str
    shared: int = 0

    def weight(self, t: int) -> float:
        age = (t - self.row["t"]) / 3600
        return self.pull * min(1.0, 0.15 + age * 3) * exp(-age / 1.4) if age >= 0 else 0.0


@dataclass(slots=True)
class Recording:
    """One drill while it is being written."""

    plan: Mapping[str, Any]
    book: Phrasebook
    cast: Cast
    rng: Random
    rows: list[Row] = field(default_factory=list)
    spreading: list[_Spreading] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    outlets: set[str] = field(default_factory=set)

    def run(self, first: int, last: int) -> list[Row]:
        """All rows between two minutes, sorted by time."""
        posts = sorted(self.plan["post"], key=lambda post: post["at"])
        for minute in range(first, last):
            while posts and posts[0]["at"] <= minute:
                self._scripted(posts.pop(0))
            for curve in self.plan["curve"]:
                for _ in range(_poisson(self.rng, self._rate(curve, minute) / 60)):
                    t = minute * 60 + int(self.rng.random() * 60)
                    if curve["topic"] == "echo":
                        self._echo(t)
                    else:
                        self._spoken(t, curve["topic"], bool(curve.get("calm")))
        self.rows.sort(key=lambda row: (row["t"], row["network"], row["id"]))
        return self.rows

    def _rate(self, curve: Mapping[str, Any], minute: int) -> float:
        rate = rate_at(curve["points"], minute)
        if not curve.get("calm"):
            return rate * float(self.plan["scale"])
        hour = (self.plan["onset_hour"] + minute / 60) % 24
        return rate * (1.0 + 0.42 * cos((hour - 16.5) / 24 * 2 * pi))  # least at 4:30, most at 16:30

    def _heat(self, t: int) -> float:
        return min(1.0, max(0.0, t / 9000))

    def _id(self, network: str) -> tuple[str, int]:
        count = self.counters[network] = self.counters.get(network, 0) + 1
        shapes = {
            "x": f"19{count:013d}",
            "mastodon": f"1150{count:09d}",
            "bluesky": f"3l{count:06d}k",
            "reddit": f"t3_z{count:05d}",
            "reviews": f"r{count:05d}",
        }
        return shapes.get(network, f"n{count:04d}"), count

    def _add(self, t: int, network: str, text: str, author: Author, lang: str, **more: Any) -> Row:
        native, _ = self._id(network)
        row: Row = {"network": network, "id": native, "t": t, "text": _cut(text, _LIMITS.get(network, 2000))}
        row["author"], row["author_name"] = author.handle, author.name
        if network not in _QUIET_WAYS and network != "news":
            row["followers"] = author.followers
        if network not in _NO_LANGUAGE:
            row["lang"] = lang
        row["url"] = self._url(network, native, author)
        if network != "news":
            row.update(self._counts(network, author.followers))
        row.update(more)
        self.rows.append(row)
        return row

    def _url(self, network: str, native: str, author: Author) -> str:
        if network == "reviews":
            return f"{self.plan['product_url']}#{native}"
        return f"https://{network}.example/{author.handle.lstrip('@')}/{native}"

    def _counts(self, network: str, followers: int) -> Row:
        rng = self.rng
        if network == "reviews":
            return {"likes": int(rng.random() ** 6 * 12)}
        size = 2 + followers**0.6 / 6
        likes = int(rng.random() ** 4 * size)
        counts = {"likes": likes, "replies": int(rng.random() ** 5 * size / 3)}
        if network != "reddit":
            counts["reposts"] = int(likes * rng.random() * 0.35)
        if network == "x":
            counts["views"] = int((20 + followers * 0.2) * (0.3 + rng.random()))
        return counts

    def _spoken(self, t: int, topic: str, calm: bool) -> None:
        rng, plan = self.rng, self.plan
        part = "calm" if calm else "crisis"
        early = not calm and t < plan.get("spills_over", 0) * 60
        network = weighted(rng, plan["mix"]["onset" if early else part])
        if network == "reviews" and topic not in _REVIEWED:
            network = "x"
        language = weighted(rng, plan["languages"][part])
        if not self.book.has(language, topic):
            language = "en"
        text = self.book.sentence(rng, language, topic)
        if network in _QUIET_WAYS and rng.random() < 0.35:
            more_to_say = self.book.sentence(rng, language, topic)
            if more_to_say[:12].lower() != text[:12].lower():
                text = f"{text}{'' if text[-1] in '.!?。؟' else '.'} {more_to_say}"
        if network == "reviews":
            text = text.replace("@", "")
        elif not any(term in text.lower() for term in plan["terms"]):
            text = (
                f"{text} {pick(rng, plan['tags'][part])}"  # or nobody who listens for the brand would find it
            )
        mood = _MOODS.get(topic, -1)
        tags = plan["tags"]["calm" if calm or mood > 0 else "crisis"]
        text = self.book.dressed(rng, text, mood, language not in _UNCASED, tags)
        author = self.cast.author(rng, network, language, self._heat(t))
        more: Row = {"rating": pick(rng, _STARS.get(topic, (1, 1, 1, 2)))} if network == "reviews" else {}
        parent = None if calm or network == "reviews" or rng.random() > 0.3 else self._parent(network, t)
        if parent is not None:
            more["in_reply_to"] = parent["id"]
            if network == "x" and not text.startswith("@") and parent["author"] != author.handle:
                text = f"{parent['author']} {text}"
        row = self._add(t, network, text, author, language, **more)
        if not calm and network not in _QUIET_WAYS and rng.random() < 0.04:
            self.spreading.append(_Spreading(row, 1.5 + author.followers / 4000, language))

    def _parent(self, network: str, t: int) -> Row | None:
        """The post on this network that draws most answers now, more often than others."""
        posts = [post for post in self.spreading if post.row["network"] == network and post.row["t"] < t]
        weights = {str(at): post.weight(t) for at, post in enumerate(posts)}
        return posts[int(weighted(self.rng, weights))].row if any(weights.values()) else None

    def _echo(self, t: int) -> None:
        """Somebody passes a post on: as it stands, with a word before it, or copied without a name."""
        rng = self.rng
        weights = {str(at): post.weight(t) for at, post in enumerate(self.spreading)}
        if not any(weights.values()):
            return
        source = self.spreading[int(weighted(rng, weights))]
        if source.row["t"] >= t:
            return
        network = source.row["network"]
        if network in {"news", "reddit"} or rng.random() < 0.18:
            network = weighted(rng, {"x": 55, "mastodon": 20, "bluesky": 25})
        author = self.cast.author(rng, network, source.language, self._heat(t))
        if author.handle == source.row["author"]:
            return
        source.shared += 1
        self._add(t, network, self._passed_on(source, network), author, source.language)

    def _passed_on(self, source: _Spreading, network: str) -> str:
        rng, text = self.rng, str(source.row["text"])
        words = ""
        if rng.random() < 0.4 and self.book.has(source.language, "lead_in"):
            words = self.book.sentence(rng, source.language, "lead_in")
        if source.row["network"] == "news":
            headline = text.partition(". ")[0]
            return f"{words} {headline} {source.row['url']}".strip()
        same = network == source.row["network"]
        way = rng.random()
        if same and network == "x" and way < 0.62:
            text = f"RT {source.row['author']}: {text}"
            return text if len(text) <= 140 else _cut(text, 139) + "…"
        if same and way < 0.8:
            return f"{words or pick(rng, ('👇', '⬇️', '👀', 'This.'))} {text}".strip()
        if way < 0.9:
            return f'"{text}" via {source.row["author"]} {words}'.strip()
        return self.book.dressed(rng, text, -1, False, self.plan["tags"]["crisis"])

    def _scripted(self, post: Mapping[str, Any]) -> None:
        rng = self.rng
        network, language = post["network"], post.get("lang", "en")
        t = int(post["at"] * 60) + (0 if post["at"] == 0 else int(rng.random() * 50))
        counts = {key: post[key] for key in ("likes", "reposts", "replies", "views") if key in post}
        author = Author(post.get("author", post["name"]), post["name"], post.get("followers", 0))
        if post.get("reply") and self.spreading:
            counts["in_reply_to"] = self.spreading[0].row["id"]
        if network == "news":
            counts["url"] = self._article(post["name"], post["slug"])
        row = self._add(t, network, post["text"], author, language, **counts)
        self.spreading.append(_Spreading(row, post.get("pull", 1), language))
        self.outlets = {post["name"]}
        for _ in range(post.get("copies", 0)):
            name = self.cast.outlet(rng, language, self.outlets)
            self.outlets.add(name)
            later = t + 240 + int(rng.random() * 3300)
            link = self._article(name, post["slug"])
            self._add(later, network, post["text"], Author(name, name, 0), language, url=link)

    @staticmethod
    def _article(outlet: str, slug: str) -> str:
        host = "".join(letter for letter in outlet.lower() if letter.isascii() and letter.isalnum())
        return f"https://{host}.example/{slug}"


def build(name: str) -> list[Row]:
    """The rows of one drill."""
    plan, people, drill = _material(f"{name}.grammar.toml"), _material("cast.toml"), _material(f"{name}.toml")
    noise = people["noise"]
    book = Phrasebook(
        plan["text"],
        plan["slots"],
        Noise(noise["emoji_bad"], noise["emoji_good"], noise["emoji_any"], plan["terms"]),
    )
    recording = Recording(plan, book, Cast(people), Random(plan["seed"]))  # noqa: S311 - a script, not a secret
    return recording.run(-48 * 60, drill["end_minutes"])


def lines(rows: Sequence[Row]) -> Iterator[str]:
    """One JSON object a line."""
    for row in rows:
        yield json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"


def write(name: str, out: Path) -> Path:
    """Generate one drill into a folder."""
    path = out / f"{name}.ndjson.gz"
    body = "".join(lines(build(name))).encode()
    path.write_bytes(gzip.compress(body, compresslevel=9, mtime=0))
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of this script."""
    parser = argparse.ArgumentParser(prog="python -m crisis_tui.drills.generate", description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a drill; all of them without a name")
    parser.add_argument("--out", type=Path, help="folder to write to; the library's own without it")
    chosen = parser.parse_args(arguments)
    unknown = sorted(set(chosen.names) - set(drill_names()))
    if unknown:
        parser.error(f"no such drill: {', '.join(unknown)}; there are: {', '.join(drill_names())}")
    out = chosen.out or Path(str(folder("drills")))
    out.mkdir(parents=True, exist_ok=True)
    for name in chosen.names or drill_names():
        path = write(name, out)
        print(f"{path.name}: {path.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
