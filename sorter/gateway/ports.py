"""What the gateway needs of the world."""

from __future__ import annotations

from typing import Protocol

from sorter.protocol.broker_link import AnyHappening, MessageArrived, Outgoing


class Clock(Protocol):
    """A clock that never jumps."""

    def monotonic_ns(self) -> int: ...


class BrokerLink(Protocol):
    """A connection to the MQTT broker that comes and goes by itself once started."""

    def start(self) -> None: ...

    def next(self, timeout_s: float) -> AnyHappening | None:
        """What happened next, or None when nothing did within `timeout_s`."""

    def publish(self, message: Outgoing) -> bool:
        """Send a message; False, and nothing is kept, while offline or with too many on the way."""

    def accept(self, message: MessageArrived) -> None:
        """Acknowledge an arrived message to the broker."""

    def stop(self, farewell: Outgoing | None, timeout_s: float) -> None:
        """Send `farewell`, wait for what is on the way at most `timeout_s`, and disconnect."""
