"""Checks of what the settings say of watches and sources: can each term hear, can each secret be had?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from crisis_tui.checks.base import Check
from crisis_tui.config import Settings
from crisis_tui.secrets import secret
from data.matcher import deaf
from data.models.secret import is_reference
from data.sources.base import AuthError, references


def watches(settings: Settings) -> Iterator[Check]:
    """Watches with terms that can hear nothing."""
    for name, watch in settings.watch.items():
        if wrong := deaf(watch):
            yield Check(name=f"watch {name}", state="note", says=wrong)


async def secrets(settings: Settings, *, agent_runs: bool) -> list[Check]:
    """Each secret is asked for once, as the agent would, and shown to nobody."""
    asked = [(str(each.name), reference) for each in settings.source for reference in references(each)]
    alert = (settings.alert.webhook, settings.alert.webhook_secret)
    asked += [("alerts", each) for each in alert if each is not None and is_reference(each)]
    return list(await asyncio.gather(*(_secret(*each, agent_runs=agent_runs) for each in asked)))


async def _secret(owner: str, reference: str, *, agent_runs: bool) -> Check:
    name = f"secret of {owner}"
    try:
        await secret(reference)()
    except AuthError as error:
        # The agent may have been started with variables that this call lacks.
        elsewhere = agent_runs and reference.startswith("env:")
        if elsewhere:
            return Check(name=name, state="note", says=f"{error} The agent that runs may have it.")
        return Check(name=name, state="fault", says=str(error))
    return Check(name=name, state="ok", says=f"{reference.partition(':')[0]}: can be read")
