"""Opens the files of a source: a pipe or device in the place of one must hold nobody up."""

from __future__ import annotations

import errno
import io
import os
import stat
from pathlib import Path


def open_regular(path: Path) -> io.BufferedReader:
    """A regular file, or what a link to one leads to, open for reading. Raises OSError."""
    # Without O_NONBLOCK a named pipe would keep us waiting for somebody to write.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise OSError(errno.EISDIR, "a folder", str(path))
    raise OSError(errno.EINVAL, "a device or pipe", str(path))
