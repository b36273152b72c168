"""How X says that something is wrong, and what that means."""

from __future__ import annotations

import json
import re
from typing import Any

from data.sources.base import AuthError, PermanentError, SourceError, sentence
from data.sources.http import Answer, check, host_of
from data.sources.x.posts import Page


def _faults(answer: Answer) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What X says of a fault, as a whole and one by one."""
    try:
        found = json.loads(answer.body) if len(answer.body) < 100_000 else None
    except (ValueError, RecursionError):
        found = None
    whole = found if isinstance(found, dict) else {}
    errors = whole.get("errors")
    return whole, [each for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []


def _words(answer: Answer) -> str:
    """X's own words for a fault, ending as a sentence does."""
    whole, errors = _faults(answer)
    given = [
        each[part]
        for each, part in (
            *((each, "message") for each in errors[:1]),
            *((each, "detail") for each in (*errors[:1], whole)),
            (whole, "title"),
        )
        if isinstance(each.get(part), str) and each[part]
    ]
    return f"{sentence(given[0]).rstrip('.')}." if given else f"status {answer.status}."


def complains(answer: Answer, name: str) -> bool:
    """Is it this parameter that X does not take?"""
    _, errors = _faults(answer)
    for each in errors:
        parameters = each.get("parameters")
        if isinstance(parameters, dict) and name in parameters:
            return True
        if re.search(rf"['`\[]{name}['`\]] must", str(each.get("message", ""))):
            return True
    return False


def refusal(answer: Answer) -> SourceError:
    """What an answer other than 200 means."""
    whole, errors = _faults(answer)
    said = " ".join(
        str(each.get(part, ""))
        for each in (whole, *errors[:3])
        for part in ("title", "detail", "type", "reason", "message")
    ).lower()
    host, words = host_of(answer.url), _words(answer)
    if answer.status == 402 or (answer.status in (403, 429) and re.search(r"credit|usage.?cap", said)):
        return PermanentError(
            f"The credits for {host} are used up; buy some in the developer console of X: {words}"
        )
    if answer.status == 401 or (answer.status == 403 and "unsupported authentication" in said):
        return AuthError(f'{host} does not accept the token that "token" names: {words}')
    if answer.status == 400:
        return PermanentError(f"{host} does not take what it is asked; correct the settings: {words}")
    try:
        check(answer)
    except SourceError as error:
        return error
    raise AssertionError


def fault(page: Page) -> str:
    """X's own words in an answer that is good but holds no posts, ending as a sentence does."""
    first = next((each for each in page.errors or () if each is not None), None)
    words = (first.detail or first.message or first.title or "") if first else ""
    return f"{sentence(words).rstrip('.')}."
