"""One scanner's bytes -> what it said, and no more of that than a scanner can mean.

A scanner on a line speaks a few dozen times a second at most. One that babbles is cut off rather
than slowed down: bytes that wait in a full buffer come late, and a late telegram is worse than
none, for by the time it took it would be another parcel's.
"""

from __future__ import annotations

from typing import NamedTuple

from sorter.protocol.telegram import Framing, Malformed, Telegram, TelegramReader

MOST_BYTES_A_SECOND = 128 << 10
MOST_TELEGRAMS_A_SECOND = 200
_SECOND_NS = 1_000_000_000


class Heard(NamedTuple):
    """What came with some bytes; after `flooded` the connection is to be reset."""

    said: list[Telegram | Malformed]
    flooded: bool


class ScannerEar:
    """Listens to one scanner, over any number of connections."""

    def __init__(self, framing: Framing) -> None:
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
        if self._bytes > MOST_BYTES_A_SECOND:
            return self._flood([], f"more than {MOST_BYTES_A_SECOND} bytes", received)
        said = self._reader.feed(received)
        room = MOST_TELEGRAMS_A_SECOND - self._telegrams
        self._telegrams += len(said)
        if len(said) > room:
            return self._flood(
                said[:room], f"more than {MOST_TELEGRAMS_A_SECOND} telegrams", received
            )
        return Heard(said, flooded=False)

    def _flood(self, said: list[Telegram | Malformed], what: str, received: bytes) -> Heard:
        self._flooded = True
        text = received[:80].decode("ascii", "backslashreplace").encode("unicode_escape").decode()
        return Heard([*said, Malformed(f"{what} in a second: the connection is reset", text)], True)
