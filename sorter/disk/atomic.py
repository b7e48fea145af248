"""Replaces a file so that a power cut leaves either the whole old one or the whole new one.

The new content goes to a file beside the target, is forced to disk, renamed over it, and then the
folder is forced to disk too: without the second step the rename itself can be lost. An error, or
Ctrl-C, leaves the old file and nothing else.
"""

from __future__ import annotations

import contextlib
import os
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
    draft = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}.draft")
    try:
        with open_new(draft, mode) as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()
        raise
    sync_folder(path.parent)


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
