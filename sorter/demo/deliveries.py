"""What arrived at the hub, held against the journal report by report: by number and by content.

Equal counts prove little: one report lost and another one stored under a second name would agree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import msgspec

from sorter.disk.journal import FrameKind, JournalReader, JournalRecord
from sorter.engine.reports import AnyReport
from sorter.protocol.messages import utc_text
from sorter.protocol.streams import StoredReport, Stream

Content = tuple[str, str | None, int | None, int | None, object]
"""UTC as text and its quality, revisions of table and plan, the report itself."""


class Delivery(msgspec.Struct, frozen=True):
    """How the hub's rows stand to the journal's reports.

    `recorded` reports are in the journal, `stored` rows at the hub. `missing` reports have no row,
    `altered` ones a row with other content. `duplicates` are rows that say a report once more,
    `foreign` ones rows that say what is in no journal.
    """

    recorded: int = 0
    stored: int = 0
    missing: int = 0
    altered: int = 0
    duplicates: int = 0
    foreign: int = 0


def compare(
    records: Iterable[JournalRecord], rows: Iterable[StoredReport], box: str, line: str
) -> Delivery:
    """Hold the hub's `rows` against the reports that `line` of `box` has in its journal."""
    recorded = {
        (Stream(box, line, record.epoch), record.seq): _recorded(record)
        for record in records
        if record.kind is FrameKind.REPORT
    }
    counts: Counter[str] = Counter()
    missing = set(recorded)
    contents = set(map(_key, recorded.values()))
    for row in rows:
        counts["stored"] += 1
        key, content = (row.stream, row.seq), _stored(row)
        if key in recorded:
            missing.discard(key)
            counts["altered"] += content != recorded[key]
        elif _key(content) in contents:
            counts["duplicates"] += 1
        else:
            counts["foreign"] += 1
    return Delivery(recorded=len(recorded), missing=len(missing), **counts)


def journal_records(folder: Path) -> list[JournalRecord]:
    """Every report of a journal that is not written any more, oldest first."""
    records: list[JournalRecord] = []
    with JournalReader(folder, kinds=[FrameKind.REPORT]) as reader:
        while found := reader.read_new():
            records += found
    return records


def _recorded(record: JournalRecord) -> Content:
    utc = "" if record.utc_ns is None else utc_text(record.utc_ns)
    revisions = record.table_revision, record.plan_revision
    return (utc, record.utc_quality, *revisions, record.body)


def _key(content: Content) -> bytes:
    """The same for equal contents; a report of mappings and counts has no hash of its own."""
    return msgspec.msgpack.encode(content, order="deterministic")


def _stored(row: StoredReport) -> Content:
    try:
        # By what it means, not by its bytes: what the box wrote with is not asked to judge itself.
        report: object = msgspec.json.decode(row.body, type=AnyReport)
    except msgspec.MsgspecError:
        report = row.body
    return (row.utc, row.utc_quality, row.table_revision, row.plan_revision, report)
