"""Replaces a file so that a power cut leaves either the whole old one or the whole new one.

The new content goes to a file beside the target, is forced to disk, renamed over it, and then the
folder is forced to disk too: without the second step the rename itself can be lost. An error, or
Ctrl-C, leaves the old file and nothing else. What a killed program left is swept away by the next
one that replaces the same file: a draft is locked as long as somebody writes it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def replace_atomically(
    path: Path, write: Callable[[BinaryIO], object], *, mode: int = 0o644
) -> None:
    """Put what `write` writes at `path`, durably and all at once.

    `mode` are the permissions of the new file, less the umask. Raises OSError, and whatever
    `write` raises; then `path` is as it was.
    """
    _sweep_drafts(path)
    while not _replaced(path, write, mode):
        pass
    sync_folder(path.parent)


def _replaced(path: Path, write: Callable[[BinaryIO], object], mode: int) -> bool:
    """Write and rename one draft. False: it was swept in the blink before it was locked."""
    draft = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}.draft")
    try:
        with open_new(draft, mode) as file:
            # Where nothing can be locked, nothing is swept either.
            with contextlib.suppress(OSError):
                fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file.fileno()).st_nlink == 0:
                return False
            write(file)
            file.flush()
            os.fsync(file.fileno())
            draft.replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
        raise
    return True


def _sweep_drafts(path: Path) -> None:
    """Remove the drafts of this file that nobody writes any more."""
    named = re.compile(re.escape(f".{path.name}.") + r"[0-9]+-[0-9a-f]{8}\.draft")
    with os.scandir(path.parent) as entries:
        left = [entry.path for entry in entries if named.fullmatch(entry.name)]
    for draft in left:
        # What is another user's, or gone meanwhile, is left alone.
        with contextlib.suppress(OSError):
            _remove_unless_locked(draft)


def _remove_unless_locked(draft: str) -> None:
    descriptor = os.open(draft, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            Path(draft).unlink()
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Force a folder's names to disk: what was created, renamed or removed in it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_new(path: Path, mode: int) -> BinaryIO:
    """A file that did not exist, open for writing; a link that lies in wait is not followed."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags, mode), "wb")
