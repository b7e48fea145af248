"""Which departures are closed at a local time, and the events that tell a change of that.

A plan gives times of day, so daylight saving needs no rule of its own: what counts is what the
clocks in the hall show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo

from sorter.engine.events import AnyEvent, PlanEntry
from sorter.engine.instructions import CutOffLifted, CutOffPassed

MINUTES_A_DAY = 24 * 60


def closed_departures(destinations: Mapping[str, PlanEntry], minute: int) -> tuple[str, ...]:
    """The destinations that are past their cut-off at this minute of the local day."""
    return tuple(
        name for name, entry in destinations.items() if entry.cut_off and _is_closed(entry, minute)
    )


def _is_closed(entry: PlanEntry, minute: int) -> bool:
    cut_off, reopens = _minute_of(str(entry.cut_off)), _minute_of(str(entry.reopens))
    return (minute - cut_off) % MINUTES_A_DAY < (reopens - cut_off) % MINUTES_A_DAY


def _minute_of(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)


class Departures:
    """The departures of one line: tells what has changed since it last looked."""

    def __init__(self, zone: tzinfo, moment: Callable[[], dict[str, int]]) -> None:
        self._zone = zone
        self._moment = moment
        self._destinations: Mapping[str, PlanEntry] = {}
        self._closed: tuple[str, ...] = ()

    def serve(self, destinations: Mapping[str, PlanEntry]) -> None:
        """Another chute plan is in force."""
        self._destinations = destinations

    def changes(self, utc_ns: int) -> list[AnyEvent]:
        """The departures that have closed or opened, now that it is `utc_ns`."""
        local = datetime.fromtimestamp(utc_ns // 1_000_000_000, UTC).astimezone(self._zone)
        before = self._closed
        self._closed = closed_departures(self._destinations, local.hour * 60 + local.minute)
        if self._closed == before:
            return []
        now, time = self._moment(), f"{local:%H:%M}"
        lifted = [name for name in before if name not in self._closed]
        passed = [name for name in self._closed if name not in before]
        return [
            *(CutOffLifted(**now, destination=name, local_time=time) for name in lifted),
            *(CutOffPassed(**now, destination=name, local_time=time) for name in passed),
        ]
