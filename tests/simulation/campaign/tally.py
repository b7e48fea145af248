"""What became of every body, counted as they end: the plant's truth beside the engine's word.

A body is forgotten when it has left the plant and the engine has closed all that it took it for:
where its place was lost and it came to the induct eye again, that is more than one parcel.

*Divertable* is one with a readable code whose destination has a chute, and that no injected fault
has hit itself; what others' faults, full chutes and stops of the belt do to it counts against us.
*Misdiverted* is any body, strays too, in a chute that is not right for it; apart from those count
bodies of an exchange that no eye could see: put within the engine's window of the place of the
other, of the same length within its tolerance, with no eye in between while both were in the hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from firmware_sim.hands import Placing
from firmware_sim.parcels import Fate, Parcel
from firmware_sim.plant import Plant
from firmware_sim.registers import COUNT_MODULUS
from firmware_sim.truth import belongs
from sorter.engine.layout import Layout
from sorter.engine.ledger import Ledger
from sorter.engine.line import Output
from sorter.engine.reports import ParcelClosed, ParcelInducted, ParcelRecirculated

LISTED = 100


class OutOfBalanceError(AssertionError):
    """The engine's ledger contradicts what it said."""


@dataclass
class Tally:
    """The counters of one campaign; the first `misdiverts` and `exchanges` in words.

    `tell` hears these words at once: a campaign may take long.
    """

    plant: Plant
    layout: Layout
    tell: Callable[[str], None] = lambda _: None
    parcels: int = 0
    divertable: int = 0
    confirmed: int = 0
    misdiverted: int = 0
    undetectable: int = 0
    false_confirms: int = 0
    inducted: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    by_reason: Counter[str] = field(default_factory=Counter)
    divertable_by_reason: Counter[str] = field(default_factory=Counter)
    misdiverts: list[str] = field(default_factory=list)
    exchanges: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._accepts = {chute.name: chute.destinations for chute in self.plant.chutes}
        self._at_induct: dict[int, Parcel] = {}
        self._tracked: dict[int, Parcel | None] = {}
        self._names: Counter[Parcel] = Counter()
        self._words: dict[Parcel, list[ParcelClosed]] = {}
        self._ended: set[Parcel] = set()
        self._exchanged: set[Parcel] = set()

    @property
    def open_parcels(self) -> int:
        """How many parcels the engine has inducted and not closed."""
        return len(self._tracked)

    def saw_head(self, parcel: Parcel, count: int) -> None:
        """The PLC latched `count` (u32) for the parcel's head at the induct eye."""
        parcel.induct_count = count
        self._at_induct[count] = parcel

    def heard(self, said: Iterable[Output]) -> None:
        """The engine's reports."""
        for output in said:
            if isinstance(output, ParcelInducted):
                self.inducted += 1
                parcel = self._at_induct.pop(output.head_count % COUNT_MODULUS, None)
                self._tracked[output.parcel] = parcel
                if parcel is not None:
                    self._names[parcel] += 1
            elif isinstance(output, ParcelRecirculated):
                self._at_induct.pop(output.head_count % COUNT_MODULUS, None)
            elif isinstance(output, ParcelClosed):
                self._close(output)

    def ended(self, parcel: Parcel) -> None:
        """The plant's word on one body."""
        self.parcels += parcel.plan.kind != "stray"
        if parcel.fate is Fate.LOST or (
            parcel.fate is Fate.CHUTE
            and not belongs(parcel.plan.destination, self._accepts[parcel.chute or ""])
        ):
            self._misdivert(parcel)
        self._exchanged.discard(parcel)
        if parcel.induct_count is not None:
            self._at_induct.pop(parcel.induct_count, None)
        if parcel in self._names:
            self._ended.add(parcel)
        else:
            self._settle(parcel)

    def exchanged(self, placings: Iterable[Placing]) -> None:
        """Two bodies were laid down in each other's place."""
        hidden = [placing for placing in placings if self._is_hidden(placing)]
        if not hidden:
            return
        self.undetectable += 1
        self._exchanged.update(placing.parcel for placing in hidden)
        if len(self.exchanges) < LISTED:
            self.exchanges.append("; ".join(_told(placing) for placing in hidden))
            self.tell(f"undetectable: {self.exchanges[-1]}")

    def check(self, ledger: Ledger, *, at_end: bool = False) -> None:
        """Raises OutOfBalanceError."""
        closed = sum(self.outcomes.values())
        if not (
            ledger.inducted == self.inducted
            and {name: n for name, n in ledger.closed.items() if n} == dict(self.outcomes)
            and ledger.on_belt == len(self._tracked) == self.inducted - closed
            and not (at_end and self._tracked)
        ):
            raise OutOfBalanceError(
                f"{ledger.inducted} inducted, {ledger.closed} closed, {ledger.on_belt} on belt; "
                f"told were {self.inducted}, {dict(self.outcomes)} and {len(self._tracked)}"
            )

    def _close(self, closed: ParcelClosed) -> None:
        if closed.parcel not in self._tracked:
            raise OutOfBalanceError(f"closed twice or never inducted: {closed}")
        parcel = self._tracked.pop(closed.parcel)
        self.outcomes[closed.outcome] += 1
        self.by_reason[f"{closed.outcome}/{closed.reason}"] += 1
        if parcel is None:
            return
        self._words.setdefault(parcel, []).append(closed)
        self._names[parcel] -= 1
        if not self._names[parcel]:
            del self._names[parcel]
            if parcel in self._ended:
                self._ended.discard(parcel)
                self._settle(parcel)

    def _settle(self, parcel: Parcel) -> None:
        """A body has left the plant, and the engine has closed all that it took it for."""
        words = self._words.pop(parcel, [])
        confirmed = [word for word in words if word.outcome == "confirmed"]
        is_in_chute = parcel.fate is Fate.CHUTE
        self.false_confirms += sum(
            not is_in_chute or parcel.chute != word.chute for word in confirmed
        )
        if not parcel.plan.divertable or parcel.hit:
            return
        self.divertable += 1
        is_right = is_in_chute and parcel.plan.destination in self._accepts[parcel.chute or ""]
        if confirmed and is_right:
            self.confirmed += 1
        else:
            word = f"{words[-1].outcome}/{words[-1].reason}" if words else "never_inducted"
            self.divertable_by_reason[word] += 1

    def _misdivert(self, parcel: Parcel) -> None:
        if parcel in self._exchanged:
            return
        self.misdiverted += 1
        if len(self.misdiverts) < LISTED:
            self.misdiverts.append(
                f"{parcel.plan.id} ({parcel.length_mm:.0f} mm, head at {parcel.induct_count}) for "
                f"{parcel.plan.destination} in {parcel.chute}: {parcel.why}; "
                f"hit by {sorted(parcel.hit)}; the engine: {self._word_on(parcel)}"
            )
            self.tell(f"misdiverted: {self.misdiverts[-1]}")

    def _word_on(self, parcel: Parcel) -> str:
        words = [
            f"{word.parcel} {word.outcome}/{word.reason} chute {word.chute} "
            f"destination {word.destination}"
            for word in self._words.get(parcel, ())
        ]
        words += [f"{n} not closed yet" for n, body in self._tracked.items() if body is parcel]
        return ", ".join(words) or "not tracked"

    def _is_hidden(self, placing: Placing) -> bool:
        return (
            placing.eyes_passed == 0
            and abs(placing.off_mm) <= self._mm(self.layout.window) + 2 * self.plant.eye_jitter_mm
            and abs(placing.length_mm - placing.instead_of.length_mm)
            <= self._mm(self.layout.length_tolerance) + 4 * self.plant.eye_jitter_mm
        )

    def _mm(self, pulses: int) -> float:
        return pulses * 1000 / self.plant.pulses_per_m


def _told(placing: Placing) -> str:
    return (
        f"{placing.parcel.plan.id} in the place of {placing.instead_of.plan.id}: "
        f"{placing.off_mm:+.0f} mm off, {placing.length_mm:.0f} mm long instead of "
        f"{placing.instead_of.length_mm:.0f}, {placing.eyes_passed} eyes in between"
    )
