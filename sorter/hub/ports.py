"""What the collector needs of the world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from sorter.protocol.broker_link import AnyHappening, MessageArrived, Outgoing
from sorter.protocol.messages import ConnectionMessage
from sorter.protocol.streams import StoredReport, Stream


class ReportStore(Protocol):
    """Where reports are kept. Every method that writes is one durable transaction."""

    def add(
        self, reports: Sequence[StoredReport], refused: Mapping[str, int]
    ) -> Mapping[Stream, int]:
        """Store what is new, count what was received again; the cursor of each stream named.

        A cursor is the highest seq up to which the stream is stored without a hole.
        """

    def cursor(self, stream: Stream) -> int:
        """The highest seq without a hole; 0 for a stream that is not known."""

    def box_said(self, site: str, message: ConnectionMessage) -> None:
        """Keep what a box, or the broker in its stead, said last of its connection."""

    def close(self) -> None: ...


class BrokerLink(Protocol):
    """A connection to the MQTT broker that comes and goes by itself once started."""

    def start(self) -> None: ...

    def next(self, timeout_s: float) -> AnyHappening | None: ...

    def publish(self, message: Outgoing) -> bool:
        """Send a message; False, and nothing is kept, while offline or with too many on the way."""

    def accept(self, message: MessageArrived) -> None:
        """Acknowledge an arrived message to the broker."""

    def stop(self, farewell: Outgoing | None, timeout_s: float) -> None: ...
