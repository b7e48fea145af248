"""A line as a person asks for it: plain values, made when somebody asks and not before."""

from __future__ import annotations

from sorter.engine.alarms import meaning_of
from sorter.engine.line import Line

# An answer has its limit, and nobody reads more than this at once.
ALARMS_SHOWN = 40


def overview(line: Line) -> dict[str, object]:
    """Machine, infeed, ledger, shut chutes, closed departures and alarms, the newest first."""
    machine, alarms = line.machine, line.alarms.kept()
    return {
        "machine": machine.state.value,
        "mode": machine.mode,
        "by": machine.by,
        "why": machine.why,
        "emergency": machine.emergency,
        "infeed": "held" if line.infeed.is_held else "free",
        "held_by": list(line.infeed.causes),
        "inducted": line.ledger.inducted,
        "on_belt": line.ledger.on_belt,
        "closed": dict(line.ledger.closed),
        "shut": {
            c: list(causes) for c in line.layout.chutes if (causes := line.chutes.states.causes(c))
        },
        "departures_closed": list(line.chutes.closed_departures),
        "plan_revision": line.plan.revision,
        "alarms_kept": len(alarms),
        "alarms": [
            {
                "cause": alarm.cause,
                "place": alarm.place,
                "state": alarm.state.value,
                "count": alarm.count,
                "priority": meaning_of(alarm.cause).priority,
                "advice": meaning_of(alarm.cause).advice,
            }
            for alarm in reversed(alarms[-ALARMS_SHOWN:])
        ],
    }
