"""How a hub counts reports: by stream, each exactly once, acknowledged without holes. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Stream(msgspec.Struct, frozen=True):
    """Reports that are counted together."""

    box: str
    line: str
    epoch: int


class StoredReport(msgspec.Struct, frozen=True):
    """One report as a row; `body` is its JSON, `utc` sorts as text."""

    stream: Stream
    seq: int
    kind: str
    parcel: int | None
    utc: str
    utc_quality: str
    table_revision: int | None
    plan_revision: int | None
    body: str


def contiguous(start: int, ascending: Iterable[int]) -> int:
    """The highest number reached from `start` without a hole, over seqs in ascending order."""
    for seq in ascending:
        if seq > start + 1:
            break
        start = max(start, seq)
    return start
