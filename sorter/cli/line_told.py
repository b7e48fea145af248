"""How a line stands, in a person's words, from what control answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def status_told(status: Mapping[str, Any]) -> Iterator[str]:
    """The lines of `sorter line status`; what is wrong stands last, where the eye rests."""
    because = f"{status['by']}: {status['why']}"
    yield f"{status['line']}: {status['machine']}, {status['mode']} ({because})"
    if status["emergency"]:
        yield "  emergency stop: not reset"
    yield f"  PLC      {'ready' if status['plc_ready'] else 'not ready'}"
    held = f" by {', '.join(status['held_by'])}" if status["held_by"] else ""
    yield f"  infeed   {status['infeed']}{held}"
    closed = ", ".join(f"{n} {outcome}" for outcome, n in status["closed"].items() if n)
    inducted = f"{status['on_belt']} on the belt, {status['inducted']} inducted"
    yield f"  parcels  {inducted}" + (f": {closed}" if closed else "")
    table = status["table"]
    yield f"  table    {_table(table)}, plan {status['plan_revision']}"
    if status["departures_closed"]:
        yield f"  closed   departures of {', '.join(status['departures_closed'])}"
    for chute, causes in status["shut"].items():
        yield f"  shut     {chute}: {', '.join(causes)}"
    for alarm in status["alarms"]:
        yield f"  alarm    {_alarm(alarm)}"
    if (more := status["alarms_kept"] - len(status["alarms"])) > 0:
        yield f"  alarm    and {more} more"


def _table(table: Mapping[str, Any] | None) -> str:
    return "none" if table is None else f"{table['name']} revision {table['revision']}"


def _alarm(alarm: Mapping[str, Any]) -> str:
    times = f", {alarm['count']} times" if alarm["count"] > 1 else ""
    return (
        f"{alarm['cause']} {alarm['place']} ({alarm['priority']}, {alarm['state']}{times}): "
        f"{alarm['advice']}"
    )
