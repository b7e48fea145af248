"""A PLC on the bench, without a line around it: stories turn its encoder and clock by hand."""

from __future__ import annotations

from firmware_sim.firmware import Edge, Firmware, Hardware
from tests.firmware_sim.bench import HEARTBEAT, READY, SLOTS, Entry, entry_at, slot

TARGET_PASSED, BEYOND_HORIZON, WRONG_SESSION, NO_SUCH_DIVERTER = 2, 3, 4, 5
NOT_READY, QUEUE_FULL, MALFORMED, BY_WATCHDOG, BY_ESTOP, NEW_SESSION, BY_RESET = range(6, 13)


class Panel:
    """A PLC on the bench whose encoder the story turns by hand: 2 pulses a millisecond."""

    def __init__(self, *, count: int = 1000, **changes: int) -> None:
        wiring = {"diverter_count": 2, "input_count": 40, "horizon_pulses": 5000, **changes}
        self.plc = Firmware(Hardware(**wiring), count=count)
        self.now_ms = 0
        self.count = count
        self.estop = False

    def cycles(self, number: int, *, edges: tuple[Edge, ...] = (), pulses: int = 2) -> None:
        for _ in range(number):
            self.now_ms += 1
            self.count = (self.count + pulses) % (1 << 32)
            self.plc.cycle(self.now_ms, self.count, speed_mm_s=2500, edges=edges, estop=self.estop)
            edges = ()

    def open_session(self, session: int = 7, control: int = READY) -> None:
        beat = self.plc.read_holding(HEARTBEAT, 1)[0] + 1
        self.plc.write(HEARTBEAT, [beat, session, control, 500])

    def beat(self) -> None:
        self.plc.write(HEARTBEAT, [self.plc.read_holding(HEARTBEAT, 1)[0] + 1])

    def arm(self, sequence: int, target: int, **changes: int) -> None:
        self.plc.write(SLOTS, slot(sequence, target, **changes))

    def entries(self) -> list[Entry]:
        count = self.plc.ring.newest
        return [entry_at(self.plc.read_input(256 + n * 8, 8)) for n in range(count)]

    def told(self) -> list[tuple[int, int, int]]:
        """Kind, index and sequence of every entry so far."""
        return [(kind, index, sequence) for _, kind, index, _, sequence in self.entries()]

    def status(self, address: int) -> int:
        return self.plc.read_input(address, 1)[0]

    def state_bit(self, bit: int) -> bool:
        return bool(self.status(3) >> bit & 1)

    @property
    def held(self) -> bool:
        return self.state_bit(3)
