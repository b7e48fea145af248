"""The scanner: builds a telegram when a parcel's middle passes and speaks a little later.

Telegram: frame start, then the encoder count (prefix and ten digits) if the scanner sends one, then
the number of the reading (prefix and ten digits) if it sends that and the PLC has triggered one,
then the codes or the no-read text, joined by the separator, then frame end.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from firmware_sim.plant import ScannerFraming


def build_telegram(
    framing: ScannerFraming, codes: Sequence[str], count: int, trigger: int | None = None
) -> bytes | None:
    """The telegram of one reading (`count` u32), or None from a scanner that keeps silent."""
    texts = list(codes)
    if not texts:
        if framing.no_read is None:
            return None
        texts = [framing.no_read]
    if framing.trigger_prefix is not None and trigger is not None:
        texts.insert(0, f"{framing.trigger_prefix}{trigger:010d}")
    if framing.count_prefix is not None:
        texts.insert(0, f"{framing.count_prefix}{count:010d}")
    body = framing.separator.join(texts)
    return f"{framing.frame_start}{body}{framing.frame_end}".encode("latin-1")


class Scanner:
    """Telegrams that wait for their moment, in simulated milliseconds."""

    def __init__(self, framing: ScannerFraming) -> None:
        self._framing = framing
        self._waiting: list[tuple[float, int, bytes]] = []
        self._order = 0

    @property
    def idle(self) -> bool:
        """Whether nothing waits to be sent."""
        return not self._waiting

    def take_reading(
        self,
        codes: Sequence[str],
        count: int,
        now_ms: int,
        delay_share: float,
        trigger: int | None = None,
    ) -> None:
        """A parcel was read at `now_ms`; `delay_share` 0..1 picks the delay in its range."""
        telegram = build_telegram(self._framing, codes, count, trigger)
        if telegram is None:
            return
        shortest_ms, longest_ms = self._framing.delay_ms
        due_ms = now_ms + shortest_ms + delay_share * (longest_ms - shortest_ms)
        self._order += 1
        heapq.heappush(self._waiting, (due_ms, self._order, telegram))

    def due_telegrams(self, now_ms: int) -> list[bytes]:
        """The telegrams to send by `now_ms`, in order."""
        due = []
        while self._waiting and self._waiting[0][0] <= now_ms:
            due.append(heapq.heappop(self._waiting)[2])
        return due
