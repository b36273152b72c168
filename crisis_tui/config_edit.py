"""Changes the settings file from the screen: comments and order stay, and a wrong change changes nothing."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from crisis_tui.config import ConfigError, Settings, parsed
from crisis_tui.config_template import TEMPLATE
from data.models.watch import Watch

LISTS = ("terms", "exclude", "languages", "sources", "own_accounts", "influencers")
"""Keys of a watch that hold a list."""


def spoken(watch: Watch, key: str) -> str:
    """One key of a watch as a person types it: `acme, #acme`; competitors as `Rival: rival; Other: other`."""
    value = getattr(watch, key)
    if key == "competitors":
        return "; ".join(f"{name}: {', '.join(terms)}" for name, terms in value.items())
    if key in LISTS:
        return ", ".join(value)
    return "" if value is None else str(value)


def typed(key: str, text: str) -> Any:
    """What a person typed for one key; None takes the key out.

    Raises:
        ConfigError: it can't be understood.
    """
    if key in LISTS:
        return [part for each in text.split(",") if (part := each.strip())] or None
    if key == "competitors":
        return _competitors(text) or None
    if not text.strip():
        return None
    try:
        return int(text.replace(",", "").replace(" ", "").replace("_", ""))
    except ValueError:
        raise ConfigError(f'"{text.strip()[:40]}" is no number; write digits such as 120000.') from None


def _competitors(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in filter(None, (part.strip() for part in text.split(";"))):
        name, colon, terms = each.partition(":")
        if not colon or not name.strip():
            raise ConfigError(f'"{each[:40]}" names no competitor; write Rival: rival, #rival; Other: other')
        found[name.strip()] = [part for term in terms.split(",") if (part := term.strip())]
    return found


def set_watch(path: Path, watch: str, key: str | None = None, value: Any = None) -> Settings:
    """Write one key of a watch into the file (the whole watch as empty where no key is given).

    The file is replaced at once or not at all. What was wrong in it before is left alone.

    Raises:
        ConfigError: the file is no TOML, or this would be wrong in it.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        before = path.read_text("utf-8")
    except FileNotFoundError:
        before = TEMPLATE.format(organisation='""')
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} can't be read ({error}); check it with: crisis-tui doctor") from None
    try:
        document = tomlkit.parse(before)
        watches: Any = document.setdefault("watch", tomlkit.table(is_super_table=True))
        table = watches.setdefault(watch, tomlkit.table())
        if key is not None and value is None:
            table.pop(key, None)
        elif key is not None:
            table[key] = value
        after = tomlkit.dumps(document)
    except TOMLKitError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from None
    found = parsed(after, path)
    known = {fault.says for fault in parsed(before, path).faults}
    for fault in found.faults:
        if fault.says not in known:
            raise ConfigError(fault)
    _replace(path, after)
    return found.settings


def _replace(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
        target = path.resolve()  # a link to the file stays one
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=target.parent, prefix=".config-", delete=False
        ) as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(file.name).replace(target)
    except OSError as error:
        raise ConfigError(f"{path} can't be written ({error.strerror}); check its mode and folder.") from None
