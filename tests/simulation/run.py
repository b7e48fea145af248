"""Runs of the whole line in virtual time, and what must hold after each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from firmware_sim.line import Line
from firmware_sim.truth import ParcelTruth, Truth
from sorter.engine.binding import parcels_under_beam
from sorter.engine.engine import Engine
from sorter.engine.events import PlanActivated, PlanEntry
from sorter.engine.ledger import Ledger
from sorter.engine.line import Bind, Output
from sorter.engine.moment import Event
from sorter.engine.reports import ParcelClosed, ParcelInducted
from tests.simulation.host import Entry, Host
from tests.simulation.plant import (
    CHUTES,
    DESTINATIONS,
    Mix,
    Site,
    build_config,
    build_manifest,
    build_plant,
)

TURN_MS = 10
COUNT_MASK = 0xFFFF_FFFF
LONGEST_DRAIN_MS = 60_000

PLAN = PlanActivated(
    time_ns=0,
    count=0,
    revision=1,
    digest="plan",
    destinations={
        place: PlanEntry(tuple(name for name, sign in CHUTES if sign == place))
        for place in DESTINATIONS
    },
    fallback={"overflow": ("OVF",)},
    by="test",
)


@dataclass(frozen=True)
class Absence:
    """The host does nothing from `from_ms` for `for_ms`; it `dies` or only stalls."""

    from_ms: int
    for_ms: int
    dies: bool


@dataclass
class Run:
    """What a run left behind."""

    truth: Truth
    ledger: Ledger
    journal: list[Entry]
    closed: dict[int, ParcelClosed] = field(default_factory=dict)
    number_at: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for entry in self.journal:
            match entry.body:
                case ParcelClosed():
                    assert entry.body.parcel not in self.closed, f"closed twice: {entry.body}"
                    self.closed[entry.body.parcel] = entry.body
                case ParcelInducted():
                    self.number_at[entry.body.head_count & COUNT_MASK] = entry.body.parcel

    @property
    def undiverted(self) -> Counter[str]:
        """Reasons of the divertable parcels that are in no chute of their destination."""
        signs = dict(CHUTES)
        return Counter(
            f"{end.outcome}/{end.reason}"
            for row in self.truth.parcels
            if row.destination and row.ended != "removed" and signs.get(row.chute or "") is None
            if (end := self.word_on(row)) is not None
        )

    def word_on(self, row: ParcelTruth) -> ParcelClosed | None:
        """What the engine says became of the plant's parcel."""
        if row.induct_count is None:
            return None
        return self.closed.get(self.number_at.get(row.induct_count, 0))


def simulate(
    mix: Mix,
    site: Site | None = None,
    *,
    bind: Bind = parcels_under_beam,
    absences: tuple[Absence, ...] = (),
    script: Callable[[Line], None] | None = None,
) -> Run:
    """Run a mix down the line until everything has left the belt and every parcel is closed.

    `script` is called before each turn, to do things to the line.
    """
    site = site or Site()
    manifest, routes = build_manifest(mix)
    line = Line(build_plant(site, mix.least_gap_mm), manifest, mix.seed)
    line.feeder.start()
    config = build_config(site)
    journal: list[Entry] = []

    def host_at(now_ms: int) -> Host:
        return Host(config, line.plc, routes, PLAN, journal, bind=bind, now_ms=now_ms)

    host = host_at(0)
    drained_ms = 0
    while not line.done or (host.engine.ledger.on_belt and drained_ms < LONGEST_DRAIN_MS):
        if script is not None:
            script(line)
        line.advance(TURN_MS)
        drained_ms = drained_ms + TURN_MS if line.done else 0
        absence = _absence_at(absences, line.now_ms)
        if absence is None:
            host.turn(line.now_ms, line.take_telegrams())
        elif absence.dies:
            line.take_telegrams()  # nobody listens, and a scanner says it once
            if line.now_ms + TURN_MS >= absence.from_ms + absence.for_ms:
                host = host_at(line.now_ms)
    return Run(line.truth(), host.engine.ledger, journal)


def assert_sound(run: Run, *, all_seen: bool = True) -> None:
    """What holds in every run, whatever went wrong in it.

    Not `all_seen`: some parcels came onto the belt without an edge of their own at the induct eye,
    or with one that nobody read.
    """
    wrong = [(row, run.word_on(row)) for row in run.truth.parcels if row.right is False]
    assert not wrong, f"misdiverted: {wrong[:3]}"
    assert run.ledger.inducted == sum(run.ledger.closed.values())
    seen = [row for row in run.truth.parcels if run.word_on(row) is not None]
    assert run.ledger.inducted == len(seen)
    assert run.truth.fed == len(seen) or not all_seen
    assert run.ledger.closed == _by_outcome(run.closed)
    for row in seen:
        end = run.word_on(row)
        assert end is not None
        assert (row.ended, row.chute) in _PLACES[end.outcome](end), f"{row} closed as {end}"
    assert_replays(run)


def assert_replays(run: Run) -> None:
    """The journal's events give the journal's commands and reports again."""
    engine = Engine()
    recorded: list[Output] = []
    again: list[Output] = []
    for entry in run.journal:
        if isinstance(entry.body, Event):
            again += engine.tell(entry.body)  # type: ignore[arg-type]  # journals hold AnyEvent
        else:
            recorded.append(entry.body)
    assert again == recorded


# Where the plant may have a parcel that ended so. Of one whose place was lost nothing is claimed.
_PLACES: dict[str, Callable[[ParcelClosed], set[tuple[str, str | None]]]] = {
    "confirmed": lambda end: {("chute", end.chute)},
    "overflow": lambda end: {("chute", end.chute)},
    "discharged_end": lambda _: {("end", None)},
    "flushed": lambda _: {("end", None)},
    "lost": lambda _: {("removed", None), ("end", None)},
    "position_unknown": lambda _: (
        {("removed", None), ("end", None)} | {("chute", name) for name, _ in CHUTES}
    ),
}


def _by_outcome(closed: Mapping[int, ParcelClosed]) -> dict[str, int]:
    found = Counter(end.outcome for end in closed.values())
    return {outcome: found[outcome] for outcome in Ledger().closed}


def _absence_at(absences: tuple[Absence, ...], now_ms: int) -> Absence | None:
    for absence in absences:
        if absence.from_ms <= now_ms < absence.from_ms + absence.for_ms:
            return absence
    return None
