"""The alarms of a run as its reports tell them, for the run after it."""

from __future__ import annotations

from collections.abc import Iterable

from sorter.engine.alarms import Alarm, AlarmState
from sorter.engine.reports import AlarmCleared, AlarmInHand, AlarmRaised


class KeptAlarms:
    """Those that are not normal, by cause and place.

    Moments are not told in reports; the next run counts them from its start.
    """

    def __init__(self, kept: Iterable[Alarm] = ()) -> None:
        self._kept = {(alarm.cause, alarm.place): alarm for alarm in kept}

    def kept(self) -> tuple[Alarm, ...]:
        """In the order in which they came."""
        return tuple(self._kept.values())

    def take(self, report: AlarmRaised | AlarmInHand | AlarmCleared) -> None:
        """What was told of one of them."""
        place = (report.cause, report.place)
        known = self._kept.get(place)
        match report:
            case AlarmRaised():
                self._keep(report, _HELD if known and known.state is _HELD else _ACTIVE)
            case AlarmInHand(over=False):
                self._keep(report, _HELD)
            case AlarmCleared() if known is None or known.state is _ACTIVE:
                self._keep(report, AlarmState.CLEARED)
            case _:
                self._kept.pop(place, None)

    def _keep(self, report: AlarmRaised | AlarmInHand | AlarmCleared, state: AlarmState) -> None:
        alarm = Alarm(report.cause, report.place, state, report.count, 0, 0)
        self._kept[report.cause, report.place] = alarm


_ACTIVE, _HELD = AlarmState.ACTIVE, AlarmState.ACKNOWLEDGED
