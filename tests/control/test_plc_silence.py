"""What the session makes of a PLC that gives no answer, is gone, or is not there at all."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Sequence

from firmware_sim.modbus_server import RegisterDevice
from sorter.control.field_mark import FieldMark
from sorter.control.plc_session import RETRY_MOST_S, PlcSession
from sorter.engine.events import (
    AnyEvent,
    ArmSent,
    ArmUnknown,
    ArmUnsent,
    DeviceLost,
    DeviceReady,
)
from sorter.protocol.links import LinkDownError
from tests.control.lines import HandClock, arm, line_config
from tests.control.mute_server import MuteServer
from tests.control.plc_bench import PlcBench
from tests.support.loops import in_no_time, on_loop

SHORT_MS = 80


class Quiet:
    """A bench whose PLC can be made silent for some requests."""

    def __init__(self, mark: FieldMark | None = None) -> None:
        self.bench = PlcBench(mark=mark, port=self._port, timeout_ms=SHORT_MS)

    def _port(self, device: RegisterDevice) -> MuteServer:
        self.server = MuteServer(device)
        return self.server


def is_arm_write(request: bytes) -> bool:
    return request[0] == 16 and request[1:3] == b"\0\x10"


@on_loop
async def test_an_arm_without_an_answer_is_unknown_and_never_sent_again() -> None:
    quiet = Quiet()
    async with quiet.bench as bench:
        await bench.open()
        quiet.server.mute = is_arm_write
        bench.session.submit(arm(1, bench.count + 5000))
        assert (await bench.hears(ArmUnknown)).sequence == 1
        assert "write 8 registers at 16: no answer" in (await bench.hears(DeviceLost)).why
        quiet.server.mute = lambda _: False
        await bench.hears(DeviceReady, 2)
        await bench.pass_ms(400)
        assert sum(map(is_arm_write, quiet.server.requests)) == 1
        assert bench.all_told(ArmSent) == []
        assert quiet.server.resets == 1, "the old frame can't arrive any more"
        kinds = [type(e) for e in bench.told if isinstance(e, ArmUnknown | DeviceLost)]
        assert kinds == [ArmUnknown, DeviceLost]


@on_loop
async def test_arms_that_still_wait_when_the_plc_falls_silent_are_known_not_to_be_sent() -> None:
    quiet = Quiet()
    async with quiet.bench as bench:
        await bench.open()
        quiet.server.mute = is_arm_write
        for sequence in range(1, 16):
            bench.session.submit(arm(sequence, bench.count + 5000))
        await bench.hears(ArmUnsent, 3)
        assert [e.sequence for e in bench.all_told(ArmUnknown)] == list(range(1, 13))
        assert [e.sequence for e in bench.all_told(ArmUnsent)] == [13, 14, 15]
        assert len({e.why for e in bench.all_told(ArmUnsent)}) == 1


@on_loop
async def test_a_poll_without_an_answer_resets_the_connection_and_opens_a_new_session() -> None:
    quiet = Quiet()
    async with quiet.bench as bench:
        await bench.open()
        before = bench.plc.read_input(14, 1)
        quiet.server.mute = lambda request: request[0] == 4
        bench.stall_ms(4)
        assert "read 25 input registers at 0: no answer" in (await bench.hears(DeviceLost)).why
        assert not bench.session.ready
        quiet.server.mute = lambda _: False
        await bench.hears(DeviceReady, 2)
        assert bench.plc.read_input(14, 1) != before
        assert quiet.server.resets >= 1


@on_loop
async def test_an_arm_submitted_while_the_plc_is_gone_is_given_back() -> None:
    quiet = Quiet()
    async with quiet.bench as bench:
        quiet.server.mute = lambda _: True
        bench.start()
        bench.session.submit(arm(1, bench.count + 5000))
        assert (await bench.hears(ArmUnsent)).sequence == 1


@on_loop
async def test_an_end_waits_for_the_answer_to_what_was_asked() -> None:
    quiet = Quiet()
    async with quiet.bench as bench:
        running = bench.start()
        await bench.hears(DeviceReady)
        asked = asyncio.Event()

        def end_while_it_is_asked(request: bytes) -> bool:
            if is_arm_write(request):
                bench.session.end()
                asked.set()
            return False

        quiet.server.mute = end_while_it_is_asked
        bench.session.submit(arm(1, bench.count + 5000))
        await asyncio.wait_for(running, 10)
        assert asked.is_set()
        assert [event.sequence for event in bench.all_told(ArmSent)] == [1]


class AbsentPlc:
    """A link that never connects, and knows when it was tried."""

    def __init__(self) -> None:
        self.tried_s: list[float] = []

    async def connect(self) -> None:
        self.tried_s.append(asyncio.get_running_loop().time())
        raise LinkDownError("no connection to 192.0.2.1 port 502")

    async def read_input(self, address: int, registers: int) -> list[int]:
        raise AssertionError("never connected")

    async def write(self, address: int, registers: Sequence[int]) -> None:
        raise AssertionError("never connected")

    def abort(self) -> None: ...


@in_no_time
async def test_an_absent_plc_is_tried_for_ever_and_not_too_often() -> None:
    told: list[AnyEvent] = []
    link = AbsentPlc()
    session = PlcSession(line_config(), link, HandClock(), told.append, FieldMark())
    running = asyncio.create_task(session.run())
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(running), 3600)
    pauses_s = [b - a for a, b in itertools.pairwise(link.tried_s)]
    assert [round(pause_s, 3) for pause_s in pauses_s[:6]] == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0]
    assert {round(pause_s, 3) for pause_s in pauses_s[6:]} == {RETRY_MOST_S}
    assert [type(event) for event in told] == [DeviceLost], "told once in this hour"
    session.end()
    await running
