"""What a watch would have matched among the mentions that are stored."""

from __future__ import annotations

import asyncio
from collections import Counter

from data.matcher import Matcher, Terms
from data.models.base import Model, Moment, SafeLine
from data.models.mention import StoredMention
from data.models.watch import Watch
from data.store import Store

MOST = 50_000
"""How many of the newest mentions a dry run looks at; that takes a second or two."""

SAMPLES = 20
_PAGE = 1_000


class DryRun(Model):
    """What a watch takes and leaves of the `read` newest mentions, back to `since`.

    `competitors` gives the mentions that name each of them, for the share of
    voice; `taken` and `left` are the newest examples.
    """

    read: int
    matched: int
    since: Moment | None
    networks: dict[str, int]
    competitors: dict[str, int]
    taken: tuple[SafeLine, ...]
    left: tuple[SafeLine, ...]

    @property
    def words(self) -> str:
        """The result as one sentence."""
        if not self.read:
            return "Nothing is stored yet, so there is nothing to try this on."
        share = f"{self.matched / self.read:.0%}"
        return f"Matches {self.matched:,} of the {self.read:,} newest mentions ({share})."


class _Tally:
    def __init__(self, watch: Watch) -> None:
        self._matcher = Matcher(watch)
        self._rivals = {name: Terms(terms) for name, terms in watch.competitors.items()}
        self.networks: Counter[str] = Counter()
        self.competitors: Counter[str] = Counter(dict.fromkeys(watch.competitors, 0))
        self.taken: list[str] = []
        self.left: list[str] = []
        self.read = 0

    def add(self, page: list[StoredMention]) -> None:
        """Count one page."""
        for item in page:
            mention = item.mention
            self.read += 1
            for name, terms in self._rivals.items():
                self.competitors[name] += terms(mention.text)
            taken = self._matcher(mention)
            if taken:
                self.networks[mention.network] += 1
            examples = self.taken if taken else self.left
            if len(examples) < SAMPLES:
                examples.append(
                    f"{mention.created_at:%Y-%m-%d %H:%M} {mention.network}"
                    f" {mention.author or '-'}: {mention.text[:200]}"
                )


async def dry_run(store: Store, watch: Watch, *, most: int = MOST) -> DryRun:
    """Try a watch on the newest mentions of a store; nothing is changed."""
    tally = _Tally(watch)
    before: int | None = None
    since = None
    while tally.read < most:
        page = await store.mentions.page(before=before, limit=min(_PAGE, most - tally.read))
        if not page:
            break
        await asyncio.to_thread(tally.add, page)
        before = page[-1].seq
        since = min(item.mention.created_at for item in (page[-1], page[0]))
    return DryRun(
        read=tally.read,
        matched=sum(tally.networks.values()),
        since=since,
        networks=dict(tally.networks.most_common()),
        competitors=dict(tally.competitors),
        taken=tuple(tally.taken),
        left=tuple(tally.left),
    )
