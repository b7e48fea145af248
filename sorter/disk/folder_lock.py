"""One process at a time works in a folder; the kernel ends the lock with the process, however."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class FolderInUseError(Exception):
    """Another process holds the folder."""


def lock_folder(folder: Path) -> int:
    """Hold `folder`, made if need be, until the descriptor that this gives is closed.

    Raises FolderInUseError and OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise FolderInUseError(f"{folder} is being written by another process") from error
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
