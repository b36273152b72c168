"""What can go wrong with a store, each as one sentence that says what to do."""

from __future__ import annotations


class StoreError(Exception):
    """The store refused something; `str()` is one clear sentence for a person."""


class StoreUnusableError(StoreError):
    """The store can't be opened or written at all (exit code 3)."""


class StoreFullError(StoreUnusableError):
    """The disk is full, also after the reserve was given up."""


class StoreNewerError(StoreUnusableError):
    """A newer version of the program has changed this store."""


class BackupError(StoreError):
    """A backup could not be written or restored; the store itself is well (exit code 1)."""


class EventRefusedError(StoreError):
    """An event breaks a rule of the log."""
