"""How far a line's PLC has been read: where the next session, or the next run, goes on."""

from __future__ import annotations

from typing import Any

import msgspec

from sorter.engine.events import DeviceReady
from sorter.engine.instructions import EmergencyReset, EmergencyStopped
from sorter.engine.moment import Event, FieldEvent
from sorter.protocol.plc import PlcStatus


class FieldMark(msgspec.Struct, frozen=True):
    """How far the PLC has been read, and whether it had told of an emergency stop by then.

    `boot_counter` is None before the first session.
    """

    boot_counter: int | None = None
    encoder_generation: int = 0
    ring: int = 0
    count: int = 0
    emergency: bool = False

    def at(self, status: PlcStatus, ring: int) -> FieldMark:
        """The mark in the life of the PLC that `status` shows."""
        return msgspec.structs.replace(
            self,
            boot_counter=status.boot_counter,
            encoder_generation=status.encoder_generation,
            ring=ring,
        )

    def read(self, ring: int) -> FieldMark:
        """The mark after ring entry number `ring`."""
        return msgspec.structs.replace(self, ring=ring)

    def after(self, event: Event) -> FieldMark:
        """The mark once `event` is in the journal."""
        changes: dict[str, Any] = {"count": event.count}
        if isinstance(event, FieldEvent) and event.ring:
            changes["ring"] = event.ring
        match event:
            case DeviceReady():
                changes["boot_counter"] = event.boot_counter
                changes["encoder_generation"] = event.encoder_generation
            case EmergencyStopped():
                changes["emergency"] = True
            case EmergencyReset():
                changes["emergency"] = False
        return msgspec.structs.replace(self, **changes)
