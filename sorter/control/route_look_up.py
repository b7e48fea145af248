"""The routing table's answer for one parcel, as the engine is told it."""

from __future__ import annotations

from collections.abc import Sequence

from sorter.control.ports import RouteTable
from sorter.engine.events import RouteFound
from sorter.engine.moment import Event


def look_up_route(
    table: RouteTable | None, parcel: int, codes: Sequence[str], told: Event
) -> RouteFound:
    """What `table` says of `codes`, at the moment of the event that led to the question.

    Without a table nothing is known of any code.
    """
    if table is None:
        return RouteFound(time_ns=told.time_ns, count=told.count, parcel=parcel, rule="unknown")
    decision = table.decide(codes)
    return RouteFound(
        time_ns=told.time_ns,
        count=told.count,
        parcel=parcel,
        rule=decision.rule,
        destination=decision.destination,
        key=decision.key,
        why=decision.why,
        pieces=decision.pieces,
        table_revision=table.revision,
    )
