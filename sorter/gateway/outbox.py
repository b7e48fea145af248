"""The window of one line's reports on their way to the hub: ready, sent, acknowledged. No I/O.

It holds the reports of one epoch, contiguous from the first one that is not acknowledged. Only the
hub's acknowledgement removes a report. Whatever is asked of it out of turn raises or is refused by
a word, and nothing has changed.
"""

from __future__ import annotations

from collections import deque
from itertools import islice

from sorter.protocol.messages import EventBody, batch_length


class Outbox:
    """Reports of one epoch from `acked` + 1 on; those up to `sent` were published."""

    def __init__(self, epoch: int, acked: int) -> None:
        self.epoch = epoch
        self.acked = acked
        self.sent = acked
        self.highest_sent = acked
        self.pending_bytes = 0
        self._pending: deque[EventBody] = deque()

    def __len__(self) -> int:
        """Reports held, sent or not."""
        return len(self._pending)

    @property
    def last(self) -> int:
        """The newest report held or acknowledged."""
        return self.acked + len(self._pending)

    @property
    def unsent(self) -> int:
        """Reports that are ready to be published."""
        return self.last - self.sent

    @property
    def unacknowledged(self) -> int:
        """Reports published and not acknowledged."""
        return self.sent - self.acked

    def admit(self, event: EventBody) -> None:
        """Take the next report. Raises ValueError when it is not the next one."""
        if event.seq != self.last + 1:
            raise ValueError(f"report {event.seq} of epoch {self.epoch} comes after {self.last}")
        self._pending.append(event)
        self.pending_bytes += len(memoryview(event.report))

    def next_events(self) -> list[EventBody]:
        """The next unsent reports that fit in one message; empty when all are sent."""
        ready = list(islice(self._pending, self.unacknowledged, self.unacknowledged + 1000))
        return ready[: batch_length(ready)]

    def mark_sent(self, seq: int) -> None:
        """Reports up to `seq` were handed to the broker."""
        self.sent = seq
        self.highest_sent = max(self.highest_sent, seq)

    def acknowledge(self, seq: int) -> None:
        """The hub has everything up to `seq`; what it had before says nothing new."""
        while self._pending and self.acked < seq:
            self.pending_bytes -= len(memoryview(self._pending.popleft().report))
            self.acked += 1
        self.acked = max(self.acked, seq)
        self.sent = max(self.sent, self.acked)
        self.highest_sent = max(self.highest_sent, self.acked)

    def rewind(self) -> None:
        """Everything that is not acknowledged counts as unsent again."""
        self.sent = self.acked
