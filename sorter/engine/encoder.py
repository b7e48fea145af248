"""Whether the encoder's count can be believed, by what the eyes see of it.

Pulses must come while parcels come: heads at several eyes at one count mean that it is dead, if so
much time lies between them that it is no chance; at one eye alone it may be a hand over a belt that
stands. And as many pulses must pass between two eyes
as the belt is long there: how far parcels are seen beside their places, in millionths of the way
and averaged over many, is the encoder's drift.
"""

from __future__ import annotations

from enum import Enum

DEAD_AFTER_EYES = 3
# Where parcels are many, three heads within one pulse are seen once in a thousand parcels.
DEAD_AFTER_NS = 500_000_000
DRIFT_OF_SIGHTS = 64
# An eye errs by millimetres on metres of way, and an average of many by far less than this. Half of
# it ends the alarm.
DRIFT_LIMIT_PPM = 10_000


class Verdict(Enum):
    """What changed about the encoder."""

    DEAD = "dead"
    ALIVE = "alive"
    DRIFTS = "drifts"
    HOLDS = "holds"


class EncoderWatch:
    """What has been seen of one encoder. All numbers are whole, so that a replay gives the same."""

    def __init__(self) -> None:
        self.is_dead = False
        self.drifts = False
        self._heads_at: int | None = None
        self._since_ns = 0
        self._eyes: dict[str, None] = {}
        self._sights = 0
        self._drift_sum_ppm = 0

    @property
    def drift_ppm(self) -> int:
        """How much farther than expected the belt moves in a pulse, averaged."""
        return self._drift_sum_ppm // DRIFT_OF_SIGHTS

    def head(self, eye: str, at_count: int, now_ns: int) -> Verdict | None:
        """An eye over the belt has seen a head."""
        if at_count != self._heads_at:
            self._heads_at = at_count
            self._since_ns = now_ns
            self._eyes.clear()
        self._eyes[eye] = None
        is_long = now_ns - self._since_ns >= DEAD_AFTER_NS
        was_dead, self.is_dead = self.is_dead, is_long and len(self._eyes) >= DEAD_AFTER_EYES
        if was_dead is self.is_dead:
            return None
        return Verdict.DEAD if self.is_dead else Verdict.ALIVE

    def moved(self, count: int, enough: int) -> Verdict | None:
        """The encoder stands at `count`; a dead one that has moved by more than `enough` counts."""
        if not self.is_dead or self._heads_at is None or abs(count - self._heads_at) <= enough:
            return None
        self.is_dead = False
        self._eyes.clear()
        return Verdict.ALIVE

    def sight(self, late: int, travel: int) -> Verdict | None:
        """A parcel was seen `late` pulses behind its place, after `travel` pulses of way."""
        self._drift_sum_ppm += late * 1_000_000 // travel - self.drift_ppm
        self._sights = min(self._sights + 1, DRIFT_OF_SIGHTS)
        drift = abs(self.drift_ppm)
        if not self.drifts and drift > DRIFT_LIMIT_PPM and self._sights == DRIFT_OF_SIGHTS:
            self.drifts = True
            return Verdict.DRIFTS
        if self.drifts and drift < DRIFT_LIMIT_PPM // 2:
            self.drifts = False
            return Verdict.HOLDS
        return None
