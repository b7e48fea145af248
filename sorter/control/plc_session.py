"""Control's side of the PLC: one session, its heartbeat, its event ring, and the arms it is sent.

Rules: one request at a time; arms go before polls; nothing is sent that is already due; a request
without an answer resets the connection before anything else is sent, and what it carried is of
unknown outcome and never sent again. The ring is read up to the newest entry of a status block
before the belt position of that same block is told, so silence up to there is real silence.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable

from sorter.config import LineConfig
from sorter.control.plc_events import FieldMap
from sorter.control.ports import Clock, RegisterLink
from sorter.control.recovery import FieldMark
from sorter.engine.commands import AnyCommand, ArmDivert, CancelDivert, HoldInfeed, ReleaseInfeed
from sorter.engine.events import (
    AnyEvent,
    ArmSent,
    ArmUnknown,
    ArmUnsent,
    BeltMoved,
    DeviceLost,
    DeviceReady,
    EdgesMissed,
    EncoderReset,
)
from sorter.protocol import plc
from sorter.protocol.links import LinkDownError, LinkError, LinkRefusedError, LinkSilentError

HEARTBEATS_PER_WATCHDOG = 5
RETRY_FIRST_S = 0.1
RETRY_MOST_S = 2.0
# Beyond this age the last position and speed say nothing about where the belt is now.
EXTRAPOLATE_MOST_NS = 250_000_000


class PlcNotReadyError(LinkError):
    """The PLC answers, and may not or will not fire for us."""


class PlcSession:
    """Keeps the session with one PLC; `tell` is given every event the PLC causes."""

    device = "plc"

    def __init__(
        self,
        line: LineConfig,
        link: RegisterLink,
        clock: Clock,
        tell: Callable[[AnyEvent], None],
        mark: FieldMark,
    ) -> None:
        self._config = line.plc
        self._map = FieldMap(line)
        self._link = link
        self._clock = clock
        self._tell = tell
        self._mark = mark
        self._waiting: list[ArmDivert | CancelDivert] = []
        self._due = asyncio.Event()
        self._hold_infeed = True
        self._open = False
        self._ending = asyncio.Event()
        self.proven = asyncio.Event()
        self._session = 0
        self._heartbeat = 0
        self._heartbeat_due_ns = 0
        self._count = mark.count
        self._count_ns = self._status_ns = 0
        self._pulses_per_s = 0
        self._pulses_per_m = line.belt.pulses_per_m

    def submit(self, command: AnyCommand) -> None:
        """Take a command of the engine; it is on the wire before the next poll."""
        if isinstance(command, ArmDivert | CancelDivert):
            self._waiting.append(command)
        elif isinstance(command, HoldInfeed | ReleaseInfeed):
            self._hold_infeed = isinstance(command, HoldInfeed)
            self._heartbeat_due_ns = 0
        self._due.set()

    def count_at(self, time_ns: int) -> int:
        """Where the encoder stands at `time_ns`, from the last status block and speed."""
        age_ns = min(max(time_ns - self._count_ns, 0), EXTRAPOLATE_MOST_NS)
        return self._count + self._pulses_per_s * age_ns // 1_000_000_000

    def unwrap(self, count: int) -> int:
        """The unwrapped encoder count that is nearest to the belt's position and equals `count`."""
        return plc.unwrap(count, self._count)

    @property
    def ready(self) -> bool:
        """Whether arms can be sent."""
        return self._open

    async def run(self) -> None:
        """Hold the session until `end`, over any number of lost connections."""
        retry_s = RETRY_FIRST_S
        while not self._ending.is_set():
            try:
                await self._open_session()
                retry_s = RETRY_FIRST_S
                await self._serve()
            except (LinkError, plc.PlcMapError) as error:
                self._lose(str(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), retry_s)
            retry_s = min(retry_s * 2, RETRY_MOST_S)

    def end(self) -> None:
        """Have `run` send what is waiting and return, between two requests.

        A request cut short would leave open whether it was obeyed.
        """
        self._ending.set()
        self._due.set()

    async def _open_session(self) -> None:
        await self._link.connect()
        status = await self._read_status()
        self._check(status)
        self._compare_with_mark(status)
        self._session = self._new_session(status.session)
        await self._beat()
        status = await self._read_status()
        if status.session != self._session or status.watchdog_ms != self._config.watchdog_ms:
            raise PlcNotReadyError(
                f"session {status.session} with watchdog {status.watchdog_ms} ms in force, "
                f"expected {self._session} with {self._config.watchdog_ms} ms"
            )
        await self._take_in(status)
        for event in self._map.levels(status.levels, self._clock.monotonic_ns(), self._count):
            self._tell(event)
        self._open = True
        self.proven.set()
        self._tell(
            DeviceReady(
                time_ns=self._clock.monotonic_ns(),
                count=self._count,
                device=self.device,
                boot_counter=status.boot_counter,
                encoder_generation=status.encoder_generation,
            )
        )

    def _check(self, status: plc.PlcStatus) -> None:
        if status.estop:
            raise PlcNotReadyError("emergency stop")
        if status.fault:
            raise PlcNotReadyError("the PLC reports a fault of its own")
        if status.diverter_count < self._map.highest_diverter:
            raise PlcNotReadyError(
                f"{status.diverter_count} diverters, the config names {self._map.highest_diverter}"
            )
        if status.input_count <= self._map.highest_input:
            raise PlcNotReadyError(
                f"{status.input_count} inputs, the config names input {self._map.highest_input}"
            )

    def _compare_with_mark(self, status: plc.PlcStatus) -> None:
        """See whether ring and count go on from what the journal knows of them."""
        mark = self._mark
        if mark.boot_counter is None:
            self._count = status.encoder_count
            self._mark = mark.at(status, ring=status.ring_newest)
            return
        if mark.boot_counter != status.boot_counter:
            self._tell(EncoderReset(time_ns=self._clock.monotonic_ns(), count=self._count))
            self._mark = mark.at(status, ring=0)
        elif mark.encoder_generation != status.encoder_generation:
            self._mark = mark.at(status, ring=mark.ring)

    async def _serve(self) -> None:
        """Arms as they come, polls and heartbeats when due, until the end is asked for."""
        next_poll_ns = self._clock.monotonic_ns()
        while not self._ending.is_set():
            await self._wait_until(next_poll_ns)
            await self._send_waiting()
            now_ns = self._clock.monotonic_ns()
            if now_ns >= self._heartbeat_due_ns:
                await self._beat()
            if now_ns >= next_poll_ns:
                next_poll_ns = now_ns + self._config.poll_ms * 1_000_000
                status = await self._read_status()
                await self._take_in(status)
                if status.session != self._session:
                    raise PlcNotReadyError("the PLC dropped the session")
        await self._send_waiting()
        await self._beat()
        self._open = False

    async def _wait_until(self, poll_ns: int) -> None:
        """Sleep until the next poll, a command or the end, whichever comes first."""
        self._due.clear()
        left_ns = poll_ns - self._clock.monotonic_ns()
        if self._waiting or self._ending.is_set() or left_ns <= 0:
            return
        timer = asyncio.get_running_loop().call_later(left_ns / 1e9, self._due.set)
        try:
            await self._due.wait()
        finally:
            timer.cancel()

    async def _beat(self) -> None:
        self._heartbeat += 1
        now_ns = self._clock.monotonic_ns()
        watchdog_ns = self._config.watchdog_ms * 1_000_000
        self._heartbeat_due_ns = now_ns + watchdog_ns // HEARTBEATS_PER_WATCHDOG
        await self._link.write(
            plc.COMMAND_ADDRESS,
            plc.encode_command(
                heartbeat=self._heartbeat,
                session=self._session,
                ready=True,
                hold_infeed=self._hold_infeed,
                watchdog_ms=self._config.watchdog_ms,
            ),
        )

    async def _read_status(self) -> plc.PlcStatus:
        asked_ns = self._clock.monotonic_ns()
        registers = await self._link.read_input(plc.STATUS_ADDRESS, plc.STATUS_REGISTERS)
        answered_ns = self._clock.monotonic_ns()
        status = plc.decode_status(registers)
        self._status_ns = (asked_ns + answered_ns) // 2
        self._pulses_per_s = status.speed_mm_s * self._pulses_per_m // 1000
        return status

    async def _take_in(self, status: plc.PlcStatus) -> None:
        """Tell everything up to `status`: the ring's entries, then where the belt is."""
        count = self._count = plc.unwrap(status.encoder_count, self._count)
        self._count_ns = self._status_ns
        missed = status.ring_newest - self._mark.ring - status.ring_capacity
        if missed > 0:
            now_ns = self._clock.monotonic_ns()
            self._tell(EdgesMissed(time_ns=now_ns, count=count, missed=missed))
            self._mark = self._mark.read(self._mark.ring + missed)
        for first, address, registers in plc.ring_reads(
            self._mark.ring, status.ring_newest, status.ring_capacity
        ):
            entries = plc.decode_ring(first, await self._link.read_input(address, registers))
            now_ns = self._clock.monotonic_ns()
            for entry in entries:
                self._mark = self._mark.read(entry.number)
                at_count = plc.unwrap(entry.count, count)
                for event in self._map.entry(entry, now_ns, count, at_count):
                    self._tell(event)
        self._tell(BeltMoved(time_ns=self._clock.monotonic_ns(), count=count))

    async def _send_waiting(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[: plc.SLOTS], self._waiting[plc.SLOTS :]
            slots, arms = self._slots(batch)
            if not slots:
                continue
            sent_ns = self._clock.monotonic_ns()
            try:
                await self._link.write(plc.SLOTS_ADDRESS, slots)
            except (LinkDownError, LinkRefusedError) as error:
                self._unsent(arms, str(error))
                raise
            except LinkSilentError:
                for arm in arms:
                    self._tell(ArmUnknown(**self._now(), sequence=arm.sequence))
                raise
            for arm in arms:
                self._tell(ArmSent(**self._now(), sequence=arm.sequence, sent_ns=sent_ns))

    def _slots(self, batch: list[ArmDivert | CancelDivert]) -> tuple[list[int], list[ArmDivert]]:
        slots: list[int] = []
        arms: list[ArmDivert] = []
        for command in batch:
            if isinstance(command, CancelDivert):
                slots += plc.encode_cancel(session=self._session, sequence=command.sequence)
            elif command.target_count <= self.count_at(self._clock.monotonic_ns()):
                self._unsent([command], "too_late")
            else:
                arms.append(command)
                slots += plc.encode_arm(
                    session=self._session,
                    sequence=command.sequence,
                    diverter=self._map.diverter_numbers[command.diverter],
                    side=command.side,
                    target_count=command.target_count,
                    pulse_ms=command.pulse_ms,
                )
        return slots, arms

    def _unsent(self, arms: list[ArmDivert], why: str) -> None:
        for arm in arms:
            self._tell(ArmUnsent(**self._now(), sequence=arm.sequence, why=why))

    def _now(self) -> dict[str, int]:
        now_ns = self._clock.monotonic_ns()
        return {"time_ns": now_ns, "count": self.count_at(now_ns)}

    def _lose(self, why: str) -> None:
        self._open = False
        self._link.abort()
        self._tell(DeviceLost(**self._now(), device=self.device, why=why))
        waiting, self._waiting = self._waiting, []
        self._unsent([arm for arm in waiting if isinstance(arm, ArmDivert)], why)

    @staticmethod
    def _new_session(in_force: int) -> int:
        """A session number that is neither 0 nor the one in force."""
        return (in_force + secrets.randbelow(0xFFFE)) % 0xFFFF + 1
