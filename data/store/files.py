"""The folder of a store: where SQLite may live, with which modes, and what is kept in reserve."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import stat
from pathlib import Path

from data.store.errors import StoreUnusableError

CRISIS_DB = "crisis.db"
MENTIONS_DB = "mentions.db"
RESERVE = "reserve"

RESERVE_BYTES = 8 * 1024 * 1024
"""Given up when the disk is full, so that what is being typed can still be saved."""

NEEDED_BYTES = 1024 * 1024
"""Below this SQLite may not even be able to open: on small-block volumes it gets killed."""

_OCTAL = re.compile(r"\\([0-7]{3})")
"""How the kernel writes blanks and backslashes in the names of mounts."""

_NETWORK_FILE_SYSTEMS = frozenset(
    ("nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "fuse.sshfs", "fuse.glusterfs", "fuse.s3fs",
     "fuse.rclone", "ceph", "fuse.ceph", "lustre", "gpfs", "afs", "ncpfs", "beegfs", "davfs", "fuse.davfs")
)  # fmt: skip


def file_system(folder: Path, mounts: Path = Path("/proc/self/mountinfo")) -> str | None:
    """The type of file system under a folder, as the kernel names it; None where that can't be told."""
    try:
        table = mounts.read_text("utf-8", "replace")
    except OSError:
        return None
    place = folder.resolve()
    best: tuple[int, str] | None = None
    for row in table.splitlines():
        left, _, right = row.partition(" - ")
        fields = left.split()
        if len(fields) < 5 or not right:
            continue
        mount = Path(_OCTAL.sub(lambda found: chr(int(found[1], 8)), fields[4]))
        if place.is_relative_to(mount):
            depth = len(mount.parts)
            if best is None or depth >= best[0]:
                best = depth, right.split()[0]
    return best[1] if best else None


def is_network(kind: str | None) -> bool:
    """True for file systems on which SQLite's shared memory does not work."""
    return kind in _NETWORK_FILE_SYSTEMS


def prepare(folder: Path, mounts: Path = Path("/proc/self/mountinfo")) -> None:
    """Make the folder and its two empty files fit for a store.

    Raises:
        StoreUnusableError: see `prepare_folder`, or the disk is full.
    """
    prepare_folder(folder, mounts)
    for name in (CRISIS_DB, MENTIONS_DB):
        _make(folder / name, folder)
    if shutil.disk_usage(folder).free < NEEDED_BYTES:
        give_up_reserve(folder)
        if shutil.disk_usage(folder).free < NEEDED_BYTES:
            raise StoreUnusableError(f"The disk under {folder} is full; free at least 1 MB and start again.")
    keep_reserve(folder)


def prepare_folder(folder: Path, mounts: Path = Path("/proc/self/mountinfo")) -> None:
    """Make the folder of a store.

    A new folder is private (0700). In a group's folder (setgid and group
    writable) files are made for the group (0660), elsewhere for the owner.

    Raises:
        StoreUnusableError: it can't be made or written, or it lies on a network
            file system.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnusableError(
            f"The folder {folder} can't be made ({_why(error)}); choose another with --home."
        ) from None
    kind = file_system(folder, mounts)
    if is_network(kind):
        raise StoreUnusableError(
            f"{folder} lies on a network file system ({kind}), where SQLite can lose data; "
            "choose a local folder with --home."
        )
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise StoreUnusableError(
            f"The folder {folder} can't be written by you; ask its owner for group access or use --home."
        )


def _why(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def mode_for(folder: Path) -> int:
    """The mode of files in this folder: 0660 in a shared one, else 0600."""
    mode = folder.stat().st_mode
    return 0o660 if mode & stat.S_ISGID and mode & stat.S_IWGRP else 0o600


def make_private(path: Path, *, exclusive: bool = False) -> int:
    """Open a file for writing with the mode of its folder, whatever the umask; returns the descriptor."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | (os.O_EXCL if exclusive else 0)
    mode = mode_for(path.parent)
    before = os.umask(0o777 & ~mode)
    try:
        return os.open(path, flags, mode)
    finally:
        os.umask(before)


def make_folder(path: Path) -> None:
    """Make a folder inside of a store's: for the group (2770) in a shared one, else private (0700)."""
    shared = mode_for(path.parent) == 0o660
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
        if shared:
            path.chmod(0o2770)


def _make(path: Path, folder: Path) -> None:
    try:
        os.close(make_private(path))
    except OSError as error:
        full = error.errno == errno.ENOSPC
        advice = "free some space" if full else "check its owner and mode"
        raise StoreUnusableError(f"{path} can't be opened for writing ({_why(error)}); {advice}.") from None


def keep_reserve(folder: Path) -> None:
    """Hold back `RESERVE_BYTES` while there is plenty of room."""
    path = folder / RESERVE
    if path.exists() or shutil.disk_usage(folder).free < 8 * RESERVE_BYTES:
        return
    try:
        descriptor = make_private(path, exclusive=True)
    except OSError:
        return
    try:
        os.posix_fallocate(descriptor, 0, RESERVE_BYTES)
    except (OSError, AttributeError):
        path.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def give_up_reserve(folder: Path) -> bool:
    """Free the reserve; True if there was one to free."""
    try:
        (folder / RESERVE).unlink()
    except OSError:
        return False
    return True
