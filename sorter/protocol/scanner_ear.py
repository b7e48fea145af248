"""One scanner's bytes -> what it said, and no more of that than a scanner can mean.

A scanner on a line speaks a few dozen times a second at most. One that babbles is cut off rather
than slowed down: bytes that wait in a full buffer come late, and a late telegram is worse than
none, for by the time it took it would be another parcel's.
"""

from __future__ import annotations

from typing import NamedTuple

from sorter.protocol.telegram import Framing, Malformed, Said, Silent, SpeaksAgain, TelegramReader

MOST_BYTES_A_SECOND = 128 << 10
MOST_TELEGRAMS_A_SECOND = 200
HEARTBEATS_MISSED = 3
_SECOND_NS = 1_000_000_000


class Heard(NamedTuple):
    """What came with some bytes; after `flooded` the connection is to be reset."""

    said: list[Said]
    flooded: bool


class ScannerEar:
    """Listens to one scanner, over any number of connections.

    `patience_s`: who has it connected asks `silence` so often; 0: its silence says nothing.
    """

    def __init__(self, framing: Framing, heartbeat_s: float = 0.0) -> None:
        self.patience_s = HEARTBEATS_MISSED * heartbeat_s
        self._spoke = False
        self._is_silent = False
        self._framing = framing
        self._reader = TelegramReader(framing)
        self._since_ns = 0
        self._bytes = 0
        self._telegrams = 0
        self._flooded = False

    def connected(self) -> None:
        """Another connection: half a telegram of the one before is not joined with it."""
        self._reader = TelegramReader(self._framing)

    def hear(self, received: bytes, now_ns: int) -> Heard:
        """Take received bytes; `now_ns` never goes back. A flood is told once a second."""
        if now_ns - self._since_ns >= _SECOND_NS:
            self._since_ns, self._bytes, self._telegrams, self._flooded = now_ns, 0, 0, False
        if self._flooded:
            return Heard([], flooded=True)
        self._bytes += len(received)
        self._spoke = True
        if self._bytes > MOST_BYTES_A_SECOND:
            return self._flood([], f"more than {MOST_BYTES_A_SECOND} bytes", received)
        again: list[Said] = [SpeaksAgain()] if self._is_silent else []
        self._is_silent = False
        said = self._reader.feed(received)
        room = MOST_TELEGRAMS_A_SECOND - self._telegrams
        self._telegrams += len(said)
        if len(said) > room:
            what = f"more than {MOST_TELEGRAMS_A_SECOND} telegrams"
            return self._flood([*again, *said[:room]], what, received)
        return Heard([*again, *said], flooded=False)

    def silence(self) -> Silent | None:
        """Whether nothing has come since it was asked last: the connection is to be reset then."""
        spoke, self._spoke = self._spoke, False
        if spoke:
            return None
        self._is_silent = True
        return Silent(f"nothing heard for {self.patience_s:g} s")

    def _flood(self, said: list[Said], what: str, received: bytes) -> Heard:
        self._flooded = True
        text = received[:80].decode("ascii", "backslashreplace").encode("unicode_escape").decode()
        return Heard([*said, Malformed(f"{what} in a second: the connection is reset", text)], True)
