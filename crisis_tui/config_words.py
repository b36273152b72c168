"""What is wrong in the settings, in words: where, what, and how the right form looks."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.models.base import Model

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


@dataclass(frozen=True)
class Table:
    """A table of the settings: its name in the file, which of several it is, and how a person calls it.

    `kind` chooses the examples: the kind of a source, `watch`, `terminal` or `alert`.
    """

    name: str = ""
    nth: int = 0
    spoken: str = ""
    kind: str = ""


_EXAMPLES = {
    "organisation": '"Acme"',
    "name": '"news"',
    "kind": '"mastodon"',
    "every": "60",
    "monthly_cost_cap_usd": "50",
    "url": '"https://forum.example.com"',
    "mastodon.url": '"https://mastodon.social"',
    "feed.url": '"https://example.com/feed.xml"',
    "bluesky.url": '"https://bsky.social"',
    "jetstream.url": '"wss://jetstream2.us-east.bsky.network/subscribe"',
    "token": '"env:MASTODON_TOKEN"',
    "x.token": '"env:X_TOKEN"',
    "mastodon.read": '["tags", "notifications"]',
    "bluesky.read": '["notifications", "search"]',
    "x.read": '"search"',
    "tags": '["acme"]',
    "stream": "true",
    "since_hours": "24",
    "handle": '"acme.example"',
    "password": '"file:~/.config/crisis-tui/bluesky"',
    "hold_s": "300",
    "network": '"news"',
    "all": "true",
    "query": '"acme"',
    "user_id": '"2244994945"',
    "fields": '"tweet"',
    "refresh": "false",
    "usd_per_post": "0.005",
    "usd_per_owned_post": "0.001",
    "usd_per_author": "0",
    "client_id": '"Ab12cd34Ef56gh"',
    "client_secret": '"env:REDDIT_SECRET"',
    "username": '"acme_support"',
    "subreddits": '["acme"]',
    "search": "true",
    "api_key": '"env:FORUM_KEY"',
    "api_username": '"system"',
    "app_id": '"284882215"',
    "countries": '["us", "de"]',
    "secret": '"file:~/.config/crisis-tui/webhook"',
    "listen": '"127.0.0.1:8765"',
    "webhook.path": '"/mentions"',
    "tail.path": '"/var/log/mentions.ndjson"',
    "drop.path": '"/var/spool/crisis-tui"',
    "max_body_kb": "256",
    "max_per_minute": "600",
    "terms": '["acme", "#acme"]',
    "exclude": '["acme anvil"]',
    "languages": '["en", "de"]',
    "sources": '["masto"]',
    "own_accounts": '["@acme"]',
    "own_followers": "120000",
    "influencers": '["@reporter"]',
    "competitors": '{ Rival = ["rival", "#rival"] }',
    "colours": '"auto"',
    "mouse": "false",
    "theme": '"textual-dark"',
    "from_level": '"emergent"',
    "cool_down_minutes": "30",
    "bell": "true",
    "notice": '"auto"',
    "alert.command": '["notify-oncall", "--urgent"]',
    "alert.webhook": '"env:PAGER_URL"',
    "webhook_secret": '"file:~/.config/crisis-tui/pager"',
    "keys": '{ "main.search" = "slash" }',
    "inputs": "{ volume = { weight = 2, points = [1.5, 2, 3, 6] } }",
    "inputs.velocity": "{ weight = 2, points = [240, 120, 60, 20] }",
    "bands": "{ emergent = 15, incident = 35, crisis = 60 }",
    "least_volume": "5",
    "least_volume_young": "50",
    "least_ratio": "1.5",
    "least_scored": "20",
    "influential_followers": "50000",
    "media_networks": '["news", "rss", "press"]',
    "burst_z": "0.75",
    "burst_level": '"emergent"',
    "hold_minutes": "60",
    "low_coverage": "0.6",
}
"""The right form of each key, as it is written; that of a kind is named with it."""

_PLAIN = {
    "string_type": "must be text in quotes",
    "path_type": "must be a path in quotes",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "decimal_type": "must be a number",
    "decimal_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_pattern_mismatch": "does not have the right form",
}


def explain(error: ErrorDetails, table: Table, model: type[Model]) -> str:
    """One fault as a sentence without file and line."""
    head = f"{table.spoken}: " if table.spoken else ""
    place = error["loc"]
    if error["type"] == "missing":
        key = str(place[-1])
        given = example(table, key)
        return f'{table.spoken or "the file"} lacks "{key}"' + (f"; write such as {given}." if given else ".")
    if error["type"] == "extra_forbidden":
        known = _inner(model, place[:-1]).model_fields
        return f'{head}"{place[-1]}" is not a setting; {nearest(str(place[-1]), known)}'
    words = _words(error)
    if not place:
        return f"{head}{words}."
    numbers = [part for part in place if isinstance(part, int)]
    key = ".".join(str(part) for part in place if not isinstance(part, int))
    item = f", item {numbers[0] + 1}," if numbers else ""
    # An input whose bounds fall has an example of its own.
    near = ".".join(str(part) for part in place[:2])
    given = example(table, near if near in _EXAMPLES else str(place[0]))
    return f'{head}"{key}"{item} {words}{_shown(error)}' + (f"; write such as {given}." if given else ".")


def example(table: Table, key: str) -> str:
    """A line as it is right, such as `every = 60`; empty where none is known."""
    value = _EXAMPLES.get(f"{table.kind}.{key}", _EXAMPLES.get(key))
    return f"{key} = {value}" if value else ""


def _words(error: ErrorDetails) -> str:
    kind, told = error["type"], error.get("ctx", {})
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind == "literal_error":
        return f"must be {told['expected']}"
    if kind in ("greater_than_equal", "less_than_equal"):
        return f"must be {told['ge']} or more" if kind[0] == "g" else f"must be {told['le']} or less"
    if kind in ("greater_than", "less_than"):
        return f"must be more than {told['gt']}" if kind[0] == "g" else f"must be less than {told['lt']}"
    if kind in ("string_too_short", "too_short"):
        return "must not be empty"
    if kind in ("string_too_long", "too_long"):
        what = "characters" if kind[0] == "s" else "items"
        return f"must have {told['max_length']} {what} at most"
    words = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return words if error["loc"] == () else f"{words[:1].lower()}{words[1:]}"


def _shown(error: ErrorDetails) -> str:
    """What was given, where it is short and can't be a secret or an address with one in it."""
    given = error["input"]
    if error["type"] == "secret" or isinstance(given, Mapping | list) or "://" in str(given):
        return ""
    return f" (it is {given!r:.60})"


