"""Who is acting: the OS user, and never claimed to be more than that."""

from __future__ import annotations

import os
import pwd

from data.text import SafeText, clean_line


def actor() -> SafeText:
    """The name of the OS user by their number, whatever $USER says."""
    number = os.getuid()
    try:
        return clean_line(pwd.getpwuid(number).pw_name)
    except KeyError:
        return clean_line(f"uid-{number}")
