"""How far the hub has acknowledged a line's reports, kept through crashes and power cuts.

The hub's own cursor is the truth and is told at every connect; this copy only saves the box from
reading its journal from the start.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from sorter.disk.atomic import replace_atomically


class CursorDamagedError(Exception):
    """The file holds no cursor; the hub's own can stand in for it."""


class AckCursor(msgspec.Struct, frozen=True):
    """Every report of `epoch` up to `seq` is stored at the hub."""

    epoch: int
    seq: int


def load_cursor(path: Path) -> AckCursor | None:
    """The cursor saved last, or None when there never was one. Raises CursorDamagedError."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        return msgspec.json.decode(content, type=AckCursor)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CursorDamagedError(f"{path} holds no cursor: {error}") from error


def save_cursor(path: Path, cursor: AckCursor) -> None:
    """Replace the cursor durably; a power cut leaves the old or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_atomically(path, lambda file: file.write(msgspec.json.encode(cursor)))