def _inner(model: type[Model], place: tuple[int | str, ...]) -> type[Model]:
    """The model of the table that lies at a place within another."""
    for part in place:
        field = model.model_fields.get(str(part))
        if field is None or not isinstance(field.annotation, type) or not issubclass(field.annotation, Model):
            return model
        model = field.annotation
    return model


def nearest(key: str, names: Iterable[str]) -> str:
    """What was probably meant, or else all that is known; ends the sentence."""
    known = list(names)
    near = difflib.get_close_matches(key, known, 1, 0.5)
    return f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(sorted(known))}."


def no_toml(message: str, several: str = "source") -> tuple[int | None, str]:
    """What the reader of TOML complains of: its line, and a sentence that says how to mend it.

    `several` is the table that may stand more than once.
    """
    found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", message)
    what = message[: found.start()] if found else message
    at_end = "" if found is None or found[1] else ", at its end"
    if f"('{several}',)" in what:
        hint = f"write [[{several}]] with two brackets above each {several}"
    elif what in ("Invalid value", "Invalid statement") or what.startswith(("Illegal", "Expected")):
        hint = "text stands in quotes, lists in [ ], and each key = value on a line of its own"
    elif what.startswith("Unclosed"):
        hint = "close it with a ] after its last item"
    elif "overwrite" in what or "twice" in what:
        hint = f"the same thing is named twice; keep one, and write [[{several}]] with two brackets"
    elif what.startswith(("Unescaped", "Found invalid", "Unterminated")):
        hint = "write the text in single quotes: 'like \\this'"
    else:
        hint = "correct that line, or put # before it"
    line = int(found[1]) if found and found[1] else None
    return line, f"the file is not valid TOML{at_end} ({what}); {hint}."
