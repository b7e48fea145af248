"""What a shift was like, counted from what was told and what was said: no rule knows of it.

The line's time is accounted for by these, in this order:

| down    | the line itself takes nothing: no PLC, a jam, stopped, held, in maintenance ... |
| blocked | it would, but what stands around it doesn't: the end or the overflow is full    |
| starved | it runs, and no parcel is on the belt                                           |
| running | it runs, and parcels are on the belt                                            |

Times are added up when something changes and when the shift ends, so that a replay counts alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sorter.engine.commands import ArmDivert
from sorter.engine.events import (
    DeviceLost,
    DivertExecuted,
    EdgesMissed,
    EncoderReset,
    EyeBlocked,
    EyeCleared,
)
from sorter.engine.infeed import CAUSES, INSIDE, JAM
from sorter.engine.layout import INDUCT_EYE, Layout
from sorter.engine.machine import MAINTENANCE, PRODUCTION, PackML
from sorter.engine.reports import (
    ChuteState,
    InfeedState,
    MachineState,
    ParcelClosed,
    ParcelDecided,
    ParcelInducted,
    ParcelRecirculated,
    ParcelScanned,
    StrayDetected,
    TelegramUnbound,
)
from sorter.engine.run_events import Survivor
from sorter.engine.shift_tally import (
    FIRE_ERROR_EDGES_MM,
    GAP_EDGES_MM,
    ShiftTally,
    bin_of,
    count_up,
)

DOWN, BLOCKED, STARVED, RUNNING = "down", "blocked", "starved", "running"

_SUSPENDED = {PackML.SUSPENDING.value, PackML.SUSPENDED.value, PackML.UNSUSPENDING.value}


class ShiftStatistics:
    """Counts one shift, and goes on from a tally when control was started anew within it."""

    def __init__(
        self, layout: Layout, tally: ShiftTally, on_belt: Sequence[Survivor], now_ns: int
    ) -> None:
        self._pulses_per_m = layout.pulses_per_m
        self._tally = tally.copied()
        self._on_belt = len(on_belt)
        self._machine = PackML.STARTING.value
        self._mode = PRODUCTION
        self._held_by: tuple[str, ...] = ()
        self._since_ns = now_ns
        self._shut: dict[str, tuple[tuple[str, ...], int]] = {}
        self._tail_count: int | None = None
        self._arms: dict[int, ArmDivert] = {}
        self._read_by: dict[int, dict[str, None]] = {}
        self._decided = {one.parcel: bool(one.codes) for one in on_belt if one.rule is not None}
        self._now_ns = now_ns

    def see(self, event: Any, said: Iterable[Any]) -> None:
        """An event, and what the engine said to it."""
        self.see_event(event)
        for output in said:
            self.see_output(output)

    def see_event(self, event: Any) -> None:
        """An event; its outputs follow."""
        self._now_ns = event.time_ns
        rule = _COUNTED.get(type(event))
        if rule is not None:
            rule(self, event)

    def see_output(self, output: Any) -> None:
        """Something the engine said to the last event."""
        rule = _COUNTED.get(type(output))
        if rule is not None:
            rule(self, output)

    def tally(self, now_ns: int) -> ShiftTally:
        """The numbers up to now."""
        self._now_ns = now_ns
        self._account()
        for chute, (causes, _) in tuple(self._shut.items()):
            self._shut_is(chute, causes)
        return self._tally.copied()

    def begin(self, name: str, now_ns: int) -> ShiftTally:
        """Another shift begins, the line being as it is; gives the numbers of the one before."""
        ended = self.tally(now_ns)
        self._tally = ShiftTally(name=name)
        return ended

    def _account(self) -> None:
        """Put the time since the last change where it belongs."""
        passed_ns = self._now_ns - self._since_ns
        self._since_ns = self._now_ns
        if passed_ns:
            count_up(self._tally.time_ns, self._condition(), passed_ns)
            self._tally.jam_ns += passed_ns * (JAM in self._held_by)

    def _condition(self) -> str:
        if any(CAUSES.get(cause) == INSIDE for cause in self._held_by):
            return DOWN
        if self._machine in _SUSPENDED:
            return BLOCKED
        if self._machine != PackML.EXECUTE.value or self._mode == MAINTENANCE:
            return DOWN
        return RUNNING if self._on_belt else STARVED

    def _shut_is(self, chute: str, causes: tuple[str, ...]) -> None:
        before, since_ns = self._shut.pop(chute, ((), self._now_ns))
        for cause in before:
            of_chute = self._tally.shut_ns.setdefault(chute, {})
            count_up(of_chute, cause, self._now_ns - since_ns)
        if causes:
            self._shut[chute] = causes, self._now_ns

    def _mm(self, pulses: int) -> int:
        return pulses * 1000 // self._pulses_per_m

    def _eye_blocked(self, event: EyeBlocked) -> None:
        if event.eye == INDUCT_EYE and self._tail_count is not None:
            gap_mm = self._mm(event.at_count - self._tail_count)
            self._tally.gaps[bin_of(gap_mm, GAP_EDGES_MM)] += 1

    def _eye_cleared(self, event: EyeCleared) -> None:
        if event.eye == INDUCT_EYE:
            self._tail_count = event.at_count

    def _forget_tail(self, _event: DeviceLost | EdgesMissed | EncoderReset) -> None:
        """What passed the induct eye since its last tail is not known, so no gap is either."""
        self._tail_count = None

    def _arm_divert(self, arm: ArmDivert) -> None:
        self._arms[arm.parcel] = arm

    def _divert_executed(self, event: DivertExecuted) -> None:
        for arm in self._arms.values():
            if arm.sequence == event.sequence:
                late_mm = self._mm(event.at_count - arm.target_count)
                self._tally.fire_errors[bin_of(late_mm, FIRE_ERROR_EDGES_MM)] += 1
                del self._arms[arm.parcel]
                return

    def _inducted(self, _report: ParcelInducted) -> None:
        self._account()
        self._on_belt += 1
        self._tally.inducted += 1

    def _scanned(self, report: ParcelScanned) -> None:
        if report.repeated:
            return
        self._count_scan(report.scanner, "read" if report.codes else "no_read")
        if report.codes:
            self._read_by.setdefault(report.parcel, {})[report.scanner] = None

    def _decided_by(self, report: ParcelDecided) -> None:
        was_read = self._decided.get(report.parcel)
        is_read = bool(report.codes)
        self._tally.read += is_read and not was_read
        self._decided[report.parcel] = is_read or bool(was_read)
        if was_read is not None:
            return
        self._tally.decided += 1
        self._tally.multi_read += len(report.codes) > 1
        count_up(self._tally.rules, report.rule)
        if report.rule == "misread":
            for scanner in self._read_by.get(report.parcel, {}):
                self._count_scan(scanner, "misread")

    def _recirculated(self, report: ParcelRecirculated) -> None:
        laps = self._tally.laps
        laps[report.lap] = laps.get(report.lap, 0) + 1

    def _count_scan(self, scanner: str, what: str) -> None:
        counts = self._tally.scanners.setdefault(scanner, {"read": 0, "no_read": 0, "misread": 0})
        counts[what] += 1

    def _closed(self, report: ParcelClosed) -> None:
        self._account()
        self._on_belt -= 1
        count_up(self._tally.outcomes.setdefault(report.outcome, {}), report.reason)
        if report.chute is not None:
            count_up(self._tally.chutes, report.chute)
        self._arms.pop(report.parcel, None)
        self._read_by.pop(report.parcel, None)
        self._decided.pop(report.parcel, None)

    def _chute_state(self, report: ChuteState) -> None:
        self._shut_is(report.chute, report.shut)

    def _machine_state(self, report: MachineState) -> None:
        self._account()
        self._machine = report.state
        self._mode = report.mode

    def _infeed_state(self, report: InfeedState) -> None:
        self._account()
        self._held_by = report.held_by

    def _stray(self, _report: StrayDetected) -> None:
        self._tally.stray_edges += 1

    def _unbound(self, _report: TelegramUnbound) -> None:
        self._tally.unbound += 1


_COUNTED: dict[type, Callable[[ShiftStatistics, Any], None]] = {
    EyeBlocked: ShiftStatistics._eye_blocked,
    EyeCleared: ShiftStatistics._eye_cleared,
    DeviceLost: ShiftStatistics._forget_tail,
    EdgesMissed: ShiftStatistics._forget_tail,
    EncoderReset: ShiftStatistics._forget_tail,
    DivertExecuted: ShiftStatistics._divert_executed,
    ArmDivert: ShiftStatistics._arm_divert,
    ParcelInducted: ShiftStatistics._inducted,
    ParcelRecirculated: ShiftStatistics._recirculated,
    ParcelScanned: ShiftStatistics._scanned,
    ParcelDecided: ShiftStatistics._decided_by,
    ParcelClosed: ShiftStatistics._closed,
    ChuteState: ShiftStatistics._chute_state,
    MachineState: ShiftStatistics._machine_state,
    InfeedState: ShiftStatistics._infeed_state,
    StrayDetected: ShiftStatistics._stray,
    TelegramUnbound: ShiftStatistics._unbound,
}
