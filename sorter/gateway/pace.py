"""When a line may send: after the hub said what it has, and while acknowledgements come. No I/O.

state       sends                 left for
awaiting    nothing               open when the hub says its cursor; probing after cursor_wait
open        all there is          probing when no acknowledgement came for resend_after
probing     one message, again    open on an acknowledgement; the interval doubles each time
"""

from __future__ import annotations

import enum

from sorter.gateway.settings import GatewaySettings


class PaceState(enum.Enum):
    """How much a line may send."""

    AWAITING = "awaiting"
    OPEN = "open"
    PROBING = "probing"


class Pace:
    """One line's pace; moments are monotonic nanoseconds."""

    def __init__(self, settings: GatewaySettings) -> None:
        self.state = PaceState.AWAITING
        self._wait_ns = int(settings.cursor_wait_s * 1e9)
        self._first_interval_ns = int(settings.resend_after_s * 1e9)
        self._longest_interval_ns = int(settings.resend_max_s * 1e9)
        self._interval_ns = self._first_interval_ns
        self._since_ns = 0

    def connected(self, now_ns: int) -> None:
        """A new connection: wait for the hub's cursor."""
        self.state = PaceState.AWAITING
        self._since_ns = now_ns

    def heard(self, now_ns: int) -> None:
        """The hub acknowledged something new or said its cursor."""
        self.state = PaceState.OPEN
        self._interval_ns = self._first_interval_ns
        self._since_ns = now_ns

    def sent_first(self, now_ns: int) -> None:
        """Something was sent when nothing was unacknowledged: the wait for its ack begins."""
        self._since_ns = now_ns

    def resend_is_due(self, now_ns: int, *, unacknowledged: bool) -> bool:
        """Whether the line must begin again at its first unacknowledged report.

        True changes the state to probing and begins the next, longer interval.
        """
        silent_ns = now_ns - self._since_ns
        if self.state is PaceState.AWAITING:
            if silent_ns < self._wait_ns:
                return False
        elif not unacknowledged or silent_ns < self._interval_ns:
            return False
        else:
            self._interval_ns = min(self._interval_ns * 2, self._longest_interval_ns)
        self.state = PaceState.PROBING
        self._since_ns = now_ns
        return True

    def may_send(self, *, unacknowledged: bool) -> bool:
        """Whether one more message may go now."""
        if self.state is PaceState.PROBING:
            return not unacknowledged
        return self.state is PaceState.OPEN
