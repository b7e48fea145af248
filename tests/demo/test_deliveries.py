"""The hub's rows against the journal: each way they can differ is counted as what it is."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from sorter.demo.deliveries import Delivery, compare
from sorter.disk.journal import FrameKind, JournalRecord
from sorter.engine.reports import ParcelClosed, ShiftEnded
from sorter.engine.shift_tally import ShiftTally
from sorter.protocol.messages import encode_report, utc_text
from sorter.protocol.streams import StoredReport, Stream
from tests.support.reports import UTC_NS, closed

BOX, LINE, EPOCH = "box-1", "line-1", 7


RECORDS = [
    JournalRecord(FrameKind.REPORT, 3 * n, EPOCH, closed(n), n, UTC_NS + n, "unknown", 2, 1)
    for n in range(1, 6)
]


def row(record: JournalRecord) -> StoredReport:
    assert isinstance(record.body, ParcelClosed)
    assert record.seq is not None
    assert record.utc_ns is not None
    return StoredReport(
        stream=Stream(BOX, LINE, record.epoch),
        seq=record.seq,
        kind="closed",
        parcel=record.body.parcel,
        utc=utc_text(record.utc_ns),
        utc_quality="unknown",
        table_revision=2,
        plan_revision=1,
        body=bytes(encode_report(record.body)).decode(),
    )


def altered(rows: list[StoredReport], place: int, **fields: object) -> None:
    rows[place] = msgspec.structs.replace(rows[place], **fields)


def test_rows_that_say_what_the_journal_says_agree() -> None:
    rows = [row(record) for record in RECORDS]
    assert compare(RECORDS, rows, BOX, LINE) == Delivery(recorded=5, stored=5)


def test_the_numbers_of_a_shift_are_held_against_each_other_too() -> None:
    tally = ShiftTally(name="early", outcomes={"lost": {"missed_eye": 1}})
    ended = ShiftEnded(tally=tally, by="jo")
    record = JournalRecord(FrameKind.REPORT, 1, EPOCH, ended, 1, UTC_NS, "unknown", 2, 1)
    body = bytes(encode_report(ended)).decode()
    told = msgspec.structs.replace(row(RECORDS[0]), seq=1, utc=utc_text(UTC_NS), body=body)
    again = msgspec.structs.replace(told, stream=Stream("box-2", LINE, EPOCH))
    expected = Delivery(recorded=1, stored=2, duplicates=1)
    assert compare([record], [told, again], BOX, LINE) == expected


SPOILT: dict[str, tuple[Callable[[list[StoredReport]], object], Delivery]] = {
    "one missing": (
        lambda rows: rows.pop(),
        Delivery(recorded=5, stored=4, missing=1),
    ),
    "another's content": (
        lambda rows: altered(rows, 1, body=rows[2].body),
        Delivery(recorded=5, stored=5, altered=1),
    ),
    "another time": (
        lambda rows: altered(rows, 1, utc=rows[2].utc),
        Delivery(recorded=5, stored=5, altered=1),
    ),
    "another revision": (
        lambda rows: altered(rows, 4, table_revision=1),
        Delivery(recorded=5, stored=5, altered=1),
    ),
    "no report at all": (
        lambda rows: altered(rows, 0, body='{"kind":"oversized"}'),
        Delivery(recorded=5, stored=5, altered=1),
    ),
    "the same under a second name": (
        lambda rows: rows.append(
            msgspec.structs.replace(rows[0], stream=Stream("box-2", LINE, EPOCH))
        ),
        Delivery(recorded=5, stored=6, duplicates=1),
    ),
    "one lost, one invented": (
        lambda rows: altered(rows, 4, seq=9, parcel=9, body=rows[4].body.replace(":5,", ":9,")),
        Delivery(recorded=5, stored=5, missing=1, foreign=1),
    ),
}


@pytest.mark.parametrize("how", SPOILT)
def test_each_difference_is_counted_as_what_it_is(how: str) -> None:
    rows = [row(record) for record in RECORDS]
    spoil, found = SPOILT[how]
    spoil(rows)
    assert compare(RECORDS, rows, BOX, LINE) == found
