"""A broker link and a clock that a test holds in its hand."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from sorter.protocol.broker_link import AnyHappening, LinkUp, MessageArrived, Outgoing


class HandLink:
    """Gives out what the test put into `coming` and keeps what was published, `room` at most."""

    def __init__(self, *, room: int = 1000) -> None:
        self.coming: deque[AnyHappening] = deque([LinkUp()])
        self.published: list[Outgoing] = []
        self.accepted: list[MessageArrived] = []
        self.room = room
        self.on_idle: Callable[[], None] = lambda: None
        self.on_published: Callable[[Outgoing], None] = lambda _: None

    def start(self) -> None:
        """Nothing to connect."""

    def next(self, timeout_s: float) -> AnyHappening | None:
        return self.coming.popleft() if self.coming else None

    def publish(self, message: Outgoing) -> bool:
        if len(self.published) >= self.room:
            return False
        self.published.append(message)
        self.on_published(message)
        return True

    def accept(self, message: MessageArrived) -> None:
        self.accepted.append(message)

    def stop(self, farewell: Outgoing | None, timeout_s: float) -> None:
        if farewell is not None:
            self.published.append(farewell)


class HandClock:
    """A monotonic clock that moves when the test says so."""

    def __init__(self) -> None:
        self.now_ns = 10**15

    def monotonic_ns(self) -> int:
        return self.now_ns

    def advance(self, seconds: float) -> None:
        self.now_ns += int(seconds * 1e9)
