"""One demo shift as the controller's own journal tells it: read while it is written.

What physically happened is the twin's to say (truth); this is the controller's side, to be held
against it.
"""

from __future__ import annotations

from collections import Counter, deque
from pathlib import Path

from sorter.disk.journal import JournalReader
from sorter.engine.commands import ArmDivert
from sorter.engine.events import ArmSent, ChuteFilled, TelegramReceived
from sorter.engine.reports import (
    OUTCOMES,
    ParcelClosed,
    ParcelDecided,
    ParcelInducted,
    ParcelScanned,
    TableInUse,
)

LAST_PARCELS = 12


class Shift:
    """The story so far; `follow` takes in what the journal has got since."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._reader: JournalReader | None = None
        self.inducted: dict[int, int] = {}
        self.decided: dict[int, ParcelDecided] = {}
        self.closed: dict[int, ParcelClosed] = {}
        self.outcomes = Counter(dict.fromkeys(OUTCOMES, 0))
        self.filled: set[str] = set()
        self.table: TableInUse | None = None
        self.scan_to_command_ns: list[int] = []
        self.last: deque[ParcelDecided] = deque(maxlen=LAST_PARCELS)
        self._telegram_ns = 0
        self._scanned_ns: dict[int, int] = {}
        self._arm_parcel: dict[int, int] = {}

    @property
    def on_belt(self) -> int:
        """Parcels inducted that have no outcome."""
        return len(self.inducted) - len(self.closed)

    def follow(self) -> None:
        """Take in what is new. Nothing happens before there is a journal."""
        if self._reader is None:
            if not self._journal.is_dir():
                return
            self._reader = JournalReader(self._journal)
        while records := self._reader.read_new():
            for record in records:
                self._take(record.body)

    def close(self) -> None:
        """Let go of the journal."""
        if self._reader is not None:
            self._reader.close()

    def _take(self, body: object) -> None:
        match body:
            case ParcelInducted():
                self.inducted[body.parcel] = body.head_count
            case ParcelDecided():
                self.decided[body.parcel] = body
                self.last.append(body)
            case ParcelClosed():
                self.closed[body.parcel] = body
                self.outcomes[body.outcome] += 1
            case TableInUse():
                self.table = body
            case ChuteFilled():
                self.filled.add(body.chute)
            case _:
                self._time(body)

    def _time(self, body: object) -> None:
        """Take the time from a parcel's first telegram to its first arm going out."""
        match body:
            case TelegramReceived():
                self._telegram_ns = body.time_ns
            case ParcelScanned():
                self._scanned_ns.setdefault(body.parcel, self._telegram_ns)
            case ArmDivert():
                self._arm_parcel[body.sequence] = body.parcel
            case ArmSent():
                scanned_ns = self._scanned_ns.pop(self._arm_parcel.get(body.sequence, 0), None)
                if scanned_ns is not None:
                    self.scan_to_command_ns.append(body.sent_ns - scanned_ns)
