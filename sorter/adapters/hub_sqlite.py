"""The hub's store in one SQLite file.

WAL with synchronous=FULL: what was committed survives a power cut (NORMAL lost every acknowledged
row of a rehearsed one). The unique key (box, line, epoch, seq) is what makes a report stored once,
whoever sends it how often; a second copy is counted, and one with other content counted apart.
"""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from sorter.protocol.messages import ConnectionMessage
from sorter.protocol.streams import StoredReport, Stream, contiguous

SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE report (
    box TEXT NOT NULL, line TEXT NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL,
    kind TEXT NOT NULL, parcel INTEGER, utc TEXT NOT NULL, utc_quality TEXT NOT NULL,
    table_revision INTEGER, plan_revision INTEGER, body TEXT NOT NULL,
    PRIMARY KEY (box, line, epoch, seq)
) STRICT;
CREATE INDEX report_by_parcel ON report (box, line, epoch, parcel);
CREATE TABLE stream (
    box TEXT NOT NULL, line TEXT NOT NULL, epoch INTEGER NOT NULL,
    contiguous INTEGER NOT NULL DEFAULT 0, stored INTEGER NOT NULL DEFAULT 0,
    received_again INTEGER NOT NULL DEFAULT 0, conflicting INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (box, line, epoch)
) STRICT;
CREATE TABLE box (
    box TEXT NOT NULL, site TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (box, site)
) STRICT;
CREATE TABLE refusal (reason TEXT PRIMARY KEY, messages INTEGER NOT NULL) STRICT;
"""
_INSERT = """
INSERT INTO report (box, line, epoch, seq, kind, parcel, utc, utc_quality, table_revision,
    plan_revision, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_STREAM = "box = ? AND line = ? AND epoch = ?"


class HubStoreError(Exception):
    """The file is no store of this release, or there is none."""


class SqliteStore:
    """Reports, streams, boxes and refusals in one file; one thread uses it."""

    def __init__(self, path: Path) -> None:
        """Open or create the file. Raises HubStoreError and sqlite3.Error."""
        self._path = path
        # What parcels go where is not for every user of the machine; SQLite's own files follow.
        with suppress(OSError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o640))
        self._db = sqlite3.connect(path, isolation_level=None)
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA busy_timeout = 5000")
            self._create_or_check()
        except BaseException:
            self._db.close()
            raise

    def add(
        self, reports: Sequence[StoredReport], refused: Mapping[str, int]
    ) -> Mapping[Stream, int]:
        """Store what is new, count what came again; the cursor of each stream named."""
        self._db.execute("BEGIN IMMEDIATE")
        with self._db:
            streams = dict.fromkeys(report.stream for report in reports)
            counts = {stream: Counter[str]() for stream in streams}
            for report in reports:
                counts[report.stream][self._add_one(report)] += 1
            self._db.executemany(
                "INSERT INTO refusal VALUES (?, ?) ON CONFLICT DO UPDATE"
                " SET messages = messages + excluded.messages",
                refused.items(),
            )
            return {stream: self._advance(stream, counts[stream]) for stream in streams}

    def cursor(self, stream: Stream) -> int:
        """The highest seq without a hole; 0 for a stream that is not known."""
        row = self._db.execute(
            f"SELECT contiguous FROM stream WHERE {_STREAM}",
            (stream.box, stream.line, stream.epoch),
        ).fetchone()
        return 0 if row is None else int(row[0])

    def box_said(self, site: str, message: ConnectionMessage) -> None:
        """Keep what a box, or the broker in its stead, said last of its connection."""
        self._db.execute(
            "INSERT INTO box (box, site, state) VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET state = excluded.state",
            (message.box, site, message.state),
        )

    def close(self) -> None:
        """Everything is committed already."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _create_or_check(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version == 0 and not self._db.execute("SELECT 1 FROM sqlite_schema").fetchone():
            self._db.executescript(
                f"BEGIN; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
            )
        elif version != SCHEMA_VERSION:
            raise HubStoreError(
                f"{self._path} is a store of version {version}, expected {SCHEMA_VERSION}: name"
                " another file, or use the release that wrote it"
            )

    def _add_one(self, report: StoredReport) -> str:
        """Insert a report; which of a stream's counters goes up."""
        key = (report.stream.box, report.stream.line, report.stream.epoch, report.seq)
        inserted = self._db.execute(
            _INSERT,
            (
                *key,
                report.kind,
                report.parcel,
                report.utc,
                report.utc_quality,
                report.table_revision,
                report.plan_revision,
                report.body,
            ),
        )
        if inserted.rowcount:
            return "stored"
        kept = self._db.execute(
            f"SELECT utc, body FROM report WHERE {_STREAM} AND seq = ?", key
        ).fetchone()
        return "received_again" if kept == (report.utc, report.body) else "conflicting"

    def _advance(self, stream: Stream, counts: Counter[str]) -> int:
        """Move the stream's cursor over what is stored without a hole; returns it."""
        key = (stream.box, stream.line, stream.epoch)
        start = self.cursor(stream)
        behind = self._db.execute(
            f"SELECT seq FROM report WHERE {_STREAM} AND seq > ? ORDER BY seq", (*key, start)
        )
        reached = contiguous(start, (row[0] for row in behind))
        self._db.execute(
            "INSERT INTO stream VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " contiguous = excluded.contiguous, stored = stored + excluded.stored,"
            " received_again = received_again + excluded.received_again,"
            " conflicting = conflicting + excluded.conflicting",
            (*key, reached, counts["stored"], counts["received_again"], counts["conflicting"]),
        )
        return reached


def read_status(path: Path) -> dict[str, Any]:
    """What the store holds, read while a hub may be writing: boxes, streams, refusals.

    Raises HubStoreError when there is no store at `path`.
    """
    with _opened_to_read(path) as db:
        db.row_factory = sqlite3.Row
        return {
            "boxes": [dict(row) for row in db.execute("SELECT * FROM box ORDER BY box, site")],
            "streams": [
                dict(row) for row in db.execute("SELECT * FROM stream ORDER BY box, line, rowid")
            ],
            "refused": dict(db.execute("SELECT reason, messages FROM refusal").fetchall()),
        }


def stored_reports(path: Path) -> list[StoredReport]:
    """Every report in the store, by stream and seq. Raises HubStoreError."""
    columns = (
        "box, line, epoch, seq, kind, parcel, utc, utc_quality, table_revision, plan_revision, body"
    )
    with _opened_to_read(path) as db:
        return [
            StoredReport(Stream(*row[:3]), *row[3:])
            for row in db.execute(f"SELECT {columns} FROM report ORDER BY box, line, epoch, seq")
        ]


@contextmanager
def _opened_to_read(path: Path) -> Iterator[sqlite3.Connection]:
    """The store at `path`, which a hub may be writing. Raises HubStoreError."""
    try:
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    except sqlite3.OperationalError as error:
        raise HubStoreError(f"{path}: {error}; expected the file given to `hub serve`") from error
    try:
        yield db
    except sqlite3.DatabaseError as error:
        raise HubStoreError(f"{path} is no hub store: {error}") from error
    finally:
        db.close()
